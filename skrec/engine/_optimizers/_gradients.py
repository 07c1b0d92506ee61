"""Gradients of tables: they are sparse and have a row for each lookup of the batch.

Shape letters: n lookups of a batch, U distinct rows among them, N table rows, W width.
"""

import torch

from skrec.engine._optimizers._zeros import lazy_zeros
from skrec.ops import as_arrays, can_be_arrays, kernels_are_wanted

__all__ = ["Slots", "add_up", "is_table", "set_touched_rows", "sum_duplicates", "touched_rows"]


def is_table(p):
    """Return whether a parameter was looked up in this step, so that its gradient is of rows."""
    return p.grad is not None and p.grad.is_sparse


class Slots:
    """Scratch, an int32 for each row of a table; all tables of a device share it, one after the other."""

    def __init__(self):
        self._held = {}

    def of(self, table, *, zeros=False):
        """Return at least as many as `table` has rows, with any content, or with zeros, which must be there after."""
        slots = self._held.get((table.device, zeros))
        if slots is None or len(slots) < len(table):
            new = lazy_zeros if zeros else torch.empty
            slots = self._held[table.device, zeros] = new(len(table), dtype=torch.int32, device=table.device)
        return slots


def touched_rows(p, slots):
    """Return the rows of a table that its gradient names, and the gradient of each.

    Parameters
    ----------
    p : Parameter of shape (N, ...)
        A table, see `is_table`.
    slots : Slots

    Returns
    -------
    rows : Tensor of shape (U,), int64
        Each row once, in the order of the batch.
    total : Tensor of shape (U, ...)
        The sum over the lookups of each.
    """
    ids, values = p.grad._indices()[0], p.grad._values()  # (n,), (n, ...)
    if len(ids) == 0:
        return ids, values
    rows, total = add_up(ids, values.reshape(len(ids), -1), p, slots)
    return rows, total.view(-1, *values.shape[1:])


def add_up(ids, values, p, slots):
    """Add up the gradients of the same row of a table: `sum_duplicates`, or its kernel where kernels are wanted.

    Parameters
    ----------
    ids : Tensor of shape (n,), int64
        Rows of the table; at least one.
    values : Tensor of shape (n, W)
    p : Parameter of shape (N, ...)
        The table.
    slots : Slots

    Returns
    -------
    rows : Tensor of shape (U,), int64
    total : Tensor of shape (U, W)
    """
    ids, values = ids.contiguous(), values.contiguous()
    if not (kernels_are_wanted() and can_be_arrays([ids, values])):
        return sum_duplicates(ids, values, slots.of(p))
    from skrec.engine._kernels.rows import sum_rows

    found = sum_rows(torch.get_num_threads(), *as_arrays(ids, values, slots.of(p, zeros=True)))
    return tuple(map(torch.from_numpy, found))


def set_touched_rows(p, rows, total):
    """Give a table the gradient `total`, of shape (U, ...), of distinct `rows`, (U,)."""
    p.grad = torch.sparse_coo_tensor(rows[None], total, p.shape, is_coalesced=True, check_invariants=False)


def sum_duplicates(ids, values, slots):
    """Add up the gradients of the same row, without sorting.

    Parameters
    ----------
    ids : Tensor of shape (n,), int64, values in [0, N)
        At least one.
    values : Tensor of shape (n, W), floating
    slots : Tensor of shape (at least N,), int32
        Scratch with any content.

    Returns
    -------
    rows : Tensor of shape (U,), int64
        The distinct ids.
    total : Tensor of shape (U, W)
        The sum of each one's values.
    """
    place = torch.arange(len(ids), dtype=torch.int32, device=ids.device)
    slots.scatter_(0, ids, place)
    winner = slots.gather(0, ids)  # (n,), for all duplicates of a row the place of the same one
    rank = (winner == place).cumsum(0)
    target = rank.index_select(0, winner) - 1  # (n,), values in [0, U)
    rows = ids.new_empty(int(rank[-1])).scatter_(0, target, ids)  # ten times as fast as a mask
    return rows, values.new_zeros(len(rows), values.shape[1]).index_add_(0, target, values)
