import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data import _survey
from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE
from skrec.data._schema import Schema, moments
from skrec.data._survey import Distinct, SchemaLearner, append, condense

ROLES = {"age": NUMERIC, "item": CATEGORICAL, "history": SEQUENCE, "user": CATEGORICAL, "tags": SEQUENCE}
N_ROWS = 60


def make_frame(strings):
    rng = np.random.default_rng(0)

    def lists(values):
        return pd.Series([list(rng.choice(values, rng.integers(0, 4))) for _ in range(N_ROWS)])

    return pd.DataFrame(
        {
            "age": rng.normal(40, 10, N_ROWS),
            "item": pd.Series(rng.choice(["b", "a", "c", None], N_ROWS)).astype(strings),
            "history": lists(["a", "c", "x"]).astype(pd.ArrowDtype(pa.list_(pa.string()))),
            "user": pd.Categorical(rng.integers(0, 9, N_ROWS), categories=range(20)),
            "tags": lists([3, 1, 2]).astype(pd.ArrowDtype(pa.list_(pa.int64()))),
        }
    )


DICTIONARY = pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))


@pytest.mark.parametrize("strings", [object, "str", "category", pd.ArrowDtype(pa.large_string()), DICTIONARY])
@pytest.mark.parametrize("size", [1, 7, 30, N_ROWS])
def test_learns_from_parts_what_is_learnt_from_all_rows(strings, size, monkeypatch):
    monkeypatch.setattr(_survey, "PENDING_VALUES", 5)
    frame, weight = make_frame(strings), np.arange(1.0, N_ROWS + 1)
    learner = SchemaLearner(ROLES, {"history": "item"})
    for start in range(0, N_ROWS, size):
        learner.add(frame.iloc[start : start + size], weight[start : start + size])
    schema, whole = learner.schema(), Schema.learn(frame, ROLES, shared={"history": "item"}, weight=weight)
    assert schema.fields == whole.fields
    for vocabulary, expected in zip(schema.vocabularies, whole.vocabularies, strict=True):
        assert list(vocabulary.values) == list(expected.values)
    np.testing.assert_allclose(schema.mean, whole.mean, rtol=0 if size == N_ROWS else 1e-12)
    np.testing.assert_allclose(schema.scale, whole.scale, rtol=0 if size == N_ROWS else 1e-12)
    for found, expected in zip(schema.encode(frame)[:2], whole.encode(frame)[:2], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_column_that_never_has_a_value():
    values = Distinct()
    for _ in range(2):
        values.add(pd.Series([None, None], dtype=pd.ArrowDtype(pa.string())))
    assert len(values.index()) == 0
    assert len(Distinct().index()) == 0


def test_values_are_merged_when_they_are_as_many_as_the_known(monkeypatch):
    monkeypatch.setattr(_survey, "PENDING_VALUES", 4)
    values, held = Distinct(), []
    for start in range(20):
        values.add(pd.Series([start, start + 1, start + 2]))
        held.append(len(values.known) + values.n_pending)
        assert values.n_pending <= max(4, len(values.known))
    assert sorted(values.index()) == list(range(22))
    assert max(held) <= 2 * 22


numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
weighted = st.lists(st.tuples(numbers, st.floats(0.1, 10)), min_size=1, max_size=30)


@given(weighted, weighted)
@settings(deadline=None)
def test_few_rows_stand_for_all(first, second):
    (a, weight_a), (b, weight_b) = (np.array(rows).T for rows in (first, second))
    together, weights = append(append(None, (a, weight_a)), (b, weight_b))
    assert len(together) <= 3 + len(b)
    found, weights = condense(together, weights)
    values, weight = np.concatenate([a, b]), np.concatenate([weight_a, weight_b])
    assert len(found) in (1, 3)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(weight.sum())
    (mean, variance), (expected, spread) = moments(found, weights), moments(values, weight)
    scale = np.abs(values).max()
    assert mean == pytest.approx(expected, abs=1e-9 * scale)
    assert variance == pytest.approx(spread, rel=1e-6, abs=1e-12 * scale**2)
    assert found.min() == pytest.approx(values.min(), abs=1e-9 * scale)
    assert found.max() == pytest.approx(values.max(), abs=1e-9 * scale)
