"""Whether the threads of a fit share its batches, and which batches."""

import torch
from torch.nn.modules.batchnorm import _NormBase

from skrec.losses import TargetsLoss, WeightedLoss
from skrec.nets.layers._size import dense_matrices, embedding_tables

_ROW_BY_ROW = ("skrec.nets.", "torch.nn.")  # modules that take each row by itself, but for those named below
# Measured of DeepFM and FM on an AMD EPYC with bfloat16, two threads: a number that is looked up, and moved, takes as
# long as 200 weights of a dense layer; 1,000 rows of DeepFM (90,000 weights, 26 fields of 9 numbers) are worth a split.
_LEAST_WORK = 2**26  # of a part, in weights: below it, splitting costs more than it saves
_WEIGHTS_A_NUMBER = 200
_HIDDEN_LAYERS = 4096  # weights of a net that has some


def parts_of_batches(net, n_threads, rows):
    """Return into how many parts batches of a run are split, from how many rows on, and a limit on the run's threads.

    The mean loss of a batch is not made of those of its parts where a row's output or loss depends on the other rows:
    in batch normalization, with in-batch negatives, and who knows in somebody's own module. Callbacks that look on see
    one forward pass a batch. Where a batch is too small to be split, its dense layers are too small for two threads.

    Parameters
    ----------
    net : Net
        Set up for the run.
    n_threads : int
        How many may be used.
    rows : Rows or StreamedRows

    Returns
    -------
    n_parts, least_rows : int
    limit : int or None
    """
    modules = list(net.module_.modules())
    splits = (
        n_threads > 1
        and torch.device(net.device).type == "cpu"
        and not net.shows
        and net.strategy.part == (0, 1)  # or replicas would not have the rows that were fetched
        and not rows.in_batch
        and type(net.criterion_) in (WeightedLoss, TargetsLoss)
        and not any(True for _ in net.criterion_.parameters())  # of which there are no replicas
        and all(type(module).__module__.startswith(_ROW_BY_ROW) for module in modules)
        and not any(isinstance(module, _NormBase) for module in modules)
    )
    if not splits:
        return 1, 1, None
    n_weights = sum(matrix.numel() for matrix in dense_matrices(net.module_))
    numbers = sum(table.shape[1] for table in embedding_tables(net.module_)) * rows.inputs.codes.shape[1]
    least_rows = -(-_LEAST_WORK // max(1, n_weights + _WEIGHTS_A_NUMBER * numbers))  # of a part
    n_parts = min(n_threads, net.batch_size // least_rows)
    if n_parts < 2:
        return 1, 1, 1 if n_weights >= _HIDDEN_LAYERS else None
    return n_parts, n_parts * least_rows, None
