"""Click data drawn from a factorization machine."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import expit, logit
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.utils import Bunch, check_random_state

from skrec._text import quoted
from skrec._validation import Interval, Whole, validate_params
from skrec.datasets._frames import list_column
from skrec.datasets._popularity import draw, popularity


@validate_params(
    {
        "n_samples": [Whole(2)],
        "n_categorical": [Whole(0)],
        "cardinality": [Whole(1), "array-like"],
        "n_numeric": [Whole(0)],
        "n_sequence": [Whole(0)],
        "max_length": [Whole(0)],
        "embedding_dim": [Whole(1)],
        "power": [Interval(Real, 0, None, closed="left")],
        "positive_rate": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_ctr(
    n_samples: int = 10_000,
    *,
    n_categorical: int = 6,
    cardinality: int | Sequence[int] = 100,
    n_numeric: int = 3,
    n_sequence: int = 1,
    max_length: int = 10,
    embedding_dim: int = 4,
    power: float = 1.05,
    positive_rate: float = 0.3,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Clicks whose true probability is known, so that a model's distance from the best score means something.

    Parameters
    ----------
    n_samples : int, default=10_000
        Rows, at least 2.
    n_categorical : int, default=6
        Categorical columns, `C1`, `C2`, ...
    cardinality : int or array-like of int of shape (n_categorical,), default=100
        Categories of each categorical column.
    n_numeric : int, default=3
        Standard normal columns, `I1`, `I2`, ...
    n_sequence : int, default=1
        List columns, `S1`, `S2`, ...: at most `n_categorical`, for `S1` holds values of `C1`, `S2` of `C2`, and so on.
    max_length : int, default=10
        Longest list; lengths are uniform from 0 to `max_length`.
    embedding_dim : int, default=4
        Length of each category's true vector.
    power : float, default=1.05
        Category k has a probability proportional to ``(k + 1) ** -power``: 0 makes all equally frequent.
    positive_rate : float, default=0.3
        Mean of the true probability.
    random_state : int, RandomState instance or None, default=None
        An int gives the same data in each call.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        `X` : DataFrame of shape (n_samples, n_categorical + n_numeric + n_sequence)
            `C*` (category of int, with all its categories), `I*` (float64), `S*` (Arrow list of int64).
        `y` : ndarray of shape (n_samples,), int64
            0 or 1, independent draws with `probability`.
        `probability` : ndarray of shape (n_samples,), float64
            The true probability that `y` is 1, given `X`.
        `best_auc` : float
            ``roc_auc_score(y, probability)``; NaN if `y` has one class only.
        `best_log_loss` : float
            ``log_loss(y, probability)``, in nats.
        `sequence_features` : dict of str to str
            ``{"S1": "C1", ...}``: whose values each list column holds.

    Raises
    ------
    ValueError
        If `cardinality` does not fit `n_categorical`, `n_sequence` exceeds it, or there is no column at all.

    See Also
    --------
    make_ratings : Ratings whose true mean is known.

    Notes
    -----
    The true logit of a row is a factorization machine [1]_ over the categorical and list columns, linear in the
    numeric ones: ``b + sum_f w_f + x @ u + sum_{f < g} <v_f, v_g>``. Weight and vector of a list are the means over
    its values, taken from the table of the categorical column it shares, and zero for an empty list. Weights and
    vectors are normal; the linear and the pairwise part are then each scaled to standard deviation 1 over the rows,
    and `b` is set so that the mean of `probability` is `positive_rate`.

    "Best" means that over redrawn labels no function of `X` has a better expected log loss than `probability`, nor
    orders the rows better; a model that has seen these very labels can. Compare held-out rows with the truth on the
    same rows, ``roc_auc_score(y[test], probability[test])``.

    References
    ----------
    .. [1] S. Rendle. 2010. Factorization Machines. ICDM, equation 1.

    Examples
    --------
    >>> from skrec.datasets import make_ctr
    >>> data = make_ctr(1000, random_state=0)
    >>> list(data.X.columns)
    ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'I1', 'I2', 'I3', 'S1']
    >>> data.sequence_features
    {'S1': 'C1'}
    >>> bool(0.5 < data.best_auc < 1)
    True
    """
    cardinalities = _check_columns(n_categorical, cardinality, n_numeric, n_sequence)
    rng = check_random_state(random_state)
    columns: dict[str, Any] = {}
    lists: dict[str, pd.Series] = {}
    linear = np.zeros(n_samples)
    total, squares = np.zeros((2, n_samples, embedding_dim))

    def add_field(weight: np.ndarray, vector: np.ndarray) -> None:
        nonlocal linear, total, squares
        linear, total, squares = linear + weight, total + vector, squares + vector**2

    for j, n_categories in enumerate(cardinalities, start=1):
        probabilities = popularity(n_categories, power)
        weights, vectors = rng.normal(size=n_categories), rng.normal(size=(n_categories, embedding_dim))
        codes = draw(rng, probabilities, n_samples)
        columns[f"C{j}"] = pd.Categorical.from_codes(codes, categories=np.arange(n_categories))
        add_field(weights[codes], vectors[codes])
        if j <= n_sequence:
            lengths = rng.randint(0, max_length + 1, size=n_samples)
            values = draw(rng, probabilities, lengths.sum())
            lists[f"S{j}"] = list_column(values, lengths, pa.int64())
            add_field(_mean(weights[values], lengths), _mean(vectors[values], lengths))
    numeric = rng.normal(size=(n_samples, n_numeric))
    columns |= {f"I{j + 1}": numeric[:, j] for j in range(n_numeric)} | lists
    linear = linear + numeric @ rng.normal(size=n_numeric)

    pairwise = (total**2 - squares).sum(axis=1) / 2  # the sum over f < g of <v_f, v_g>
    probability = _with_mean(_scaled(linear) + _scaled(pairwise), positive_rate)
    y = (rng.random_sample(n_samples) < probability).astype(np.int64)
    return Bunch(
        X=pd.DataFrame(columns),
        y=y,
        probability=probability,
        best_auc=float(roc_auc_score(y, probability)) if y.min() < y.max() else math.nan,
        best_log_loss=float(log_loss(y, probability, labels=[0, 1])),
        sequence_features={name: f"C{name[1:]}" for name in lists},
    )


