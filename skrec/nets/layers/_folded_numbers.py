"""Trained numbers that bend, for sums over them: of no row are the vectors held.

Shape letters: B rows, M numeric columns, K knots of a column, D width of a vector, W = D + 1 with its linear weight.
"""

import torch
from torch import Tensor

from skrec.nets.layers._block import Block
from skrec.nets.layers._numeric_embedding import BentNumbers
from skrec.ops import bins_of_numbers

__all__ = ["FoldedNumbers"]


class FoldedNumbers(Block):
    r"""Numbers as two rows of a table each, whose weighted sum is their vector.

    Between two knots a number's vector is a line, :math:`v = (1 - e) u_k + e u_{k + 1}`, where u are the vectors at the
    knots and e is the share of the distance that lies below the number. So is its square, but for one product:

    .. math:: |v|^2 = (1 - e) |u_k|^2 + e |u_{k + 1}|^2 - e (1 - e) |u_{k + 1} - u_k|^2

    Parameters
    ----------
    numbers : BentNumbers
        With one linear weight.

    Attributes
    ----------
    table : Tensor of shape (M K, W)
        The vectors at the knots, behind each its linear weight less half of its square.
    """

    def __init__(self, numbers: BentNumbers) -> None:
        super().__init__()
        knots = numbers.knots()  # (M, K)
        self.left, self.width = knots[:, :-1].contiguous(), knots.diff(dim=1)  # of what lies between them
        vectors = numbers(knots.T).transpose(0, 1).contiguous()  # (M, K, W)
        self.bends = (vectors[..., :-1].diff(dim=1).square().sum(2) / 2).flatten()  # (M (K - 1),)
        vectors[..., -1] -= vectors[..., :-1].square().sum(2) / 2
        self.table = vectors.flatten(0, 1)
        self.starts = torch.arange(len(knots), dtype=torch.int32, device=knots.device) * knots.shape[1]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return rows of the table (B, 2 M) int32, their weights (B, 2 M), and half of the squares' products (B,)."""
        bins, e = bins_of_numbers(x, self.left, self.width)
        below, n_bins = 1 - e, self.left.shape[1]
        of_bends = torch.arange(x.shape[1], dtype=torch.int32, device=x.device) * n_bins + bins
        products = (below * e * self.bends.take(of_bends.long())).sum(1)
        places = bins + self.starts
        return torch.cat([places, places + 1], 1), torch.cat([below, e], 1), products
