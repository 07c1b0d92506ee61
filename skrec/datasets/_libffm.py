"""Files in the form of libffm."""

import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.utils import Bunch

from skrec._text import brief, quoted, shortened
from skrec._validation import validate_params
from skrec.datasets._frames import list_column


@validate_params({"path": [str, os.PathLike], "ignore_values": ["boolean"]}, prefer_skip_nested_validation=True)
def load_libffm(path: str | os.PathLike, *, ignore_values: bool = False) -> Bunch:
    """Rows of ``label field:feature:value ...``, the form of libffm, as typed columns, a column a field.

    Parameters
    ----------
    path : str or path-like
        Labels, fields, features and values are numbers, the middle two whole ones.
    ignore_values : bool, default=False
        Take all features of a field as they are, whatever their values.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        `data` : DataFrame of shape (n_samples, n_fields)
            Field 3 is column ``"F3"``. A field whose features all have the value 1 is a category, missing in a row
            without it, or, if a row has several, a list of integers; one of a single feature with other values is that
            number, 0 in a row without it.
        `target` : Series of shape (n_samples,), int64 or, of other numbers, float64
            `label`, as it is in the file.
        `frame` : DataFrame of shape (n_samples, 1 + n_fields)
            `label` and `data`.
        `filename` : str
            The file that was read.

    Raises
    ------
    FileNotFoundError
        If the file is missing.
    ValueError
        If a line has another form, or features of a field have values that no column holds.

    References
    ----------
    Juan et al. (2016), Field-aware Factorization Machines for CTR Prediction.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skrec.datasets import load_libffm
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "train.ffm"
    ...     _ = path.write_text("1 0:7:1 1:9:0.5 2:3:1 2:4:1\\n0 0:8:1 2:3:1\\n")
    ...     ffm = load_libffm(path)
    >>> ffm.data["F0"].tolist(), ffm.data["F1"].tolist(), [list(cell) for cell in ffm.data["F2"]]
    ([7, 8], [0.5, 0.0], [[3, 4], [3]])
    >>> ffm.target.tolist()
    [1, 0]
    """
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    first = np.array([not line or line.isspace() for line in lines], bool)
    numbers = np.flatnonzero(~first) + 1  # of lines that have something
    cells = [line.split() for line in lines if line and not line.isspace()]
    if not cells:
        raise ValueError(f"{path}: expected lines such as '1 0:7:1 1:9:0.5', got none")
    lengths = np.array([len(line) - 1 for line in cells])
    rows = np.repeat(np.arange(len(cells)), lengths)
    label = _parsed([line[0] for line in cells], pa.float64(), numbers, path, "a label that is a number")
    parts = _split([cell for line in cells for cell in line[1:]], numbers[rows], path)
    field, feature = (
        _parsed(part, pa.int64(), numbers[rows], path, "field:feature:value, the first two whole numbers")
        for part in parts[:2]
    )
    value = _parsed(parts[2], pa.float64(), numbers[rows], path, "field:feature:value, the last a number")
    data = {}
    for name in np.unique(field):
        own = field == name
        data[f"F{name}"] = _column(name, rows[own], feature[own], value[own], len(cells), ignore_values)
    frame = pd.DataFrame(data, index=pd.RangeIndex(len(cells)))
    whole = (label == np.round(label)).all()
    target = pd.Series(label.astype(np.int64) if whole else label, name="label")
    return Bunch(
        data=frame,
        target=target,
        frame=pd.concat([target, frame], axis=1),
        filename=str(path),
    )


def _split(cells, numbers, path):
    """Return the three parts of each cell, lists of text."""
    wrong = [place for place, cell in enumerate(cells) if cell.count(":") != 2]
    if wrong:
        raise ValueError(
            f"{path}, line {numbers[wrong[0]]}: expected field:feature:value behind the label, got "
            f"{quoted(cells[wrong[0]])}; scikit-learn's form, feature:value, is read by load_svmlight"
        )
    return list(zip(*(cell.split(":") for cell in cells), strict=True)) or [[], [], []]


def _parsed(cells, kind, numbers, path, expected):
    """Return texts as an array of numbers."""
    texts = pa.array(cells, pa.string())
    try:
        return pc.cast(texts, kind).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid as error:
        for place, cell in enumerate(cells):
            try:
                pc.cast(pa.array([cell]), kind)
            except pa.ArrowInvalid:
                raise ValueError(f"{path}, line {numbers[place]}: expected {expected}, got {quoted(cell)}") from brief(
                    error
                )
        raise ValueError(f"{path}: {shortened(error)}") from brief(error)


def _column(field: Hashable, rows, feature, value, n_rows: int, ignore_values: bool) -> Any:
    """Return a field as a column: a category, a list, or a number."""
    counts = np.bincount(rows, minlength=n_rows)
    if ignore_values or (value == 1).all():
        if counts.max() > 1:
            return list_column(feature, counts, pa.int64())
        known, codes = np.unique(feature, return_inverse=True)
        places = np.full(n_rows, -1)
        places[rows] = codes
        return pd.Categorical.from_codes(places, known)
    if len(np.unique(feature)) > 1:
        wrong = int((value != 1).argmax())
        raise ValueError(
            f"Field {field}: expected features of value 1, or a single feature with any value, got {feature[wrong]} "
            f"with value {value[wrong]:g} among others; ignore_values=True takes features as they are"
        )
    return np.bincount(rows, value, minlength=n_rows)
