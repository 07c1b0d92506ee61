"""What messages quote is short, whatever a value, a name or a label holds."""

import traceback
from collections import deque

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from skrec import DINClassifier, FMClassifier, FMRegressor, MFClassifier, TwoTowerClassifier
from skrec._text import brief, nearest, quoted, shortened
from skrec.metrics import evaluate_ranking, intra_list_diversity
from skrec.model_selection import LeaveLastOut, TemporalSplit
from skrec.preprocessing import CategoryEncoder, HistoryEncoder, SequenceEncoder, TableEncoder
from skrec.retrieval import Recommender
from skrec.sampling import add_negatives

BIG = "x" * 2**20
N_ROWS = 40
Y = np.arange(N_ROWS) % 2
LOG = pd.DataFrame({"user_id": list("abcd") * 10, "item_id": list("uvwxy") * 8, "time": range(N_ROWS)})
IDS = LOG[["user_id", "item_id"]]
NAMED = IDS.rename(columns={"user_id": BIG})
LISTS = IDS.assign(history=[["u", "v"]] * N_ROWS)


def model():
    return MFClassifier(user="user_id", item="item_id", n_negatives=1, max_epochs=1, random_state=0).fit(
        IDS, np.ones(N_ROWS)
    )


def recommender():
    return Recommender(model(), IDS[["item_id"]].drop_duplicates(), unknown_items="error")


def fm(**params):
    return FMClassifier(max_epochs=1, **params)


def one(values, value):
    """Return the values as objects, the last of them replaced."""
    return pd.Series([*values[:-1], value], dtype=object)


DOORS = {
    # estimators
    "types that mix": lambda: fm().fit(IDS.assign(user_id=[1, BIG] * 20), Y),
    "text in a number": lambda: fm().fit(LOG, Y).predict(LOG.assign(time=BIG)),
    "text in an array": lambda: fm().fit(np.full((N_ROWS, 2), BIG, dtype=object), Y),
    "text in a target": lambda: FMRegressor(max_epochs=1).fit(IDS, np.full(N_ROWS, BIG, dtype=object)),
    "one class": lambda: fm().fit(IDS, [BIG] * N_ROWS),
    "labels that are new": lambda: fm().fit(IDS, [BIG, BIG + "y"] * 20, X_val=IDS, y_val=[BIG + "z"] * N_ROWS),
    "positives that are no 1": lambda: MFClassifier(n_negatives=1).fit(IDS, [BIG] * N_ROWS),
    "three classes": lambda: MFClassifier(n_negatives=1).fit(IDS, [BIG, "b", *"c" * 38]),
    "a user who has all": lambda: MFClassifier(n_negatives=1).fit(IDS[:1].assign(user_id=BIG), [1]),
    "a user who has all, in pairs": lambda: MFClassifier(loss="bpr").fit(IDS[:1].assign(user_id=BIG), [1]),
    "a name in categorical_features": lambda: fm(categorical_features=[BIG]).fit(IDS, Y),
    "a name in sequence_features": lambda: fm(sequence_features={BIG: BIG}).fit(IDS, Y),
    "a name beside a long one": lambda: fm(categorical_features=["user"]).fit(NAMED, Y),
    "a long name that is missing": lambda: fm().fit(NAMED, Y).predict(IDS),
    "a long name that comes twice": lambda: fm().fit(NAMED.set_axis([BIG, BIG], axis=1), Y),
    "a column without a role": lambda: fm().fit(NAMED.assign(**{BIG: pd.Timestamp(0)}), Y),
    "types of a column without a role": lambda: fm().fit(IDS.assign(s=[{BIG: "b"}] * N_ROWS), Y),
    "a list in a category": lambda: fm(categorical_features=[BIG]).fit(NAMED.assign(**{BIG: [["a"]] * N_ROWS}), Y),
    "lists of different lengths": lambda: DINClassifier(sequence_features={BIG: "item_id", "o": "user_id"}).fit(
        IDS.assign(**{BIG: [["u"]] * N_ROWS, "o": [[]] * N_ROWS}), Y
    ),
    "what a user is": lambda: DINClassifier(user=BIG, n_negatives=1, sequence_features={"history": "item_id"}).fit(
        LISTS, Y
    ),
    "a long embedding": lambda: model().embedding(BIG),
    "sides": lambda: TwoTowerClassifier(user_features=[BIG], item_features=[BIG]).fit(NAMED, Y),
    "columns of ids": lambda: MFClassifier().fit(NAMED.assign(more=1), Y),
    "a target of a Dataset": lambda: fm().fit(ds.dataset(pa.Table.from_pandas(IDS)), BIG),
    "a long name in a Dataset": lambda: fm().fit(ds.dataset(pa.Table.from_pandas(NAMED)), Y),
    "another structure": lambda: fm(warm_start=True).fit(IDS, Y).set_params(categorical_features=[BIG]).fit(IDS, Y),
    "a callback": lambda: fm(callbacks=[BIG]).fit(IDS, Y),
    "a device": lambda: fm(device=BIG).fit(IDS, Y),
    # encoders
    "numbers of text": lambda: TableEncoder(numeric=["user_id"]).fit(IDS.assign(user_id=BIG)),
    "numbers, one of text": lambda: TableEncoder(numeric=["n"]).fit(IDS.assign(n=one([1] * N_ROWS, BIG))),
    "a name in a role": lambda: TableEncoder(categorical=[BIG]).fit(IDS),
    "a name in two roles": lambda: TableEncoder(categorical=[BIG], numeric=[BIG]).fit(NAMED),
    "a list that is text": lambda: TableEncoder(sequence=["user_id"]).fit(IDS.assign(user_id=BIG)),
    "a cell that is a dict": lambda: TableEncoder(sequence=["user_id"]).fit(IDS.assign(user_id=[{BIG: "b"}] * N_ROWS)),
    "a mixed list": lambda: TableEncoder(sequence=["user_id"]).fit(IDS.assign(user_id=[[1, BIG]] * N_ROWS)),
    "a category that is none": lambda: CategoryEncoder().fit(IDS).inverse_transform(IDS.assign(user_id=BIG)),
    "JSON that is cut": lambda: SequenceEncoder().fit(pd.DataFrame({"c": [f'["{BIG}"]']})),
    "JSON that is none": lambda: SequenceEncoder(text_format="json").fit(pd.DataFrame({"c": [BIG]})),
    "integers that are text": lambda: SequenceEncoder(sequence_features={"c": "i"}).fit(
        pd.DataFrame({"c": [BIG], "i": [1]})
    ),
    "a time that is text": lambda: HistoryEncoder("user_id", "item_id", "time").fit(LOG.assign(time=BIG)),
    "times that mix": lambda: HistoryEncoder("user_id", "item_id", "time").fit(LOG.assign(time=one(range(40), BIG))),
    "labels of three kinds": lambda: HistoryEncoder("user_id", "item_id", "time").fit(LOG, [BIG, "b", *"c" * 38]),
    "a user column": lambda: HistoryEncoder(BIG, "item_id", "time").fit(LOG),
    # splits, negatives
    "a split by text": lambda: next(TemporalSplit("time").split(LOG.assign(time=BIG))),
    "a split by what is not there": lambda: next(TemporalSplit(BIG).split(LOG)),
    "a span that is none": lambda: next(TemporalSplit("time", gap=BIG).split(LOG.assign(time=pd.Timestamp(0)))),
    "users who are not there": lambda: next(LeaveLastOut("time", user=BIG).split(LOG)),
    "a positive without an item": lambda: add_negatives(
        IDS.assign(item_id=BIG), 1, items=pd.DataFrame({"item_id": ["u", "v"]})
    ),
    "an item that comes twice": lambda: add_negatives(IDS, 1, items=pd.DataFrame({"item_id": [BIG, BIG]})),
    "a user with all items": lambda: add_negatives(IDS[:1].assign(user_id=BIG), 1),
    "names of an item": lambda: add_negatives(IDS, 1, items=[BIG]),
    "a column of ids": lambda: add_negatives(IDS, 1, user=BIG),
    "a positive in no list": lambda: add_negatives(
        IDS.assign(item_id=BIG, kind=None), 1, strategy="in_list", within="kind"
    ),
    # retrieval, metrics
    "an item of the catalogue twice": lambda: Recommender(model(), pd.DataFrame({"item_id": [BIG, BIG]})),
    "an item that the model knows not": lambda: Recommender(
        model(), pd.DataFrame({"item_id": ["u", BIG]}), unknown_items="error"
    ),
    "a user whom the model knows not": lambda: recommender().recommend([BIG], 1),
    "a user who comes twice": lambda: recommender().recommend([BIG, BIG], 1),
    "an item that is not there": lambda: recommender().similar_items([BIG], 1),
    "a catalogue by another name": lambda: Recommender(model(), NAMED, item="title"),
    "pairs of strangers": lambda: recommender().recommend(["a"], 1, exclude=IDS.assign(item_id=BIG)),
    "popularity of strangers": lambda: Recommender(
        model(), IDS[["item_id"]].drop_duplicates(), popularity=pd.Series({BIG: 1})
    ),
    "k": lambda: recommender().recommend(["a"], BIG),
    "a test user without columns": lambda: evaluate_ranking(
        recommender(), IDS.assign(user_id=BIG), k=1, users=IDS[["user_id"]].drop_duplicates()
    ),
    "a test without columns": lambda: evaluate_ranking(recommender(), NAMED, k=1),
    "an item without a vector": lambda: intra_list_diversity([BIG], pd.DataFrame([[1.0]], index=["u"]), groups=["a"]),
}


