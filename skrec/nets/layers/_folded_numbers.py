"""Trained numbers that bend, for sums over them: of no row are the vectors held.

Shape letters: B rows, M numeric columns, K bins, D width of a vector, W = D + 1 with its linear weight.
"""

import torch
from torch import Tensor
from torch.nn import functional

from skrec.nets.layers._block import Block
from skrec.nets.layers._numeric_embedding import BentNumbers

__all__ = ["FoldedNumbers"]


class FoldedNumbers(Block):
    """Sums of the vectors of a row's numbers, and of their squares.

    A vector is (1 - e) u_t + e u_(t+1) + x a, where u are the vectors at the edges of bin t and e is the share of it
    below x. Its square is made of products of u and a, which do not depend on the row.

    Parameters
    ----------
    numbers : BentNumbers
        With one linear weight.
    """

    def __init__(self, numbers: BentNumbers) -> None:
        super().__init__()
        self.numbers, self.slope = numbers, numbers.slope[:, 0]  # (M, W)
        edges = numbers.at_edges()  # (M, K + 1, W)
        self.edges = edges.flatten(0, 1)
        vectors, slope = edges[..., :-1], numbers.slope[..., :-1]
        left, right = vectors[:, :-1], vectors[:, 1:]
        own = (slope * slope).expand_as(left)
        products = left * left, right * right, left * right, left * slope, right * slope, own
        self.products = torch.stack([product.sum(2) for product in products], 2).flatten(0, 1)  # (M K, 6)
        starts = torch.arange(len(edges), device=edges.device)
        self.edge_starts, self.bin_starts = starts * edges.shape[1], starts * left.shape[1]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the sums of vectors and linear weights (B, W), and of the vectors' squares (B,), from (B, M)."""
        bins, e = self.numbers.places(x)
        line, first = self.numbers.lines(x), bins + self.edge_starts
        ends, shares = torch.cat([first, first + 1], 1), torch.cat([1 - e, e], 1)
        total = functional.embedding_bag(ends, self.edges, mode="sum", per_sample_weights=shares) + line @ self.slope
        of_bins = functional.embedding(bins + self.bin_starts, self.products)  # (B, M, 6)
        met = [(1 - e) ** 2, e**2, 2 * e * (1 - e), 2 * line * (1 - e), 2 * line * e, line**2]
        return total, torch.einsum("bmk,bmk->b", of_bins, torch.stack(met, 2))
