"""Negatives of ids: whose they are and what they are, against loops over who has what."""

import numpy as np
import pandas as pd
import pytest

from skrec.engine import _streamed
from skrec.objectives import SampledNegatives
from tests.data.sources import sources
from tests.objectives.cases import LABELS, N_ITEMS, epoch, has, ids, names_of, pairs

pytestmark = pytest.mark.fast


def made(train, valid=None, y_valid=None, *, kind=0, n_negatives=3, weight=None, cuts=()):
    """Return objective, Encoding, and Streams over sources of a kind: 0 in memory, 1 a Dataset."""
    objective, encoding = SampledNegatives(LABELS, n_negatives), ids(train)
    source = sources(train, np.ones(len(train), int), weight, cuts)[kind]
    if valid is not None:
        y_valid = np.ones(len(valid), int) if y_valid is None else y_valid
        valid = sources(valid, y_valid, cuts=cuts)[kind]
    return objective, encoding, objective.streams(encoding, source, valid, 7)


def rows_of(encoding, batches):
    """Return user, item, label and weight of each row."""
    rows = []
    for batch in batches:
        users, items = (names_of(encoding, batch.inputs.codes[:, place], place) for place in (0, 1))
        rows += zip(users, items, *(part.tolist() for part in batch.target), strict=True)
    return rows


@pytest.mark.parametrize(("kind", "cuts"), [(0, []), (1, []), (1, [3, 11])])
def test_a_pass_has_each_positive_and_its_negatives(kind, cuts):
    train = pairs()
    weight = np.arange(1.0, len(train) + 1)
    _, encoding, streams = made(train, kind=kind, cuts=cuts, weight=weight)
    known, of_pair = has(train), dict(zip(train.itertuples(index=False, name=None), weight, strict=True))
    for seed in range(5):
        rows = rows_of(encoding, epoch(streams.train, 6, seed))
        assert len(rows) == len(streams.train) == 4 * len(train)
        positives = [row for row in rows if row[2]]
        unit = positives[0][3] / of_pair[positives[0][:2]]
        assert {row[:2]: row[3] / unit for row in positives} == pytest.approx(of_pair)
        negatives = [row for row in rows if not row[2]]
        assert not [row for row in negatives if row[1] in known[row[0]]]
        for user in known:  # as heavy as the user's positives
            total = 3 * sum(row[3] for row in positives if row[0] == user)
            assert sum(row[3] for row in negatives if row[0] == user) == pytest.approx(total)


def test_every_item_that_a_user_does_not_have_is_drawn_equally_often():
    train = pairs()
    _, encoding, streams = made(train, n_negatives=400)
    known, rows = has(train), rows_of(encoding, epoch(streams.train, seed=0))
    for user, items in known.items():
        drawn = pd.Series([row[1] for row in rows if row[0] == user and not row[2]]).value_counts(normalize=True)
        assert set(drawn.index) | items == {f"i{item}" for item in range(N_ITEMS)}
        np.testing.assert_allclose(drawn, 1 / (N_ITEMS - len(items)), rtol=0.25)


def test_one_window_is_drawn_as_in_memory():
    train, valid = pairs(), pairs(seed=1)[:8]
    in_memory, streamed = (made(train, valid, kind=kind) for kind in (0, 1))
    for seed in (0, 1):
        assert rows_of(ids(train), epoch(streamed[2].train, 6, seed)) == rows_of(
            ids(train), epoch(in_memory[2].train, 6, seed)
        )
    found, expected = (rows_of(ids(train), epoch(streams.rows_valid, 6)) for _, _, streams in (streamed, in_memory))
    assert found == expected


def test_windows_draw_for_their_own_rows(monkeypatch):
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", 8)
    train = pairs()
    _, encoding, streams = made(train, kind=1, cuts=[5, 9], n_negatives=1)
    batches = epoch(streams.train, 4, seed=0)
    for batch in zip(batches[::2], batches[1::2], strict=True):  # two batches a window of four positives
        rows = rows_of(encoding, batch)
        assert sorted(row[0] for row in rows if row[2]) == sorted(row[0] for row in rows if not row[2])


