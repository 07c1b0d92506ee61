"""How fields meet: sums over pairs of vectors."""

import torch
from torch import Tensor


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
    with torch.autocast(vectors.device.type, enabled=False):  # sums, which bfloat16 would not hold
        return _Factorize.apply(vectors, numeric, factors, n_linear)


def meet_field_aware(vectors: Tensor, n_linear: int = 0) -> tuple[Tensor, Tensor]:
    """Return the sum over pairs i < j of v_{i,f_j} * v_{j,f_i}, elementwise, and the linear part.

    The gradient is closed, d/dv_{i,f_j} = v_{j,f_i}: both directions are one product with the vectors of which
    the two field axes have changed places.

    Parameters
    ----------
    vectors : Tensor of shape (B, F, F * D + n_linear)
        Of each field its vectors against field 0, 1, ..., the one against itself not used, and behind them its
        linear weights.
    n_linear : int, default=0
        Columns that are linear weights.

    Returns
    -------
    pairs : Tensor of shape (B, D)
    linear : Tensor of shape (B, n_linear)
    """
    with torch.autocast(vectors.device.type, enabled=False):
        return _MeetFieldAware.apply(vectors, n_linear)


class _Factorize(torch.autograd.Function):
    @staticmethod
    def forward(ctx, vectors, numeric, factors, n_linear):
        n_pairs = factors.shape[1] - n_linear
        total = torch.addmm(vectors.sum(1), numeric, factors)  # (B, D + n_linear)
        squares = torch.addmm(vectors.square().sum(1), numeric.square(), factors.square())
        ctx.save_for_backward(vectors, numeric, factors, total)
        ctx.n_pairs = n_pairs
        return (total.square() - squares)[:, :n_pairs] * 0.5, total[:, n_pairs:].clone()

    @staticmethod
    def backward(ctx, grad_pairs, grad_linear):
        vectors, numeric, factors, total = ctx.saved_tensors
        # towards every field: total * pairs + linear - own vector * pairs, the pairs zero in the linear columns
        own = torch.nn.functional.pad(grad_pairs, (0, grad_linear.shape[1]))
        common = torch.cat([total[:, : ctx.n_pairs] * grad_pairs, grad_linear], 1)
        grad_vectors = torch.addcmul(common[:, None], vectors, own[:, None], value=-1)
        grad_factors = numeric.T @ common - (numeric.square().T @ own) * factors
        return grad_vectors, None, grad_factors, None


class _MeetFieldAware(torch.autograd.Function):
    @staticmethod
    def forward(ctx, vectors, n_linear):
        n_fields, n_vectors = vectors.shape[1], vectors.shape[2] - n_linear
        against = vectors[..., :n_vectors].unflatten(2, (n_fields, -1))  # (B, F, F, D)
        ctx.save_for_backward(vectors)
        ctx.n_vectors = n_vectors
        twice = (against * against.transpose(1, 2)).sum((1, 2)) - against.diagonal(0, 1, 2).square().sum(2)
        return twice * 0.5, vectors[..., n_vectors:].sum(1)

    @staticmethod
    def backward(ctx, grad_pairs, grad_linear):
        (vectors,) = ctx.saved_tensors
        n_fields, n_vectors = vectors.shape[1], ctx.n_vectors
        against = vectors[..., :n_vectors].unflatten(2, (n_fields, -1))
        gradient = torch.empty_like(vectors)
        gradient[..., n_vectors:] = grad_linear[:, None]
        towards = gradient[..., :n_vectors].unflatten(2, (n_fields, -1))  # a view
        torch.mul(against.transpose(1, 2), grad_pairs[:, None, None], out=towards)
        towards.diagonal(0, 1, 2).zero_()
        return gradient, None
