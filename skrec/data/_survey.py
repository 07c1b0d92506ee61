"""What is learnt from rows that come some at a time: a schema, and few rows that stand for all."""

from typing import Any

import numpy as np
import pyarrow as pa

from skrec.data._columns import CATEGORICAL, NUMERIC, as_index, distinct, tokens
from skrec.data._moments import exponent_of, mean_and_variance, moments, tolerance_of
from skrec.data._schema import Schema, numbers
from skrec.data._vocabulary import Vocabulary

PENDING_VALUES = 2**18  # are held before they are merged, at least


class SchemaLearner:
    """Learns from frames that come one after another what `Schema.learn` does from all their rows.

    Parameters
    ----------
    roles : dict of {column name: role}
        The columns that the model sees, in order.
    shared : dict of {list column: categorical column}, optional
        Whose vocabulary a list column uses.

    Notes
    -----
    Vocabularies are the same whatever the parts; mean and scale but for rounding. In memory are the distinct values,
    at most twice, and a constant besides.
    """

    def __init__(self, roles, shared=None):
        self.roles, self.shared = roles, shared or {}
        self.values = {name: Distinct() for name, role in roles.items() if role != NUMERIC and name not in self.shared}
        self.numbers: dict[Any, Any] = {name: None for name, role in roles.items() if role == NUMERIC}
        self.tolerances = dict.fromkeys(self.numbers, 0.0)

    def add(self, frame, weight):
        """Learn from the rows of `frame` and their weights, float64 of shape (n_rows,)."""
        for name, values in self.values.items():
            values.add(frame[name] if self.roles[name] == CATEGORICAL else tokens(frame[name])[0])
        for name, before in self.numbers.items():
            self.numbers[name] = append(before, (numbers(frame[name]), weight))
            self.tolerances[name] = max(self.tolerances[name], tolerance_of(frame[name]))

    def schema(self, dtype=np.float32):
        """Return the Schema of all that came; its encoded numbers have `dtype`."""
        vocabularies = {name: Vocabulary.of(values.index(), name) for name, values in self.values.items()}
        learnt = [moments(values, weight, self.tolerances[name]) for name, (values, weight) in self.numbers.items()]
        return Schema.of(self.roles, self.shared, vocabularies, learnt, dtype)


class Distinct:
    """Distinct values of a column that comes in parts."""

    def __init__(self):
        self.known, self.pending, self.n_pending = pa.chunked_array([], pa.null()), [], 0

    def add(self, column):
        """Take the values that a column has; of its declared ones only those."""
        codes, values = distinct(column)
        present = np.zeros(len(values) + 1, bool)
        present[codes] = True  # code -1, missing, marks the last
        if not present[:-1].all():
            values = values.filter(pa.array(present[:-1]))
        self.pending.append(values)
        self.n_pending += len(values)
        # merged only when they are as many as what is known: each value is hashed a few times at most
        if self.n_pending > max(PENDING_VALUES, len(self.known)):
            self._merge()

    def index(self):
        """Return them as a pandas.Index, in any order."""
        self._merge()
        return as_index(self.known)

    def _merge(self):
        columns = [pa.table({"value": part}) for part in (self.known, *self.pending) if len(part)]
        if columns:
            values = pa.concat_tables(columns, promote_options="permissive")["value"]
            self.known = values.unique()
        self.pending, self.n_pending = [], 0


def condense(values, weight):
    """Return up to three rows with the weight, mean, variance, minimum and maximum of all.

    Parameters
    ----------
    values, weight : ndarray of shape (n_rows,), float64
        Numbers and their positive weights.

    Returns
    -------
    values, weight : ndarray of shape (1,) or (3,), float64
        Minimum, mean and maximum with weights W t / a, W (1 - v / ab) and W t / b, where the mean is a above the
        minimum and b below the maximum, v is the variance and t = v / (a + b).

    Notes
    -----
    The weights are not negative, for v <= ab with equality where all lies at the ends (Bhatia, Davis 2000).
    """
    exponent = exponent_of(values)
    if exponent:
        values = np.ldexp(values.astype(np.float64), -exponent)
    total, (mean, variance) = weight.sum(), mean_and_variance(values, weight)
    low, high = values.min(), values.max()
    below, above = mean - low, high - mean
    if not (below > 0 and above > 0):
        return np.ldexp([low], exponent), np.array([total])
    tilt = variance / (below + above)
    ends = min(variance / (below * above), 1.0)
    return np.ldexp([low, mean, high], exponent), total * np.array([tilt / below, 1 - ends, tilt / above])


def append(before, part, condense=condense):
    """Return values and weights of a part behind few that stand for all `before` it, which is None for the first."""
    if before is None:
        return part
    return tuple(np.concatenate(both) for both in zip(condense(*before), part, strict=True))
