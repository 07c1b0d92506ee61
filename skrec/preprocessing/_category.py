"""Columns of values to category columns of the values known from training."""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils.validation import check_is_fitted

from skrec._learnt import at_one_moment, learning
from skrec._text import quoted
from skrec._validation import Interval, RealNotInt, Whole, _fit_context
from skrec.data import (
    FEW_ROWS,
    SEQUENCE,
    UNKNOWN,
    ValueCounts,
    Vocabulary,
    arrays,
    factorize,
    is_all_text,
    raw_rows,
    role_of,
    sorting,
)
from skrec.preprocessing._frames import TypedFrameMixin, is_float_array, read


class CategoryEncoder(OneToOneFeatureMixin, TypedFrameMixin, BaseEstimator):
    """Keep the values that training rows had, often enough, as the categories of each column.

    What was missing, rare or never seen in `fit` has no category afterwards: one "missing" value,
    for which a model has one embedding vector.

    Parameters
    ----------
    min_frequency : int or float in (0, 1), default=None
        Values in fewer rows than this (a count, or a fraction of the rows) are rare. None keeps all.
    max_categories : int, default=None
        The number of values to keep: the most frequent, of equally frequent ones the smaller. None keeps all.

    Attributes
    ----------
    categories_ : list of pandas.Index
        For each column the values that were kept, sorted.
    infrequent_categories_ : list of pandas.Index
        For each column the values that were seen, but too rarely, sorted.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), object
        Their names, where all of them are strings.

    See Also
    --------
    HashEncoder : Categories without a vocabulary, for values that keep arriving.
    TableEncoder : Categorical, numeric and list columns at once.
    sklearn.preprocessing.OrdinalEncoder : Codes in a float block instead of typed columns.

    Notes
    -----
    Values are recoded by value: neither the order of rows nor that of a ``category`` dtype matters, and a
    category that the dtype declares but no training row has is unknown. Integer ids are never turned into floats.

    A frame, integers and objects come out as a pandas frame. A plain *float* array comes out as a float array with
    NaN for "no category" (scikit-learn asks of an array that its rows stay rows of an array), which says no
    longer that it holds categories: name its columns, or use ``set_output(transform="pandas")``.

    In polars a category is text, so there ids become the categories ``"1"``, ``"2"``, ... of an ``Enum``.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.preprocessing import CategoryEncoder
    >>> train = pd.DataFrame({"city": ["Rome", "Oslo", "Rome", None], "user": [3, 9007199254740993, 3, 3]})
    >>> encoder = CategoryEncoder(min_frequency=2).fit(train)
    >>> encoder.transform(pd.DataFrame({"city": ["Rome", "Oslo", "Bern"], "user": [3, 4, 3]}))
       city user
    0  Rome    3
    1   NaN  NaN
    2   NaN    3
    >>> encoder.categories_[0]
    Index(['Rome'], dtype='str')
    """

    _parameter_constraints: ClassVar[dict] = {
        "min_frequency": [
            Whole(1),
            Interval(RealNotInt, 0, 1, closed="neither"),
            None,
        ],
        "max_categories": [Whole(1), None],
    }

    def __init__(self, *, min_frequency: Any = None, max_categories: int | None = None) -> None:
        self.min_frequency = min_frequency
        self.max_categories = max_categories

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the categories of each column.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns), or Dataset
            Strings, integers, floats, booleans or categories. A pyarrow.dataset.Dataset is read once, a part at a time.
        y : str or list of str, default=None
            Columns of a Dataset that are targets, and left out; else ignored.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            If a column has lists, dates or values of several types.
        """
        with learning(self) as work:
            raw = raw_rows(X, y)
            frame = read(work, X if raw is None else raw.head, reset=True)
            counts = count_values(frame.columns)
            for part in [frame] if raw is None else raw.parts(frame.columns.tolist()):
                add_counts(counts, part)
            work._learn_counts(counts)
        return self

    def _learn_counts(self, counts):
        """Learn from a ValueCounts for each column."""
        options = self.min_frequency, self.max_categories
        learnt = [kept_and_rare(count, *options) for count in counts]
        self.categories_ = [kept for kept, _ in learnt]
        self.infrequent_categories_ = [rare for _, rare in learnt]
        self._vocabularies = [
            Vocabulary(kept, bool(count.by_text)) for (kept, _), count in zip(learnt, counts, strict=True)
        ]

    @at_one_moment
    def transform(self, X: Any) -> Any:
        """Return the columns of `X` as categories.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
            The columns of `fit`, of a typed frame by name, in any order and among others.

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_columns), category
            Every column declares exactly its ``categories_``. A float array for a float array, see Notes. Of a Dataset
            an `EncodedDataset`.
        """
        check_is_fitted(self)
        if (raw := raw_rows(X)) is not None:
            return raw.encoded(self.transform, self.feature_names_in_.tolist())
        frame = read(self, X, reset=False)
        few = arrays(frame) if len(frame) <= FEW_ROWS else {}
        columns = {}
        for name, vocabulary in zip(frame, self._vocabularies, strict=True):
            codes = vocabulary.encode_few(few[name]) if few else None
            if codes is None:
                check_scalars(frame[name])
                codes = vocabulary.encode(frame[name])
            columns[name] = vocabulary.decode(codes)
        return self._deliver(pd.DataFrame(columns, index=frame.index), as_array=is_float_array(X))

    @at_one_moment
    def inverse_transform(self, X: Any) -> pd.DataFrame:
        """Return the values of a transformed `X`, missing where there is no category.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As `transform` gives it; polars' text is read back as the values it stands for.

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_columns)
            Integers and booleans with a missing value become ``Int64`` and ``boolean``.
            A float array for a float array.

        Raises
        ------
        ValueError
            If a value is no category that `fit` kept.
        """
        check_is_fitted(self)
        frame = read(self, X, reset=False)
        columns = {
            name: _restored(frame[name], categories) for name, categories in zip(frame, self.categories_, strict=True)
        }
        restored = pd.DataFrame(columns, index=frame.index)
        return np.column_stack(list(columns.values())) if is_float_array(X) else restored


def kept_and_rare(counted, min_frequency=None, max_categories=None):
    """Return the values to keep and those too rare, both sorted, of a ValueCounts; parameters are the encoder's."""
    values, counts = counted.result()
    there = np.flatnonzero(counts)
    there = there[sorting(values[there], counted.name)]
    seen, counts = values[there], counts[there]
    keep = np.ones(len(seen), dtype=bool)
    if min_frequency is not None:
        fraction = not isinstance(min_frequency, Integral)
        keep = counts >= (min_frequency * counted.n_rows if fraction else min_frequency)
    if max_categories is not None:
        # stable on sorted values: the smaller of equally frequent ones comes first
        order = np.argsort(-np.where(keep, counts, 0), kind="stable")
        keep[order[max_categories:]] = False
    return seen[keep], seen[~keep]


