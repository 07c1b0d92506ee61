import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from skrec.baselines import ItemKNN, Popularity
from skrec.inspection import RankingDisplay
from skrec.metrics import evaluate_ranking, map_at_k, ndcg_at_k, recall_at_k
from skrec.retrieval import Recommender

LOG = pd.DataFrame({"user_id": list("aabbccddee"), "item_id": list("uvuvuwvwxy")})
TEST = pd.DataFrame({"user_id": list("abcde"), "item_id": list("wwvuu")})


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def recommenders():
    items = pd.DataFrame({"item_id": list("uvwxy")})
    return {"popular": Recommender(Popularity().fit(LOG), items), "knn": Recommender(ItemKNN().fit(LOG), items)}


def scored(n_users=6, n_items=8):
    rng = np.random.default_rng(0)
    y_true = (rng.random((n_users, n_items)) < 0.3).astype(int)
    y_true[:, 0] = 1
    return y_true, rng.random((n_users, n_items))


def test_curves_are_what_evaluate_ranking_says(recommenders):
    display = RankingDisplay.from_estimator(recommenders, TEST, k=[1, 2, 4], exclude=LOG)
    assert len(display.axes_) == 2
    for name, recommender in recommenders.items():
        expected = evaluate_ranking(recommender, TEST, k=[1, 2, 4], exclude=LOG)
        for metric in ("recall", "ndcg"):
            line = display.lines_[name, metric]
            assert line.get_xdata().tolist() == [1, 2, 4]
            np.testing.assert_allclose(line.get_ydata(), expected[metric])
    assert [axes.get_ylabel() for axes in display.axes_] == ["recall at k", "NDCG at k"]
    assert [text.get_text() for text in display.figure_.legends[0].get_texts()] == ["popular", "knn"]
    assert display.ax_.get_title() == ""


def test_of_one_recommender_the_title_is_its_estimator(recommenders):
    display = RankingDisplay.from_estimator(recommenders["knn"], TEST, k=1, metrics="map")
    assert (display.ax_.get_title(), display.figure_.legends) == ("ItemKNN", [])
    assert display.lines_["ItemKNN", "map"].get_ydata().shape == (1,)


def test_from_predictions_of_a_matrix_and_of_rows():
    y_true, y_score = scored()
    of_matrix = RankingDisplay.from_predictions(y_true, {"one": y_score, "two": -y_score}, metrics=["recall", "map"])
    for name, given in (("one", y_score), ("two", -y_score)):
        for metric, function in (("recall", recall_at_k), ("map", map_at_k)):
            expected = [function(y_true, given, k=k) for k in (1, 2, 3, 5, 10, 15, 20)]
            np.testing.assert_allclose(of_matrix.lines_[name, metric].get_ydata(), expected)
    groups = np.repeat(np.arange(6), 8)
    of_rows = RankingDisplay.from_predictions(y_true.ravel(), y_score.ravel(), groups=groups, k=[3, 1], name="mine")
    expected = [ndcg_at_k(y_true, y_score, k=k) for k in (1, 3)]
    np.testing.assert_allclose(of_rows.scores["ndcg"], expected)
    assert of_rows.ax_.get_title() == "mine"


@pytest.mark.parametrize("n_models", [2, 12, 25])
def test_many_models_all_have_a_colour_and_a_name(n_models):
    y_true, y_score = scored()
    display = RankingDisplay.from_predictions(y_true, {f"model {n}": y_score + n for n in range(n_models)})
    lines = [line for (_, metric), line in display.lines_.items() if metric == "recall"]
    assert len({str(line.get_color()) for line in lines}) == n_models
    assert len(display.figure_.legends[0].get_texts()) == n_models
    _, axes = plt.subplots(1, 2)
    assert len(display.plot(ax=axes).ax_.get_legend().get_texts()) == n_models


def test_draws_where_it_is_told():
    y_true, y_score = scored()
    axes = Figure().subplots(1, 2)
    display = RankingDisplay.from_predictions(y_true, y_score, ax=axes)
    assert display.axes_ == axes.tolist()
    other = Figure().add_subplot()
    assert RankingDisplay(display.scores[["ndcg"]]).plot(ax=other, name="again").ax_ is other
    assert other.get_title() == "again"
    with pytest.raises(ValueError, match=r"axes for each of \['recall', 'ndcg'\], got 1; .*plt.subplots\(1, 2\)"):
        display.plot(ax=other)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda _: RankingDisplay.from_estimator({}, TEST), ValueError, "several by name, got an empty dict"),
        (
            lambda two: RankingDisplay.from_estimator(two, TEST, metrics=["auc"]),
            ValueError,
            r"Expected metrics of \['hit_rate', .*'coverage', .*\], got \['auc'\]",
        ),
        (lambda _: RankingDisplay.from_predictions([1], [1.0], metrics=[]), ValueError, r"metrics of .*, got \[\]"),
        (lambda _: RankingDisplay.from_predictions([1], [1.0], groups=["a"], k=0), ValueError, "The 'k' parameter"),
    ],
)
def test_errors_say_what_to_do(recommenders, call, error, message):
    with pytest.raises(error, match=message):
        call(recommenders)


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"skrec-torch\[plot\]"):
        RankingDisplay(pd.DataFrame()).plot()