@pytest.mark.parametrize(("kind", "cuts"), [(0, []), (1, []), (1, [3])])
def test_validation_positives_get_negatives_that_neither_part_has(kind, cuts):
    train, valid = pairs(), pairs(seed=1)[:8]
    _, encoding, streams = made(train, valid, kind=kind, cuts=cuts)
    assert set(streams.valid.labels()) == {0, 1}
    assert streams.valid.n_rows == len(streams.rows_valid) == 4 * len(valid)
    rows, known = rows_of(encoding, epoch(streams.rows_valid, 5)), has(train, valid)
    assert sorted(row[:2] for row in rows if row[2]) == sorted(valid.itertuples(index=False, name=None))
    assert not [row for row in rows if not row[2] and row[1] in known[row[0]]]
    assert rows_of(encoding, epoch(streams.rows_valid, 5)) == rows
    trained = {
        row[:2] for seed in range(30) for row in rows_of(encoding, epoch(streams.train, seed=seed)) if not row[2]
    }
    assert trained & set(valid.itertuples(index=False, name=None))  # training knows nothing of them


@pytest.mark.parametrize("kind", [0, 1])
def test_validation_rows_of_both_classes_stay_and_are_looked_at_before_training(kind):
    train, valid = pairs(), pairs(seed=1)[:8]
    y = np.arange(8) % 2
    _, encoding, streams = made(train, valid, y, kind=kind)
    rows = rows_of(encoding, epoch(streams.rows_valid))
    assert [row[:3] for row in rows] == [
        (*pair, label) for pair, label in zip(valid.itertuples(index=False, name=None), y, strict=True)
    ]
    with pytest.raises(ValueError, match=r"Expected labels among \[0, 1\], got \[2\] in y"):
        made(train, valid, np.arange(8) % 3, kind=kind)


@pytest.mark.parametrize("kind", [0, 1])
def test_a_missing_item_is_never_drawn_and_takes_nobodys_room(kind):
    train = pairs()
    train.loc[:3, "item"] = None
    _, encoding, streams = made(train, kind=kind)
    rows = rows_of(encoding, epoch(streams.train, seed=0))
    assert sum(pd.isna(row[1]) for row in rows) == 4
    assert not [row for row in rows if not row[2] and pd.isna(row[1])]


@pytest.mark.parametrize("kind", [0, 1])
def test_who_has_all_items_is_named_before_training(kind):
    train = pairs()
    more = pd.DataFrame({"user": "u2", "item": [f"i{item}" for item in range(N_ITEMS)]})
    text = "n_negatives=3 has nothing to draw for user 'u2', who has all 10 items; leave out the rows of such users"
    with pytest.raises(ValueError, match=text):
        made(pd.concat([train, more], ignore_index=True), kind=kind)
    with pytest.raises(ValueError, match=text):
        made(train, more, kind=kind)


def test_training_rows_are_scored_beside_negatives_of_their_own():
    train = pairs()
    objective, encoding, streams = made(train)
    source, stream = objective.scored_train(encoding, streams, sources(train, np.ones(len(train), int))[0], 7)
    rows, known = rows_of(encoding, epoch(stream)), has(train)
    assert source.n_rows == len(rows) == 4 * len(train)
    assert [row[2] for row in rows] == list(source.whole(None).y)
    assert not [row for row in rows if not row[2] and row[1] in known[row[0]]]


@pytest.mark.parametrize("kind", [0, 1])
def test_positives_are_one_class_of_two(kind):
    objective = SampledNegatives(LABELS, 1)

    def selected(y, classes=None):
        positives, found = objective.select(sources(pairs(), np.asarray(y), cuts=[9])[kind], classes)
        return positives.n_rows, found.tolist()

    assert selected([0, 1] * 10) == (10, [0, 1])
    assert selected([1] * 20) == (20, [0, 1])
    assert selected([True] * 20) == (20, [False, True])
    assert selected(["no"] * 5 + ["yes"] * 15) == (15, ["no", "yes"])
    assert selected([0] * 15 + [1] * 5, np.array([0, 1])) == (5, [0, 1])
    for y, classes, text in (
        ([0, 1, 2, 3] * 5, None, r"n_negatives=1 is for two classes, got \[0, 1, 2, 3\]; say which"),
        (["yes"] * 20, None, "labelled 1 or True, got only one class, 'yes'; with n_negatives=1"),
        ([0] * 20, None, "n_negatives=1 needs positives, got no row of class 1"),
        (["a", None] * 10, None, "contains NaN"),
        ([1.0, np.nan] * 10, np.array([0, 1]), "contains NaN"),
    ):
        with pytest.raises(ValueError, match=text):
            selected(np.array(y, object) if None in y else y, classes)
