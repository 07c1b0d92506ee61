"""From a frame to codes: what an estimator remembers of the columns it was fitted on."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from skrec._columns import CATEGORICAL, NUMERIC, SEQUENCE, arrays, tokens
from skrec._parts import in_parts
from skrec._vocabulary import FEW_ROWS, Vocabulary

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
BLOCK_ROWS = 16384  # columns are written one by one, and become rows while they are in the processor's cache


class Ragged(NamedTuple):
    """Codes of a list column: row ``i`` has ``codes[offsets[i]:offsets[i + 1]]``."""

    codes: np.ndarray  # (n_tokens,) int32
    offsets: np.ndarray  # (n_rows + 1,) int64


class Table(NamedTuple):
    """Rows as numbers, the categorical and the numeric columns apart, so that no id meets a float."""

    codes: np.ndarray  # (n_rows, n_categorical) int32
    numeric: np.ndarray  # (n_rows, n_numeric) float32 or float64
    lists: tuple[Ragged, ...]

    def __len__(self):
        """Return the number of rows."""
        return len(self.codes)


@dataclass(frozen=True)
class Field:
    """A column in its role; `vocabulary` is its index among the schema's, None for a numeric one."""

    name: object
    role: str
    vocabulary: int | None = None


@dataclass(frozen=True)
class Schema:
    """Roles, vocabularies and scales learnt from training rows.

    Parameters
    ----------
    fields : tuple of Field
        In the order of the frame.
    vocabularies : tuple of Vocabulary
        One for each categorical column and for each list column that shares none.
    mean, scale : ndarray of shape (n_numeric,), float64
        Weighted moments of the numeric columns.
    dtype : numpy dtype
        Of the numbers that `encode` returns.
    """

    fields: tuple[Field, ...]
    vocabularies: tuple[Vocabulary, ...]
    mean: np.ndarray
    scale: np.ndarray
    dtype: np.dtype

    @classmethod
    def learn(cls, frame, roles, *, shared=None, weight=None, declared=False, dtype=np.float32, n_threads=1):
        """Learn vocabularies and scales.

        Parameters
        ----------
        frame : DataFrame
            Training rows.
        roles : dict of {column name: role}
            The columns that the model sees, in order.
        shared : dict of {list column: categorical column}, optional
            Whose vocabulary a list column uses.
        weight : ndarray of shape (n_rows,), optional
            Row weights for mean and scale.
        declared : bool, default=False
            Let a vocabulary hold every category that its dtype declares, not only those the rows have.
        dtype : numpy dtype, default=float32
            Of the encoded numbers.
        n_threads : int, default=1
            That learn columns side by side.
        """
        shared = shared or {}
        weight = np.ones(len(frame)) if weight is None else weight
        # made by this thread: a frame keeps a list of the Series that share its memory
        columns = {name: frame[name] for name in roles if name not in shared}
        learnt = [None] * len(columns)
        further = list(columns.values()), [roles[name] for name in columns], weight, declared, learnt
        in_parts(_learn_columns, len(columns), len(columns) * len(frame), n_threads, *further)
        found = dict(zip(columns, learnt, strict=True))
        vocabularies = {name: vocabulary for name, vocabulary in found.items() if roles[name] != NUMERIC}
        numeric = [found[name] for name, role in roles.items() if role == NUMERIC]
        return cls.of(roles, shared, vocabularies, numeric, dtype)

    @classmethod
    def of(cls, roles, shared, vocabularies, moments, dtype):
        """Put together what was learnt: {column: Vocabulary}, and mean and variance of each numeric column."""
        position = {name: place for place, name in enumerate(vocabularies)}
        fields = tuple(Field(name, role, position.get(shared.get(name, name))) for name, role in roles.items())
        mean, variance = np.array(moments, np.float64).reshape(-1, 2).T
        # a constant column, or one constant but for rounding, is left as it is
        constant = variance <= 10 * np.finfo(np.float64).eps * (variance + mean**2)
        scale = np.where(constant, 1.0, np.sqrt(variance))
        return cls(fields, tuple(vocabularies.values()), mean, scale, np.dtype(dtype))

    def of_role(self, role):
        """Return the fields of a role, in order."""
        return [field for field in self.fields if field.role == role]

    def field(self, name):
        """Return the field of column `name`; KeyError if there is none."""
        return {field.name: field for field in self.fields}[name]

    def select(self, names):
        """Return the schema of the columns `names` alone, with the same codes and scales."""
        kept = [field.name in names for field in self.of_role(NUMERIC)]
        fields = tuple(field for field in self.fields if field.name in names)
        return replace(self, fields=fields, mean=self.mean[kept], scale=self.scale[kept])

    def encode(self, frame, n_threads=1):
        """Return the rows of `frame` as a Table: values recoded by value, numbers standardised."""
        lists = tuple(self._encode_list(frame[field.name], field) for field in self.of_role(SEQUENCE))
        if len(frame) <= FEW_ROWS:
            codes, numeric = self._encode_few(frame)
            return Table(codes, numeric, lists)
        recodings = [self.vocabularies[f.vocabulary].recoding(frame[f.name]) for f in self.of_role(CATEGORICAL)]
        columns = [numbers(frame[field.name]) for field in self.of_role(NUMERIC)]
        codes = np.empty((len(frame), len(recodings)), np.int32)
        numeric = np.empty((len(frame), len(columns)), self.dtype)
        in_parts(self._write, len(frame), codes.size + numeric.size, n_threads, recodings, columns, codes, numeric)
        return Table(codes, numeric, lists)

    def _write(self, first, last, recodings, columns, codes, numeric):
        """Fill the rows from `first` to `last`."""
        recoded = np.empty((len(recodings), BLOCK_ROWS), np.int32)
        scaled, deviation = np.empty((len(columns), BLOCK_ROWS), self.dtype), np.empty(BLOCK_ROWS)
        for start in range(first, last, BLOCK_ROWS):
            n_rows = min(BLOCK_ROWS, last - start)
            block = slice(start, start + n_rows)
            for j, (indices, table) in enumerate(recodings):
                table.take(indices[block], mode="wrap", out=recoded[j, :n_rows])
            codes[block] = recoded[:, :n_rows].T
            for j, column in enumerate(columns):
                # in float64: float32 would round a time since 1970 to two minutes
                np.subtract(column[block], self.mean[j], out=deviation[:n_rows], dtype=np.float64)
                np.divide(deviation[:n_rows], self.scale[j], out=scaled[j, :n_rows], casting="same_kind")
            numeric[block] = scaled[:, :n_rows].T

    def _encode_few(self, frame):
        """Return codes and numbers of a few rows, as `encode` has them of many."""
        columns = arrays(frame)
        codes = np.empty((len(frame), len(self.of_role(CATEGORICAL))), np.int32)
        for j, field in enumerate(self.of_role(CATEGORICAL)):
            vocabulary = self.vocabularies[field.vocabulary]
            each = vocabulary.encode_few(columns[field.name])
            codes[:, j] = vocabulary.encode(frame[field.name]) if each is None else each
        numeric = np.empty((len(frame), len(self.mean)))
        for j, field in enumerate(self.of_role(NUMERIC)):
            array = columns[field.name]
            numeric[:, j] = array if array.dtype in _FLOATS else numbers(frame[field.name])
        if not np.isfinite(numeric).all():
            for field in self.of_role(NUMERIC):
                numbers(frame[field.name])  # says which column it is
        return codes, ((numeric - self.mean) / self.scale).astype(self.dtype)

    def _encode_list(self, column, field):
        values, offsets = tokens(column)
        return Ragged(self.vocabularies[field.vocabulary].encode(values), offsets)


