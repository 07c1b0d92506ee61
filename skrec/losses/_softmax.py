"""The softmax over an item and negatives."""

from math import e, log2
from typing import Any

import torch
import torch.nn.functional as F

from skrec.losses._ranking import RankingLoss


class SampledSoftmax(RankingLoss):
    r"""Minus the log of the own item's share in the softmax over it and the negatives.

    .. math:: -\log \frac{e^{s_0}}{\sum_{k=0}^K e^{s_k}}

    References
    ----------
    Yi et al. (2019), Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations, eq. 1-5.
    """

    name = "softmax"
    compares = "its share among them"
    corrects_frequency = True

    def losses(self, scores: Any) -> Any:
        """Return the loss of each row, (B,)."""
        return sampled_softmax(scores)

    def slopes(self, own: Any, negatives: Any) -> Any:
        """Return the losses and their derivatives."""
        return sampled_softmax_slopes(own, negatives)


def sampled_softmax(scores: Any, y: Any = None) -> torch.Tensor:
    """Return minus the log of the own item's share in the softmax.

    Parameters
    ----------
    scores : Tensor of shape (B, 1 + K), float
        The own item's first.
    y : ignored

    Returns
    -------
    loss : Tensor of shape (B,)

    References
    ----------
    Yi et al. (2019), Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations, eq. 1-5.
    """
    return F.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.int64, device=scores.device), reduction="none")


def sampled_softmax_slopes(own: Any, negatives: Any) -> Any:
    """Return the losses of `sampled_softmax` and their derivatives.

    Parameters
    ----------
    own : Tensor of shape (B,), float
        Scores of the own items.
    negatives : Tensor of shape (B, K), float
        Those of the negatives; overwritten with the derivatives by them.

    Returns
    -------
    losses, slopes : Tensor of shape (B,)
        The second the derivatives by `own`.
    """
    top = torch.maximum(negatives.amax(1), own)
    own_part = (own - top).exp()
    # to the base of two, for torch's own exp takes fifteen times as long where a fifth of the scores is minus infinity
    total = negatives.sub_(top[:, None]).mul_(log2(e)).exp2_().sum(1) + own_part
    negatives /= total[:, None]
    return total.log() - (own - top), own_part / total - 1
