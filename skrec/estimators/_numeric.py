"""The parameters of every model that can embed numeric columns."""

from numbers import Integral, Real
from typing import Any

import numpy as np

from skrec.estimators._base import NetEstimator
from skrec.estimators._parameters import one_of, parameter, positive
from skrec.nets import NumericEmbedding

MOST_BINS = 64  # a row


class NumericParameters(NetEstimator):
    """Mixin of the models in which a numeric column may have vectors as a category has."""

    numeric_embedding: Any = parameter(
        None,
        '{"linear", "periodic", "piecewise"} or None',
        """How a numeric column becomes a vector, which then meets the others as a category's does: "piecewise" draws
        lines between the quantiles of the training rows, "periodic" learns waves, "linear" one line. Where numbers
        matter and their effect bends, the first two are worth more than the choice of the model. None leaves the
        MLP the plain numbers.""",
        one_of("linear", "periodic", "piecewise"),
        None,
    )
    n_bins: int = parameter(
        32, "int", 'With "piecewise", bins of a column, at most; each has the same share of rows.', positive(Integral)
    )
    n_frequencies: int = parameter(16, "int", 'With "periodic", waves of a column.', positive(Integral))
    frequency_scale: float = parameter(
        0.3,
        "float",
        """With "periodic", standard deviation of the initial frequencies, in periods per standard deviation of the
        column. What fits differs much between data: search between 0.01 and 10.""",
        positive(Real),
    )

    def _numeric_embedding(self, rows):
        if self.numeric_embedding is None:
            return None
        edges = ()
        if self.numeric_embedding == "piecewise":
            numeric, weight = rows.inputs.numeric.numpy(), rows.weight.numpy()
            edges = tuple(quantile_edges(column, weight, self.n_bins) for column in numeric.T)
        return NumericEmbedding(
            self.numeric_embedding,
            edges=edges,
            n_frequencies=self.n_frequencies,
            frequency_scale=self.frequency_scale,
        )


def quantile_edges(values, weight, n_bins):
    """Return the edges of bins that hold the same weight, fewer where values repeat.

    Parameters
    ----------
    values, weight : ndarray of shape (n_rows,)
        A column and its positive row weights; a weight of two is the same as the value twice.
    n_bins : int
        Bins, at most.

    Returns
    -------
    edges : tuple of float
        Increasing, of up to `n_bins` + 1 of the values, the least and the greatest among them.
    """
    n_bins = min(n_bins, MOST_BINS * len(values))  # more find no further values
    order = np.argsort(values)
    total = np.cumsum(weight[order], dtype=np.float64)
    at = np.searchsorted(total, np.linspace(0, total[-1], n_bins + 1))
    return tuple(np.unique(values[order[at]]).tolist())
