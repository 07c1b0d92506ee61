"""Rows of an embedding table for a batch of codes, with a gradient that names only those rows.

Shape letters: B rows, F fields, W width, N table rows.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from skrec.ops._dispatch import is_traced, with_kernel
from skrec.ops._empty import empty

__all__ = ["embedding_lookup"]


def embedding_lookup(table: Tensor, ids: Tensor, decay: Tensor | None = None, l2_scale: Tensor | None = None) -> Tensor:
    """Gather one table row per cell; the backward pass leaves the rest of the table alone.

    Parameters
    ----------
    table : Tensor of shape (N, W), floating
        The embedding table, usually a Parameter.
    ids : Tensor of shape (B, F), int32 or int64, values in [0, N)
        The row of the table for each cell.
    decay : Tensor of shape (B,), floating, default=None
        Coefficient of each row's share in an L2 penalty. For
        ``lambda * sum_n w_n |v_n|^2 / sum(w)`` over the cells of a batch with row weights w, pass
        ``2 * lambda * w / w.sum()``: its gradient, ``decay[n] * v_n``, is added in the backward pass,
        and the loss does not hold the penalty.
    l2_scale : Tensor of shape (N,), floating, default=None
        Factor on the penalty of each table row; 1 if not given.

    Returns
    -------
    Tensor of shape (B, F, W)
        Its gradient reaches the table as an uncoalesced sparse tensor: indices (1, B * F), values (B * F, W).

    Examples
    --------
    >>> import torch
    >>> table = torch.zeros(4, 2, requires_grad=True)
    >>> embedding_lookup(table, torch.tensor([[1, 3], [1, 1]])).sum().backward()
    >>> table.grad.to_dense()[:, 0]
    tensor([0., 3., 0., 1.])
    """
    if is_traced():
        return functional.embedding(ids, table)
    if torch.is_grad_enabled() and table.requires_grad:
        return _EmbeddingLookup.apply(table, ids, decay, l2_scale)
    return _look_up(table, ids)


def reference(table, ids, decay=None, l2_scale=None):
    """Return the rows, and the penalty whose gradient comes with theirs."""
    vectors = table[ids.long()]  # (B, F, W)
    if decay is None:
        return vectors, table.new_zeros(())
    scale = 1 if l2_scale is None else l2_scale[ids.long()]
    return vectors, (decay[:, None] * scale * vectors.square().sum(2)).sum() / 2


class _EmbeddingLookup(torch.autograd.Function):
    @staticmethod
    def forward(ctx, table, ids, decay, l2_scale):
        vectors = _look_up(table, ids)
        ctx.table_shape = table.shape
        if decay is None:
            ctx.save_for_backward(ids)
        else:
            ctx.save_for_backward(ids, vectors, decay, l2_scale)
        return vectors

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        ids, *penalty = ctx.saved_tensors
        if penalty:
            vectors, decay, l2_scale = penalty
            l2_scale = decay[:0] if l2_scale is None else l2_scale
            penalized = empty(gradient.shape, gradient)
            _penalize(gradient, vectors, ids.contiguous(), decay, l2_scale, penalized)
            gradient = penalized
        values = gradient.reshape(-1, gradient.shape[-1])  # (B * F, W)
        return row_gradient(ctx.table_shape, ids.reshape(-1), values), None, None, None


def row_gradient(table_shape: torch.Size, ids: Tensor, values: Tensor) -> Tensor:
    """Return the sparse gradient (N, W) with `values` (n, W) at the rows `ids` (n,), duplicates kept."""
    return torch.sparse_coo_tensor(ids.long()[None], values, table_shape, check_invariants=False)


def _look_up(table, ids):
    vectors = empty((*ids.shape, table.shape[1]), table)
    _gather(table.detach(), ids.reshape(-1), vectors.view(-1, table.shape[1]))
    return vectors


@with_kernel()
def _gather(table, ids, vectors):
    """Fill vectors (n, W) with the rows `ids` (n,) of the table."""
    torch.index_select(table, 0, ids, out=vectors)


@with_kernel()
def _penalize(gradient, vectors, ids, decay, l2_scale, penalized):
    """Fill the gradient (B, F, W) and that of the penalty on what was looked up; `l2_scale` (0,) stands for ones."""
    factor = decay[:, None] * l2_scale[ids] if len(l2_scale) else decay[:, None].expand(ids.shape)
    torch.addcmul(gradient, vectors, factor.to(gradient.dtype)[:, :, None], out=penalized)
