"""Binary cross entropy that knows how few of the items are drawn."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from skrec.losses._ranking import RankingLoss


@dataclass(frozen=True)
class GeneralizedBinaryCrossEntropy(RankingLoss):
    r"""The binary cross entropy in which the own item counts less, the fewer of all items are drawn.

    .. math::

        -\frac{1}{K + 1} \Big( \beta \log \sigma(s_0) + \sum_{k=1}^K \log (1 - \sigma(s_k)) \Big), \quad
        \beta = 1 - t (1 - \alpha), \quad \alpha = \frac{K}{N - 1}

    with N the items that there are. With few negatives a model is far too sure of whatever is popular; with t = 1 the
    probabilities are those of all items as negatives, with t = 0 the loss is the plain one.

    References
    ----------
    Petrov, Macdonald (2023), gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with Negative
    Sampling, eq. 19-22.
    """

    calibration: float = 0.75

    name = "gbce"
    compares = "each of them with zero, the own item less, the fewer of all items are drawn"

    def losses(self, scores: Tensor) -> Tensor:
        """Return the loss of each row, (B,), where the negatives are all other items."""
        return _weighted(scores, 1.0)

    def losses_among(self, scores: Tensor, n_items: int) -> Tensor:
        """Return the loss of each row, (B,), whose negatives are drawn from `n_items`."""
        share = min((scores.shape[1] - 1) / max(n_items - 1, 1), 1.0)
        return _weighted(scores, 1 - self.calibration * (1 - share))


def _weighted(scores, beta):
    """Return the losses (B,) of scores (B, 1 + K), the own item's first, whose log probability counts `beta` times."""
    own, negatives = scores[:, 0], scores[:, 1:]
    counted = (negatives > -torch.inf).sum(1)
    return (beta * softplus(-own) + softplus(negatives).sum(1)) / (1 + counted)
