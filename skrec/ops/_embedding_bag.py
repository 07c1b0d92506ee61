"""Rows of an embedding table pooled over the lists of a batch, with a gradient that names only those rows.

Shape letters: B rows, W width, T tokens of all lists together, N table rows.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from skrec.ops._dispatch import is_traced
from skrec.ops._embedding_lookup import embedding_lookup, row_gradient
from skrec.ops._jagged import JaggedLayout

__all__ = ["embedding_bag"]

MODES = {"sum": 0, "mean": 1, "max": 2}  # torch's numbers


def embedding_bag(
    table: Tensor,
    ids: Tensor,
    offsets: Tensor,
    mode: str = "mean",
    decay: Tensor | None = None,
    l2_scale: Tensor | None = None,
    weights: Tensor | None = None,
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
    decay, l2_scale : Tensor of shape (B,) and (N,), floating, default=None
        As in :func:`embedding_lookup`. A list counts as one occurrence, shared by its tokens, equally or by weight.
    weights : Tensor of shape (T,), floating, positive, default=None
        Of the tokens: one of two is the token twice. "max" takes none.

    Returns
    -------
    Tensor of shape (B, W)
        Its gradient reaches the table as an uncoalesced sparse tensor: indices (1, T), values (T, W).

    Examples
    --------
    >>> import torch
    >>> table = torch.tensor([[1.0], [2.0], [6.0]])
    >>> embedding_bag(table, torch.tensor([0, 1, 2]), torch.tensor([0, 2, 2, 3]))
    tensor([[1.5000],
            [0.0000],
            [6.0000]])
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {list(MODES)}, however: {mode=}")
    if weights is not None:
        if mode == "max":
            raise ValueError("mode='max' takes no weights, which change no maximum; choose 'mean' or 'sum'")
        return _weighted(table, ids, offsets, mode, decay, l2_scale, weights.to(table.dtype))
    if is_traced():
        return _pool_steps(functional.embedding(ids, table), JaggedLayout.of(offsets, ids.shape[0]), mode)
    if torch.is_grad_enabled() and table.requires_grad:
        return _EmbeddingBag.apply(table, ids, offsets, mode, decay, l2_scale)
    return _pool(table, ids, offsets, mode)[0]


def reference(table, ids, offsets, mode="mean", decay=None, l2_scale=None, weights=None):
    """Return the pooled rows, list by list, and the penalty whose gradient comes with theirs."""
    pool = {"sum": lambda v: v.sum(0), "mean": lambda v: v.mean(0), "max": lambda v: v.max(0).values}[mode]
    pooled, penalty = [table[:0]], table.new_zeros(())
    if weights is not None:  # of whole numbers, each a token so many times
        times = weights.long()
        lengths = torch.tensor([int(own.sum()) for own in times.split(offsets.diff().tolist())], dtype=torch.int64)
        ids, offsets = ids.repeat_interleave(times), functional.pad(lengths.cumsum(0), (1, 0))
    for b, tokens in enumerate(ids.long().split(offsets.diff().tolist())):
        vectors = table[tokens]  # (n, W)
        pooled.append((pool(vectors) if len(tokens) else table.new_zeros(table.shape[1]))[None])
        if decay is not None and len(tokens):
            scale = 1 if l2_scale is None else l2_scale[tokens]
            penalty = penalty + decay[b] * (scale * vectors.square().sum(1)).mean() / 2
    return torch.cat(pooled), penalty


def _weighted(table, ids, offsets, mode, decay, l2_scale, weights):
    """Return sums of vectors times their weights, or means by weight, (B, W)."""
    layout = JaggedLayout.of(offsets, ids.shape[0])
    totals = weights.new_zeros(offsets.shape[0] - 1).index_add(0, layout.rows, weights)
    shares = weights / totals.index_select(0, layout.rows)  # (T,)
    if decay is not None:
        decay = decay.to(shares.dtype).index_select(0, layout.rows) * shares
    vectors = embedding_lookup(table, ids[:, None], decay, l2_scale)[:, 0]  # (T, W)
    factors = shares if mode == "mean" else weights
    return vectors.new_zeros(len(totals), table.shape[1]).index_add(0, layout.rows, vectors * factors[:, None])


class _EmbeddingBag(torch.autograd.Function):
    @staticmethod
    def forward(ctx, table, ids, offsets, mode, decay, l2_scale):
        pooled, winners = _pool(table, ids, offsets, mode)
        ctx.mode, ctx.table_shape = mode, table.shape
        # the table itself only where the penalty needs its rows: saving it forbids an update in between
        ctx.save_for_backward(ids, offsets, winners, *(() if decay is None else (decay, l2_scale, table)))
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
            decay, l2_scale, table = penalty
            share = (decay.to(values.dtype) / lengths.clamp(min=1)).index_select(0, bags)  # (T,)
            share = share if l2_scale is None else share * l2_scale[ids]
            values = torch.addcmul(values, functional.embedding(ids, table), share[:, None])
        return row_gradient(ctx.table_shape, ids, values), None, None, None, None, None


def _pool(table, ids, offsets, mode):
    """Return pooled vectors (B, W), and for "max" the winning table rows (B, W), else None."""
    pooled, _, _, winners = torch.embedding_bag(
        table, ids, offsets.to(ids.dtype), mode=MODES[mode], include_last_offset=True
    )
    return pooled, winners if mode == "max" else None


def _pool_steps(vectors, layout, mode):
    """Return pooled vectors (B, W) of those of all tokens (T, W), as a graph for any number of either has them."""
    size, lengths = (layout.offsets.shape[0] - 1, vectors.shape[1]), layout.lengths[:, None]
    if mode == "max":
        rows = layout.rows[:, None].expand_as(vectors)
        largest = vectors.new_full(size, -torch.inf).scatter_reduce(0, rows, vectors, "amax")
        return torch.where(lengths > 0, largest, 0)
    sums = vectors.new_zeros(size).index_add(0, layout.rows, vectors)
    return sums / lengths.clamp(min=1) if mode == "mean" else sums


def _to_winners(gradient, ids, bags, winners):
    """Return the gradient (B, W) of a maximum at its winners, (T, W); a row twice in a list shares it."""
    hit = (ids[:, None] == winners.index_select(0, bags)).to(gradient.dtype)  # (T, W)
    times = torch.zeros_like(gradient).index_add_(0, bags, hit)  # (B, W), zero in empty lists
    return hit * (gradient / times.clamp(min=1)).index_select(0, bags)