def _check_columns(n_categorical: int, cardinality: Any, n_numeric: int, n_sequence: int) -> list[int]:
    if n_categorical + n_numeric == 0:
        raise ValueError("make_ctr needs a column, got n_categorical=0 and n_numeric=0; make one of them positive.")
    if n_sequence > n_categorical:
        raise ValueError(
            f"n_sequence must be at most n_categorical={n_categorical}, for each list column holds values of a "
            f"categorical one, got {n_sequence}; lower it or raise n_categorical."
        )
    if isinstance(cardinality, Integral):
        return [int(cardinality)] * n_categorical
    cardinalities = np.asarray(cardinality, dtype=None if len(cardinality) else np.int64)
    if cardinalities.shape != (n_categorical,) or cardinalities.dtype.kind not in "iu" or (cardinalities < 1).any():
        raise ValueError(
            f"cardinality must be a positive int, or one for each of the n_categorical={n_categorical} columns, "
            f"got {quoted(cardinality)}."
        )
    return cardinalities.tolist()


def _mean(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The mean of each list of the flat `values`, zero for an empty one."""
    sums = np.concatenate([np.zeros_like(values[:1], shape=(1, *values.shape[1:])), np.cumsum(values, axis=0)])
    ends = np.cumsum(lengths)
    counts = np.maximum(lengths, 1).reshape(-1, *[1] * (values.ndim - 1))
    return (sums[ends] - sums[ends - lengths]) / counts


def _scaled(part: np.ndarray) -> np.ndarray:
    """`part` with standard deviation 1; as it is where it varies by rounding alone."""
    spread = part.std()
    return part / spread if spread > 1e-9 * np.abs(part).max() else part


def _with_mean(scores: np.ndarray, mean: float) -> np.ndarray:
    """Sigmoid of `scores` plus the intercept that gives it this mean, found by bisection."""
    low, high = logit(mean) - scores.max(), logit(mean) - scores.min()
    for _ in range(60):
        middle = (low + high) / 2
        if expit(scores + middle).mean() < mean:
            low = middle
        else:
            high = middle
    return expit(scores + (low + high) / 2)
