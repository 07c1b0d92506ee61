"""Losses of the rows of a group together, such as those of a page: how the positives stand among them.

Shape letters: B rows, G groups.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor

from skrec.ops import total_weight


class GroupLoss:
    r"""Base of the losses of groups, sums over rows of what the log of a row's share in its group counts.

    .. math:: L = -\frac{\sum_i c_i \log p_i}{\sum_i w_i}, \quad
        p_i = \frac{e^{s_i}}{\sum_{j \in g(i)} w_j e^{s_j}}

    with the score s and the weight w of a row, of the rows of its group g; a weight of two is the row twice. A subclass
    says what c is.
    """

    name: ClassVar[str]  # the parameter `group_loss` that asks for it
    compares: ClassVar[str]  # what it minimises, in a few words of the docstring

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in vars(cls):
            cls.name = cls.__name__

    def counts(self, y: Tensor, weight: Tensor, groups: Tensor, n_groups: int) -> Tensor:
        """Return c, (B,).

        Parameters
        ----------
        y : Tensor of shape (B,), float
            1 for positives, else 0.
        weight : Tensor of shape (B,), float
        groups : Tensor of shape (B,), int64
            Of which of the `n_groups` groups of the batch a row is.
        """
        raise NotImplementedError


class GroupSoftmax(GroupLoss):
    """Each positive's share in the softmax over its group; each positive counts the same, c = w y.

    References
    ----------
    Cao et al. (2007), Learning to Rank: From Pairwise Approach to Listwise Approach, section 4, of one positive.
    """

    name = "softmax"
    compares = "takes each positive's share in the softmax over the rows of its group, and counts positives alike"

    def counts(self, y: Tensor, weight: Tensor, groups: Tensor, n_groups: int) -> Tensor:
        """Return w y."""
        return weight * y


class ListNet(GroupLoss):
    r"""The cross entropy between the positives of a group, equally likely, and the softmax over it.

    .. math:: c_i = w_i y_i \frac{\sum_{j \in g(i)} w_j}{\sum_{j \in g(i)} w_j y_j}

    A group counts by its rows, however many of them are positives; one without any counts nothing.

    References
    ----------
    Cao et al. (2007), Learning to Rank: From Pairwise Approach to Listwise Approach, section 4.

    Notes
    -----
    Differs from the paper: the target is the positives' shares, not a softmax of the labels.
    """

    name = "listnet"
    compares = "takes the same, and counts groups by their rows, however many of them are positives"

    def counts(self, y: Tensor, weight: Tensor, groups: Tensor, n_groups: int) -> Tensor:
        """Return w y, by the share of positives in the group."""
        positive = weight * y
        totals = weight.new_zeros(2, n_groups).index_add(1, groups, torch.stack([weight, positive]))
        ratio = torch.where(totals[1] > 0, totals[0] / totals[1], 0)  # (G,)
        return positive * ratio[groups]


class GroupCriterion(torch.nn.Module):
    """The criterion of a training step over whole groups.

    Parameters
    ----------
    loss : GroupLoss
    """

    def __init__(self, loss: GroupLoss) -> None:
        super().__init__()
        self.loss = loss

    def extra_repr(self) -> str:
        """Return which loss it is."""
        return self.loss.name

    def forward(self, outputs: Tensor, target: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return the loss of outputs (B, 1); `target` are labels, weights and groups, all of shape (B,)."""
        y, weight, groups = target
        n_groups = int(groups.max()) + 1
        counts = self.loss.counts(y.to(outputs.dtype), weight, groups, n_groups)
        return -(counts * log_shares(outputs[:, 0], weight, groups, n_groups)).sum() / total_weight(weight)


def log_shares(scores: Tensor, weight: Tensor, groups: Tensor, n_groups: int) -> Tensor:
    """Return the logarithms of p, (B,), of scores, weights and groups (B,)."""
    weighted = scores + weight.log()
    top = weighted.detach().new_full((n_groups,), -torch.inf).scatter_reduce(0, groups, weighted.detach(), "amax")
    total = scores.new_zeros(n_groups).index_add(0, groups, (weighted - top[groups]).exp())
    return scores - (top + total.log())[groups]
