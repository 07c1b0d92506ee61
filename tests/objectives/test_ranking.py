"""Positives above negatives: what each batch is held against, against loops over who has what."""

import numpy as np
import pandas as pd
import pytest

from skrec.engine import _streamed
from skrec.losses import BayesianPersonalizedRanking, CosineContrastive, RankingCriterion, SampledSoftmax
from skrec.objectives import Ranking
from skrec.objectives.samplers import negative_samplings
from tests.data.sources import sources
from tests.objectives.cases import LABELS, N_ITEMS, epoch, has, ids, names_of, pairs, sides

LOSSES = {
    "batch": (SampledSoftmax(), 0),
    "drawn": (SampledSoftmax(), 9),
    "of each row": (BayesianPersonalizedRanking(), 2),
    "cosines": (CosineContrastive(margin=0.5, negative_weight=1.0), 0),
}
every_loss = pytest.mark.parametrize("loss", LOSSES)
either_kind = pytest.mark.parametrize(("kind", "cuts"), [(0, []), (1, []), (1, [3, 11])])


def made(train, valid=None, y_valid=None, *, loss="of each row", kind=0, cuts=(), encoding=None, **options):
    """Return objective, Encoding, and Streams over sources of a kind: 0 in memory, 1 a Dataset."""
    of_loss, n_negatives = LOSSES[loss]
    given = {"n_negatives": n_negatives, "negatives": "uniform", "logq_correction": 1.0, **options}
    given["negatives"] = negative_samplings()[given["negatives"]]()
    objective = Ranking(LABELS, of_loss, embedding_dim=4, batch_size=lambda n_rows: 6, **given)
    encoding = encoding or ids(train)
    source = sources(train, np.ones(len(train), int), cuts=cuts)[kind]
    if valid is not None:
        valid = sources(valid, np.ones(len(valid), int) if y_valid is None else y_valid, cuts=cuts)[kind]
    return objective, encoding, objective.streams(encoding, source, valid, 7)


def hits_of(batch):
    """Return the places of the accidental hits, (row, negative)."""
    return set(zip(*(part.tolist() for part in batch.inputs.accidental_hits), strict=True))


def contrasts(encoding, batches):
    """Return user, own item, and the items that it is held against, accidental hits left out, of each row."""
    rows = []
    for batch in batches:
        held = batch.inputs
        users, items = (names_of(encoding, held.rows.codes[:, place], place) for place in (0, 1))
        negatives = items if held.negatives is None else names_of(encoding, held.negatives.codes[:, 0], 1)
        hits = set() if held.accidental_hits is None else hits_of(batch)
        n = len(negatives) // len(items)
        for b, (user, item) in enumerate(zip(users, items, strict=True)):
            mine = range(len(negatives)) if held.shared else range(n * b, n * (b + 1))
            rows.append((user, item, [negatives[k] for k in mine if (b, k) not in hits]))
    return rows


@every_loss
@either_kind
def test_no_known_positive_is_held_against_its_user_and_nothing_else_is_left_out(loss, kind, cuts):
    train = pairs()
    _, encoding, streams = made(train, loss=loss, kind=kind, cuts=cuts)
    known = has(train)
    for seed in range(4):
        batches = epoch(streams.train, 6, seed)
        rows = contrasts(encoding, batches)
        assert sorted(row[:2] for row in rows) == sorted(train.itertuples(index=False, name=None))
        assert not [row for row in rows if set(row[2]) & known[row[0]]]
        for batch in batches if loss == "batch" else ():
            its = contrasts(encoding, [batch])
            items = [item for _, item, _ in its]
            assert [row[2] for row in its] == [[i for i in items if i not in known[user]] for user, *_ in its]


@every_loss
@either_kind
def test_training_does_not_know_what_validation_adds(loss, kind, cuts):
    train, valid = pairs(), pairs(seed=1)
    valid = valid[[item not in has(train)[user] for user, item in valid.itertuples(index=False)]]
    alone = made(train, loss=loss, kind=kind, cuts=cuts)
    _, encoding, streams = made(train, valid, loss=loss, kind=kind, cuts=cuts)
    for seed in range(4):
        (found, expected) = (epoch(each.train, 6, seed) for each in (streams, alone[2]))
        assert contrasts(encoding, found) == contrasts(encoding, expected)
        for batch, other in zip(found, expected, strict=True):
            assert (batch.inputs.log_q is None) == (loss in ("of each row", "cosines"))
            for log_q, same in zip(batch.inputs.log_q or (), other.inputs.log_q or (), strict=True):
                np.testing.assert_array_equal(log_q, same)
    known = has(train, valid)
    rows = contrasts(encoding, epoch(streams.rows_valid, 6))
    assert sorted(row[:2] for row in rows) == sorted(valid.itertuples(index=False, name=None))
    assert not [row for row in rows if set(row[2]) & known[row[0]]]
    assert contrasts(encoding, epoch(streams.rows_valid, 6)) == rows


@every_loss
def test_one_window_is_drawn_as_in_memory(loss):
    train, valid = pairs(), pairs(seed=1)[:8]
    in_memory, streamed = (made(train, valid, loss=loss, kind=kind)[2] for kind in (0, 1))
    encoding = ids(train)
    for found, expected in (
        (epoch(streamed.train, 6, 3), epoch(in_memory.train, 6, 3)),
        (epoch(streamed.rows_valid, 6), epoch(in_memory.rows_valid, 6)),
    ):
        assert contrasts(encoding, found) == contrasts(encoding, expected)


@every_loss
def test_windows_know_what_users_have_in_all_of_them(loss, monkeypatch):
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", 6)
    train = pairs()
    _, encoding, streams = made(train, loss=loss, kind=1, cuts=[5, 9])
    rows, known = contrasts(encoding, epoch(streams.train, 3, 0)), has(train)
    assert len(rows) == len(train)
    assert not [row for row in rows if set(row[2]) & known[row[0]]]


