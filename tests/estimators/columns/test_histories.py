"""Histories, and the candidate that each goes with."""

import pandas as pd
import pytest

from skrec.data import Survey
from skrec.estimators._columns import HistoryColumns

pytestmark = pytest.mark.fast

FRAME = pd.DataFrame(
    {
        "items": [["x", "y"], []],
        "tags": [["t"], ["u"]],
        "kind": ["k", "l"],
        "kinds": [["k", "l"], []],
        "item": ["x", "y"],
        "viewed": [["y"], ["x"]],
    }
)
SHARED = {"items": "item", "kinds": "kind", "viewed": "item"}


def learnt(frame=FRAME, **options):
    columns = HistoryColumns(**{"sequence_features": SHARED, **options})
    return columns, Survey(*columns.learn(frame, True, "Model")).add(frame).result()


def test_lists_of_other_columns_are_the_same_steps_and_a_second_one_another_history():
    columns, schema = learnt()
    assert columns.histories_by_name() == [{"items": "item", "kinds": "kind"}, {"viewed": "item"}]
    assert columns.histories(schema) == [[(0, 1), (2, 0)], [(3, 1)]]  # places among lists, and among categories


def test_the_candidate_is_the_first_column_that_is_named():
    columns, schema = learnt()
    assert columns.candidates(schema) == ([1, 0], columns.histories(schema))
    assert columns.ids() == (None, "item")
    other, schema = learnt(sequence_features={"kinds": "kind"})
    assert other.candidates(schema) == ([0], [[(2, 0)]])
    assert other.ids() == (None, "kind")


@pytest.mark.parametrize("none", [None, {}])
def test_without_histories_there_is_no_candidate(none):
    columns, schema = learnt(FRAME[["kind", "item"]], sequence_features=none)
    assert columns.histories(schema) == []
    assert columns.ids() == (None, None)
    table = schema.encode(FRAME)
    assert columns.finish(table, schema) is table


def test_lists_of_the_same_steps_are_equally_long():
    columns, schema = learnt()
    table = schema.encode(FRAME)
    assert columns.finish(table, schema) is table
    uneven = FRAME.assign(kinds=[["k", "l"], ["k"]])
    text = "'items' and 'kinds': expected lists of equal length, .* got 0 and 1 values in row 1; mark what is missing"
    with pytest.raises(ValueError, match=text):
        columns.finish(schema.encode(uneven), schema)


def test_a_user_id_is_no_history():
    columns = HistoryColumns(sequence_features={"items": "item"}, user="kind")
    assert "kind" not in columns.learn(FRAME, True, "Model")[0]
    with pytest.raises(ValueError, match=r"user='kind' says whose row it is .* got it in sequence_features too"):
        HistoryColumns(sequence_features={"kinds": "kind"}, user="kind").learn(FRAME, True, "Model")
