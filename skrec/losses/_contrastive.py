"""The loss of IntTower: cross entropy, and a contrastive term over the batch."""

from typing import Any

import torch
import torch.nn.functional as F

from skrec.losses._labels import binary_cross_entropy
from skrec.losses._ranking import RankingCriterion
from skrec.losses._softmax import SampledSoftmax
from skrec.losses._weighted import weighted_mean
from skrec.ops import Scores, total_weight


class ContrastiveRegularized(torch.nn.Module):
    r"""The weighted binary cross entropy, and how far users are from the items they like beside those that others like.

    .. math::

        \frac{\sum_b w_b \ell_b}{\sum_b w_b} + \lambda \frac{\sum_{b \in P} w_b c_b}{\sum_{b \in P} w_b}, \quad
        c_b = \log \frac{\sum_{j \in P} w_j \exp(\cos(u_b, v_j) / \tau)}{\sum_{j \in P} w_j} - \cos(u_b, v_b) / \tau

    with :math:`\ell` the cross entropy, P the batch's rows of class 1, u and v their users' and items' vectors.

    Parameters
    ----------
    weight : float
        Lambda.
    temperature : float
        Tau.

    References
    ----------
    Li et al. (2022), IntTower, section 3.4.
    """

    def __init__(self, weight: float, temperature: float) -> None:
        super().__init__()
        self.weight, self.temperature = weight, temperature

    def extra_repr(self) -> str:
        """Return its parameters."""
        return f"weight={self.weight:g}, temperature={self.temperature:g}"

    def forward(self, outputs: Any, target: Any) -> Any:
        """Return the loss of outputs (B, 1), or (B, 1 + 2 W) with the vectors of users and items behind the logit."""
        y, weight = target
        loss = weighted_mean(binary_cross_entropy(outputs[:, :1], y), weight)
        liked = (y == 1) & (weight > 0)
        if outputs.shape[1] == 1 or self.weight == 0 or not liked.any():
            return loss
        users, items = (F.normalize(part, dim=1, eps=1e-6) for part in outputs[liked, 1:].chunk(2, 1))
        weight, places = weight[liked], torch.arange(len(users), device=users.device)
        log_share = (weight / total_weight(weight)).clamp(min=torch.finfo(weight.dtype).tiny).log()
        # a softmax in which an item counts by its share; the own one is there already: an accidental hit
        scores = Scores(users / self.temperature, items, items, True, (-log_share, -log_share), (places, places))
        contrast = RankingCriterion(SampledSoftmax())(scores, (y[liked], weight))
        return loss + self.weight * (contrast + weighted_mean(log_share, weight))
