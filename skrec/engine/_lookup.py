"""Rows of an embedding table for a batch of codes, with a gradient that names only those rows.

Shape letters: B rows, F fields, W width, T tokens, N table rows.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from skrec.engine._compiled import as_arrays, suits_kernel
from skrec.engine._empty import empty

__all__ = ["lookup", "lookup_bags"]


def lookup(table: Tensor, ids: Tensor, decay: Tensor | None = None, rarity: Tensor | None = None) -> Tensor:
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
    rarity : Tensor of shape (N,), floating, default=None
        Factor on the penalty of each table row; 1 if not given.

    Returns
    -------
    Tensor of shape (B, F, W)
        Its gradient reaches the table as an uncoalesced sparse tensor: indices (1, B * F), values (B * F, W).

    Examples
    --------
    >>> import torch
    >>> table = torch.zeros(4, 2, requires_grad=True)
    >>> lookup(table, torch.tensor([[1, 3], [1, 1]])).sum().backward()
    >>> table.grad.to_dense()[:, 0]
    tensor([0., 3., 0., 1.])
    """
    if torch.is_grad_enabled() and table.requires_grad:
        return _Lookup.apply(table, ids, decay, rarity)
    return _gather(table, ids)


def lookup_bags(
    table: Tensor,
    ids: Tensor,
    offsets: Tensor,
    mode: str = "mean",
    decay: Tensor | None = None,
    rarity: Tensor | None = None,
) -> Tensor:
    """Pool the table rows of each list cell; the backward pass leaves the rest of the table alone.

    Parameters
    ----------
    table : Tensor of shape (N, W), floating
        The embedding table, usually a Parameter.
    ids : Tensor of shape (T,), int32 or int64, values in [0, N)
        The tokens of all lists, one list after the other.
    offsets : Tensor of shape (B + 1,), int64
        List b holds the tokens from ``offsets[b]`` to ``offsets[b + 1]``; an empty list gives zeros.
    mode : {"mean", "sum", "max"}, default="mean"
        How a list's vectors become one. The gradient of "max" goes to the winner of each column.
    decay, rarity : Tensor of shape (B,) and (N,), floating, default=None
        As in :func:`lookup`. A list counts as one occurrence, shared equally by its tokens.

    Returns
    -------
    Tensor of shape (B, W)
        Its gradient reaches the table as an uncoalesced sparse tensor: indices (1, T), values (T, W).

    Examples
    --------
    >>> import torch
    >>> table = torch.tensor([[1.0], [2.0], [6.0]])
    >>> lookup_bags(table, torch.tensor([0, 1, 2]), torch.tensor([0, 2, 2, 3]))
    tensor([[1.5000],
            [0.0000],
            [6.0000]])
    """
    if torch.is_grad_enabled() and table.requires_grad:
        return _LookupBags.apply(table, ids, offsets, mode, decay, rarity)
    return _pool(table, ids, offsets, mode)[0]


def _gather(table: Tensor, ids: Tensor) -> Tensor:
    """Rows (B, F, W) of `table` (N, W)."""
    vectors = empty((*ids.shape, table.shape[1]), table)
    table, ids, rows = table.detach(), ids.reshape(-1), vectors.view(-1, table.shape[1])
    if suits_kernel(table):
        from skrec.engine._kernels.fields import gather

        gather(torch.get_num_threads(), *as_arrays(table, ids, rows))
    else:
        torch.index_select(table, 0, ids, out=rows)
    return vectors


def _penalize(gradient: Tensor, ids: Tensor, vectors: Tensor, decay: Tensor, rarity: Tensor | None) -> Tensor:
    """The gradient (B, F, W), and that of the penalty on what was looked up."""
    factors = decay, decay[:0] if rarity is None else rarity
    if suits_kernel(gradient, vectors, *factors):
        from skrec.engine._kernels.fields import penalize

        penalized = empty(gradient.shape, gradient)
        penalize(torch.get_num_threads(), *as_arrays(gradient, vectors, ids.contiguous(), *factors, penalized))
        return penalized
    factor = decay[:, None].expand(ids.shape) if rarity is None else decay[:, None] * rarity[ids]
    return torch.addcmul(gradient, vectors, factor.to(gradient.dtype)[:, :, None])


def _row_gradient(table_shape: torch.Size, ids: Tensor, values: Tensor) -> Tensor:
    """Sparse (N, W) with `values` (n, W) at the rows `ids` (n,), duplicates kept."""
    return torch.sparse_coo_tensor(ids.long()[None], values, table_shape, check_invariants=False)


class _Lookup(torch.autograd.Function):
    @staticmethod
    def forward(ctx, table, ids, decay, rarity):
        vectors = _gather(table, ids)  # (B, F, W)
        ctx.table_shape = table.shape
        if decay is None:
            ctx.save_for_backward(ids)
        else:
            ctx.save_for_backward(ids, vectors, decay, rarity)
        return vectors

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        ids, *penalty = ctx.saved_tensors
        if penalty:
            gradient = _penalize(gradient, ids, *penalty)
        values = gradient.reshape(-1, gradient.shape[-1])  # (B * F, W)
        return _row_gradient(ctx.table_shape, ids.reshape(-1), values), None, None, None


class _LookupBags(torch.autograd.Function):
    @staticmethod
    def forward(ctx, table, ids, offsets, mode, decay, rarity):
        pooled, winners = _pool(table, ids, offsets, mode)
        ctx.mode, ctx.table_shape = mode, table.shape
        # the table itself only where the penalty needs its rows: saving it forbids an update in between
        ctx.save_for_backward(ids, offsets, winners, *(() if decay is None else (decay, rarity, table)))
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        ids, offsets, winners, *penalty = ctx.saved_tensors
        lengths = offsets.diff()  # (B,)
        bags = torch.repeat_interleave(lengths, output_size=len(ids))  # (T,), the list of each token
        if ctx.mode == "mean":
            gradient = gradient / lengths.clamp(min=1)[:, None]
        values = (
            _to_winners(gradient, ids, bags, winners) if winners is not None else gradient.index_select(0, bags)
        )  # (T, W)
        if penalty:
            decay, rarity, table = penalty
            share = (decay.to(values.dtype) / lengths.clamp(min=1)).index_select(0, bags)  # (T,)
            share = share if rarity is None else share * rarity[ids]
            values = torch.addcmul(values, functional.embedding(ids, table), share[:, None])
        return _row_gradient(ctx.table_shape, ids, values), None, None, None, None, None


def _pool(table, ids, offsets, mode):
    """Pooled vectors (B, W), and for "max" the winning table rows (B, W), else None."""
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {list(_MODES)}, however: {mode=}")
    pooled, _, _, winners = torch.embedding_bag(
        table, ids, offsets.to(ids.dtype), mode=_MODES[mode], include_last_offset=True
    )
    return pooled, winners if mode == "max" else None


_MODES = {"sum": 0, "mean": 1, "max": 2}


def _to_winners(gradient, ids, bags, winners):
    """The gradient (B, W) of a maximum at its winners, (T, W); a row twice in a list shares it."""
    hit = (ids[:, None] == winners.index_select(0, bags)).to(gradient.dtype)  # (T, W)
    times = torch.zeros_like(gradient).index_add_(0, bags, hit)  # (B, W), zero in empty lists
    return hit * (gradient / times.clamp(min=1)).index_select(0, bags)
