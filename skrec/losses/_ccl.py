"""The cosine contrastive loss."""

from dataclasses import dataclass
from typing import Any

import torch

from skrec.losses._ranking import RankingLoss, mean_of_counted


@dataclass(frozen=True)
class CosineContrastive(RankingLoss):
    r"""How far the own item is from one, and the negatives above the margin.

    .. math:: 1 - s_0 + \frac{w}{K} \sum_{k=1}^K \max(0, s_k - m)

    Parameters
    ----------
    margin : float, default=0.8
        m, what a negative's cosine may be.
    negative_weight : float, default=100.0
        w, what the negatives count together.

    References
    ----------
    Mao et al. (2021), SimpleX: A Simple and Strong Baseline for Collaborative Filtering, eq. 1.
    """

    margin: float = 0.8
    negative_weight: float = 100.0
    name = "ccl"
    compares = "cosines"
    of_cosines = True

    def losses(self, scores: Any) -> Any:
        """Return the loss of each row, (B,)."""
        return cosine_contrastive(scores, margin=self.margin, negative_weight=self.negative_weight)

    def slopes(self, own: Any, negatives: Any) -> Any:
        """Return the losses and their derivatives."""
        return cosine_contrastive_slopes(own, negatives, margin=self.margin, negative_weight=self.negative_weight)


def cosine_contrastive(scores: Any, y: Any = None, *, margin: float, negative_weight: float) -> torch.Tensor:
    r"""Return how far the own item is from one, and the negatives above the margin.

    .. math:: 1 - s_0 + \frac{w}{K} \sum_k \max(0, s_k - m)

    Parameters
    ----------
    scores : Tensor of shape (B, 1 + K), float
        Cosines, the own item's first.
    y : ignored
    margin : float
        m, what another item's cosine may be.
    negative_weight : float
        w, what the negatives count together.

    Returns
    -------
    loss : Tensor of shape (B,)

    References
    ----------
    Mao et al. (2021), SimpleX: A Simple and Strong Baseline for Collaborative Filtering, eq. 1.
    """
    own, negatives = scores[:, 0], scores[:, 1:]
    return 1 - own + negative_weight * mean_of_counted((negatives - margin).relu(), negatives)


def cosine_contrastive_slopes(own: Any, negatives: Any, *, margin: float, negative_weight: float) -> Any:
    """Return the losses of `cosine_contrastive` and their derivatives, as `sampled_softmax_slopes` does."""
    factor = negative_weight / (negatives > -torch.inf).sum(1).clamp(min=1).to(own.dtype)
    excess = negatives.sub_(margin).relu_().sum(1)
    negatives.sign_().mul_(factor[:, None])
    return 1 - own + factor * excess, torch.full_like(own, -1.0)
