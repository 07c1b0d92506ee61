"""The items of a batch, and drawn ones beside them."""

from typing import Any

import torch

from skrec._inputs import Pairs
from skrec._text import quoted
from skrec.objectives.samplers._per_batch import PerBatch
from skrec.objectives.samplers._uniform import UniformSampling


class MixedSampling(UniformSampling):
    """Holds each row against the items of the batch's other rows, and items that are drawn equally often.

    Items that hardly a row has are never learnt from where negatives are those of the batch alone: nothing holds them
    down. Drawn ones alone are too easy.

    References
    ----------
    Yang et al. (2020), Mixed Negative Sampling for Learning Two-tower Neural Networks in Recommendations, section 3.
    """

    name = "mixed"
    draws = "all equally often, beside those of the batch's other rows"

    def check(self, loss: Any, n_negatives: int) -> None:
        """Raise ValueError for a loss that draws for each row, and if nothing is drawn."""
        if loss.per_row or not n_negatives:
            raise ValueError(
                f"negatives='mixed' puts drawn items beside those of a batch: expected n_negatives of at least 1 and a "
                f"loss whose rows share them, such as 'softmax', got n_negatives={n_negatives} and "
                f"loss={quoted(loss.name)}; change one of them, or choose negatives='uniform'"
            )

    def of_batch(self, draws: Any) -> Any:
        """Return what holds a batch against its own items and drawn ones."""
        return _Mixed(draws)


class _Mixed(PerBatch):
    """Holds all rows of a batch of B against its B items and K drawn ones; log q is that of the mixture of both."""

    def __init__(self, draws):
        super().__init__(draws.catalogue.inputs(), draws.mass, draws.n_negatives, draws.hits)
        self.correction, self.dtype = draws.correction, draws.dtype
        self.shares = torch.stack([torch.from_numpy(often / often.sum()) for often in (draws.often, draws.mass)])

    def pairs(self, inputs, users, items, generator):
        """Return the Pairs of a batch: its Inputs, and the codes of its users and items, (B,)."""
        negatives = torch.cat([items, self.draw(generator)])
        log_q = (self._log_q(items, len(items)), self._log_q(negatives, len(items))) if self.correction else None
        hits = self.hits.find(users, negatives)
        return Pairs(inputs, self.catalogue.take(negatives), log_q=log_q, accidental_hits=hits)

    def _log_q(self, items, n_rows):
        """Return the log of how often items are among the negatives of a batch of `n_rows`, corrected, (n,)."""
        sizes = torch.tensor([n_rows, self.n_negatives], dtype=torch.float64, device=items.device)
        share = (sizes / sizes.sum()) @ self.shares.index_select(1, items)
        return (self.correction * share.log()).to(self.dtype)

    def to(self, device):
        """Move all tensors to `device` and return self."""
        self.shares = self.shares.to(device)
        return super().to(device)
