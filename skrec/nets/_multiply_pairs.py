"""Pairs of fields through matrices, rows innermost.

Shape letters: F fields, P pairs i < j, D width of a vector, n rows, whole registers of them.
"""

import torch
from torch import Tensor

from skrec.engine import LANES, as_arrays, suits_kernel


def multiply_pairs(vectors: Tensor, matrices: Tensor, pairs: Tensor) -> None:
    """Fill `pairs` with v_i W_ij * v_j.

    Parameters
    ----------
    vectors : Tensor of shape (F * D, n)
    matrices : Tensor of shape (P, D, D)
        W_ij, transposed.
    pairs : Tensor of shape (P * D, n), the dtype of the vectors or bfloat16
    """
    if _suits_kernel(vectors, matrices, pairs):
        from skrec.engine._kernels import pairs as kernels

        kernels.multiply_pairs(torch.get_num_threads(), *as_arrays(matrices), *_registers(vectors, pairs))
        return
    for own, head, tail, block in _fields(vectors, matrices, pairs):
        torch.mul(own @ head, tail, out=block)


def multiply_pairs_backward(
    vectors: Tensor, matrices: Tensor, pairs: Tensor, grad_vectors: Tensor, grad_matrices: Tensor
) -> None:
    """Add the gradients towards vectors and matrices to those that there are; `pairs`, their own, becomes the pairs.

    Parameters
    ----------
    vectors, matrices, pairs
        As in `multiply_pairs`.
    grad_vectors, grad_matrices : Tensor
        Of the shape of `vectors` and of `matrices`.
    """
    if _suits_kernel(vectors, matrices, pairs):
        from skrec.engine._kernels import pairs as kernels

        groups = matrices.new_empty(kernels.n_groups(vectors.shape[1]), *matrices.shape)
        of_rows = _registers(vectors, pairs, grad_vectors)
        kernels.multiply_pairs_backward(torch.get_num_threads(), *as_arrays(matrices, groups), *of_rows)
        grad_matrices += groups.sum(0)
        return
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


def _suits_kernel(vectors, matrices, pairs):
    known = pairs.dtype in (torch.float32, torch.bfloat16)
    return known and suits_kernel(vectors, matrices, dtypes=(torch.float32,))


def _registers(*tensors):
    """Memory as arrays of shape (.., S, n), bfloat16 as its bits."""
    bits = [tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor for tensor in tensors]
    return as_arrays(*(tensor.unflatten(1, (-1, LANES)) for tensor in bits))


def _fields(vectors, matrices, pairs):
    """Give of each left field its matrices below each other, itself, the fields that it meets, and their pairs."""
    width, first = matrices.shape[1], 0
    stacked = matrices.flatten(0, 1)
    for start in range(width, len(vectors), width):
        size = len(vectors) - start
        here = slice(first, first + size)
        yield stacked[here], vectors[start - width : start], vectors[start:], pairs[here]
        first += size
