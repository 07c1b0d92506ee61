"""Negatives of a batch and drawn ones beside them."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from skrec import MFClassifier
from skrec._inputs import Inputs
from skrec.losses import BayesianPersonalizedRanking, CosineContrastive, SampledSoftmax
from skrec.objectives.samplers import AccidentalHits, Draws, MixedSampling

pytestmark = pytest.mark.fast

USERS, ITEMS = np.array([0, 0, 1, 2]), np.array([1, 2, 1, 3])  # of 5, of which 0 stands for a missing one
HAS = [{1, 2}, {1}, {3}]
OFTEN, MASS = np.array([0, 2, 1, 1, 0]), np.array([0, 1, 1, 1, 1])


def batch(correction=1.0, n_negatives=50, seed=0):
    items = Inputs(torch.arange(5, dtype=torch.int32)[:, None], torch.zeros(5, 0, dtype=torch.float64))
    hits = AccidentalHits(USERS, ITEMS, 3, 5)
    catalogue = SimpleNamespace(inputs=lambda: items)
    draws = Draws(catalogue, MASS, OFTEN, n_negatives, hits, correction, torch.float64)
    users, own = torch.from_numpy(USERS), torch.from_numpy(ITEMS)
    rows = Inputs(torch.stack([users, own], 1).int(), torch.zeros(4, 0, dtype=torch.float64))
    return MixedSampling().of_batch(draws).pairs(rows, users, own, torch.Generator().manual_seed(seed))


def test_the_items_of_the_batch_come_first_then_drawn_ones():
    negatives = batch().negatives.codes[:, 0].tolist()
    assert negatives[:4] == ITEMS.tolist()
    assert set(negatives[4:]) == {1, 2, 3, 4}
    assert len(negatives) == 54
    assert batch(seed=1).negatives.codes[:, 0].tolist() != negatives


def test_known_positives_of_a_user_are_accidental_hits_in_both_parts():
    pairs = batch()
    negatives = pairs.negatives.codes[:, 0].tolist()
    found = set(zip(*(part.tolist() for part in pairs.accidental_hits), strict=True))
    assert found == {(b, k) for b, user in enumerate(USERS) for k, item in enumerate(negatives) if item in HAS[user]}


@pytest.mark.parametrize("correction", [1.0, 0.5])
def test_log_q_is_that_of_the_mixture(correction):
    pairs = batch(correction)
    own, others = pairs.log_q

    def log_q(item):
        return correction * math.log((4 * OFTEN[item] / 4 + 50 * MASS[item] / 4) / 54)

    assert own.tolist() == pytest.approx([log_q(item) for item in ITEMS])
    assert others.tolist() == pytest.approx([log_q(item) for item in pairs.negatives.codes[:, 0].tolist()])
    assert batch(0.0).log_q is None


@pytest.mark.parametrize(("loss", "n_negatives"), [(BayesianPersonalizedRanking(), 3), (SampledSoftmax(), 0)])
def test_it_needs_drawn_items_and_a_loss_whose_rows_share_them(loss, n_negatives):
    with pytest.raises(ValueError, match=f"at least 1 and a loss .*, got n_negatives={n_negatives} and .*{loss.name}"):
        MixedSampling().check(loss, n_negatives)
    MixedSampling().check(CosineContrastive(), 1)
    estimator = MFClassifier(loss=loss, negatives="mixed", n_negatives=n_negatives)
    with pytest.raises(ValueError, match="negatives='mixed' puts drawn items beside those of a batch: expected"):
        estimator.fit(np.c_[USERS, ITEMS].astype(float), np.ones(4))


def test_moving_moves_everything():
    items = Inputs(torch.zeros(5, 1, dtype=torch.int32), torch.zeros(5, 0))
    draws = Draws(SimpleNamespace(inputs=lambda: items), MASS, OFTEN, 3, AccidentalHits(USERS, ITEMS, 3, 5), 1.0, None)
    sampler = MixedSampling().of_batch(draws).to("meta")
    moved = [sampler.ends, sampler.shares, sampler.catalogue.codes, *sampler.hits.known]
    assert {part.device.type for part in moved if part is not None} == {"meta"}
