"""From a frame to codes: what an estimator remembers of the columns it was fitted on."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from skrec._parallel import parallel_for
from skrec._text import quoted
from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE
from skrec.data._containers import arrays
from skrec.data._described import described, marks_of
from skrec.data._list_cells import weighted_tokens
from skrec.data._moments import LARGEST
from skrec.data._numbers import check_finite, floats
from skrec.data._vocabulary import FEW_ROWS, Vocabulary

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
BLOCK_ROWS = 16384  # columns are written one by one, and become rows while they are in the processor's cache


class Ragged(NamedTuple):
    """Codes of a list column: row ``i`` has ``codes[offsets[i]:offsets[i + 1]]``, and so of the weights."""

    codes: np.ndarray  # (n_tokens,) int32
    offsets: np.ndarray  # (n_rows + 1,) int64
    weights: np.ndarray | None = None  # (n_tokens,) of the numbers' dtype, positive


class Table(NamedTuple):
    """Rows as numbers, the categorical and the numeric columns apart, so that no id meets a float."""

    codes: np.ndarray  # (n_rows, n_categorical) int32
    numeric: np.ndarray  # (n_rows, n_numeric) float32 or float64
    lists: tuple[Ragged, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)


@dataclass(frozen=True)
class Field:
    """A column in its role; `vocabulary` is its index among the schema's, None for a numeric one.

    `weighted` says of a list column that its values have weights.
    """

    name: object
    role: str
    vocabulary: int | None = None
    weighted: bool = False


@dataclass(frozen=True, repr=False)
class Schema:
    """Roles, vocabularies and scales learnt from training rows.

    Parameters
    ----------
    fields : tuple of Field
        In the order of the frame.
    vocabularies : tuple of Vocabulary
        One for each categorical column and for each list column that shares none.
    mean, scale : ndarray of shape (n_numeric,), float64
        Weighted mean and standard deviation of the numeric columns. A constant one has the scale infinity: whatever
        comes later, it is 0 once standardised.
    dtype : numpy dtype
        Of the numbers that `encode` returns.
    """

    fields: tuple[Field, ...]
    vocabularies: tuple[Vocabulary, ...]
    mean: np.ndarray
    scale: np.ndarray
    dtype: np.dtype

    @classmethod
    def of(
        cls, roles: Any, shared: Any, vocabularies: Any, scales: Any, dtype: Any, weighted: Collection[Any] = ()
    ) -> Any:
        """Put together what was learnt: {column: Vocabulary}, (mean, scale) of numeric columns, weighted lists."""
        position = {name: place for place, name in enumerate(vocabularies)}
        fields = tuple(
            Field(name, role, position.get(shared.get(name, name)), name in weighted) for name, role in roles.items()
        )
        mean, scale = np.array(scales, np.float64).reshape(-1, 2).T
        for name, spread in zip([name for name, role in roles.items() if role == NUMERIC], scale, strict=True):
            if spread > LARGEST:
                raise ValueError(
                    f"Column {quoted(name)}: expected numbers whose squares float64 can hold, got some that differ by "
                    f"about {spread:.3g}; take their logarithm, clip them, or mark them as missing"
                )
        scale = np.where(scale > 0, scale, np.inf)
        return cls(fields, tuple(vocabularies.values()), mean, scale, np.dtype(dtype))

    def __repr__(self) -> str:
        return described(self)

    def __getstate__(self) -> Any:
        fields = [[field.name, field.role, field.vocabulary, field.weighted] for field in self.fields]
        return {**vars(self), "fields": fields, "vocabularies": list(self.vocabularies), "dtype": self.dtype.name}

    def __setstate__(self, state: Any) -> None:
        fields = tuple(field if isinstance(field, Field) else Field(*field) for field in state["fields"])
        kept = {"vocabularies": tuple(state["vocabularies"]), "dtype": np.dtype(state["dtype"])}
        vars(self).update({**state, **kept, "fields": fields})

    @cached_property
    def marks(self):
        """By which a checkpoint knows the columns, {name: [role, digest of the values]}."""
        return marks_of(self)

    def of_role(self, role: Any) -> Any:
        """Return the fields of a role, in order."""
        return [field for field in self.fields if field.role == role]

    def field(self, name: str) -> Any:
        """Return the field of column `name`; KeyError if there is none."""
        return {field.name: field for field in self.fields}[name]

    def select(self, names: Any) -> Any:
        """Return the schema of the columns `names` alone, with the same codes and scales."""
        kept = [field.name in names for field in self.of_role(NUMERIC)]
        fields = tuple(field for field in self.fields if field.name in names)
        return replace(self, fields=fields, mean=self.mean[kept], scale=self.scale[kept])

    def encode(self, frame: Any, n_threads: int = 1) -> Any:
        """Return the rows of `frame` as a Table: values recoded by value, numbers standardised."""
        lists = tuple(self._encode_list(frame[field.name], field) for field in self.of_role(SEQUENCE))
        if len(frame) <= FEW_ROWS:
            codes, numeric = self._encode_few(frame)
            return Table(codes, numeric, lists)
        recodings = [self.vocabularies[f.vocabulary].recoding(frame[f.name]) for f in self.of_role(CATEGORICAL)]
        columns = [floats(frame[field.name]) for field in self.of_role(NUMERIC)]
        codes = np.empty((len(frame), len(recodings)), np.int32)
        numeric = np.empty((len(frame), len(columns)), self.dtype)
        parallel_for(self._write, len(frame), codes.size + numeric.size, n_threads, recodings, columns, codes, numeric)
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
                with np.errstate(over="ignore", invalid="ignore"):
                    # in float64: float32 would round a time since 1970 to two minutes
                    np.subtract(column[block], self.mean[j], out=deviation[:n_rows], dtype=np.float64)
                    np.divide(deviation[:n_rows], self.scale[j], out=scaled[j, :n_rows], casting="same_kind")
                self._check_scaled(j, column[block], scaled[j, :n_rows])
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
            numeric[:, j] = array if array.dtype in _FLOATS else floats(frame[field.name])
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = ((numeric - self.mean) / self.scale).astype(self.dtype)
        if not np.isfinite(scaled).all():
            for j in range(len(self.mean)):
                self._check_scaled(j, numeric[:, j], scaled[:, j])
        return codes, scaled

    def _check_scaled(self, j, values, scaled):
        """Raise ValueError if numbers of the j-th numeric column are not finite, as they are or standardised."""
        if np.isfinite(scaled).all():
            return
        check_finite(values, self.of_role(NUMERIC)[j].name)
        if self.scale[j] < np.inf:
            raise self.far_off(j, values[~np.isfinite(scaled)][0])
        scaled[:] = 0  # a constant, from which the numbers are too far off to subtract it

    def far_off(self, j: Any, value: Any) -> Any:
        """Return the error that speaks of a number of the j-th numeric column, which is too far from those of fit."""
        return ValueError(
            f"Column {quoted(self.of_role(NUMERIC)[j].name)}: expected numbers like those of fit, of mean "
            f"{self.mean[j]:.3g} and standard deviation {self.scale[j]:.3g}, got {value:.3g}, too far off for a "
            "finite result; clip the column, or mark what is not known as missing and put "
            "skrec.preprocessing.TableEncoder before the estimator"
        )

    def _encode_list(self, column, field):
        values, offsets, weights = weighted_tokens(column)
        codes = self.vocabularies[field.vocabulary].encode(values)
        if weights is not None and not field.weighted:
            raise TypeError(
                f"Column {quoted(field.name)}: expected lists without weights, as in fit, got {{value: weight}}; give "
                "plain lists, such as those of .map(list), or fit with weights"
            )
        if not field.weighted:
            return Ragged(codes, offsets)
        weights = np.ones(len(codes)) if weights is None else weights  # of plain lists each value counts once
        return Ragged(codes, offsets, weights.astype(self.dtype))
