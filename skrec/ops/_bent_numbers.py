"""Numbers as vectors: a line for each column, and pieces that bend it.

Shape letters: B rows, M numeric columns, K bins, W width of a vector.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad

from skrec.ops._dispatch import is_traced, with_kernel
from skrec.ops._empty import empty
from skrec.ops._precision import full_precision

__all__ = ["bent_numbers", "bins_of_numbers"]

_MANY_SHARES = 2**17  # from which on looking for each number's bin takes less time than a product of all shares


def bent_numbers(
    numeric: Tensor, left: Tensor, width: Tensor, centre: Tensor, weight: Tensor, slope: Tensor, limit: float
) -> Tensor:
    r"""Return the vectors of numbers.

    .. math::

        v_j = \mathrm{clip}(x_j, -l, l) \, a_j + A_j (e(x_j) - \bar{e}_j),
        \quad e_t(x) = \mathrm{clip}\left(\frac{x - e_t}{e_{t+1} - e_t}, 0, 1\right)

    Parameters
    ----------
    numeric : Tensor of shape (B, M), floating
        Values x.
    left, width : Tensor of shape (M, K), floating
        Of each bin of a column, one after the other, where it begins and how wide it is. A bin that a column has not
        stands behind its own, begins at zero and is infinitely wide.
    centre : Tensor of shape (M, K), floating
        What is taken from the share e of each bin; zero for a bin that a column has not.
    weight : Tensor of shape (M, K, W), floating
        A.
    slope : Tensor of shape (M, W), floating
        a.
    limit : float
        Up to where a line is one, l.

    Returns
    -------
    Tensor of shape (B, M, W)

    References
    ----------
    Gorishniy et al. (2022), On Embeddings for Numerical Features in Tabular Deep Learning, section 3.2, has the shares.

    Notes
    -----
    Bins below a number's own are full, and those above empty, so that what the full ones add up to can be looked up,
    and the gradients of a bin's rows summed before those of the bins above. A kernel does so, and torch for many
    numbers.
    """
    operands = numeric, left, width, centre, weight, slope
    if is_traced():
        return reference(*operands, limit)
    with full_precision(weight):  # sums, which bfloat16 would not hold
        return _BentNumbers.apply(*operands, limit)


def bins_of_numbers(numeric: Tensor, left: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
    """Return the bin that each number lies in and how much of it lies below, of a column without bins zeros.

    Parameters
    ----------
    numeric, left, width
        As in `bent_numbers`.

    Returns
    -------
    bins : Tensor of shape (B, M), int32
        The first for a number below it.
    shares : Tensor of shape (B, M)
        From 0 to 1.
    """
    bins, shares = torch.empty(numeric.shape, dtype=torch.int32, device=numeric.device), torch.empty_like(numeric)
    with torch.no_grad():
        _bins(numeric, left, width, bins, shares)
    return bins, shares


def reference(numeric, left, width, centre, weight, slope, limit):
    """Return what `bent_numbers` does, from all shares of all rows."""
    shares = ((numeric[..., None] - left) / width).clamp(0, 1) - centre  # (B, M, K)
    pieces = (shares[..., None] * weight).sum(2)
    return numeric.clamp(-limit, limit)[..., None] * slope + pieces


class _BentNumbers(torch.autograd.Function):
    @staticmethod
    def forward(ctx, numeric, left, width, centre, weight, slope, limit):
        ctx.save_for_backward(numeric, left, width, centre)
        ctx.limit, ctx.shape = limit, weight.shape
        vectors = empty((*numeric.shape, weight.shape[2]), weight)
        _forward(numeric, left, width, centre, weight, slope, limit, vectors)
        return vectors

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        numeric, left, width, centre = ctx.saved_tensors
        grad_weight, grad_slope = gradient.new_empty(ctx.shape), gradient.new_empty(ctx.shape[0], ctx.shape[2])
        _backward(gradient.contiguous(), numeric, left, width, centre, ctx.limit, grad_weight, grad_slope)
        return None, None, None, None, grad_weight, grad_slope, None


@with_kernel()
def _forward(numeric, left, width, centre, weight, slope, limit, vectors):
    """Fill the vectors (B, M, W)."""
    torch.mul(numeric.clamp(-limit, limit)[..., None], slope, out=vectors)
    if numeric.numel() * left.shape[1] < _MANY_SHARES:
        vectors += (weight.transpose(1, 2) @ _shares(numeric, left, width, centre)).permute(2, 0, 1)
        return
    vectors -= (centre[:, None] @ weight)[:, 0]
    bins, shares = bins_of_numbers(numeric, left, width)
    rows = (bins + torch.arange(left.shape[0], device=bins.device) * left.shape[1]).flatten()
    full = pad(weight[:, :-1].cumsum(1), (0, 0, 1, 0)).flatten(0, 1)  # what the bins before add up to
    of_rows = vectors.flatten(0, 1)  # a view
    of_rows += full.index_select(0, rows)
    of_rows.addcmul_(shares.view(-1, 1), weight.flatten(0, 1).index_select(0, rows))


@with_kernel()
def _backward(gradient, numeric, left, width, centre, limit, grad_weight, grad_slope):
    """Fill the gradients towards pieces (M, K, W) and lines (M, W)."""
    by_column = gradient.transpose(0, 1)  # (M, B, W)
    torch.bmm(numeric.clamp(-limit, limit).T[:, None], by_column, out=grad_slope[:, None])
    torch.bmm(_shares(numeric, left, width, centre), by_column, out=grad_weight)


@with_kernel()
def _bins(numeric, left, width, bins, shares):
    """Fill bins (B, M) and shares (B, M)."""
    n_columns, n_bins = left.shape
    n_places = 1 << max(0, n_bins - 1).bit_length()  # a power of two, so that all columns are halved alike
    begins, left, width = (
        pad(of, (0, n_places - n_bins), value=end).flatten()
        for of, end in ((torch.where(width.isfinite(), left, torch.inf), torch.inf), (left, 0.0), (width, torch.inf))
    )
    x = numeric.flatten()
    starts = torch.arange(n_columns, dtype=torch.int32, device=x.device) * n_places
    found, step = starts.repeat(len(numeric)), n_places // 2
    while step:  # for all numbers at once: torch.searchsorted takes one after the other, and three times as long
        found = torch.add(found, begins[step:].index_select(0, found) <= x, alpha=step)
        step //= 2
    share = ((x - left.index_select(0, found)) / width.index_select(0, found)).clamp_(0, 1)
    torch.sub(found.view_as(bins), starts, out=bins)
    shares.copy_(share.view_as(shares))


def _shares(numeric, left, width, centre):
    """Return how much of each bin lies below the numbers, less what does so in the mean, (M, K, B)."""
    shares = numeric.T[:, None] - left[..., None]
    return shares.div_(width[..., None]).clamp_(0, 1).sub_(centre[..., None])
