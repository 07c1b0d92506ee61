"""Columns of values to a fixed number of categories, without learning a vocabulary."""

from hashlib import blake2b
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin

from skrec._learnt import at_one_moment, learning
from skrec._text import quoted
from skrec._validation import Whole, _fit_context
from skrec.data import check_equal, example, factorize, inferred, raw_rows
from skrec.preprocessing._category import check_scalars
from skrec.preprocessing._frames import TypedFrameMixin, is_float_array, read


class HashEncoder(OneToOneFeatureMixin, TypedFrameMixin, BaseEstimator):
    """Give each value one of `n_buckets` categories by its hash, so that values never seen before have one too.

    Memory is bounded and nothing is learnt: for ids that keep arriving, and for `partial_fit`, whose
    first batch cannot know the values of the last.

    Parameters
    ----------
    n_buckets : int, default=2**18
        Number of categories of each column. With n values, a value shares its bucket with another one with
        probability ``1 - exp(-n / n_buckets)``.
    seed : int, default=0
        Another seed, other collisions.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), object
        Their names, where all of them are strings.

    See Also
    --------
    CategoryEncoder : A vocabulary learnt from training rows, without collisions.

    Notes
    -----
    `transform` needs no `fit`; `fit` only records the columns, and whether they have text or numbers: "1" and 1 are
    two values, in other buckets. Values that collide in one column do not in another:
    the hash depends on the column's name (``x0``, ``x1``, ... for an array). It depends neither on process and
    platform nor on the dtype: ``"a"`` as category, str or object, and 1 as integer or as float, are the same value.
    Missing stays missing.

    The dtype declares all buckets as categories (0 to n_buckets - 1), which is what an estimator's `partial_fit` takes
    as its vocabulary. A plain *float* array comes out as a float array, see `CategoryEncoder`.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.preprocessing import HashEncoder
    >>> frame = pd.DataFrame({"item": ["a", "b", None, "a"]})
    >>> buckets = HashEncoder(n_buckets=1000).fit_transform(frame)
    >>> buckets["item"].isna().tolist(), bool(buckets["item"][0] == buckets["item"][3])
    ([False, False, True, False], True)
    >>> len(buckets["item"].cat.categories)
    1000
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_buckets": [Whole(1, 2**31 - 1)],
        "seed": [Whole(0)],
    }

    def __init__(self, n_buckets: int = 2**18, *, seed: int = 0) -> None:
        self.n_buckets = n_buckets
        self.seed = seed

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Record the columns of `X`.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
            Strings, integers, floats, booleans or categories.
        y : None
            Ignored.

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
            for name in frame:
                check_scalars(frame[name])
            work._examples = [example(frame[name]) for name in frame]
        return self

    @at_one_moment
    def transform(self, X: Any) -> Any:
        """Return the bucket of every value.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_columns), category
            Every column declares the categories 0, ..., n_buckets - 1. A float array for a float array.

        Raises
        ------
        TypeError
            If a column has text where `fit` saw numbers, or the other way round, or floats of 2**53 and more where it
            saw integers.
        """
        self._validate_params()
        if (raw := raw_rows(X)) is not None:
            return raw.encoded(self.transform, list(getattr(self, "feature_names_in_", raw.names)))
        frame = read(self, X, reset=False)
        dtype = pd.CategoricalDtype(pd.RangeIndex(self.n_buckets))
        examples = getattr(self, "_examples", [pd.Index([])] * frame.shape[1])
        columns = {name: self._buckets(frame[name], dtype, e) for name, e in zip(frame, examples, strict=True)}
        return self._deliver(pd.DataFrame(columns, index=frame.index), as_array=is_float_array(X))

    def _buckets(self, column, dtype, known):
        check_scalars(column)
        codes, values = factorize(column)
        check_equal(values, known, f"Column {quoted(column.name)}", indices=codes)
        key = blake2b(f"{self.seed}/{column.name}".encode(), digest_size=8).hexdigest()
        buckets = (_hashed(values, key) % np.uint64(self.n_buckets)).astype(np.int32)
        # the last entry answers code -1: missing
        return pd.Categorical.from_codes(np.append(buckets, np.int32(-1))[codes], dtype=dtype)

    def __sklearn_tags__(self) -> Any:
        """Nothing is learnt."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def _hashed(values, key):
    """Return uint64 hashes of distinct `values`; `key` is 16 hexadecimal digits."""
    values = inferred(values)
    if values.dtype.kind not in "iufb" and values.inferred_type in ("decimal", "mixed-integer-float"):
        values = values.astype(float)
    if values.dtype.kind not in "iufb":
        return pd.util.hash_array(values.to_numpy(dtype=object), hash_key=key, categorize=False)
    # shifted before the mixing, so that values which collide under one key do not under another
    return pd.util.hash_array(_words(values.to_numpy()) ^ np.uint64(int(key, 16)), categorize=False)


def _words(numbers):
    """Return 64-bit words that are equal for equal numbers: integers as such, fractions by their bits."""
    if numbers.dtype.kind != "f":
        return numbers.astype(np.int64).view(np.uint64) if numbers.dtype.kind != "u" else numbers.astype(np.uint64)
    numbers = numbers.astype(np.float64)
    whole = (np.abs(numbers) < 2.0**63) & (np.floor(numbers) == numbers)
    return np.where(whole, np.where(whole, numbers, 0.0).astype(np.int64).view(np.uint64), numbers.view(np.uint64))
