"""From published text files to typed columns."""

import csv
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zipfile import Path as ZipPath

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec._text import brief, shortened


def read_table(folder: Path | ZipPath, file_name: str, sep: str, dtypes: dict[str, Any]) -> pd.DataFrame:
    """Read a headerless latin-1 file, its columns named and typed by `dtypes`."""
    path = folder / file_name
    if not path.is_file():
        raise FileNotFoundError(f"{folder} must hold the published file {file_name}, which is missing; fetch it anew.")
    try:
        content = path.read_bytes()
    except OSError as error:
        if error.errno is None:  # bzip2's word for what is damaged
            raise BadZipFile(str(error)) from error
        raise
    if len(sep) > 1:  # pandas' fast parser takes one character
        content, sep = content.replace(sep.encode(), b"\t"), "\t"
    form = f"{path} must have the {len(dtypes)} columns {', '.join(dtypes)} as published, got another form"
    try:
        frame = pd.read_csv(
            BytesIO(content),
            sep=sep,
            header=None,
            names=list(dtypes),
            dtype=dtypes,
            encoding="latin-1",
            quoting=csv.QUOTE_NONE,
            keep_default_na=False,
            na_values={name: [""] for name, dtype in dtypes.items() if dtype is not str},
        )
    except ValueError as error:
        raise ValueError(f"{form}: {shortened(error)}") from brief(error)
    # Too few fields would read as empty text, too many as an index.
    if (found := content.count(sep.encode())) != (expected := len(frame) * (len(dtypes) - 1)):
        raise ValueError(f"{form}: {found} separators instead of {expected}.")
    return frame


def as_ids(column: pd.Series, published: pd.Series) -> pd.Series:
    """Ids as a category whose categories are all the published ids, sorted: equal dtypes survive a merge."""
    known = np.sort(published.unique())
    strange = column[~column.isin(known)]
    if len(strange):
        raise ValueError(
            f"Every {column.name} of the ratings must be among the {len(known)} published ones, got "
            f"{strange.iloc[0]}: the files are of different versions; fetch them anew."
        )
    return column.astype(pd.CategoricalDtype(known))


def text_category(values: pd.Series) -> pd.Series:
    """A column of text as a category, its categories sorted."""
    return pd.Series(pd.Categorical(values, categories=sorted(values.unique())), index=values.index, name=values.name)


def to_time(seconds: pd.Series) -> pd.Series:
    """Seconds since 1970 as UTC times without a zone."""
    return pd.Series(seconds.to_numpy().astype("datetime64[s]"), index=seconds.index, name=seconds.name)


def list_column(values: Sequence[Any] | np.ndarray, lengths: np.ndarray, value_type: pa.DataType) -> pd.Series:
    """An Arrow list column: row i has the next `lengths[i]` of the flat `values`."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(values, type=value_type))
    return pd.Series(lists, dtype=pd.ArrowDtype(pa.list_(value_type)))
