"""The same rows in a frame and in a Dataset answer the same questions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data import _row_groups, as_pandas, open_features, refuse_datasets
from tests.data.sources import dataset_of, sources


class Rows:
    """Some rows, in groups that end at `cuts`."""

    def __init__(self, y, weight=None, cuts=()):
        self.frame = pd.DataFrame({"row": np.arange(len(y)), "twice": 2 * np.arange(len(y))})
        self.y, self.weight, self.cuts = y, weight, cuts

    def sources(self):
        return sources(self.frame, self.y, self.weight, self.cuts)


def rows_of(source):
    """Return the rows as a frame, sorted; of weights only ratios count."""
    chunks = list(source.chunks())
    if not chunks:
        return pd.DataFrame({"row": [], "twice": [], "y": [], "w": []}, dtype=np.float64)
    frame = pd.concat([chunk.frame.assign(y=chunk.y, w=chunk.weight) for chunk in chunks], ignore_index=True)
    frame["w"] /= frame["w"].max()
    return frame.sort_values(["row", "y"], ignore_index=True).astype(np.float64)


def assert_the_same(in_memory, streamed):
    assert in_memory.n_rows == streamed.n_rows == len(rows_of(streamed))
    pd.testing.assert_frame_equal(rows_of(in_memory), rows_of(streamed))
    if in_memory.n_rows:
        assert sorted(in_memory.labels()) == sorted(streamed.labels())
        assert in_memory.labels().dtype == streamed.labels().dtype


def doubled(chunk, number):
    """Behind the rows the same ones with another label."""
    twice = chunk.take(np.tile(np.arange(chunk.n_rows), 2))
    return twice._replace(y=twice.y + np.repeat([0, 1], chunk.n_rows))


QUESTIONS = {
    "of label 0": lambda source: source.only(0),
    "of label 2": lambda source: source.only(2),
    "every third": lambda source: source.where(lambda chunk: chunk.frame["row"].to_numpy() % 3 == 0),
    "of a large weight": lambda source: source.where(lambda chunk: chunk.frame["row"].to_numpy() > 4),
    "doubled": lambda source: source.map(doubled, 2),
}
labels = st.lists(st.integers(0, 2), min_size=1, max_size=20)
groups = st.lists(st.integers(0, 20), max_size=4)


@st.composite
def some_rows(draw):
    y = draw(labels)
    weights = st.lists(st.sampled_from([0.0, 0.0, 1.0, 3.0, 1e30]), min_size=len(y), max_size=len(y)).filter(any)
    return Rows(y, draw(st.none() | weights), draw(groups))


@given(some_rows(), st.lists(st.sampled_from(sorted(QUESTIONS)), max_size=3), st.sampled_from([1, 3, 100]))
@settings(deadline=None, max_examples=50)
def test_a_frame_and_a_dataset_answer_the_same(rows, asked, part):
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(_row_groups, "PART_ROWS", part)
        sources = rows.sources()
        assert_the_same(*sources)
        for question in asked:
            if not sources[0].n_rows:
                break
            sources = tuple(map(QUESTIONS[question], sources))
            assert_the_same(*sources)


@given(some_rows(), st.sampled_from([0.2, 0.5, 0.8]), st.integers(0, 3), st.booleans())
@settings(deadline=None)
def test_a_split_has_all_rows_once_and_each_label_in_training(rows, fraction, seed, by_label):
    for source in rows.sources():
        try:
            train, valid = source.split(fraction, seed, by_label=by_label)
        except ValueError:
            continue
        parts = [rows_of(part)["row"].tolist() for part in (train, valid)]
        assert parts[0]
        assert parts[1]
        assert sorted(parts[0] + parts[1]) == rows_of(source)["row"].tolist()
        assert [train.n_rows, valid.n_rows] == list(map(len, parts))
        assert not by_label or set(train.labels()) == set(source.labels())
        again = source.split(fraction, seed, by_label=by_label)
        assert [rows_of(part)["row"].tolist() for part in again] == parts


def test_a_dataset_holds_out_whole_groups_rounded_down():
    _, source = Rows([0, 1] * 10, cuts=[5, 10, 15]).sources()
    assert source.n_groups == 4
    assert [source.can_hold_out(fraction) for fraction in (0.2, 0.25, 0.9)] == [False, True, True]
    train, valid = source.split(0.4, 0, by_label=True)
    assert [len(part) for part in (rows_of(train), rows_of(valid))] == [15, 5]
    assert rows_of(valid)["row"].diff().dropna().eq(1).all()


def test_a_part_of_mapped_rows_is_mapped():
    """What was asked for stays, whatever is asked for next."""
    _, source = Rows([0, 1] * 10, cuts=[10]).sources()
    train, valid = source.map(doubled, 2).split(0.5, 0, by_label=False)
    assert [train.n_rows, valid.n_rows] == [20, 20]
    assert sorted(train.labels()) == [0, 1, 2]
    assert rows_of(train.only(2))["y"].unique().tolist() == [2]


def test_groups_come_in_the_order_that_is_asked_for():
    _, source = Rows([0] * 9, cuts=[3, 5]).sources()
    assert [chunk.frame["row"].tolist() for chunk in source.chunks([2, 0])] == [[5, 6, 7, 8, 0, 1, 2]]


def test_all_rows_at_once_are_those_of_a_frame_alone():
    in_memory, streamed = Rows([0, 1, 1]).sources()
    assert in_memory.whole(ValueError("too many")).n_rows == 3
    with pytest.raises(ValueError, match="too many"):
        streamed.whole(ValueError("too many"))
    assert in_memory.rows(lambda chunk: chunk.n_rows, None) == 3
    assert streamed.rows(None, lambda source: source) is streamed


@pytest.mark.parametrize("question", [lambda source: source, *QUESTIONS.values()])
def test_a_dataset_keeps_a_sample_of_the_first_pass_over_the_rows_it_has(question):
    streamed = question(Rows([0, 1, 2] * 5, cuts=[4]).sources()[1])
    assert streamed.sample is None
    list(streamed.chunks([0]))
    assert streamed.sample is None
    expected = rows_of(streamed)
    assert sorted(streamed.sample.frame["row"]) == expected["row"].tolist()
    assert streamed.where(lambda chunk: chunk.y == 0).sample is None


def test_the_first_rows_tell_the_columns_and_fewer_may_be_read():
    in_memory, streamed = Rows([0, 1] * 10, [0.0, 1.0] * 10).sources()
    assert in_memory.head["row"].tolist() == streamed.head["row"].tolist() == list(range(1, 20, 2))
    assert streamed.only(1).head["row"].tolist() == list(range(1, 20, 2))
    assert in_memory.reading(None) is in_memory
    narrow = streamed.reading(lambda: ["twice"])
    assert [chunk.frame.columns.tolist() for chunk in narrow.chunks()] == [["twice"]]
    assert list(streamed.head) == ["row", "twice"]


@pytest.mark.parametrize(
    "y", [np.array([True, False]), np.array(["b", "a"], object), np.array([1, 0], np.int8), np.array([1.0, 0.0])]
)
def test_labels_keep_their_type(y):
    in_memory, streamed = Rows(y).sources()
    assert in_memory.labels().dtype == streamed.labels().dtype == y.dtype
    assert rows_of(streamed.map(lambda chunk, _: chunk._replace(y=chunk.y == y[0]), 1))["y"].tolist() == [1, 0]
    assert [part.frame["row"].tolist() for part in streamed.only(y[0]).chunks()] == [[0]]


def test_rows_to_predict_have_columns_alone():
    frame, seen = Rows([0, 1, 1]).frame, []

    def check(X):
        seen.append(len(X))
        return as_pandas(X)

    in_memory = open_features(frame, None, check)
    streamed = open_features(dataset_of(frame, [1]), lambda: ["twice"], check)
    assert seen == [3, 3]  # before any is asked for
    assert [chunk.frame["twice"].tolist() for chunk in streamed.chunks()] == [[0, 2, 4]]
    assert [chunk.frame["twice"].tolist() for chunk in in_memory.chunks()] == [[0, 2, 4]]
    assert streamed.sample is None


def test_who_takes_rows_in_memory_says_so():
    refuse_datasets(pd.DataFrame(), "it", "do that")
    with pytest.raises(TypeError, match=r"^it takes rows in memory, got a Dataset; do that$"):
        refuse_datasets(dataset_of(pd.DataFrame({"x": [0]})), "it", "do that")
