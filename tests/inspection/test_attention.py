import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.figure import Figure
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skrec import DINClassifier, DINRegressor, FMClassifier
from skrec.inspection import AttentionDisplay
from skrec.preprocessing import HistoryEncoder, TableEncoder
from tests.samples import fitted, mixed

PAIRS = {"hist_item": "item", "hist_kind": "kind"}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def log(n_users=30):
    """Return what users took on six days, and whether they liked it."""
    items = ["tea", "gin", "jam", "rum", "ham", "ale"]
    rows = [(user, items[(user + day) % 6], day) for user in range(n_users) for day in range(6)]
    frame = pd.DataFrame(rows, columns=["user", "item", "day"])
    frame["kind"] = frame["item"].map({"ham": "food", "jam": "food"}).fillna("drink")
    return frame, np.tile([1, 1, 0], len(frame) // 3)


def model(**params):
    return DINClassifier(sequence_features=PAIRS, embedding_dim=4, max_epochs=2, random_state=0, **params)


def encoders():
    return (
        HistoryEncoder("user", "item", "day", columns=["kind"]),
        TableEncoder(categorical=["item", "kind"], sequence=list(PAIRS)),
    )


@pytest.fixture(scope="module")
def pipeline():
    return make_pipeline(*encoders(), model()).fit(*log())


def test_one_bar_a_step_of_the_row_the_newest_at_the_bottom(pipeline):
    X, _ = log()
    display = AttentionDisplay.from_estimator(pipeline, X, row=5)  # user 0, who liked what came on days 0, 1, 3 and 4
    assert display.steps == ["tea · drink", "gin · drink", "rum · drink", "ham · food"]
    assert display.candidate == "ale · drink"
    assert display.alike.tolist() == [True, True, True, False]
    expected = pipeline[-1].attention_weights(pipeline[:-1].transform(X))["hist_item"][5]
    np.testing.assert_allclose([bar.get_width() for bar in display.bars_], expected)
    places = [display.ax_.transData.transform((0, bar.get_y()))[1] for bar in display.bars_]
    assert places == sorted(places, reverse=True)
    assert [tick.get_text() for tick in display.ax_.get_yticklabels()] == display.steps
    assert display.ax_.get_title() == "DINClassifier\ncandidate: ale · drink"


@pytest.mark.parametrize("wrap", ["estimator", "pipeline of one", "pipelines", "search"])
def test_from_anything_that_ends_in_a_model_with_attention(pipeline, wrap):
    X, y = log()
    expected = AttentionDisplay.from_estimator(pipeline, X, row=5)
    if wrap in ("estimator", "pipeline of one"):
        X = pipeline[:-1].transform(X)
        given = pipeline[-1] if wrap == "estimator" else make_pipeline(model()).fit(X, y)
    elif wrap == "pipelines":
        given = make_pipeline(encoders()[0], make_pipeline(encoders()[1], model())).fit(X, y)
    else:
        given = make_pipeline(*encoders(), model())
        given = GridSearchCV(given, {"dinclassifier__embedding_dim": [4]}, cv=2).fit(X, y)
    display = AttentionDisplay.from_estimator(given, X[5:6])
    assert (display.steps, display.estimator_name) == (expected.steps, "DINClassifier")
    np.testing.assert_allclose(display.weights, expected.weights, rtol=1e-6)


def test_readable_labels(pipeline):
    X, _ = log()
    for labels in ({"tea": "Earl Grey"}, pd.Series({"tea": "Earl Grey"})):
        display = AttentionDisplay.from_estimator(pipeline, X, row=5, labels=labels)
        assert display.steps[:2] == ["Earl Grey · drink", "gin · drink"]
    assert AttentionDisplay.from_estimator(pipeline, X, row=21, labels=labels).candidate == "Earl Grey · drink"


def test_of_several_histories_the_one_that_is_named_and_missing_values():
    frame = mixed().assign(seen=[["u", None, "v"]] * 100)
    frame["item"] = ["u", None, *frame["item"][2:]]
    frame["history"] = [["w"], *frame["history"][1:]]
    pairs = {"history": "item", "seen": "item"}
    estimator = DINRegressor(sequence_features=pairs, max_epochs=1).fit(frame, np.arange(100.0))
    first, second = (AttentionDisplay.from_estimator(estimator, frame, row=0, history=name) for name in (None, "seen"))
    assert (first.steps, first.estimator_name) == (["w"], "DINRegressor")
    assert second.steps == ["u", "None", "v"]
    assert second.alike.tolist() == [True, False, False]
    missing = AttentionDisplay.from_estimator(estimator, pl.from_pandas(frame), row=1, history="seen")
    assert (missing.candidate, missing.alike.tolist()) == ("None", [False] * 3)


def test_a_long_history_is_a_higher_picture():
    short, long = (AttentionDisplay(np.full(n, 1 / n), ["a"] * n).plot() for n in (3, 50))
    assert long.figure_.get_figheight() > 2 * short.figure_.get_figheight()
    assert short.ax_.get_title() == ""
    assert short.ax_.get_legend() is None


def test_draws_where_it_is_told(pipeline):
    X, _ = log()
    ax = Figure().add_subplot()
    display = AttentionDisplay.from_estimator(pipeline, X, row=5, ax=ax, name="mine")
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert ax.get_title().startswith("mine\n")
    other = Figure().add_subplot()
    assert display.plot(ax=other, name="other") is display
    assert len(other.patches) == 4
    assert other.get_title().startswith("other\n")


def without_histories():
    return fitted(DINClassifier, sequence_features=None)[0], mixed()[:1]


def with_row(X=None, **options):
    X = log()[0] if X is None else X
    return lambda pipeline: AttentionDisplay.from_estimator(pipeline, X, **options)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda pipeline: AttentionDisplay.from_estimator(make_pipeline(encoders()[1], FMClassifier()), log()[0]),
            TypeError,
            "Expected a model with attention_weights, .* got Pipeline that ends in FMClassifier",
        ),
        (
            lambda pipeline: AttentionDisplay.from_estimator(GridSearchCV(pipeline, {}), log()[0], row=0),
            TypeError,
            "fitted Pipeline or search .* got GridSearchCV that ends in GridSearchCV",
        ),
        (lambda pipeline: AttentionDisplay.from_estimator(model(), log()[0], row=0), NotFittedError, "not fitted yet"),
        (
            lambda pipeline: AttentionDisplay.from_estimator(*without_histories()),
            ValueError,
            "Expected a DINClassifier with a history, got one fitted without; .* sequence_features",
        ),
        (with_row(), ValueError, "Expected one row, got X with 180 rows and row=None; choose one .* row=0"),
        (with_row(row=180), ValueError, "got X with 180 rows and row=180"),
        (with_row(row=-1), ValueError, "got X with 180 rows and row=-1"),
        (with_row(row="5"), ValueError, "got X with 180 rows and row='5'"),
        (with_row(log()[0][:0]), ValueError, "got X with 0 rows"),
        (with_row(np.zeros((1, 3))), TypeError, "Expected X as a frame, pandas, polars or Arrow, got ndarray"),
        (with_row(row=0), ValueError, "Expected a history in 'hist_item', got an empty one in the row"),
        (with_row(row=5, history="hist_kind"), ValueError, r"one of \['hist_item'\], .* got 'hist_kind'"),
    ],
)
def test_errors_say_what_to_do(pipeline, call, error, message):
    with pytest.raises(error, match=message):
        call(pipeline)
    assert not plt.get_fignums()


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"skrec-torch\[plot\]"):
        AttentionDisplay([1.0], ["tea"]).plot()
