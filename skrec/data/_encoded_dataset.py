"""A Dataset as a transformer makes it of another one, a part at a time."""

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pyarrow as pa

from skrec.data._containers import as_pandas

__all__ = ["EncodedDataset"]


class EncodedDataset:
    """What a transformer makes of a ``pyarrow.dataset.Dataset``, encoded anew whenever rows are asked for.

    Estimators, further transformers, and ``predict`` take it like a Dataset. Nothing is written, and no part is kept.
    It can be pickled, as a Dataset can.

    Attributes
    ----------
    schema : pyarrow.Schema
        The columns that the transformer gives, and behind them those of the Dataset that have other names, as they are:
        among them the targets and the weights.
    features : list of str
        The columns that the transformer gives, which a model sees; others have to be named, as y and weights are.

    See Also
    --------
    TableEncoder : Its `transform` of a Dataset returns one.

    Examples
    --------
    >>> import pandas as pd, pyarrow as pa, pyarrow.dataset as ds
    >>> from skrec.preprocessing import TableEncoder
    >>> rows = ds.dataset(pa.table({"user": ["a", "b", "a"], "age": [31.0, None, 25.0], "click": [1, 0, 1]}))
    >>> encoded = TableEncoder(categorical=["user"], numeric=["age"]).fit(rows).transform(rows)
    >>> encoded.features, encoded.count_rows()
    (['user', 'age', 'age_missing'], 3)
    >>> encoded.to_table(["age", "click"]).to_pandas()
        age  click
    0  31.0      1
    1  28.0      0
    2  25.0      1
    """

    def __init__(self, dataset: Any, transform: Callable[[pd.DataFrame], Any], reads: list[str], head: Any) -> None:
        self.dataset, self.transform, self.reads = dataset, transform, reads
        encoded = as_pandas(transform(head))
        fields = [pa.field(name, _cells(encoded[name]).type) for name in encoded]
        self.features = [field.name for field in fields]
        others = [field for field in dataset.schema if field.name not in self.features]
        self.schema = pa.schema([*fields, *others])

    def count_rows(self) -> int:
        """Return how many rows there are."""
        return self.dataset.count_rows()

    def get_fragments(self) -> Iterator[Any]:
        """Yield the parts, as those of a Dataset."""
        for fragment in self.dataset.get_fragments():
            yield EncodedFragment(fragment, self)

    def to_table(self, columns: list[str] | None = None) -> pa.Table:
        """Return all rows, or some columns of them, as a table in memory."""
        columns = self.schema.names if columns is None else columns
        batches = [batch for part in self.get_fragments() for batch in part.to_batches(columns=columns)]
        return pa.Table.from_batches(batches, pa.schema([self.schema.field(name) for name in columns]))


class EncodedFragment:
    """A part of an EncodedDataset: a file, or a row group of one."""

    def __init__(self, fragment: Any, of: EncodedDataset) -> None:
        self.fragment, self.of = fragment, of

    @property
    def path(self) -> str:
        """The file's, if there is one."""
        return getattr(self.fragment, "path", "")

    @property
    def row_groups(self) -> Any:
        """Those of a Parquet file; AttributeError of other parts."""
        return self.fragment.row_groups

    def count_rows(self) -> int:
        """Return how many rows there are."""
        return self.fragment.count_rows()

    def head(self, n_rows: int) -> pa.Table:
        """Return the first rows, as they are in the Dataset."""
        return self.fragment.head(n_rows)

    def split_by_row_group(self) -> list["EncodedFragment"]:
        """Return a part for each row group."""
        split = getattr(self.fragment, "split_by_row_group", lambda: [self.fragment])
        return [EncodedFragment(part, self.of) for part in split()]

    def to_batches(self, schema: Any = None, columns: Any = None, **options: Any) -> Iterator[pa.RecordBatch]:
        """Yield the rows, of some columns; without one that is encoded nothing is."""
        of = self.of
        columns = of.schema.names if columns is None else columns
        encoded = [name for name in columns if name in of.features]
        raw = [name for name in columns if name not in of.features]
        read = list(dict.fromkeys([*of.reads, *raw])) if encoded else raw
        for batch in self.fragment.to_batches(schema=of.dataset.schema, columns=read, **options):
            if not encoded or not len(batch):
                yield batch.select(columns) if not encoded else self._none(columns)
                continue
            frame = as_pandas(of.transform(as_pandas(batch.select(of.reads))))
            found = {name: _cells(frame[name]) for name in encoded} | {name: batch[name] for name in raw}
            arrays = [_as(found[name], of.schema.field(name).type) for name in columns]
            yield pa.RecordBatch.from_arrays(arrays, names=columns)

    def _none(self, columns):
        schema = pa.schema([self.of.schema.field(name) for name in columns])
        return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def _cells(column):
    array = pa.array(column, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _as(array, kind):
    return array if array.type == kind else array.cast(kind)
