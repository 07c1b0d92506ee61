"""Which pairs of columns a model says matter: a method of the models of which one can read it."""

from typing import Any

import numpy as np
import pandas as pd
import torch

from skrec._learnt import at_one_moment
from skrec._validation import check_features, check_is_fitted
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE
from skrec.engine import Batches, Rows, limit_threads, on_cpu
from skrec.estimators._base._finite import check_outputs
from skrec.estimators._base._threads import thread_limit

ROWS = 256  # at once: the pairs of a row are some hundred times as many numbers as the row


@at_one_moment
def pair_strengths(self: Any, X: Any) -> pd.DataFrame:
    """Return how strongly each pair of columns interacts, as the model itself says it, in the mean of rows.

    Of `FMClassifier`, `FFMClassifier`, `FwFMClassifier` and `BilinearFFMClassifier` how much the pair adds to the
    logit or the number, either way; of `AutoIntClassifier` how much the columns look at each other in the first
    layer of attention; of `DCNv2Classifier` the norm of the pair's two blocks in the first layer's matrix.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)
        As in `fit`; some hundred rows tell enough.

    Returns
    -------
    strengths : DataFrame of shape (n_columns, n_columns)
        Symmetric, zero on the diagonal. Of one model pairs compare, not those of models of other kinds.

    Raises
    ------
    ValueError
        If the model says nothing, a `BilinearFFMClassifier` with `layer_norm=True`.
    """
    check_is_fitted(self)
    frame, _ = check_features(self, X, reset=False)
    rows = Rows(self._table(frame))
    with on_cpu(), limit_threads(thread_limit(self)), torch.inference_mode():
        parts = [self.net_.module_.pair_strengths(batch.inputs) for batch in Batches(rows, ROWS)]
    if parts[0] is None:
        raise ValueError(
            f"{type(self).__name__} with layer_norm=True does not say what a pair adds, for the norm mixes all of "
            "them; fit with layer_norm=False, or ask InteractionDisplay.from_estimator with method='permutation'"
        )
    mean = check_outputs(torch.cat(parts).numpy(), rows, self.schema_).mean(0)
    names = [field.name for role in (CATEGORICAL, SEQUENCE, NUMERIC) for field in self.schema_.of_role(role)]
    strengths = np.zeros((len(names), len(names)))
    strengths[np.triu_indices(len(names), 1)] = mean
    order = [field.name for field in self.schema_.fields]
    return pd.DataFrame(strengths + strengths.T, index=names, columns=names).loc[order, order]
