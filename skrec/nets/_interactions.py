"""How fields meet: sums over pairs of vectors."""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.engine import as_arrays, empty, suits_kernel
from skrec.nets._pieces import pieces


def factorize(vectors: Tensor, numeric: Tensor, factors: Tensor, n_linear: int = 0) -> tuple[Tensor, Tensor]:
    """Return the sum over pairs i < j of x_i v_i * x_j v_j, elementwise, and the linear part.

    Lemma 3.1 of Rendle (2010): half of (square of the sum - sum of the squares), O(FD) instead of
    O(F^2 D). The gradient is closed as well, d/dv_i = sum_j v_j - v_i, so that both directions are one
    pass over the vectors, and numeric fields never become vectors of their own.

    Parameters
    ----------
    vectors : Tensor of shape (B, F, D + n_linear)
        Vectors, and behind them the linear weights, of categorical and list fields.
    numeric : Tensor of shape (B, M)
        Values x of the numeric fields.
    factors : Tensor of shape (M, D + n_linear)
        Their vectors and linear weights.
    n_linear : int, default=0
        Columns that are linear weights.

    Returns
    -------
    pairs : Tensor of shape (B, D)
    linear : Tensor of shape (B, n_linear)
    """
    pairs, linear, _ = _factorize(vectors, numeric, factors, n_linear, join=False)
    return pairs, linear


def factorize_and_join(
    vectors: Tensor, numeric: Tensor, factors: Tensor, n_linear: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """Return what `factorize` does, and the fields side by side, for a network that reads them too.

    The vectors get one gradient, in one pass; of two, autograd would write each and add them up: a twelfth of a step.

    Parameters
    ----------
    vectors, numeric, factors, n_linear
        As in `factorize`.

    Returns
    -------
    pairs : Tensor of shape (B, D)
    linear : Tensor of shape (B, n_linear)
    joined : Tensor of shape (B, F * D + M)
        The vectors without their linear weights, and the numbers behind them, as `FieldEmbedding.concatenate` has it.
    """
    return _factorize(vectors, numeric, factors, n_linear, join=True)


def _factorize(vectors, numeric, factors, n_linear, join):
    with torch.autocast(vectors.device.type, enabled=False):  # sums, which bfloat16 would not hold
        return _Factorize.apply(vectors, numeric, factors, n_linear, join)


def meet_field_aware(vectors: Tensor, numeric: Tensor, factors: Tensor, n_linear: int = 0) -> tuple[Tensor, Tensor]:
    """Return the sum over pairs i < j of x_i v_{i,f_j} * x_j v_{j,f_i}, elementwise, and the linear part.

    The gradient is closed, d/dv_{i,f_j} = v_{j,f_i}: both directions are one product with the vectors of which
    the two field axes have changed places. Pairs of numbers are products of numbers with what no row changes.

    Parameters
    ----------
    vectors : Tensor of shape (B, L, F * D + n_linear)
        Of each categorical and list field its vectors against field 0, 1, ..., the one against itself not used, and
        behind them its linear weights. The numeric fields are the last M of F.
    numeric : Tensor of shape (B, M)
        Values x of the numeric fields.
    factors : Tensor of shape (M, F * D + n_linear)
        Their vectors and linear weights.
    n_linear : int, default=0
        Columns that are linear weights.

    Returns
    -------
    pairs : Tensor of shape (B, D)
    linear : Tensor of shape (B, n_linear)
    """
    with torch.autocast(vectors.device.type, enabled=False):
        return _MeetFieldAware.apply(vectors, numeric, factors, n_linear)


class _Factorize(torch.autograd.Function):
    @staticmethod
    def forward(ctx, vectors, numeric, factors, n_linear, join):
        ctx.n_pairs = n_pairs = factors.shape[1] - n_linear
        n_joined = vectors.shape[1] * n_pairs + numeric.shape[1] if join else 0
        joined = vectors.new_empty(len(vectors), n_joined)
        if suits_kernel(vectors, numeric, factors):
            from skrec.engine._kernels.fields import factorize

            total, pairs = (vectors.new_empty(len(vectors), width) for width in (n_pairs + n_linear, n_pairs))
            factorize(torch.get_num_threads(), *as_arrays(vectors, numeric, factors, total, pairs, joined))
        else:
            total = torch.addmm(vectors.sum(1), numeric, factors)  # (B, D + n_linear)
            squares = torch.addmm(vectors.square().sum(1), numeric.square(), factors.square())
            pairs = (total.square() - squares)[:, :n_pairs] * 0.5
            if join:
                torch.cat([vectors[..., :n_pairs].flatten(1), numeric], 1, out=joined)
        ctx.save_for_backward(vectors, numeric, factors, total)
        return pairs, total[:, n_pairs:].clone(), joined

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_pairs, grad_linear, grad_joined):
        vectors, numeric, factors, total = ctx.saved_tensors
        n_pairs = ctx.n_pairs
        # towards every field: total * pairs + linear - own vector * pairs, no pairs in the linear columns
        if suits_kernel(vectors, total):
            from skrec.engine._kernels.fields import factorize_backward

            common, grad_vectors = torch.empty_like(total), empty(vectors.shape, vectors)
            towards = grad_pairs.contiguous(), grad_linear.contiguous(), grad_joined.contiguous()
            filled = common, grad_vectors
            factorize_backward(torch.get_num_threads(), *as_arrays(vectors, total, *towards, *filled))
        else:
            common = torch.cat([total[:, :n_pairs] * grad_pairs, grad_linear], 1)
            own = torch.nn.functional.pad(grad_pairs, (0, grad_linear.shape[1]))
            grad_vectors = torch.addcmul(common[:, None], vectors, own[:, None], value=-1)
            if grad_joined.shape[1]:
                joined = grad_joined[:, : vectors.shape[1] * n_pairs]
                grad_vectors[..., :n_pairs] += joined.unflatten(1, (vectors.shape[1], n_pairs))
        grad_factors = numeric.T @ common
        grad_factors[:, :n_pairs] -= (numeric.square().T @ grad_pairs) * factors[:, :n_pairs]
        return grad_vectors, None, grad_factors, None, None


class _MeetFieldAware(torch.autograd.Function):
    """Shape letters: L looked-up and M numeric fields, F = L + M."""

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
