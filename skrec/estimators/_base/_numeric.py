"""How numeric columns become vectors."""

import numpy as np

from skrec.nets import NumericEmbedding

MOST_BINS = 64  # a row


def numeric_embedding(settings, rows):
    """Return the NumericEmbedding that parameters ask for, None for plain values.

    Parameters
    ----------
    settings : estimator
        With or without NumericParameters.
    rows : Rows or StreamedRows
        Training rows, whose quantiles are the edges of bins.
    """
    kind = getattr(settings, "numeric_embedding", None)
    if kind is None:
        return None
    edges = ()
    if kind == "piecewise":
        numeric, weight = rows.inputs.numeric.numpy(), rows.weight.numpy()
        edges = tuple(quantile_edges(column, weight, settings.n_bins) for column in numeric.T)
    options = {"n_frequencies": settings.n_frequencies, "frequency_scale": settings.frequency_scale}
    return NumericEmbedding(kind, edges=edges, **options)


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