def _learn_columns(first, last, columns, roles, weight, declared, learnt):
    """Put the Vocabulary, or mean and variance, of the columns from `first` to `last` into `learnt`."""
    for j in range(first, last):
        column, role = columns[j], roles[j]
        if role == NUMERIC:
            learnt[j] = moments(numbers(column), weight)
        else:
            values = column if role == CATEGORICAL else tokens(column)[0]
            learnt[j] = Vocabulary.learn(values, declared=declared)


def moments(values, weight):
    """Return weighted mean and variance of numbers."""
    total, deviation = weight.sum(), values.astype(np.float64)
    mean = np.einsum("i,i", deviation, weight) / total
    deviation -= mean
    return mean, np.einsum("i,i,i", deviation, deviation, weight) / total


def numbers(column):
    """Return a numeric column as floats of shape (n_rows,), refusing text, NaN and infinity."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        values = column.to_numpy()
    else:
        try:
            values = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
        except (ValueError, TypeError) as error:
            raise TypeError(
                f"Column {column.name!r}: expected numbers, as in fit, got text or other objects ({error}); "
                "convert it with pandas.to_numeric"
            ) from error
        except OverflowError as error:
            raise ValueError(
                f"Column {column.name!r}: expected numbers that a float holds, got an integer beyond 1.8e308; clip it, "
                "or make the column text, which is a category"
            ) from error
    if not np.isfinite(values).all():
        found = "NaN" if np.isnan(values).any() else "infinity"
        raise ValueError(
            f"Column {column.name!r}: expected finite numbers, got {found}; "
            "put skrec.preprocessing.TableEncoder before the estimator, or impute the column"
        )
    return values
