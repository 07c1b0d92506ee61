"""Methods of the models that weigh the steps of histories, whose nets have `attend`."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from skrec._learnt import at_one_moment
from skrec._validation import check_features, check_is_fitted
from skrec.data import SEQUENCE
from skrec.engine import Batches, Rows, limit_threads, on_cpu
from skrec.estimators._base._finite import check_outputs
from skrec.estimators._base._threads import thread_limit
from skrec.estimators._columns import HistoryColumns

WEIGHED_ROWS = 8192  # at once


def history_columns(estimator):
    """Return what its columns are, lists histories of a candidate."""
    return HistoryColumns(
        categorical_features=estimator.categorical_features,
        sequence_features=estimator.sequence_features,
        user=getattr(estimator, "user", None),
    )


@at_one_moment
def attention_weights(self: Any, X: Any) -> pd.DataFrame:
    """Return what each step of a row's histories counts for its candidate.

    Of a model of sequences, what the last step reads from each: the attention of the last block, averaged over heads,
    whatever the candidate.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_columns)
        As in `fit`.

    Returns
    -------
    weights : DataFrame of shape (n_rows, n_histories)
        A column a history, named as the first of its list columns; each cell has a number a step, as a list.
    """
    check_is_fitted(self)
    frame, _ = check_features(self, X, reset=False)
    table = self._table(frame)
    rows = Rows(table)
    with on_cpu(), limit_threads(thread_limit(self)), torch.inference_mode():
        parts = [self.net_.module_.attend(batch.inputs) for batch in Batches(rows, WEIGHED_ROWS)]
    names, columns = [field.name for field in self.schema_.of_role(SEQUENCE)], {}
    for ((first, _), *_), weights in zip(self._columns_.histories(self.schema_), zip(*parts, strict=True), strict=True):
        values, offsets = torch.cat(weights).numpy(), table.lists[first].offsets
        finite = np.logical_and.reduceat(np.append(np.isfinite(values), True), offsets[:-1])
        check_outputs(np.where(finite, 0, np.nan), rows, self.schema_)
        cells = pa.LargeListArray.from_arrays(offsets, values)
        columns[names[first]] = pd.Series(pd.arrays.ArrowExtensionArray(cells), index=frame.index)
    return pd.DataFrame(columns, index=frame.index)