@pytest.mark.parametrize("negatives", ["uniform", "popularity"])
@pytest.mark.parametrize("loss", ["drawn", "of each row"])
@pytest.mark.parametrize("kind", [0, 1])
def test_items_are_drawn_by_their_mass(negatives, loss, kind):
    train = pairs(40)
    _, encoding, streams = made(train, loss=loss, kind=kind, cuts=[7], negatives=negatives, n_negatives=3000)
    often, known = train["item"].value_counts(), has(train)
    if negatives == "uniform":
        often[:] = 1
    (batch,) = epoch(streams.train, 1000, 0)
    drawn = names_of(encoding, batch.inputs.negatives.codes[:, 0], 1)
    if loss == "drawn":
        share = pd.Series(drawn).value_counts(normalize=True)
        np.testing.assert_allclose(share[often.index], often / often.sum(), atol=0.03)
        return
    users = np.repeat(names_of(encoding, batch.inputs.rows.codes[:, 0], 0), 3000)
    for user, items in known.items():
        left = often.drop(list(items))
        share = pd.Series(drawn)[users == user].value_counts(normalize=True)
        np.testing.assert_allclose(share[left.index], left / left.sum(), atol=0.03)


@pytest.mark.parametrize("correction", [1.0, 0.5])
@pytest.mark.parametrize("loss", ["batch", "drawn"])
def test_log_q_is_the_log_of_an_items_share(loss, correction):
    train, valid = pairs(), pairs(seed=1)
    _, encoding, streams = made(
        train, valid, loss=loss, kind=1, cuts=[7], negatives="popularity", logq_correction=correction
    )
    for part, stream in ((train, streams.train), (valid, streams.rows_valid)):
        rows = part if loss == "batch" else train  # negatives are drawn as training rows have them
        share = rows["item"].value_counts() / len(rows)
        for batch in epoch(stream, 6):
            of_own, of_negatives = batch.inputs.log_q
            own = names_of(encoding, batch.inputs.rows.codes[:, 1], 1)
            drawn = own if loss == "batch" else names_of(encoding, batch.inputs.negatives.codes[:, 0], 1)
            np.testing.assert_allclose(of_own, correction * np.log(share[own]), rtol=1e-6)
            np.testing.assert_allclose(of_negatives, correction * np.log(share[drawn]), rtol=1e-6)


@either_kind
def test_a_user_id_column_that_is_no_feature_says_who(kind, cuts):
    train = pairs().assign(age=np.arange(20.0))
    encoding = sides(train[["user", "item", "age"]], user="user")
    assert [field.name for field in encoding.schema.fields] == ["item", "age"]
    _, _, streams = made(train, kind=kind, cuts=cuts, encoding=encoding, user="user")
    known, mean, scale = has(train), encoding.schema.mean[0], encoding.schema.scale[0]
    for batch in epoch(streams.train, 6, 0):
        ages = np.rint(batch.inputs.rows.numeric[:, 0].numpy() * scale + mean).astype(int)
        users = train["user"].to_numpy()[np.repeat(ages, 2)]
        items = names_of(encoding, batch.inputs.negatives.codes[:, 0], 0)
        assert not [(user, item) for user, item in zip(users, items, strict=True) if item in known[user]]


def test_without_an_id_a_row_knows_its_own_item_alone():
    train = pairs()
    encoding = sides(train.assign(user=1.0 + np.arange(20)))
    _, _, streams = made(train.assign(user=1.0 + np.arange(20)), loss="batch", encoding=encoding)
    (batch,) = epoch(streams.train)
    items = batch.inputs.rows.codes[:, 0].tolist()
    assert hits_of(batch) == {(b, k) for b, own in enumerate(items) for k, item in enumerate(items) if own == item}


@pytest.mark.parametrize("kind", [0, 1])
def test_who_has_all_items_is_named_before_training(kind):
    train = pairs()
    more = pd.DataFrame({"user": "u2", "item": [f"i{item}" for item in range(N_ITEMS)]})
    text = "loss='bpr' has nothing to draw for user 'u2', who has all 10 items; leave out the rows of such users"
    with pytest.raises(ValueError, match=text):
        made(pd.concat([train, more], ignore_index=True), kind=kind)
    with pytest.raises(ValueError, match=text):
        made(train, more, kind=kind)
    made(train, more, kind=kind, loss="batch")


@pytest.mark.parametrize("kind", [0, 1])
def test_what_cannot_be_ranked_is_refused(kind):
    train = pairs()
    with pytest.raises(ValueError, match="loss='bpr' has no item to draw: column 'item' is missing in all positives"):
        made(train.assign(item=pd.Series([None] * 20, dtype="str")), kind=kind)
    numbered = train.assign(item=np.arange(20.0))
    with pytest.raises(ValueError, match="loss='bpr' draws items by their first column, 'item', which is no category"):
        made(numbered, kind=kind, encoding=sides(numbered))
    with pytest.raises(ValueError, match="loss='bpr' needs positives among the validation rows, got no row of class 1"):
        made(train, train, np.zeros(20, int), kind=kind)


def test_scores_start_from_nothing():
    objective, _, _ = made(pairs())
    target, bias = objective.learn(np.ones(5, int), np.ones(5), np.array([0, 1]))
    assert target.classes.tolist() == [0, 1]
    assert bias.tolist() == [0]
    assert isinstance(objective.criterion(target), RankingCriterion)
    assert (objective.implicit, objective.n_negatives) == ("loss='bpr'", 2)
    assert made(pairs(), n_negatives=0)[0].n_negatives == 1  # one for each row at least