@pytest.mark.parametrize("door", DOORS)
def test_messages_are_short(door):
    with pytest.raises((ValueError, TypeError)) as caught:
        DOORS[door]()
    assert len(str(caught.value)) < 1500
    logged = "".join(traceback.format_exception_only(caught.value))
    cause = caught.value.__cause__
    assert len(logged) + len(str(cause)) < 2500


def test_quoted():
    assert quoted("tea") == "'tea'"
    assert quoted(np.int64(3)) == "3"
    assert quoted(np.array([1, 2])) == quoted(pd.Index([1, 2])) == "[1, 2]"
    assert quoted(list(range(11))) == quoted(np.arange(99)) == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...]"
    for value in (
        BIG,
        BIG.encode(),
        [BIG] * 99,
        {BIG: BIG},
        (BIG,),
        {BIG},
        deque([BIG]),
        10**4000,
        pd.Series([BIG] * 99),
    ):
        assert len(quoted(value)) < 1100
    long = quoted("a" * 50 + "b" * 50)
    assert long.startswith("'aaa")
    assert long.endswith("bbb'")
    assert "..." in long


def test_other_libraries_errors():
    assert shortened(ValueError("no")) == "no"
    assert shortened(BIG).startswith("xxx")
    assert len(shortened(BIG)) < 310
    error = TypeError("no")
    assert brief(error) is error
    assert len(str(brief(ValueError(BIG)))) < 310


def test_nearest():
    assert nearest("usr", ["item", "user", BIG]) == "'user'"
    assert nearest(BIG, ["user"]) is None
    assert nearest("age", ["user"]) is None
