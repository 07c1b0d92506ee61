"""Cells that hold several values to list columns of the values known from training."""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils.validation import check_is_fitted

from skrec._learnt import at_one_moment, learning
from skrec._text import quoted
from skrec._validation import Interval, RealNotInt, StrOptions, _fit_context
from skrec._warn import warn
from skrec.data import ValueCounts, Vocabulary, raw_rows
from skrec.preprocessing._category import check_scalars, kept_and_rare
from skrec.preprocessing._events import as_block, as_lists
from skrec.preprocessing._frames import TypedFrameMixin, is_float_array, read
from skrec.preprocessing._selection import column_name
from skrec.preprocessing._tokens import integers_of, read_tokens, token_array


class SequenceEncoder(OneToOneFeatureMixin, TypedFrameMixin, BaseEstimator):
    """Turn cells with several values, lists or text, into list columns of the values known from training.

    A token that was rare or never seen in `fit` is a missing token afterwards: it keeps its place, so that a sequence
    stays as long as it is and in step with its neighbours, and a model has one vector for all of these.

    Parameters
    ----------
    text_format : {"delimited", "json"}, default="delimited"
        How cells of text are read: cut at the separator, or as JSON lists. Cells that are lists need neither.
    separator : str, default="|"
        What stands between tokens. White space around them and empty ones are dropped.
    max_length : int, default=None
        Tokens of a longer cell are cut off. None keeps all.
    truncation_side : {"left", "right"}, default="left"
        Where: "left" keeps the last tokens, the newest of a history; "right" the first ones.
    min_frequency : int or float in (0, 1), default=None
        Values that a column has less often (a count, or a fraction of its tokens) are rare. None keeps all.
    sequence_features : dict of {str or int: str or int}, default=None
        Names or positions of sequence columns, and for each the scalar column of `X` whose vocabulary it shares, such
        as ``{"hist_item": "item"}``. Tokens of text become integers where that column has integers. The scalar
        columns come out as categories, all others as lists.

    Attributes
    ----------
    categories_ : list of pandas.Index
        For each column the values that were kept, sorted.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), object
        Their names, where all of them are strings.

    See Also
    --------
    HistoryEncoder : Makes histories from a log.
    CategoryEncoder : For one value a cell.

    Notes
    -----
    A shared vocabulary is that of the scalar column, as in the estimators: tokens that only histories have are
    unknown. A cell with one value that is no text is a list of one; a missing cell an empty list.

    A plain *float* array comes out as a float array, NaN where a value is not known, as from `CategoryEncoder`.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.preprocessing import SequenceEncoder
    >>> frame = pd.DataFrame({"genres": ["war|sea", "sea", None], "seen": [[3, 1, 2], [1], [2, 2]]})
    >>> encoder = SequenceEncoder(max_length=2).fit(frame)
    >>> encoder.transform(frame)
                genres     seen
    0  ['war' 'sea']  [1 2]
    1        ['sea']    [1]
    2             []  [2 2]
    >>> encoder.transform(pd.DataFrame({"genres": ["sea|love"], "seen": [[1]]}))["genres"].tolist()
    [['sea', None]]
    """

    _parameter_constraints: ClassVar[dict] = {
        "text_format": [StrOptions({"delimited", "json"})],
        "separator": [str],
        "max_length": [Interval(Integral, 1, None, closed="left"), None],
        "truncation_side": [StrOptions({"left", "right"})],
        "min_frequency": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
            None,
        ],
        "sequence_features": [dict, None],
    }

    def __init__(
        self,
        *,
        text_format: str = "delimited",
        separator: str = "|",
        max_length: int | None = None,
        truncation_side: str = "left",
        min_frequency: Any = None,
        sequence_features: Any = None,
    ) -> None:
        self.text_format = text_format
        self.separator = separator
        self.max_length = max_length
        self.truncation_side = truncation_side
        self.min_frequency = min_frequency
        self.sequence_features = sequence_features

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the values of each column.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
            Lists or text; other columns have one token a cell.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            If a column has dates or values of several types, or text is no JSON list where it should be.
        ValueError
            If a column of `sequence_features` is not there, or text of JSON lists would be cut at separators.

        Warns
        -----
        UserWarning
            If a sequence has no value of the column whose vocabulary it shares.
        """
        with learning(self) as work:
            if not work.separator:
                raise ValueError("Expected a separator of at least one character, got ''; pass the one of the data")
            raw = raw_rows(X, y)
            frame = read(work, X if raw is None else raw.head, reset=True)
            work._shared = work._named(frame)
            parts = [frame] if raw is None else raw.parts(frame.columns.tolist())
            work._vocabularies = work._learnt(frame.columns.tolist(), parts)
            for name in work._shared:
                work._check_known(frame[name], work._shared[name], work._vocabularies[frame.columns.get_loc(name)])
            work.categories_ = [vocabulary.values for vocabulary in work._vocabularies]
        return self

    @at_one_moment
    def transform(self, X: Any) -> Any:
        """Return the columns of `X` as lists, the scalar ones of `sequence_features` as categories.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
            The columns of `fit`, of a typed frame by name, in any order and among others.

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_columns)
            Arrow lists and categories. A float array for a float array, see Notes.
        """
        check_is_fitted(self)
        if (raw := raw_rows(X)) is not None:
            return raw.encoded(self.transform, self.feature_names_in_.tolist())
        frame = read(self, X, reset=False)
        as_array = is_float_array(X) and self._container() == "default"
        columns = {}
        for name, vocabulary in zip(frame, self._vocabularies, strict=True):
            if name in self._shared.values():
                check_scalars(frame[name])
                columns[name] = vocabulary.decode(vocabulary.encode(frame[name]))
                continue
            flat, start, stop = self._read(frame[name], vocabulary.values)
            known = _known(flat, vocabulary, name)
            if as_array:
                columns[name] = as_block(known, start, stop, 1)[:, 0]
            else:
                columns[name] = pd.arrays.ArrowExtensionArray(as_lists(known, start, stop))
        return self._deliver(pd.DataFrame(columns, index=frame.index), as_array=as_array)

    def _named(self, frame):
        """Return {sequence column: scalar column} by name."""
        named = {}
        for sequence, scalar in (self.sequence_features or {}).items():
            pair = [column_name(frame, column, "sequence_features") for column in (sequence, scalar)]
            named[pair[0]] = pair[1]
        both = sorted(set(named) & set(named.values()))
        if both:
            raise ValueError(
                f"Expected columns of lists beside columns of scalars in sequence_features, got {quoted(both)} as both"
            )
        return named

    def _learnt(self, names, parts):
        """Return the vocabulary of each column: of rows in one part, or in several."""
        sources = [self._shared.get(name, name) for name in names]
        scalars, counts = set(self._shared.values()), {name: ValueCounts(name) for name in sources}
        for frame in parts:
            for name, count in counts.items():
                column = frame[name]
                if name in scalars:
                    check_scalars(column)
                else:
                    kept = pc.list_flatten(as_lists(*self._read(column, None)))
                    column = pd.Series(pd.arrays.ArrowExtensionArray(kept), name=name)
                count.add(column)
        learnt = {
            name: Vocabulary(kept_and_rare(count, self.min_frequency)[0], bool(count.by_text))
            for name, count in counts.items()
        }
        return [learnt[source] for source in sources]

    def _check_known(self, column, source, vocabulary):
        """Warn if no token of a sequence is in the vocabulary of the column `source`."""
        flat, _, _ = self._read(column, vocabulary.values)
        known = _known(flat, vocabulary, column.name)
        if len(flat) and not known.is_valid().to_numpy(zero_copy_only=False).any():
            warn(
                f"Column {quoted(column.name)}: none of its tokens occurs in {quoted(source)}, so that all of them are "
                f"unknown; got {quoted(flat[0].as_py())} for one here and {quoted(vocabulary.values[0])} there",
            )

    def _read(self, column, categories):
        """Return the tokens of a column, and from where to where each row's go."""
        flat, offsets = read_tokens(column, self.text_format, self.separator)
        if categories is not None and categories.dtype.kind in "iu" and pa.types.is_string(flat.type):
            flat = integers_of(flat, column.name)
        start, stop = offsets[:-1], offsets[1:]
        if self.max_length is None:
            return flat, start, stop
        if self.truncation_side == "left":
            return flat, np.maximum(start, stop - self.max_length), stop
        return flat, start, np.minimum(stop, start + self.max_length)


def _known(flat, vocabulary, name):
    """Return the tokens of column `name`, missing where `vocabulary` has them not, all in its type."""
    codes = vocabulary.encode(pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([flat])), name=name))
    return token_array(vocabulary.values).take(pa.array(codes.astype(np.int64) - 1, mask=codes == 0))
