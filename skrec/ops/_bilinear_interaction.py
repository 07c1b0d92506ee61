"""The bilinear interaction of all pairs of fields, through a linear map.

Shape letters: B rows, F fields, P pairs i < j, D width of a vector, K outputs, n rows of a piece, whole registers.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.ops._dispatch import LANES, is_traced, with_kernel
from skrec.ops._empty import empty
from skrec.ops._pieces import pieces
from skrec.ops._precision import full_precision, mixed_dtype

__all__ = ["project_bilinear_interaction"]

BLOCKS = 8  # of a row's pairs, one of which must stay in the cache


def project_bilinear_interaction(vectors: Tensor, matrices: Tensor, weight: Tensor) -> Tensor:
    r"""Return a linear map of :math:`p_{ij} = (v_i W_{ij}) \odot v_j` for i < j, side by side, without holding them.

    Parameters
    ----------
    vectors : Tensor of shape (B, F, D), floating
    matrices : Tensor of shape (P, D, D), floating
        W_ij of the pairs (0, 1), (0, 2), ..., (F - 2, F - 1).
    weight : Tensor of shape (K, P * D), floating

    Returns
    -------
    Tensor of shape (B, K)

    References
    ----------
    Huang et al. (2019), FiBiNET: Combining Feature Importance and Bilinear feature Interaction for Click-Through Rate
    Prediction, eq. 7.

    Notes
    -----
    The rows are innermost, so that each field's pairs are one block of memory. Only the product of pairs and weight is
    in the dtype of a mixed precision.
    """
    if is_traced():
        return reference(vectors, matrices, weight)
    return _ProjectBilinearInteraction.apply(vectors, matrices, weight, mixed_dtype(vectors))


def reference(vectors, matrices, weight):
    """Return what `project_bilinear_interaction` does, from all pairs."""
    n_fields = vectors.shape[1]
    i, j = torch.triu_indices(n_fields, n_fields, 1)
    pairs = torch.einsum("bpd,pde->bpe", vectors[:, i], matrices) * vectors[:, j]  # (B, P, D)
    return pairs.flatten(1) @ weight.T


class _ProjectBilinearInteraction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, vectors, matrices, weight, dtype):
        weight = weight.to(dtype)
        ctx.save_for_backward(vectors, matrices, weight)
        with full_precision(vectors):
            matrices = matrices.mT.contiguous()
            out = vectors.new_empty(len(vectors), len(weight))
            for piece, pairs in _pieces(vectors, weight):
                _forward(_columns(vectors[piece], vectors.dtype), matrices, pairs)
                out[piece] = (weight @ pairs).T[: len(out[piece])]
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        vectors, matrices, weight = ctx.saved_tensors
        matrices, grad_vectors = matrices.mT.contiguous(), torch.empty_like(vectors)
        grad_matrices = torch.zeros_like(matrices)
        weight = weight.T.contiguous()  # (P * D, K): products with it, and with its gradient, take half the time
        grad_weight = torch.zeros_like(weight, dtype=vectors.dtype)
        for piece, pairs in _pieces(vectors, weight.T):
            x, towards = _columns(vectors[piece], vectors.dtype), _columns(grad[piece], weight.dtype)
            torch.mm(weight, towards, out=pairs)  # the gradient of the pairs, then themselves
            grad_x = torch.zeros_like(x)
            (parts,) = _backward(x, matrices, pairs, grad_x)
            grad_matrices += parts.sum(0)
            grad_weight += pairs @ towards.T
            grad_vectors[piece] = grad_x.T[: len(grad[piece])].view_as(vectors[piece])
        return grad_vectors, grad_matrices.mT, grad_weight.T.contiguous(), None


@with_kernel([torch.float32], bfloat16=True)
def _forward(vectors, matrices, pairs):
    """Fill `pairs` (P * D, n) with v_i W_ij * v_j, of vectors (F * D, n) and transposed matrices (P, D, D)."""
    for own, head, tail, block in _fields(vectors, matrices, pairs):
        torch.mul(own @ head, tail, out=block)


@with_kernel([torch.float32], bfloat16=True)
def _backward(vectors, matrices, pairs, grad_vectors):
    """Add the gradient of the vectors to what there is, and return that of the matrices in parts that add up to it.

    `pairs` holds their own gradient, and becomes the pairs.
    """
    grad_matrices = torch.zeros_like(matrices)
    of_gradients = _fields(grad_vectors, grad_matrices, pairs)
    for (own, head, tail, block), (grad_own, grad_head, grad_tail, _) in zip(
        _fields(vectors, matrices, pairs), of_gradients, strict=True
    ):
        left, grad = own @ head, block.to(vectors.dtype, copy=True)
        torch.mul(left, tail, out=block)
        grad_tail += left.mul_(grad)
        grad_left = tail * grad
        grad_own.addmm_(grad_left, head.T)
        grad_head.addmm_(own.T, grad_left)
    return (grad_matrices[None],)


def _fields(vectors, matrices, pairs):
    """Give of each left field its matrices below each other, itself, the fields that it meets, and their pairs."""
    width, first = matrices.shape[1], 0
    stacked = matrices.flatten(0, 1)
    for start in range(width, len(vectors), width):
        size = len(vectors) - start
        here = slice(first, first + size)
        yield stacked[here], vectors[start - width : start], vectors[start:], pairs[here]
        first += size


def _pieces(vectors, weight):
    """Give pieces of the batch, and room for their pairs, (P * D, n), the same memory for all."""
    room = None
    for piece in pieces(len(vectors), weight.shape[1] // BLOCKS, vectors.device):
        size = weight.shape[1], _whole(len(vectors[piece]))
        room = empty(size, weight) if room is None else room
        yield piece, room.view(-1)[: size[0] * size[1]].view(size)


def _whole(n):
    return -(-n // LANES) * LANES


def _columns(rows, dtype):
    """Rows (n, ...) as columns (.., n), behind them zeros up to whole registers."""
    columns = rows.new_zeros(rows[0].numel(), _whole(len(rows)), dtype=dtype)
    columns[:, : len(rows)] = rows.flatten(1).T
    return columns
