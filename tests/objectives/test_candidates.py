"""Other candidates for a history: what they are and what they bring along, against loops over rows."""

import numpy as np
import pandas as pd
import pytest

from skrec.data import VocabularySurvey
from skrec.engine import Rows, _streamed
from skrec.objectives import SampledCandidates
from skrec.objectives._candidate_draws import CandidateDraws
from tests.data.sources import sources
from tests.objectives.cases import LABELS, N_ITEMS, candidates, epoch, has, histories, kind_of, names_of


def made(train, valid=None, y_valid=None, *, kind=0, user="user", cuts=()):
    """Return objective, Encoding, and Streams over sources of a kind: 0 in memory, 1 a Dataset."""
    objective, encoding = SampledCandidates(LABELS, 3, user), candidates(train)
    source = sources(train, np.ones(len(train), int), cuts=cuts)[kind]
    if valid is not None:
        y_valid = np.ones(len(valid), int) if y_valid is None else y_valid
        valid = sources(valid, y_valid, cuts=cuts)[kind]
    return objective, encoding, objective.streams(encoding, source, valid, 7)


def rows_of(encoding, batches):
    """Return the number, the item, its kind, the history and the label of each row."""
    rows = []
    numbers = encoding.schema.mean[0], encoding.schema.scale[0]
    for batch in batches:
        items, kinds = (names_of(encoding, batch.inputs.codes[:, place], place) for place in (0, 1))
        bag = batch.inputs.lists[0]
        past = [tuple(names_of(encoding, part, 0)) for part in bag.codes.split(bag.offsets.diff().tolist())]
        number = np.rint(batch.inputs.numeric[:, 0].numpy() * numbers[1] + numbers[0]).astype(int).tolist()
        rows += zip(number, items, kinds, past, batch.target[0].tolist(), strict=True)
    return rows


@pytest.mark.parametrize("user", ["user", None])
@pytest.mark.parametrize(("kind", "cuts"), [(0, []), (1, []), (1, [3, 11])])
def test_a_candidate_is_in_no_row_of_the_user_and_in_no_history_of_it(kind, cuts, user):
    train = histories()
    _, encoding, streams = made(train, kind=kind, cuts=cuts, user=user)
    past = {who: set().union(*train.loc[train["user"] == who, "past"]) for who in train["user"]}
    for seed in range(5):
        rows = rows_of(encoding, epoch(streams.train, 6, seed))
        assert sorted(row[0] for row in rows if row[4]) == list(range(len(train)))
        negatives = [row for row in rows if not row[4]]
        assert sorted(row[0] for row in negatives) == sorted(3 * list(range(len(train))))
        for number, item, kind_, history, _ in negatives:
            row = train.iloc[number]
            assert history == tuple(row["past"])
            assert item not in {row["item"], *row["past"]}
            assert kind_ == kind_of(item)
            if user is not None:
                assert item not in has(train)[row["user"]] | past[row["user"]]


def test_one_window_is_drawn_as_in_memory():
    train, valid = histories(), histories(seed=1)[:8]
    in_memory, streamed = (made(train, valid, kind=kind) for kind in (0, 1))
    encoding = streamed[1]
    assert rows_of(encoding, epoch(streamed[2].train, 6, 3)) == rows_of(encoding, epoch(in_memory[2].train, 6, 3))
    found, expected = (rows_of(encoding, epoch(streams.rows_valid, 6)) for _, _, streams in (streamed, in_memory))
    assert found == expected


def test_windows_draw_for_their_own_rows(monkeypatch):
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", 16)
    train = histories()
    _, encoding, streams = made(train, kind=1, cuts=[5, 9])
    rows = rows_of(encoding, epoch(streams.train, 4, 0))
    assert not [row for row in rows if not row[4] and row[1] in {train["item"][row[0]], *train["past"][row[0]]}]


