"""Bi-interaction: the sum over all pairs of fields, and the linear part of a factorization machine.

Shape letters: B rows, F looked-up and M numeric fields, D width of a vector, C linear weights of a field, W = D + C.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from skrec.ops._dispatch import with_kernel
from skrec.ops._empty import empty
from skrec.ops._precision import full_precision

__all__ = ["bi_interaction", "bi_interaction_with_fields"]


def bi_interaction(vectors: Tensor, numeric: Tensor, factors: Tensor, n_linear: int = 0) -> tuple[Tensor, Tensor]:
    """Return the sum over pairs i < j of x_i v_i * x_j v_j, elementwise, and the linear part.

    Parameters
    ----------
    vectors : Tensor of shape (B, F, D + n_linear), floating
        Vectors, and behind them the linear weights, of categorical and list fields.
    numeric : Tensor of shape (B, M), floating
        Values x of the numeric fields.
    factors : Tensor of shape (M, D + n_linear), floating
        Their vectors and linear weights.
    n_linear : int, default=0
        Columns C that are linear weights.

    Returns
    -------
    pairs : Tensor of shape (B, D)
    linear : Tensor of shape (B, n_linear)

    References
    ----------
    Rendle (2010), Factorization Machines, lemma 3.1: half of (square of the sum - sum of the squares), O(FD) instead
    of O(F^2 D). He, Chua (2017), Neural Factorization Machines, eq. 4, has the name.

    Notes
    -----
    The gradient is closed as well, d/dv_i = sum_j v_j - v_i, so that both directions are one pass over the vectors,
    and numeric fields never become vectors of their own.
    """
    pairs, linear, _ = _apply(vectors, numeric, factors, n_linear, join=False)
    return pairs, linear


def bi_interaction_with_fields(
    vectors: Tensor, numeric: Tensor, factors: Tensor, n_linear: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """Return what `bi_interaction` does, and the fields side by side, for a network that reads them too.

    The vectors get one gradient, in one pass; of two, autograd would write each and add them up: a twelfth of a step.

    Parameters
    ----------
    vectors, numeric, factors, n_linear
        As in `bi_interaction`.

    Returns
    -------
    pairs : Tensor of shape (B, D)
    linear : Tensor of shape (B, n_linear)
    fields : Tensor of shape (B, F * D + M)
        The vectors without their linear weights, and the numbers behind them.
    """
    return _apply(vectors, numeric, factors, n_linear, join=True)


def reference(vectors, numeric, factors, n_linear=0):
    """Return what `bi_interaction_with_fields` does, pair by pair."""
    fields = torch.cat([vectors, numeric[:, :, None] * factors], 1)  # (B, F + M, W)
    width = fields.shape[2] - n_linear
    i, j = torch.triu_indices(fields.shape[1], fields.shape[1], 1)
    pairs = (fields[:, i, :width] * fields[:, j, :width]).sum(1)
    return pairs, fields[..., width:].sum(1), torch.cat([vectors[..., :width].flatten(1), numeric], 1)


def _apply(vectors, numeric, factors, n_linear, join):
    with full_precision(vectors):  # sums, which bfloat16 would not hold
        return _BiInteraction.apply(vectors, numeric, factors, n_linear, join)


class _BiInteraction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, vectors, numeric, factors, n_linear, join):
        (n_rows, n_fields, n_columns), n_numeric = vectors.shape, numeric.shape[1]
        ctx.width = width = n_columns - n_linear
        total, pairs, fields = (
            vectors.new_empty(n_rows, n) for n in (n_columns, width, n_fields * width + n_numeric if join else 0)
        )
        _forward(vectors, numeric, factors, total, pairs, fields)
        ctx.save_for_backward(vectors, numeric, factors, total)
        return pairs, total[:, width:].clone(), fields

    @staticmethod
    @once_differentiable
    def backward(ctx, *gradients):
        vectors, numeric, factors, total = ctx.saved_tensors
        common, grad_vectors = torch.empty_like(total), empty(vectors.shape, vectors)
        grad_pairs, grad_linear, grad_fields = (gradient.contiguous() for gradient in gradients)
        _backward(vectors, total, grad_pairs, grad_linear, grad_fields, common, grad_vectors)
        grad_factors = numeric.T @ common
        grad_factors[:, : ctx.width] -= (numeric.square().T @ grad_pairs) * factors[:, : ctx.width]
        return grad_vectors, None, grad_factors, None, None


@with_kernel()
def _forward(vectors, numeric, factors, total, pairs, fields):
    """Fill the sums of all fields (B, W), the pairs (B, D), and the fields side by side if there is room."""
    torch.addmm(vectors.sum(1), numeric, factors, out=total)
    squares = torch.addmm(vectors.square().sum(1), numeric.square(), factors.square())
    width = pairs.shape[1]
    torch.mul((total.square() - squares)[:, :width], 0.5, out=pairs)
    if fields.shape[1]:
        torch.cat([vectors[..., :width].flatten(1), numeric], 1, out=fields)


@with_kernel()
def _backward(vectors, total, grad_pairs, grad_linear, grad_fields, common, grad_vectors):
    """Fill what the gradients of a row's fields have in common (B, W), and them (B, F, W).

    Towards a field: total * grad_pairs - own vector * grad_pairs, and of its linear weights grad_linear.
    """
    width, n_fields = grad_pairs.shape[1], vectors.shape[1]
    torch.cat([total[:, :width] * grad_pairs, grad_linear], 1, out=common)
    own = functional.pad(grad_pairs, (0, grad_linear.shape[1]))
    torch.addcmul(common[:, None], vectors, own[:, None], value=-1, out=grad_vectors)
    if grad_fields.shape[1]:
        grad_vectors[..., :width] += grad_fields[:, : n_fields * width].unflatten(1, (n_fields, width))
