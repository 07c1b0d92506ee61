"""Batches, sparse lookups, row-wise optimizers and the training loop."""

from skrec.engine._answers import Classes, Numbers
from skrec.engine._callbacks import ReportEpochs, Score
from skrec.engine._compiled import LANES, as_arrays, compiled, suits_kernel
from skrec.engine._early_stopping import Stopping
from skrec.engine._empty import empty
from skrec.engine._lookup import lookup, lookup_bags
from skrec.engine._net import PREDICT_ROWS, Net, NotFiniteError
from skrec.engine._optimizers import RowAdagrad, RowAdam, RowSGD, can_compile
from skrec.engine._pairs import PairRows, Pairs
from skrec.engine._rows import Bag, Batch, Batches, Inputs, Rows, total_weight
from skrec.engine._sampled import SampledRows
from skrec.engine._schedule import SCHEDULES, Schedule
from skrec.engine._scores import Scores
from skrec.engine._streamed import StreamedRows
from skrec.engine._table import EpochTable, columns
from skrec.engine._threads import limit_threads

__all__ = [
    "LANES",
    "PREDICT_ROWS",
    "SCHEDULES",
    "Bag",
    "Batch",
    "Batches",
    "Classes",
    "EpochTable",
    "Inputs",
    "Net",
    "NotFiniteError",
    "Numbers",
    "PairRows",
    "Pairs",
    "ReportEpochs",
    "RowAdagrad",
    "RowAdam",
    "RowSGD",
    "Rows",
    "SampledRows",
    "Schedule",
    "Score",
    "Scores",
    "Stopping",
    "StreamedRows",
    "as_arrays",
    "can_compile",
    "columns",
    "compiled",
    "empty",
    "limit_threads",
    "lookup",
    "lookup_bags",
    "suits_kernel",
    "total_weight",
]
