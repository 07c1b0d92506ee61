"""Numbers to vectors: what makes a number as rich an input as a category.

Shape letters: B rows, M numeric columns, W width of a vector, K bins, N frequencies.
"""

from dataclasses import dataclass
from math import pi
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec.nets.layers._block import Block
from skrec.ops import bent_numbers, bins_of_numbers

_LINE = 3.0  # standard deviations up to which a bent number is a line


@dataclass(frozen=True)
class NumericEmbedding:
    """How numeric columns become vectors.

    Parameters
    ----------
    kind : {"bent", "linear", "periodic", "piecewise"}
        Which module below.
    edges : tuple of tuples of float, default=()
        Of a piecewise or a bent one: for each column the increasing edges of its bins, in the units of the standardised
        column. A column with fewer than two has no bins, and its piecewise vector is the bias alone.
    centres : tuple of tuples of float, default=()
        Of a bent one: for each column, of each bin, how much of it lies below a number in the mean over training rows.
    n_frequencies : int, default=16
        Of a periodic one: frequencies N of each column.
    frequency_scale : float, default=0.3
        Of a periodic one: standard deviation of the initial frequencies, in periods per standard deviation of the
        column.

    References
    ----------
    Gorishniy et al. (2022), On Embeddings for Numerical Features in Tabular Deep Learning, sections 3.2 and 3.3.
    """

    kind: str
    edges: tuple[tuple[float, ...], ...] = ()
    centres: tuple[tuple[float, ...], ...] = ()
    n_frequencies: int = 16
    frequency_scale: float = 0.3

    def build(
        self,
        n_columns: int,
        embedding_dim: int,
        n_linear: int = 0,
        *,
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> Any:
        """Return the module from (B, M) to (B, M, embedding_dim + n_linear), drawn from `generator`.

        `init_scale` is the standard deviation of the initial vectors that stand beside.
        """
        widths = embedding_dim, n_linear
        if self.kind == "linear":
            return LinearNumbers(n_columns, *widths, generator=generator)
        if self.kind == "periodic":
            return PeriodicNumbers(n_columns, *widths, self.n_frequencies, self.frequency_scale, generator=generator)
        if self.kind == "piecewise":
            return PiecewiseNumbers(self.edges, *widths, generator=generator)
        if self.kind == "bent":
            return BentNumbers(self.edges, *widths, self.centres, init_scale, generator=generator)
        raise ValueError(f"kind must be 'bent', 'linear', 'periodic' or 'piecewise', however: {self.kind!r}")


class _PerColumn(Block):
    """An affine map for each column, (B, M, n_in) to (B, M, W); the linear weights, its last columns, start at zero."""

    def __init__(self, n_columns, n_in, embedding_dim, n_linear, generator):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_columns, n_in, embedding_dim + n_linear))
        self.bias = nn.Parameter(torch.zeros(n_columns, embedding_dim + n_linear))
        self.embedding_dim = embedding_dim
        with torch.no_grad():
            # a third of what torch's own layer has: more drowns the pairs of an FM, less gained nothing
            bound = 0.3 * n_in**-0.5 if n_in else 0.0
            self.weight[..., :embedding_dim].uniform_(-bound, bound, generator=generator)

    def project(self, x: Tensor) -> Tensor:
        """Return the vectors and linear weights, (M, B, n_in) to (B, M, W)."""
        return torch.baddbmm(self.bias[:, None], x, self.weight).transpose(0, 1)


class LinearNumbers(_PerColumn):
    r"""A line for each column: :math:`v_j = x_j a_j + b_j`."""

    def __init__(self, n_columns, embedding_dim, n_linear=0, *, generator=None):
        super().__init__(n_columns, 1, embedding_dim, n_linear, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, M, W) from (B, M)."""
        return self.project(x.T[:, :, None])


class PeriodicNumbers(_PerColumn):
    r"""Waves of learnt frequencies, through a layer of ReLU units for each column.

    .. math:: v_j = \mathrm{ReLU}(A_j [\cos 2 \pi c_j x_j, \sin 2 \pi c_j x_j] + b_j)

    The linear weights are without the ReLU.
    """

    def __init__(self, n_columns, embedding_dim, n_linear, n_frequencies, frequency_scale, *, generator=None):
        super().__init__(n_columns, 2 * n_frequencies, embedding_dim, n_linear, generator)
        frequencies = torch.empty(n_columns, n_frequencies).normal_(0, frequency_scale, generator=generator)
        self.frequencies = nn.Parameter(frequencies)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, M, W) from (B, M)."""
        angles = 2 * pi * x.T[:, :, None] * self.frequencies[:, None]  # (M, B, N)
        vectors = self.project(torch.cat([angles.cos(), angles.sin()], 2))
        return torch.cat([functional.relu(vectors[..., : self.embedding_dim]), vectors[..., self.embedding_dim :]], 2)


