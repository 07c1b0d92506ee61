"""Trained numbers that bend, for sums over them: of no row are the vectors held.

Shape letters: B rows, M numeric columns, P places for the knots of a column, a power of two, D width of a vector,
W = D + 1 with its linear weight.
"""

import torch
from torch import Tensor

from skrec.nets.layers._block import Block
from skrec.nets.layers._numeric_embedding import BentNumbers

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
    table : Tensor of shape (M P, W)
        The vectors at the knots, behind each its linear weight less half of its square.
    """

    def __init__(self, numbers: BentNumbers) -> None:
        super().__init__()
        knots = numbers.knots()
        n_columns, n_knots = knots.shape
        self.n_places = 1 << (n_knots - 1).bit_length()
        further = self.n_places - n_knots
        knots = torch.cat([knots, knots[:, -1:] + torch.arange(1, further + 1, device=knots.device)], 1)  # all lines
        vectors = numbers(knots.T).transpose(0, 1).contiguous()  # (M, P, W)
        steps = knots.diff(dim=1, append=knots[:, -1:] + 1)
        bends = vectors[..., :-1].diff(dim=1, append=vectors[:, -1:, :-1]).square().sum(2) / 2
        self.left, self.width, self.bends = knots.flatten(), steps.flatten(), bends.flatten()  # of bins, (M P,)
        vectors[..., -1] -= vectors[..., :-1].square().sum(2) / 2
        self.table = vectors.flatten(0, 1)
        inner = knots[:, 1:].clone()  # a number below the first or above the last goes on with their lines
        inner[:, n_knots - 2 :] = torch.inf
        self.inner = torch.nn.functional.pad(inner, (0, 1), value=torch.inf).flatten()
        self.starts = torch.arange(n_columns, dtype=torch.int32, device=knots.device) * self.n_places

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return rows of the table (B, 2 M) int32, their weights (B, 2 M), and half of the squares' products (B,)."""
        flat, shape = x.flatten(), x.shape
        bins = self._bins(flat, shape[0])
        e = (flat - self.left.index_select(0, bins)) / self.width.index_select(0, bins)
        below, places = 1 - e, bins.view(shape)
        products = (below * e * self.bends.index_select(0, bins)).view(shape)
        shares = torch.cat([below.view(shape), e.view(shape)], 1)
        return torch.cat([places, places + 1], 1), shares, products.sum(1)

    def _bins(self, x, n_rows):
        """Return in which of all bins the numbers (B M,) lie, int32: halves of a column's places, at once for all.

        torch.searchsorted looks for one number after the other, and takes three times as long.
        """
        found, step = self.starts.repeat(n_rows), self.n_places // 2
        while step:
            found = torch.add(found, self.inner[step - 1 :].index_select(0, found) <= x, alpha=step)
            step //= 2
        return found
