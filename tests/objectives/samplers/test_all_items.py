"""Every item for a negative."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from skrec._inputs import Inputs
from skrec.losses import BayesianPersonalizedRanking, SampledSoftmax
from skrec.objectives.samplers import AccidentalHits, AllItems, Draws

pytestmark = pytest.mark.fast

COUNTS = np.array([0, 2, 0, 1, 3])  # of 5 codes, of which 0 stands for a missing item, and no row has 2


def sampler():
    items = Inputs(torch.arange(5, dtype=torch.int32)[:, None], torch.zeros(5, 0))
    hits = AccidentalHits(np.array([0]), np.array([1]), 1, 5)
    mass = AllItems().mass(COUNTS)
    return AllItems().of_batch(Draws(SimpleNamespace(inputs=lambda: items), mass, COUNTS, 0, hits, 1.0, torch.float32))


def test_all_items_that_rows_have_and_none_twice():
    own = torch.tensor([4, 1, 2, 4])  # 2 is nowhere, as an item of validation rows may be
    pairs = sampler().pairs(Inputs(own[:, None].int(), torch.zeros(4, 0)), own, own, None)
    assert pairs.negatives.codes[:, 0].tolist() == [1, 3, 4]
    assert list(zip(*(part.tolist() for part in pairs.accidental_hits), strict=True)) == [(0, 2), (1, 0), (3, 2)]
    assert pairs.log_q is None


@pytest.mark.parametrize(("loss", "n_negatives"), [(BayesianPersonalizedRanking(), 0), (SampledSoftmax(), 3)])
def test_it_draws_nothing(loss, n_negatives):
    with pytest.raises(
        ValueError, match=f"expected n_negatives=0 and .*, got n_negatives={n_negatives} and .*{loss.name}"
    ):
        AllItems().check(loss, n_negatives)


def test_moving_moves_everything():
    moved = sampler().to("meta")
    assert {part.device.type for part in (moved.items.codes, moved.place)} == {"meta"}
