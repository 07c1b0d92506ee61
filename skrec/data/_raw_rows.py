"""The raw rows of a Dataset, as transformers learn from them."""

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from skrec.data._encoded_dataset import EncodedDataset
from skrec.data._row_groups import RowGroups

__all__ = ["RawRows"]


class RawRows:
    """Rows of a Dataset that come in parts.

    Parameters
    ----------
    dataset : pyarrow.dataset.Dataset or EncodedDataset
    y : str, list of str or None
        Columns that are targets, and no features.

    Attributes
    ----------
    n_rows : int
    head : DataFrame
        The first rows, of all columns but targets.
    """

    def __init__(self, dataset: Any, y: Any = None) -> None:
        self.dataset = dataset
        targets = [y] if isinstance(y, str) else y if isinstance(y, list) else []
        names = getattr(dataset, "features", dataset.schema.names)
        self.names = [name for name in names if name not in targets]
        groups = RowGroups(dataset, columns=self.names)
        self.n_rows, self.head = groups.n_rows, groups.frame

    def parts(self, names: list[str]) -> Iterator[pd.DataFrame]:
        """Yield the rows in frames, with some columns."""
        return (frame for frame, *_ in RowGroups(self.dataset, columns=names).parts())

    def encoded(self, transform: Callable[[pd.DataFrame], Any], reads: list[str]) -> EncodedDataset:
        """Return the Dataset of what `transform` makes of the columns `reads`."""
        head = RowGroups(self.dataset, columns=reads).frame
        return EncodedDataset(self.dataset, transform, reads, head)