@pytest.mark.parametrize("kind", [0, 1])
def test_validation_candidates_are_of_neither_part(kind):
    train, valid = histories(), histories(seed=1)[:8]
    _, encoding, streams = made(train, valid, kind=kind, cuts=[3])
    rows, known = rows_of(encoding, epoch(streams.rows_valid)), has(train, valid)
    assert len(rows) == streams.valid.n_rows == 4 * len(valid)
    assert not [row for row in rows if not row[4] and row[1] in known[valid["user"][row[0]]]]
    assert all(row[2] == kind_of(row[1]) for row in rows)
    assert rows_of(encoding, epoch(streams.rows_valid)) == rows


def draws_of(train, user=None):
    """Return the finished CandidateDraws of a frame, and its Rows."""
    encoding, survey = candidates(train), VocabularySurvey("user")
    survey.add(train["user"])
    users = survey.result() if user else None
    keys = (users.encode(train["user"]).astype(np.int64),) if user else ()
    rows = Rows(encoding.table(train), keys=keys)
    draws = CandidateDraws(SampledCandidates(LABELS, 3, user), encoding, users)
    draws.add(rows, is_catalogue=True)
    draws.finish()
    return encoding, draws, rows


@pytest.mark.parametrize("user", [None, "user"])
def test_what_is_left_is_drawn_evenly(user):
    """A grid over [0, 1) gives each item that is left as often as any other."""
    train = histories()
    encoding, draws, rows = draws_of(train, user)
    draw, steps, drawn = draws.of(rows), 2520, []
    for step in range(steps):
        drawn.append(names_of(encoding, draw(np.full(len(train), (step + 0.5) / steps))[:, 0], 0))
    for number, items in enumerate(zip(*drawn, strict=True)):
        row = train.iloc[number]
        of_user = train[train["user"] == row["user"]] if user else train[number : number + 1]
        left = {f"i{item}" for item in range(N_ITEMS)} - set(of_user["item"]).union(*of_user["past"])
        assert pd.Series(items).value_counts().to_dict() == dict.fromkeys(left, steps / len(left))


def test_an_item_brings_the_columns_of_its_first_row():
    train = histories()
    train.loc[train["item"].duplicated(), "kind"] = "another"
    encoding, draws, _ = draws_of(train)
    first = train.drop_duplicates("item").set_index("item")["kind"]
    found = names_of(encoding, draws.catalogue[1:, 1], 1)
    assert dict(zip(names_of(encoding, draws.catalogue[1:, 0], 0), found, strict=True)) == first.to_dict()
    assert draws.catalogue[0].tolist() == [0, 0]


@pytest.mark.parametrize("user", ["user", None])
@pytest.mark.parametrize(("kind", "cuts"), [(0, []), (1, [2, 3])])
def test_rows_that_have_all_items_are_counted_before_training(kind, cuts, user):
    train = histories()
    everything = [f"i{item}" for item in range(N_ITEMS)]
    full = train[:4].assign(user="full", past=[everything] * 4, kinds=[list(map(kind_of, everything))] * 4)
    text = "n_negatives=3 has nothing to draw for 4 of the positives: .* all 10 items of the training rows; leave them"
    with pytest.raises(ValueError, match=text):
        made(pd.concat([train, full], ignore_index=True), kind=kind, cuts=cuts, user=user)
    with pytest.raises(ValueError, match=text):
        made(train, full, kind=kind, cuts=cuts, user=user)


def test_a_user_who_has_all_items_in_several_rows_is_found():
    train = histories()
    rows = [train.assign(user="full", item=f"i{item}", kind=f"k{item % 3}")[:1] for item in range(N_ITEMS)]
    rows = pd.concat([train, *rows], ignore_index=True)
    with pytest.raises(ValueError, match="nothing to draw for 10 of the positives"):
        made(rows, kind=1, cuts=[3])
    made(rows, kind=1, cuts=[3], user=None)


def test_rows_are_read_once_more_only_if_one_may_be_full():
    train = histories()
    _, draws, rows = draws_of(train)

    class Never:
        def chunks(self):
            raise AssertionError("read once more")

    assert draws.longest == 1 + max(map(len, train["past"])) < N_ITEMS
    draws.check(Never())
    draws.longest = N_ITEMS
    draws.check(rows)
    with pytest.raises(AssertionError, match="read once more"):
        draws.check(Never())
