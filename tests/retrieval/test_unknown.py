"""Items and users of whom a model knows nothing, in every way in which lists are made."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skrec import DeepFMClassifier, FMClassifier, GMFClassifier, IntTowerClassifier, MFClassifier, TwoTowerClassifier
from skrec.metrics import evaluate_ranking
from skrec.preprocessing import TableEncoder
from skrec.retrieval import ApproximateIndex, ExactIndex, Recommender
from tests.retrieval.cases import catalogue, log
from tests.samples import ITEMS, labels, outputs, small

NEW = ["new0", "new1", "new2", "new3", "new4"]
CATALOGUE = pd.DataFrame({"item": ["new0", *ITEMS[:3], "new1", *ITEMS[3:], *NEW[2:]]})  # 0, 4, 8, 9 and 10 are new
KNOWN = CATALOGUE["item"].isin(ITEMS).to_numpy()
MODELS = [MFClassifier, GMFClassifier, FMClassifier, DeepFMClassifier, IntTowerClassifier, TwoTowerClassifier]
DROPPED = (
    r"knows nothing of 5 of 11 items, 'new0' for one, 'new1' and 'new2' for others; they are never recommended. "
    "unknown_items='score' lets"
)
every_model = pytest.mark.parametrize("cls", MODELS)


def of_ids(cls, piped=False):
    """Return a model of two id columns, plain or behind a TableEncoder."""
    model, y = small(cls), (labels(log()) == "yes").astype(int)
    model.set_params(**{name: None for name in model.get_params() if name == "sequence_features"})
    model = make_pipeline(TableEncoder(categorical=["user", "item"]), model) if piped else model
    return model.fit(log()[["user", "item"]], y)


def recommender(model, **options):
    return Recommender(model, CATALOGUE, user="user", item="item", **options)


def quiet(model, **options):
    with pytest.warns(UserWarning, match=DROPPED) as seen:
        made = recommender(model, **options)
    assert len(seen) == 1
    assert seen[0].filename == __file__
    return made


@pytest.mark.parametrize("piped", [False, True])
@every_model
def test_unknown_items_are_never_recommended(cls, piped):
    """They keep their places in the catalogue, and the others get the lists that they would get alone."""
    model = of_ids(cls, piped)
    served = quiet(model)
    alone = Recommender(model, CATALOGUE[KNOWN], user="user", item="item")
    users, exclude = ["a", "c"], pd.DataFrame({"user": ["a", "a", "c"], "item": ["u", "new1", "new1"]})
    for k in (2, 6, 11):
        assert served.recommend(users, k).equals(alone.recommend(users, min(k, 6)))
        excluded = alone.recommend(users, min(k, 6), exclude=exclude)
        assert served.recommend(users, k, exclude=exclude).equals(excluded)
    mask = np.arange(11) % 2 == 0
    lists = served.recommend(users, 11, filter=mask)
    assert lists.equals(alone.recommend(users, 6, filter=mask[KNOWN]))
    assert lists.equals(served.recommend(users, 11, filter=lambda items: np.arange(len(items)) % 2 == 0))
    assert served.items.equals(CATALOGUE)
    assert pickle.loads(pickle.dumps(served)).recommend(users, 3).equals(served.recommend(users, 3))
    test = pd.DataFrame({"user": ["a", "c"], "item": ["u", "new0"]})
    assert evaluate_ranking(served, test, k=11)["recall"].tolist() == [0.5]


@every_model
def test_unknown_items_may_be_scored(cls):
    model = of_ids(cls)
    lists = recommender(model, unknown_items="score").recommend(["a"], 11)
    assert sorted(lists["item"]) == sorted(CATALOGUE["item"])
    scores = lists.set_index("item")["score"]
    assert scores[NEW].nunique() == 1
    pairs = pd.DataFrame({"user": "a", "item": CATALOGUE["item"]})
    expected = pd.Series(outputs(model, pairs), CATALOGUE["item"])[scores.index]
    np.testing.assert_allclose(scores - scores.iloc[0], expected - expected.iloc[0], atol=1e-5)


@every_model
def test_unknown_items_may_be_refused(cls):
    message = (
        f"{cls.__name__} knows nothing of 5 of 11 items, 'new0' for one, .*; leave them out, .*unknown_items='drop'"
    )
    with pytest.raises(ValueError, match=message):
        recommender(of_ids(cls), unknown_items="error")


@pytest.mark.parametrize("choice", ["drop", "score", "error"])
@every_model
def test_a_catalogue_of_unknown_items_is_refused(cls, choice):
    items = pd.DataFrame({"item": ["m", "n"]})
    with pytest.raises(
        ValueError, match="knows nothing of 2 of 2 items, 'm' for one, 'n' for others; expected some that fit"
    ):
        Recommender(of_ids(cls), items, user="user", item="item", unknown_items=choice)


@pytest.mark.parametrize("choice", ["drop", "score", "error"])
@every_model
def test_a_catalogue_of_another_type_is_refused(cls, choice):
    items = pd.DataFrame({"item": [1, 2]})
    with pytest.raises(TypeError, match="Column 'item': expected text such as 'u', as in fit, got integers such as 1"):
        Recommender(of_ids(cls), items, user="user", item="item", unknown_items=choice)


def test_values_in_messages_are_short():
    items = pd.DataFrame({"item": ["u", "x" * 10_000]})
    with pytest.warns(UserWarning, match="nothing of 1 of 2 items, 'xxx") as seen:
        Recommender(of_ids(MFClassifier), items, user="user", item="item")
    assert len(str(seen[0].message)) < 500


@pytest.mark.parametrize("cls", [MFClassifier, TwoTowerClassifier, FMClassifier])
def test_similar_items_are_known_ones(cls):
    served = quiet(of_ids(cls))
    alone = Recommender(of_ids(cls), CATALOGUE[KNOWN], user="user", item="item")
    assert served.similar_items(["v", "x"], 5).equals(alone.similar_items(["v", "x"], 5))
    assert len(served.similar_items(["v"], 10)) == 5
    with pytest.raises(ValueError, match=f"Expected items that {cls.__name__} knows anything of, got 'new1', which"):
        served.similar_items(["v", "new1"], 2)
    with pytest.raises(ValueError, match="Expected ids of the catalogue, got 'elsewhere'"):
        served.similar_items(["elsewhere"], 2)
    assert len(recommender(of_ids(cls), unknown_items="score").similar_items(["new1"], 10)) == 10


@pytest.mark.parametrize("kind", [ExactIndex, ApproximateIndex])
def test_an_index_has_what_can_be_recommended(kind, tmp_path):
    model = of_ids(TwoTowerClassifier)
    served = quiet(model, index=kind())
    assert served.index_.ids.tolist() == ITEMS
    served.index_.save(tmp_path / "index")
    again = quiet(model, index=kind.load(tmp_path / "index"))
    assert again.recommend(["a"], 9).equals(served.recommend(["a"], 9))
    with pytest.raises(ValueError, match="Expected an index of this model and these items"):
        recommender(model, unknown_items="score", index=served.index_)


def test_popular_lists_are_of_known_items():
    served = quiet(of_ids(MFClassifier), popularity=pd.Series({"new1": 9, "w": 5, "u": 2}))
    assert served.recommend(["stranger"], 2)["item"].tolist() == ["w", "u"]


@pytest.mark.parametrize("piped", [False, True])
@every_model
def test_unknown_users_are_refused_left_out_or_scored(cls, piped):
    model, items = of_ids(cls, piped), CATALOGUE[KNOWN]
    users = ["n1", "a", "n2", "c", "n3", "n4"]
    strict, lenient, generous = (
        Recommender(model, items, user="user", item="item", unknown_users=choice)
        for choice in ("error", "drop", "score")
    )
    message = "knows nothing of 4 of 6 users, 'n1' for one, 'n2' and 'n3' for others"
    with pytest.raises(ValueError, match=f"{message}; leave them out, .*unknown_users='drop', .*or 'score'"):
        strict.recommend(users, 3)
    exclude = pd.DataFrame({"user": ["a", "n1", "c"], "item": ["u", "v", "w"]})
    with pytest.warns(UserWarning, match=f"{message}; they get no list, as unknown_users='drop' says") as seen:
        lists = lenient.recommend(users, 3, exclude=exclude)
    assert [warning.filename for warning in seen] == [__file__]
    assert lists.equals(strict.recommend(["a", "c"], 3, exclude=exclude))
    lists = generous.recommend(users, 3, exclude=exclude)
    assert lists["user"].drop_duplicates().tolist() == users
    own = lists[lists["user"].isin(["a", "c"])].reset_index(drop=True)
    assert own[["item", "rank"]].equals(strict.recommend(["a", "c"], 3, exclude=exclude)[["item", "rank"]])
    with pytest.warns(UserWarning, match="nothing of 1 of 1 users"):
        nobody = lenient.recommend(["n1"], 3)
    assert list(nobody) == ["user", "item", "score", "rank"]
    assert not len(nobody)


def test_items_that_early_stopping_held_out_are_left_out():
    """Each item has one row, so that every row held out is an item unknown."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"user": rng.integers(0, 9, 300).astype(str), "item": np.arange(300).astype(str)})
    model = small(GMFClassifier, early_stopping=True).fit(frame, rng.integers(0, 2, 300))
    with pytest.warns(UserWarning, match=r"nothing of 30 of 300 items, .*early_stopping=False, or X_val, leaves every"):
        served = Recommender(model, frame[["item"]], user="user", item="item")
    lists = served.recommend(["0", "1"], 300)
    assert lists.groupby("user").size().tolist() == [270, 270]
    assert set(lists["item"]) == set(model.embedding("item").index[:-1])


