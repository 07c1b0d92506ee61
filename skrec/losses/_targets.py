"""The loss of several targets, any of which may be missing in a row.

Shape letters: B rows, K targets, C outputs of all targets together.
"""

from typing import Any

import torch
from torch import Tensor, nn

from skrec.ops import total_weight


class TargetsLoss(nn.Module):
    r"""The criterion of a training step of several targets: the mean of their losses.

    .. math:: L = \frac{\sum_k a_k L_k}{\sum_k a_k}, \quad
        L_k = \frac{\sum_n w_n m_{nk} f_{nk} \, l_{nk}}{r_k \sum_n w_n}

    with the weight w of a row, m 1 where the target is there and 0 where it is missing, the factor f of a class, and
    :math:`r_k = \sum_n w_n m_{nk} f_{nk} / \sum_n w_n` of all training rows: over all of them L_k is the mean of those
    that have the target, and a batch with few of these counts for few.

    Parameters
    ----------
    loss : callable
        Of this room: (outputs (B, C_k), y (B,)) to losses (B,), of each target a list of K.
    sizes : sequence of int
        Outputs C_k of each target.
    shares : sequence of float
        The r_k.
    weights : sequence of float or None
        The a_k. None learns them: see Notes.
    factors : sequence of Tensor or None
        Of each target the factors of its classes, None for ones.

    Notes
    -----
    Learnt weights are those of Kendall et al.: with :math:`s_k` the logarithm of the noise's variance, training
    minimises the mean over k of :math:`e^{-s_k} L_k + s_k / 2`, of squared errors of :math:`(e^{-s_k} L_k + s_k) / 2`.
    Outside of training the loss is the plain mean, which can be compared between epochs.

    References
    ----------
    Kendall et al. (2018), Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and Semantics,
    eq. 5 and 10.
    """

    scale: Tensor

    def __init__(
        self,
        loss: Any,
        sizes: tuple[int, ...],
        shares: Any,
        weights: Any = None,
        factors: Any = None,
        *,
        squared: bool = False,
    ) -> None:
        super().__init__()
        self.loss, self.sizes, self.squared = list(loss), list(sizes), squared
        self.log_variance = nn.Parameter(torch.zeros(len(self.sizes))) if weights is None else None
        given = torch.ones(len(self.sizes)) if weights is None else torch.tensor(weights, dtype=torch.float64)
        self.register_buffer("scale", given / given.sum() / torch.tensor(shares, dtype=torch.float64), persistent=False)
        for place, factor in enumerate(factors or []):
            self.register_buffer(f"factors_{place}", factor, persistent=False)
        self.has_factors = [factor is not None for factor in factors or [None] * len(self.sizes)]

    def extra_repr(self) -> str:
        """Return which losses they are."""
        names = [getattr(loss, "__name__", str(loss)) for loss in self.loss]
        return ", ".join([*names, "learnt weights" if self.log_variance is not None else ""]).rstrip(", ")

    def forward(self, outputs: Tensor, target: tuple[Tensor, Tensor]) -> Tensor:
        """Return the mean loss of outputs (B, C); `target` is a pair, y (B, K) and weight (B,)."""
        y, weight = target
        losses = self.losses(outputs, y)  # (B, K)
        means = weight @ losses * self.scale.to(losses.dtype) / total_weight(weight)  # (K,), a_k r_k^-1 in them
        if self.log_variance is None or not self.training:
            return means.sum()
        half = 0.5 if self.squared else 1.0
        s = self.log_variance.to(losses.dtype)
        return (half * torch.exp(-s) * means).sum() + s.mean() / 2

    def losses(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return the loss of each target, (B, K), 0 where it is missing."""
        there = ~y.isnan() if y.is_floating_point() else y >= 0
        known = torch.where(there, y, 0)
        columns = []
        for place, (loss, own) in enumerate(zip(self.loss, outputs.split(self.sizes, 1), strict=True)):
            column = loss(own, known[:, place])
            if self.has_factors[place]:
                column = column * self.get_buffer(f"factors_{place}").to(column.dtype)[known[:, place]]
            columns.append(column)
        return torch.where(there, torch.stack(columns, 1), 0)
