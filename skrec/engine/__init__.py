"""Batches, row-wise optimizers and the training loop."""

from skrec.engine._callbacks import ReportEpochs, Score
from skrec.engine._defaults import NewFloats, NotDrawn, TooLarge, on_cpu
from skrec.engine._early_stopping import Stopping
from skrec.engine._group import Group, ShardedGroup, keep_no_group
from skrec.engine._group_rows import GroupRows
from skrec.engine._net import PREDICT_ROWS, Net, NotFiniteError
from skrec.engine._net_state import give_state, state_of, weights_of
from skrec.engine._optimizers import RowAdagrad, RowAdam, RowSGD
from skrec.engine._pairs import PairRows
from skrec.engine._precision import multiplies_bfloat16_faster, processor_units
from skrec.engine._rows import Batch, Batches, Rows, join
from skrec.engine._sampled import SampledRows
from skrec.engine._schedule import SCHEDULES, Schedule
from skrec.engine._sequence_pairs import SequencePairRows
from skrec.engine._strategy import SingleProcess, Strategy
from skrec.engine._streamed import StreamedRows, stream_of
from skrec.engine._table import EpochTable, columns
from skrec.engine._threads import limit_threads

__all__ = [
    "PREDICT_ROWS",
    "SCHEDULES",
    "Batch",
    "Batches",
    "EpochTable",
    "Group",
    "GroupRows",
    "Net",
    "NewFloats",
    "NotDrawn",
    "NotFiniteError",
    "PairRows",
    "ReportEpochs",
    "RowAdagrad",
    "RowAdam",
    "RowSGD",
    "Rows",
    "SampledRows",
    "Schedule",
    "Score",
    "SequencePairRows",
    "ShardedGroup",
    "SingleProcess",
    "Stopping",
    "Strategy",
    "StreamedRows",
    "TooLarge",
    "columns",
    "give_state",
    "join",
    "keep_no_group",
    "limit_threads",
    "multiplies_bfloat16_faster",
    "on_cpu",
    "processor_units",
    "state_of",
    "stream_of",
    "weights_of",
]
