import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrec.data import CATEGORICAL, Chunk, Cross, Survey, grown

pytestmark = pytest.mark.fast


def chunk(values):
    return Chunk(pd.DataFrame({"item": values}), None, None)


texts, numbers = st.text("abc", max_size=3), st.integers(-3, 3)


@pytest.mark.parametrize("values", [texts, numbers], ids=["text", "numbers"])
@given(data=st.data())
def test_codes_stay_and_new_ones_follow(values, data):
    parts = [data.draw(st.lists(values, min_size=1, max_size=8)) for _ in range(3)]
    schema = Survey({"item": CATEGORICAL}).add(chunk(parts[0]).frame).result()
    more = grown(schema, map(chunk, parts[1:]))
    known, vocabulary = (of.vocabularies[0] for of in (schema, more))
    assert vocabulary.values[: len(known.values)].tolist() == known.values.tolist()
    assert sorted(vocabulary.values) == sorted({value for part in parts for value in part})
    every = pd.Series([value for part in parts for value in part])
    assert vocabulary.decode(vocabulary.encode(every)).tolist() == every.tolist()
    if set(parts[0]) >= set(parts[1] + parts[2]):
        assert more is schema


def test_a_cross_keeps_the_codes_of_its_combinations():
    learner = Cross.learner((0, 1), (3, 3))
    old = np.array([[1, 1], [2, 1], [0, 2]], np.int32)
    learner.add(old.T)
    cross = learner.result()
    new = np.array([[3, 1], [1, 4], [1, 1]], np.int32)
    more = cross.grown((4, 5), [new.T])
    np.testing.assert_array_equal(more.encode(old), cross.encode(old))
    assert sorted(more.encode(new)) == [more.encode(old)[0], 4, 5]
