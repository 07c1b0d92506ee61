import numpy as np
import pandas as pd
import pytest

from skrec.data import Chunk, join_chunks, part_of
from tests.data.sources import sources


def frame_of(first, last):
    return pd.DataFrame({"a": [f"v{i}" for i in range(first, last)], "b": np.arange(first, last, dtype=float)})


def source_of(first, last, kind=0, cuts=()):
    frame = frame_of(first, last)
    return sources(frame, np.arange(first, last) % 2, cuts=cuts)[kind]


def parts(of_ranks, training=True):
    identities = [source.identity() for source in of_ranks]
    return [part_of(source, identities, rank, training=training) for rank, source in enumerate(of_ranks)]


def rows_of(source):
    return [value for chunk in source.chunks() for value in chunk.frame["b"].tolist()]


def test_other_frames_are_each_process_s_own():
    own = [source_of(0, 5), source_of(5, 7)]
    assert parts(own) == own


def test_a_frame_that_two_have_is_refused():
    with pytest.raises(ValueError, match=r"same frame in processes 0 and 2; pass df\[rank::3\] and y\[rank::3\]"):
        parts([source_of(0, 5), source_of(5, 7), source_of(0, 5)])


@pytest.mark.parametrize(
    "other",
    [frame_of(0, 300).assign(b=1.0), frame_of(0, 299), frame_of(0, 300).rename(columns={"a": "c"})],
    ids=["a value", "a row", "a name"],
)
def test_frames_that_differ_a_little_are_others(other):
    y = np.zeros(300)
    one, two = sources(frame_of(0, 300), y)[0], sources(other, y[: len(other)])[0]
    assert one.identity() != two.identity()
    assert one.identity() == sources(frame_of(0, 300), y)[0].identity()


def test_validation_rows_that_all_have_are_dealt_out():
    assert [rows_of(part) for part in parts([source_of(0, 5)] * 2, training=False)] == [[0, 2, 4], [1, 3]]


def test_fewer_validation_rows_than_processes():
    with pytest.raises(ValueError, match="a row at least for each of 3 processes, got 2"):
        parts([source_of(0, 2)] * 3, training=False)


def test_row_groups_that_all_have_are_dealt_out():
    found = parts([source_of(0, 9, 1, cuts=(2, 4, 6))] * 2)
    assert [rows_of(part) for part in found] == [[0, 1, 4, 5], [2, 3, 6, 7, 8]]


def test_fewer_groups_than_processes():
    with pytest.raises(ValueError, match="a row group at least for each of 3 processes, got 2 in the Dataset"):
        parts([source_of(0, 9, 1, cuts=(2,))] * 3)


def test_groups_that_some_share():
    with pytest.raises(ValueError, match="got some in processes 0 and 1 alike"):
        parts([source_of(0, 9, 1, cuts=(2,)), source_of(0, 2, 1)])


def test_frames_beside_datasets():
    with pytest.raises(ValueError, match="rows of one kind in all processes, got frame, Dataset"):
        parts([source_of(0, 5), source_of(5, 7, 1)])


def test_chunks_of_all_as_one():
    chunk = join_chunks([Chunk(frame_of(0, 2), np.array([0, 1]), np.ones(2)), Chunk(frame_of(2, 3), *np.ones((2, 1)))])
    assert chunk.frame["b"].tolist() == [0, 1, 2]
    assert chunk.frame.index.tolist() == [0, 1, 2]
    assert chunk.y.tolist() == [0, 1, 1]


@pytest.mark.parametrize("kind", [0, 1])
def test_weights_are_scaled_as_those_of_other_processes(kind):
    frame, weight = frame_of(0, 3), np.array([1.0, 2.0, 3.0]) * 2.0**20
    source = sources(frame, np.array([0, 1, 0]), weight, cuts=(1,))[kind]
    assert source.exponent == 20
    chunks = source.scaled_to(22).chunks()
    assert np.concatenate([chunk.weight for chunk in chunks]).tolist() == [0.25, 0.5, 0.75]
    assert source.scaled_to(20) is source
