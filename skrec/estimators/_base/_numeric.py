"""How numeric columns become vectors."""

import numpy as np

from skrec.nets import NumericEmbedding

MOST_BINS = 64  # a row
ROWS_A_BIN, FEW_BINS = 32, 4  # of "auto": with less than that a net learns a few hundred rows by heart
FIRST_ROWS = 4096
MANY_ROWS = 2**14


def numeric_embedding(settings, rows, strategy):
    """Return the NumericEmbedding that parameters ask for, None for plain values.

    Parameters
    ----------
    settings : estimator
        With or without NumericParameters.
    rows : Rows or StreamedRows
        Training rows, whose quantiles are the edges of bins.
    strategy : Strategy
    """
    if getattr(settings, "numeric_embedding", None) not in ("auto", "bent", "piecewise"):
        return embedding_of(settings, ())
    numeric, codes = rows.inputs.numeric.numpy(), rows.inputs.codes.numpy()
    weight = rows.weight.numpy()[: len(numeric)]  # behind them are those of drawn negatives
    numeric, weight, codes = strategy.sample(numeric, weight, codes)
    n_bins = settings.n_bins
    if settings.numeric_embedding == "auto":
        n_distinct = distinct_rows(codes, numeric, ROWS_A_BIN * n_bins)
        n_bins = min(n_bins, max(FEW_BINS, n_distinct // ROWS_A_BIN))
    if numeric.shape[1] and len(numeric) > MANY_ROWS:  # which tell as well where the bins are
        some = np.sort(np.random.default_rng(0).choice(len(numeric), MANY_ROWS, replace=False))
        numeric, weight = numeric[some], weight[some]
    edges = tuple(quantile_edges(column, weight, n_bins) for column in numeric.T)
    return embedding_of(settings, edges, tuple(mean_shares(*of, weight) for of in zip(numeric.T, edges, strict=True)))


def embedding_of(settings, edges, centres=()):
    """Return the NumericEmbedding that parameters ask for, None for plain values.

    Parameters
    ----------
    settings : estimator
    edges, centres : tuple of tuples of float
        Of each column, see NumericEmbedding; a net whose weights are loaded takes its centres from them.
    """
    kind = getattr(settings, "numeric_embedding", None)
    if kind is None or (kind == "auto" and not edges):  # without numbers; or of a file from before there was "auto"
        return None
    kind = "bent" if kind == "auto" else kind
    options = {"n_frequencies": settings.n_frequencies, "frequency_scale": settings.frequency_scale}
    return NumericEmbedding(kind, edges=edges, centres=centres, **options)


def distinct_rows(codes, numeric, enough):
    """Return how many rows are different, or `enough` and more: a row that is there twice is as one that weighs two.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_categorical)
    numeric : ndarray of shape (n_rows, n_numeric)
    enough : int
    """
    rng = np.random.default_rng(0)
    by_code, by_number = (rng.normal(size=part.shape[1]) for part in (codes, numeric))
    for some in (slice(FIRST_ROWS), slice(None)):
        sums = (codes[some] * by_code).sum(1) + (numeric[some] * by_number).sum(1)  # of two rows differ, almost surely
        n_distinct = len(np.unique(sums))
        if n_distinct >= enough:
            break
    return n_distinct


def quantile_edges(values, weight, n_bins):
    """Return the edges of bins of a column: those that hold the same weight, beside heavy values.

    A value that fills a bin alone is an edge of its own, and the other values share the bins that are left, so that a
    column of which most is zero has as many bins as another.

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
    values, weight = values[order], weight[order].astype(np.float64)
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    values, weight = values[starts], np.add.reduceat(weight, starts)
    heavy = _heavy(weight, n_bins)
    edges = values[heavy], _quantiles(values[~heavy], weight[~heavy], n_bins - int(heavy.sum()))
    return tuple(np.unique(np.concatenate(edges)).tolist())


def mean_shares(values, edges, weight):
    """Return how much of each bin of a column lies below a value in the weighted mean, a tuple of floats in [0, 1]."""
    n_bins = len(edges) - 1
    if n_bins < 1:
        return ()
    edges, weight = np.array(edges), weight.astype(np.float64)
    bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, n_bins - 1)
    shares = (values - edges[bins]) / np.diff(edges)[bins]
    within = np.bincount(bins, weight * shares, n_bins)
    of_bins = np.bincount(bins, weight, n_bins)
    above = of_bins.sum() - of_bins.cumsum()  # of rows in later bins, below which all of this one lies
    return tuple(((above + within) / of_bins.sum()).tolist())


def _heavy(weight, n_bins):
    """Return which of some distinct values, (n,) bool, fill a bin alone, of the bins that others leave.

    A bin is always left: k values that weigh more than one of m bins each are fewer than m.
    """
    heavy, before = np.zeros(len(weight), bool), -1
    while heavy.sum() > before:
        before = heavy.sum()
        light = np.where(heavy, 0, weight)
        heavy |= light * (n_bins - before) > light.sum()
    return heavy


def _quantiles(values, weight, n_bins):
    """Return the edges of bins of distinct values, sorted, that hold the same weight."""
    if not len(values):
        return values
    total = np.cumsum(weight)
    at = np.searchsorted(total, np.linspace(0, total[-1], n_bins + 1))
    return values[at]
