"""The arrays of a pass: memory of a net, of its optimizer and of its rows, and scratch."""

import numpy as np

from skrec.engine._closed._arrays import LossArrays, RowArrays, Scratch, TableArrays
from skrec.ops import as_arrays

__all__ = ["loss_arrays", "row_arrays", "scratch_for", "table_arrays"]

_APART = 128  # bytes


def table_arrays(net, form):
    """Return the table of a net, and its moments, which are made if missing."""
    optimizer, p, l2_scale = net.optimizer_, form.embedding.table, form.embedding.l2_scale
    moments = optimizer.table_rule.moments(p, optimizer.state[p], optimizer.param_groups[0]) if len(p) else []
    penalty = p.new_empty(0)
    if net.embedding_l2:
        penalty = p.new_full((len(p),), 2 * net.embedding_l2) if l2_scale is None else l2_scale * (2 * net.embedding_l2)
    return TableArrays(*as_arrays(*(p, *moments, p, p)[:3], penalty))


def row_arrays(rows, form):
    """Return what a net of that form reads of Rows."""
    inputs, dtype = rows.inputs, form.embedding.table.dtype
    numeric = inputs.numeric[:, : 0 if form.factors is None else len(form.factors)].contiguous()
    parts = inputs.codes, form.embedding.starts.long(), numeric, rows.target.to(dtype), rows.weight
    return RowArrays(*as_arrays(*parts))


def loss_arrays(net, form):
    """Return which loss a net learns by."""
    from skrec.engine._kernels import losses

    low, high = form.y_range or (0.0, 0.0)
    return LossArrays(getattr(losses, net.criterion_.closed), float(low), float(high - low))


def scratch_for(n_parts, size, rows, table, n_dense):
    """Return memory for the parts of a batch of `size` rows."""
    (n_rows, width), dtype = table.values.shape, table.values.dtype
    n_lookups = -(-min(size, len(rows.codes)) // n_parts) * rows.codes.shape[1]
    n_found = min(n_lookups, n_rows)

    def apart(n, dtype):
        """Return n numbers of each part, and as many behind them as two cache lines have: of no line write two."""
        return np.zeros((n_parts, n + _APART // np.dtype(dtype).itemsize), dtype)

    return Scratch(
        slots=np.zeros((n_parts, n_rows), np.int32),
        rows=np.empty((n_parts, n_found), np.int64),
        n_rows=np.zeros(n_parts, np.int64),
        gradient=np.empty((n_parts, n_found, width + 1), dtype),
        chosen=np.empty((n_parts, n_found + 1), np.int64),
        places=apart(rows.codes.shape[1], np.int64),
        sums=apart(width, dtype),
        dense=apart(n_dense, dtype),
        weight=np.zeros(n_parts),
        total=np.zeros((n_parts, 2)),
    )
