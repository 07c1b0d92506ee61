"""The arrays of a pass: memory of a net, of its optimizer and of its rows, and scratch."""

from weakref import ref

import numpy as np
import torch
from torch.utils.weak import WeakTensorKeyDictionary

from skrec.engine._closed._arrays import BentArrays, LossArrays, RowArrays, Scratch, TableArrays
from skrec.ops import as_arrays

__all__ = ["bent_arrays", "loss_arrays", "row_arrays", "scratch_for", "table_arrays"]

_APART = 128  # bytes
_ROWS = 2**14  # whose places are found at a time
_placed: WeakTensorKeyDictionary = WeakTensorKeyDictionary()  # numbers of rows: whose bins, and where in them they lie


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
    if form.numbers is None:
        numeric = inputs.numeric[:, : 0 if form.factors is None else len(form.factors)].contiguous()
    else:
        numeric = torch.ones_like(inputs.numeric)
    parts = inputs.codes, form.embedding.starts.long(), numeric, rows.target.to(dtype), rows.weight
    return RowArrays(*as_arrays(*parts))


def bent_arrays(net, rows, form):
    """Return where the numbers of Rows lie that bend."""
    numeric, numbers, dtype = rows.inputs.numeric, form.numbers, form.embedding.table.dtype
    if numbers is None:
        places, scale = [torch.zeros(0, 0, dtype=torch.int32), *[numeric.new_zeros(0, 0)] * 2], 1
        centre = numeric.new_zeros(0, 0)
    else:
        places, scale = _places(numbers, numeric), numbers.scale
        centre = numbers.centre * scale
    bins, shares, lines, centre = as_arrays(places[0], *(of.to(dtype) for of in (*places[1:], centre)))
    scale, penalty = (shares.dtype.type(number) for number in (scale, 2 * net.embedding_l2))
    n_columns, n_bins = centre.shape
    return BentArrays(bins, shares, lines, centre, scale, n_columns, n_bins, form.embedding.table.shape[1], penalty)


def _places(numbers, numeric):
    """Return bins, scaled shares and lines of numbers, found once for all passes over them."""
    whose, found = _placed.get(numeric, (None, None))
    if whose is None or whose() is not numbers:
        parts = [(*numbers.places(part), numbers.lines(part)) for part in numeric.split(_ROWS)]
        found = [torch.cat(of) for of in zip(*parts, strict=True)]
        found[1] *= numbers.scale
        _placed[numeric] = ref(numbers), found
    return found


def loss_arrays(net, form):
    """Return which loss a net learns by."""
    from skrec.engine._kernels import losses

    low, high = form.y_range or (0.0, 0.0)
    return LossArrays(getattr(losses, net.criterion_.closed), float(low), float(high - low))


def scratch_for(n_parts, size, rows, bent, table, n_dense):
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
        vectors=apart(bent.n_columns * width, dtype),
        of_vectors=apart(bent.n_columns * width, dtype),
        of_bins=np.zeros((n_parts, 3, bent.n_columns, bent.n_bins, width), dtype),
        weight=np.zeros(n_parts),
        total=np.zeros((n_parts, 2)),
    )
