"""Which columns are the user's and which the item's."""

import numpy as np
import pandas as pd
import pytest

from skrec.data import Survey
from skrec.estimators._columns import SideColumns

pytestmark = pytest.mark.fast

FRAME = pd.DataFrame(
    {"age": [1.0, 2.0], "user": ["a", "b"], "price": [3.0, 4.0], "item": ["x", "y"], "seen": [["x"], []]}
)

SPLITS = {
    "the first is the user's": ({}, ["age"], ["user", "price", "item", "seen"]),
    "the rest is the item's": ({"user_features": ["user", "age"]}, ["user", "age"], ["price", "item", "seen"]),
    "the rest is the user's": ({"item_features": ["item", "price"]}, ["age", "user", "seen"], ["item", "price"]),
    "the user-id is on no side": ({"user": "user"}, ["age"], ["price", "item", "seen"]),
}


@pytest.mark.parametrize("case", SPLITS)
def test_each_column_is_on_one_side(case):
    given, user, item = SPLITS[case]
    columns = SideColumns(**given)
    roles, shared = columns.learn(FRAME, True, "Model")
    assert columns.sides == (user, item)
    assert list(roles) == [name for name in FRAME if name != given.get("user")]
    assert shared == {}
    assert columns.ids() == (user[0], item[0])  # the first of a side says who, and what


def test_columns_without_names_are_known_by_position():
    columns = SideColumns(user_features=[1, 0])
    columns.learn(FRAME.set_axis(range(5), axis=1), True, "Model")
    assert columns.sides == ([1, 0], [2, 3, 4])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"user_features": ["age"], "item_features": ["age", "item"]}, r"got \['age'\] in user_features and in item"),
        (
            {"user_features": ["age"], "item_features": ["item"]},
            r"\['user', 'price', 'seen'\] neither in user_features",
        ),
        ({"user_features": []}, "columns on both sides, got none in user_features"),
        ({"user_features": list(FRAME)}, "columns on both sides, got none in item_features"),
        ({"user_features": ["age", "age"]}, r"each column once in user_features, got \['age', 'age'\]"),
        ({"user_features": ["agee"]}, "user_features names the column 'agee'.*did you mean 'age'"),
        (
            {"user": "user", "item_features": ["user"]},
            "user='user' says whose row it is .* got it in item_feat",
        ),
    ],
)
def test_what_is_on_no_side_or_on_both_is_named(given, message):
    with pytest.raises(ValueError, match=message):
        SideColumns(**given).learn(FRAME, True, "Model")


def test_a_side_is_the_places_of_its_columns():
    columns = SideColumns(sequence_features={"seen": "item"}, item_features=["item", "price"])
    schema = Survey(*columns.learn(FRAME, True, "Model")).add(FRAME).result()
    user, item = (columns.side(schema, side) for side in (0, 1))
    assert (user.categorical, user.sequences, user.numeric) == ((0,), (0,), (0,))
    assert (item.categorical, item.sequences, item.numeric) == ((1,), (), (1,))


def test_the_user_id_is_read_to_learn_and_not_to_predict():
    columns = SideColumns(user="user")
    seen = list(columns.learn(FRAME, True, "Model")[0])
    assert columns.read(seen, learning=False) == ["age", "price", "item", "seen"]
    assert columns.read(seen, learning=True) == ["age", "price", "item", "seen", "user"]
    assert np.isin(columns.read(seen, learning=True), FRAME.columns).all()
