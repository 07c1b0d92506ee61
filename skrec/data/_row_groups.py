"""The rows of a pyarrow Dataset, some at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec._text import brief, quoted, shortened
from skrec.data._column_names import check_there
from skrec.data._containers import as_pandas
from skrec.data._roles import column_of
from skrec.data._weights import even_exponent, scaled

COMPARED_ROWS = 64  # of a table in memory
PART_ROWS = 2**16  # are read and decoded at once


class RowGroups:
    """Rows of a Dataset in its row groups: those of Parquet files, in other formats whole files.

    Parameters
    ----------
    dataset : pyarrow.dataset.Dataset
    target, weight : str, optional
        Columns with the target, of several a list, and with row weights. Rows of weight zero are not there.
    columns : list of str, optional
        What else is read; all other columns if not given.
    """

    label = None  # of the rows that are there; None for all

    def __init__(self, dataset: Any, target: Any = None, weight: Any = None, columns: Any = None) -> None:
        known = pd.DataFrame(columns=dataset.schema.names)
        self.targets = target if isinstance(target, list) else [] if target is None else [target]
        for name, parameter in (*((name, "y") for name in self.targets), (weight, "sample_weight")):
            if name is not None:
                column_of(known, name, parameter)
        check_there(dataset.schema.names, columns or [])
        self.schema, self.weight_name = dataset.schema, weight
        self.named = [*self.targets, *([] if weight is None else [weight])]
        features = getattr(dataset, "features", dataset.schema.names)  # of an encoded one some of its columns
        self.columns = [name for name in features if name not in self.named] if columns is None else columns
        if weight is not None and not _is_number(self.schema.field(weight).type):
            raise TypeError(
                f"Column {quoted(weight)}: expected numbers for sample_weight, got {self.schema.field(weight).type}"
            )
        try:
            fragments = list(dataset.get_fragments())
        except ValueError as error:
            raise ValueError(
                f"Expected a Dataset of all rows of its files, got a filtered one ({shortened(error)}); name "
                "the files of some partitions, pyarrow.dataset.dataset([paths]), write the rows to files, or give the "
                "others the weight zero in a column for sample_weight"
            ) from brief(error)
        groups = [group for fragment in fragments for group in _split(fragment)]
        self.groups = [group for group in groups if _n_rows(group)]

    @cached_property
    def n_rows(self):
        """The rows whose weight is not zero, and of the label; to know them reads no other column."""
        if self.weight_name is None and self.label is None:
            return sum(map(_n_rows, self.groups))
        return sum(len(table) for table in self._tables(range(len(self.groups)), self.named))

    @cached_property
    def exponent(self):
        """The power of two by which weights are divided, as those in memory are; it reads no other column."""
        if self.weight_name is None:
            return 0
        largest = 0.0
        for group in self.groups:
            for batch in self._read_group(group, [self.weight_name]):
                weight = _as_float(batch[self.weight_name])
                largest = max(largest, np.max(weight, initial=0.0, where=np.isfinite(weight)))
        return even_exponent(largest or 1.0)

    @property
    def frame(self) -> Any:
        """The first rows as a frame, none if there are none."""
        empty = self.schema.empty_table()
        return as_pandas(next(self._tables(range(len(self.groups))), empty).select(self.columns))

    def identity(self) -> tuple[str, int, list[str]]:
        """Return what other processes know the rows by: "Dataset", the number of groups, and a text for each."""
        return "Dataset", len(self.groups), [_name_of(group) for group in self.groups]

    def part(self, rank: int, size: int) -> Any:
        """Return the groups of one of some processes that have the same ones."""
        if len(self.groups) < size:
            raise ValueError(
                f"Expected a row group at least for each of {size} processes, got {len(self.groups)} in the Dataset; "
                "write its files with smaller row groups, or use fewer processes"
            )
        return self._only(range(rank, len(self.groups), size))

    def scaled_to(self, exponent: int) -> Any:
        """Return the same rows, whose weights are divided by 2**exponent."""
        other = copy(self)
        other.exponent = exponent
        return other

    def split(self, fraction: float, seed: int, *, by_label: bool = False) -> Any:
        """Return two in place of these: a random `fraction` of the groups is in the second.

        With `by_label` fewer are, if need be: none that has a label which the first would not have.
        """
        n_held = self.n_held(fraction)
        if n_held == 0:
            raise ValueError(f"whole row groups are held out, and there are {len(self.groups)}")
        order = np.random.RandomState(seed).permutation(len(self.groups)).tolist()
        held, kept = order[:n_held], order[n_held:]
        if by_label:
            held, kept = self._of_known_labels(held, kept)
            if not held:
                raise ValueError("each of the row groups to hold out has a label that no other group has")
        train, valid = self._only(sorted(kept)), self._only(sorted(held))
        if not (train.n_rows and valid.n_rows):
            raise ValueError("a part of the row groups has no row of positive weight")
        return train, valid

    def reading(self, columns: Any) -> Any:
        """Return the same rows, of which other `columns` are read."""
        other = copy(self)
        other.columns = columns
        return other

    def only(self, label: Any) -> Any:
        """Return the rows of a label in place of these, in the groups that have some; it reads no other column."""
        all_groups = self._only(range(len(self.groups)))
        all_groups.label = label
        counts = [sum(map(len, all_groups._tables([group], self.named))) for group in range(len(self.groups))]
        other = all_groups._only(np.flatnonzero(counts))
        other.n_rows, other.exponent = sum(counts), all_groups.exponent
        return other

    def labels(self, order: Any = None) -> Any:
        """Return the set of labels of the rows, or of the groups in `order`; it reads no other column.

        Of several targets they are pairs, each label with its column.
        """
        for name in self.targets:
            kind = self.schema.field(name).type
            if pa.types.is_nested(kind):
                raise TypeError(f"Column {quoted(name)}: expected a label a row for y, got {kind}")
        tables = list(self._tables(range(len(self.groups)) if order is None else order, self.named))
        if len(self.targets) == 1:
            return set().union(*(table[self.targets[0]].unique().to_pylist() for table in tables))
        found = {(name, label) for name in self.targets for table in tables for label in table[name].unique()}
        return {(name, label.as_py()) for name, label in found if label.is_valid}

    def _of_known_labels(self, held, kept):
        """Return the groups held whose labels are in those that are kept, and the others."""
        known, left = self.labels(kept), []
        for group in held:
            its = self.labels([group])
            if its <= known:
                left.append(group)
            else:
                kept, known = [*kept, group], known | its
        return left, kept

    def n_held(self, fraction: float) -> Any:
        """Return how many groups are a `fraction` of all, rounded down."""
        return int(fraction * len(self.groups))

    def parts(self, order: Any = None) -> Iterator[Any]:
        """Yield frame, target and weights of the rows, the groups in `order`, with None for what was not named.

        Several targets are a frame.
        """
        for table in self._tables(range(len(self.groups)) if order is None else order):
            columns = {name: np.asarray(table[name].to_pandas()) for name in self.targets}
            y = pd.DataFrame(columns) if len(columns) > 1 else next(iter(columns.values()), None)
            weight = None if self.weight_name is None else np.asarray(table[self.weight_name].to_pandas())
            yield as_pandas(table.select(self.columns)), y, weight

    def _only(self, positions):
        other = copy(self)
        for name in ("n_rows", "exponent"):
            other.__dict__.pop(name, None)
        other.groups = [self.groups[position] for position in positions]
        return other

    def _tables(self, order, names=None):
        """Yield tables of about `PART_ROWS` rows."""
        held, n_held = [], 0
        for batch in self._batches(order, names):
            held.append(batch)
            n_held += len(batch)
            if n_held >= PART_ROWS:
                yield pa.Table.from_batches(held)
                held, n_held = [], 0
        if held:
            yield pa.Table.from_batches(held)

    def _batches(self, order, names):
        names = [*self.columns, *self.named] if names is None else names
        for group in order:
            for batch in self._read_group(self.groups[group], names):
                if self.weight_name is not None:
                    weight = _as_float(batch[self.weight_name])
                    # what is missing or negative stays, to be refused
                    batch = batch.filter(pa.array(~((weight >= 0) & (scaled(weight, self.exponent) == 0))))
                if self.label is not None:
                    batch = batch.filter(pa.array(np.asarray(batch[self.targets[0]].to_pandas()) == self.label))
                if len(batch):
                    yield batch

    def _read_group(self, group, names):
        # readahead holds batches that are not asked for yet, hundreds of megabytes of them by default
        with _naming(group):
            yield from group.to_batches(
                schema=self.schema, columns=names, batch_size=PART_ROWS, batch_readahead=1, fragment_readahead=1
            )


def _as_float(column):
    """Return a column of weights as an ndarray, NaN where one is missing."""
    return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _is_number(dtype):
    return pa.types.is_integer(dtype) or pa.types.is_floating(dtype) or pa.types.is_boolean(dtype)


def _split(fragment):
    with _naming(fragment):
        return fragment.split_by_row_group() if hasattr(fragment, "split_by_row_group") else [fragment]


def _n_rows(group):
    # not count_rows, which of one row group gives the rows of its file
    with _naming(group):
        return sum(part.num_rows for part in group.row_groups) if hasattr(group, "row_groups") else group.count_rows()


def _name_of(group):
    """Return the file and the place in it; of a table in memory its size and first rows."""
    if path := getattr(group, "path", ""):
        return f"{path} {getattr(group, 'row_groups', '')}"
    return f"{group.count_rows()} {group.head(COMPARED_ROWS).to_pydict()}"


@contextmanager
def _naming(fragment):
    """Let Arrow's error about a file name it; a damaged page does not."""
    path = getattr(fragment, "path", "")
    try:
        yield
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if not path or path in str(error):
            raise
        kind = OSError if isinstance(error, OSError) else ValueError
        raise kind(
            f"{path} is damaged, or no file of this Dataset ({shortened(error)}); write it anew, or leave it out"
        ) from brief(error)
