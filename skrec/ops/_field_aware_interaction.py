"""The sum over all pairs of fields of a field-aware factorization machine, and its linear part.

Shape letters: B rows, L looked-up and M numeric fields, F = L + M, D width of a vector, C linear weights of a field.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.ops._dispatch import is_traced
from skrec.ops._empty import empty
from skrec.ops._pieces import pieces
from skrec.ops._precision import full_precision

__all__ = ["field_aware_interaction"]


def field_aware_interaction(
    vectors: Tensor, numeric: Tensor, factors: Tensor, n_linear: int = 0
) -> tuple[Tensor, Tensor]:
    """Return the sum over pairs i < j of x_i v_{i,f_j} * x_j v_{j,f_i}, elementwise, and the linear part.

    Parameters
    ----------
    vectors : Tensor of shape (B, L, F * D + n_linear), floating
        Of each categorical and list field its vectors against field 0, 1, ..., the one against itself not used, and
        behind them its linear weights. The numeric fields are the last M of F.
    numeric : Tensor of shape (B, M), floating
        Values x of the numeric fields.
    factors : Tensor of shape (M, F * D + n_linear), floating
        Their vectors and linear weights.
    n_linear : int, default=0
        Columns C that are linear weights.

    Returns
    -------
    pairs : Tensor of shape (B, D)
    linear : Tensor of shape (B, n_linear)

    References
    ----------
    Juan et al. (2016), Field-aware Factorization Machines for CTR Prediction, eq. 4.

    Notes
    -----
    The gradient is closed, d/dv_{i,f_j} = v_{j,f_i}: both directions are one product with the vectors of which
    the two field axes have changed places. Pairs of numbers are products of numbers with what no row changes.
    """
    if is_traced():
        return reference(vectors, numeric, factors, n_linear)
    with full_precision(vectors):  # sums, which bfloat16 would not hold
        return _FieldAwareInteraction.apply(vectors, numeric, factors, n_linear)


def reference(vectors, numeric, factors, n_linear=0):
    """Return what `field_aware_interaction` does, pair by pair."""
    fields = torch.cat([vectors, numeric[:, :, None] * factors], 1)  # (B, F, F * D + C)
    n_fields, width = fields.shape[1], fields.shape[2] - n_linear
    against = fields[..., :width].unflatten(2, (n_fields, -1))  # (B, F, F, D): at [b, i, j] that of i against j
    i, j = torch.triu_indices(n_fields, n_fields, 1)
    return (against[:, i, j] * against[:, j, i]).sum(1), fields[..., width:].sum(1)


class _FieldAwareInteraction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, vectors, numeric, factors, n_linear):
        ctx.save_for_backward(vectors, numeric, factors)
        ctx.n_linear = n_linear
        looked_up, across, linear = _blocks(vectors, factors, n_linear)  # (B, L, L, D), (B, L, M, D)
        towards, between, weights = _of_numbers(factors, vectors.shape[1], n_linear)  # (L, M, D), (M, M, D)
        products = _products(numeric)  # (B, M * M)
        pairs = products @ (0.5 * between * between.transpose(0, 1)).flatten(0, 1)  # (B, D)
        for piece in pieces(*_size(vectors)):
            some, x = looked_up[piece], numeric[piece]
            twice = (some * some.transpose(1, 2)).sum((1, 2)) - some.diagonal(0, 1, 2).square().sum(2)
            pairs[piece] += twice * 0.5 + ((across[piece] * towards).sum(1) * x[:, :, None]).sum(1)
        return pairs, linear.sum(1) + numeric @ weights

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_pairs, grad_linear):
        vectors, numeric, factors = ctx.saved_tensors
        looked_up, across, _ = _blocks(vectors, factors, ctx.n_linear)
        towards, between, _ = _of_numbers(factors, vectors.shape[1], ctx.n_linear)
        gradient, grad_factors = empty(vectors.shape, vectors), torch.zeros_like(factors)
        grad_looked_up, grad_across, grad_weights = _blocks(gradient, factors, ctx.n_linear)  # views
        grad_towards, grad_between, grad_own = _of_numbers(grad_factors, vectors.shape[1], ctx.n_linear)  # views
        grad_between.copy_((_products(numeric).T @ grad_pairs).view_as(between) * between.transpose(0, 1))
        grad_own.copy_(numeric.T @ grad_linear)
        grad_weights.copy_(grad_linear[:, None])
        for piece in pieces(*_size(vectors)):
            some, grad = looked_up[piece], grad_pairs[piece]
            torch.mul(some.transpose(1, 2), grad[:, None, None], out=grad_looked_up[piece])
            grad = numeric[piece, :, None] * grad[:, None]  # (n, M, D)
            torch.mul(towards, grad[:, None], out=grad_across[piece])
            grad_towards += (across[piece] * grad[:, None]).sum(0)
        grad_looked_up.diagonal(0, 1, 2).zero_()
        return gradient, None, grad_factors, None


def _size(vectors):
    n_rows, n_fields, width = vectors.shape
    return n_rows, n_fields * width, vectors.device


def _products(numeric):
    """x_m x_k of each row, (B, M * M), a number with itself zero."""
    products = numeric[:, :, None] * numeric[:, None]
    products.diagonal(0, 1, 2).zero_()
    return products.flatten(1)


def _blocks(vectors, factors, n_linear):
    """Views of looked-up rows: vectors against each other, against numeric fields, and linear weights."""
    n_looked_up, n_numeric, width = vectors.shape[1], len(factors), vectors.shape[2] - n_linear
    against = vectors[..., :width].unflatten(2, (n_looked_up + n_numeric, -1))
    return *against.split([n_looked_up, n_numeric], 2), vectors[..., width:]


def _of_numbers(factors, n_looked_up, n_linear):
    """The same of numeric fields, as views (L, M, D), (M, M, D) and (M, n_linear)."""
    n_numeric, width = len(factors), factors.shape[1] - n_linear
    against = factors[:, :width].unflatten(1, (n_looked_up + n_numeric, -1))
    towards, between = against.split([n_looked_up, n_numeric], 1)
    return towards.transpose(0, 1), between, factors[:, width:]