class PiecewiseNumbers(_PerColumn):
    r"""A line between any two edges of a column's bins: each bin tells how much of it lies below the number.

    .. math::

        v_j = A_j e(x_j) + b_j, \quad e_t(x) = \frac{x - e_{t}}{e_{t+1} - e_{t}}

    clipped to [0, 1], but for the first bin below and the last above.
    """

    left: Tensor
    width: Tensor
    low: Tensor
    high: Tensor

    def __init__(self, edges, embedding_dim, n_linear=0, *, generator=None):
        n_bins = max([0, *(len(of_column) - 1 for of_column in edges)])
        super().__init__(len(edges), n_bins, embedding_dim, n_linear, generator)
        shape = len(edges), n_bins
        left, width = torch.zeros(shape), torch.full(shape, torch.inf)  # a bin that a column has not: always zero
        low, high = torch.zeros(shape), torch.ones(shape)
        for j, of_column in enumerate(edges):
            n_own = len(of_column) - 1
            if n_own > 0:
                own = torch.tensor(of_column)
                left[j, :n_own], width[j, :n_own] = own[:-1], own.diff()
                low[j, 0], high[j, n_own - 1] = -torch.inf, torch.inf
        for name, value in {"left": left, "width": width, "low": low, "high": high}.items():
            self.register_buffer(name, value[:, None], persistent=False)  # (M, 1, K)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, M, W) from (B, M)."""
        return self.project(self.shares(x))

    def shares(self, x: Tensor) -> Tensor:
        """Return how much of each bin lies below the numbers (B, M), e of shape (M, B, K)."""
        return ((x.T[:, :, None] - self.left) / self.width).clamp(self.low, self.high)


class BentNumbers(PiecewiseNumbers):
    r"""A line for each column, within three standard deviations, and pieces that bend it, which start at zero.

    .. math:: v_j = \mathrm{clip}(x_j, -3, 3) \, a_j + K^{-1/2} A_j (e(x_j) - \bar{e}_j)

    Where a line is all there is to learn, it is learnt as quickly as without pieces, which alone learn it bin by bin.
    Beyond the outermost edges the pieces stay as they are there.

    Notes
    -----
    Over training rows, whose mean of e(x) is :math:`\bar{e}`, a vector is zero in the mean. All rows would otherwise
    have a constant vector in common, which drowns the pairs that an FM learns of rare categories. The pieces move
    together, K of them for a number of the last bin: the root keeps a step of theirs as long as one of other vectors.
    """

    centre: Tensor

    def __init__(self, edges, embedding_dim, n_linear=0, centres=(), init_scale=0.01, *, generator=None):
        super().__init__(edges, embedding_dim, n_linear, generator=generator)
        self.register_parameter("bias", None)
        self.slope = nn.Parameter(torch.zeros(len(edges), 1, embedding_dim + n_linear))
        self.scale = max(1, self.weight.shape[1]) ** -0.5
        centre = torch.zeros(self.weight.shape[:2])  # (M, K)
        for own, of_column in zip(centre, centres, strict=False):
            own[: len(of_column)] = torch.tensor(of_column)
        self.register_buffer("centre", centre)
        with torch.no_grad():
            self.weight.zero_()
            bound = 3 * init_scale  # of the size of other vectors: ten times more drowns them
            self.slope[..., :embedding_dim].uniform_(-bound, bound, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, M, W) from (B, M)."""
        weight, slope = self.weight * self.scale, self.slope[:, 0]
        return bent_numbers(x, *self.bins(), self.centre, weight, slope, _LINE)

    def bins(self) -> tuple[Tensor, Tensor]:
        """Return where the bins begin and how wide they are, (M, K)."""
        return self.left[:, 0], self.width[:, 0]

    def lines(self, x: Tensor) -> Tensor:
        """Return the numbers (B, M) within what a line is for."""
        return x.clamp(-_LINE, _LINE)

    def knots(self) -> Tensor:
        """Return where the vectors bend, and a place before and after, (M, K + 5): between two they are lines."""
        left, width = self.bins()
        own, end = width.isfinite(), torch.full_like(left[:, :1], _LINE)
        right = torch.where(own, left + width, -torch.inf).amax(1, keepdim=True).nan_to_num(neginf=-_LINE)
        knots = torch.cat([torch.where(own, left, torch.inf), right, -end, end], 1).sort(1).values
        last = torch.where(knots.isfinite(), knots, -torch.inf).amax(1, keepdim=True)
        knots = torch.where(knots.isfinite(), knots, last + knots.isinf().cumsum(1))  # of columns with fewer bins
        return torch.cat([knots[:, :1] - 1, knots, knots[:, -1:] + 1], 1)

    def places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the bin that each number (B, M) lies in, (B, M) int32, and how much of it lies below, (B, M)."""
        return bins_of_numbers(x, *self.bins())