def ratio(X):
    """Read both sides, and refuse cells that are missing."""
    if X.isna().any(axis=None):
        raise ValueError("missing cells")
    return X.assign(pair=X["user"] + X["item"])


def test_a_first_step_that_needs_both_sides_gets_pairs():
    """What is unknown is known once a user comes."""
    first = FunctionTransformer(ratio)
    model = small(FMClassifier, sequence_features=None)
    pipe = make_pipeline(first, TableEncoder(categorical=["user", "item"]), model)
    pipe.fit(log()[["user", "item"]], (labels(log()) == "yes").astype(int))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        served = recommender(pipe)
    assert not len(served.recommend([], 2))
    with pytest.warns(UserWarning, match=DROPPED) as seen:
        lists = served.recommend(["a", "c"], 4)
    assert seen[0].filename == __file__
    alone = Recommender(pipe, CATALOGUE[KNOWN], user="user", item="item")
    assert lists.equals(alone.recommend(["a", "c"], 4))
    assert lists.equals(served.recommend(["a", "c"], 4))  # without another warning
    with pytest.raises(ValueError, match="nothing of 1 of 2 users, 'z' for one"):
        served.recommend(["a", "z"], 4)
    with pytest.raises(ValueError, match="nothing of 5 of 11 items"):
        recommender(pipe, unknown_items="error").recommend(["a"], 2)


def test_vectors_behind_such_a_step_are_refused():
    pipe = make_pipeline(FunctionTransformer(ratio), small(TwoTowerClassifier, sequence_features=None))
    pipe.fit(log()[["user", "item"]], (labels(log()) == "yes").astype(int))
    message = r"got FunctionTransformer, which refuses them where \['user'\] are missing \(missing cells\); begin the"
    with pytest.raises(ValueError, match=message):
        recommender(pipe)


def test_columns_that_a_model_does_not_read_are_not_asked_for():
    frame = log().assign(rating=5.0)[["rating", "item", "age", "user"]]
    model = small(MFClassifier).fit(frame, labels(frame))
    assert len(Recommender(model, catalogue()[:6], user="user", item="item").recommend(["a"], 6)) == 6
