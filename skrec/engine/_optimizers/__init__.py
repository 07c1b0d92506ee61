"""Optimizers of two parts: rows of tables move by a rule of ours, dense parameters by torch's own optimizer."""

from skrec.engine._optimizers._adagrad import RowAdagrad
from skrec.engine._optimizers._adam import RowAdam
from skrec.engine._optimizers._gradients import (
    Slots,
    add_up,
    is_table,
    set_touched_rows,
    sum_duplicates,
    touched_rows,
)
from skrec.engine._optimizers._optimizer import RowOptimizer
from skrec.engine._optimizers._sgd import RowSGD

__all__ = [
    "RowAdagrad",
    "RowAdam",
    "RowOptimizer",
    "RowSGD",
    "Slots",
    "add_up",
    "is_table",
    "set_touched_rows",
    "sum_duplicates",
    "touched_rows",
]
