"""Which items are drawn as negatives: the base of the choices that there are."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch

from skrec.objectives.samplers._accidental_hits import AccidentalHits
from skrec.objectives.samplers._in_batch import InBatch
from skrec.objectives.samplers._per_batch import PerBatch


class Draws(NamedTuple):
    """What negatives of a stream of positives may be drawn from."""

    catalogue: Any  # with `inputs()`, the Inputs of all items, in the item's columns alone
    mass: np.ndarray  # (n_items,) int64, how often to draw each item, relative to the others
    often: np.ndarray  # (n_items,) int64, how many rows of the stream have each item
    n_negatives: int  # of a batch
    hits: AccidentalHits
    correction: float  # share of log q that is taken off scores
    dtype: torch.dtype

    def log_q(self, weights: Any) -> Any:
        """Return what is taken off the score of each item, by how often it comes up, (n_items,); None for nothing."""
        if not self.correction:
            return None
        share = np.maximum(weights, 1) / weights.sum()
        return self.correction * torch.from_numpy(np.log(share)).to(self.dtype)


@dataclass(frozen=True)
class NegativeSampling:
    """Base of the choices of the parameter `negatives`; a subclass is one file, and an export of this room."""

    name: ClassVar[str]  # the parameter `negatives` that asks for it; one of your own may leave it out
    draws: ClassVar[str] = ""  # which items, in a few words of the docstring

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in vars(cls):
            cls.name = cls.__name__

    def check(self, loss: Any, n_negatives: int) -> None:
        """Raise ValueError if this does not go with a RankingLoss, or so many negatives; all do here."""

    def mass(self, counts: Any) -> Any:
        """Return how often to draw each item, relative to the others, ndarray of shape (n_items,), int64.

        Parameters
        ----------
        counts : ndarray of shape (n_items,), int64
            How many training rows have each item.
        """
        raise NotImplementedError

    def of_batch(self, draws: Any) -> Any:
        """Return what holds the rows of a batch against negatives that they share: with `pairs` and `to`.

        Parameters
        ----------
        draws : Draws
        """
        if draws.n_negatives:
            log_q = draws.log_q(draws.mass)
            return PerBatch(draws.catalogue.inputs(), draws.mass, draws.n_negatives, draws.hits, log_q)
        return InBatch(draws.hits, draws.log_q(draws.often))
