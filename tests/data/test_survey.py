"""Whatever the chunks, and whoever saw them, the same is learnt."""

import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE
from skrec.data._survey import Survey

pytestmark = pytest.mark.fast

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
STRINGS = [object, "str", "category", pd.ArrowDtype(pa.large_string()), DICTIONARY]
FRAMES = [make_frame(strings) for strings in STRINGS]
WEIGHT = np.arange(1.0, N_ROWS + 1)


def survey_of(frame, first=0, last=N_ROWS):
    return Survey(ROLES, {"history": "item"}).add(frame.iloc[first:last], WEIGHT[first:last])


def check_same(schema, whole, frame, rtol=1e-12):
    assert schema.fields == whole.fields
    for vocabulary, expected in zip(schema.vocabularies, whole.vocabularies, strict=True):
        assert vocabulary.values.tolist() == expected.values.tolist()
    np.testing.assert_allclose(schema.mean, whole.mean, rtol=rtol)
    np.testing.assert_allclose(schema.scale, whole.scale, rtol=rtol)
    for found, expected in zip(schema.encode(frame)[:2], whole.encode(frame)[:2], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@given(st.sampled_from(FRAMES), st.sets(st.integers(1, N_ROWS - 1), max_size=8), st.data())
@settings(deadline=None)
def test_any_chunks_merged_in_any_order_say_the_same(frame, cuts, data):
    ends = [0, *sorted(cuts), N_ROWS]
    surveys = [survey_of(frame, *chunk) for chunk in pairwise(ends)]
    while len(surveys) > 1:
        taker = surveys.pop(data.draw(st.integers(0, len(surveys) - 1)))
        given_ = surveys.pop(data.draw(st.integers(0, len(surveys) - 1)))
        taker.merge(pickle.loads(pickle.dumps(given_)) if data.draw(st.booleans(), "sent") else given_)
        surveys.append(taker)
    check_same(surveys[0].result(), survey_of(frame).result(), frame)


@pytest.mark.parametrize("size", [1, 7, 30, N_ROWS])
@pytest.mark.parametrize("frame", FRAMES, ids=map(str, STRINGS))
def test_chunks_one_after_another(frame, size):
    survey = Survey(ROLES, {"history": "item"})
    for start in range(0, N_ROWS, size):
        survey.add(frame.iloc[start : start + size], WEIGHT[start : start + size])
    check_same(survey.result(), survey_of(frame).result(), frame, 0 if size == N_ROWS else 1e-12)


@pytest.mark.parametrize("frame", FRAMES, ids=map(str, STRINGS))
def test_pickled_it_has_few_numbers_and_distinct_values_alone(frame):
    many = pd.concat([frame] * 50, ignore_index=True)
    one, survey = (Survey(ROLES, {"history": "item"}).add(rows) for rows in (frame, many))
    assert len(pickle.dumps(survey)) < len(pickle.dumps(one)) + 100
    schema = pickle.loads(pickle.dumps(survey)).result()
    check_same(schema, survey.result(), frame, 0)


def test_threads_change_nothing():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(2**15, 8))).assign(c="a")
    roles = {name: CATEGORICAL if name == "c" else NUMERIC for name in frame}
    one, three = (Survey(roles, n_threads=n).add(frame).result() for n in (1, 3))
    check_same(three, one, frame, 0)


def test_a_process_without_rows_adds_nothing():
    frame = FRAMES[0]
    nobody, without = Survey(ROLES, {"history": "item"}), survey_of(frame, 0, 0)
    for survey in (nobody, without):
        survey.merge(survey_of(frame))
        check_same(survey.result(), survey_of(frame).result(), frame, 0)
    full = survey_of(frame)
    for survey in (Survey(ROLES, {"history": "item"}), survey_of(frame, 0, 0)):
        full.merge(survey)
    check_same(full.result(), survey_of(frame).result(), frame, 0)
    with pytest.raises(ValueError, match="Expected rows to learn from, got none"):
        Survey(ROLES).result()


def test_a_merge_leaves_the_other_as_it_is():
    frame = FRAMES[0]
    first, second = survey_of(frame, 0, 30), survey_of(frame, 30)
    before = second.result()
    first.merge(second)
    first.add(frame.assign(item="new"), WEIGHT)
    assert second.result().vocabularies == before.vocabularies
    other = Survey(ROLES, {"history": "item"})
    other.merge(first)
    other.add(frame.assign(item="newer"), WEIGHT)
    assert "newer" not in first.result().vocabularies[0].values