def count_values(names):
    """Return what counts the values of columns that come in parts."""
    return [ValueCounts(name) for name in names]


def add_counts(counts, frame):
    """Count a part of the rows."""
    for count in counts:
        check_scalars(frame[count.name])
        count.add(frame[count.name])


def check_scalars(column):
    """Raise a TypeError unless the values of `column` can be categories."""
    if role_of(column) == SEQUENCE:
        raise TypeError(
            f"Column {quoted(column.name)}: expected one value a row, got lists; "
            "name it in TableEncoder(sequence=[...]), or explode it"
        )


def _restored(column, categories):
    """Return the values of a category column, looked up in `categories`, as their own dtype."""
    text = Vocabulary(categories.astype(str))  # what polars has of a number
    codes = (text if is_all_text(factorize(column)[1]) else Vocabulary(categories)).encode(column)
    unknown = (codes == UNKNOWN) & column.notna().to_numpy()
    if unknown.any():
        raise ValueError(
            f"Column {quoted(column.name)}: expected categories that fit kept, got {quoted(column[unknown].iloc[0])}; "
            "pass what transform returned"
        )
    values = pd.Series(categories).convert_dtypes() if categories.dtype.kind in "iub" else pd.Series(categories)
    values = values.reindex(codes - 1)
    if categories.dtype.kind in "iub" and not (codes == UNKNOWN).any():
        values = values.astype(categories.dtype)
    return values.set_axis(column.index)
