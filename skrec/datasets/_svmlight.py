"""Files in the form of svmlight."""

import os
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.datasets import load_svmlight_file
from sklearn.utils import Bunch

from skrec._validation import validate_params
from skrec.datasets._frames import list_column

MOST = 10_000  # columns of numbers


@validate_params({"path": [str, os.PathLike], "name": [str]}, prefer_skip_nested_validation=True)
def load_svmlight(path: str | os.PathLike, *, name: str = "features") -> Bunch:
    """Rows of ``label feature:value ...``, the form of svmlight and libsvm, as typed columns.

    Parameters
    ----------
    path : str or path-like
        What scikit-learn's `load_svmlight_file` reads, compressed ones too.
    name : str, default="features"
        Of the column of lists.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        `data` : DataFrame of shape (n_samples, n_columns)
            The list column `name` of the features whose value is 1 wherever they are, such as one-hot codes, by their
            numbers in the file; of each other feature a number, 0 where it is not, feature 5 as column ``"x5"``; and
            ``"qid"``, a category, if the file has queries.
        `target` : Series of shape (n_samples,), int64 or, of other numbers, float64
            `label`, as it is in the file.
        `frame` : DataFrame of shape (n_samples, 1 + n_columns)
            `label` and `data`.
        `filename` : str
            The file that was read.

    Raises
    ------
    FileNotFoundError
        If the file is missing.
    ValueError
        If it has another form, no feature, or too many that are numbers.

    Notes
    -----
    Every model pools a list: a row's linear part and its vector are the sums, or the mean, of its features'.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skrec.datasets import load_svmlight
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "train.svm"
    ...     _ = path.write_text("1 3:1 7:1 9:0.5\\n-1 4:1\\n")
    ...     svm = load_svmlight(path)
    >>> [list(cell) for cell in svm.data["features"]], svm.data["x9"].tolist(), svm.target.tolist()
    ([[3, 7], [4]], [0.5, 0.0], [1, -1])
    """
    X, y, query = load_svmlight_file(path, query_id=True, zero_based=True)
    if not X.nnz:
        raise ValueError(f"{path}: expected lines such as '1 3:1 7:0.5', got {X.shape[0]} without a feature")
    other = np.zeros(X.shape[1], bool)
    other[X.indices[X.data != 1]] = True
    numbers = np.flatnonzero(other)
    if len(numbers) > MOST:
        raise ValueError(
            f"{path}: expected at most {MOST:,} features with values other than 1, each a column of numbers, got "
            f"{len(numbers):,}; write 1 for what is only there, or read it with sklearn.datasets.load_svmlight_file"
        )
    data: dict[str, Any] = {}
    if not other.all():
        kept = X[:, ~other].tocsr()
        data[name] = list_column(np.flatnonzero(~other)[kept.indices], np.diff(kept.indptr), pa.int64())
    data.update((f"x{number}", X[:, [number]].toarray()[:, 0]) for number in numbers)
    if len(query):
        data["qid"] = pd.Categorical(query)
    frame = pd.DataFrame(data, index=pd.RangeIndex(X.shape[0]))
    target = pd.Series(y.astype(np.int64) if (y == np.round(y)).all() else y, name="label")
    return Bunch(data=frame, target=target, frame=pd.concat([target, frame], axis=1), filename=str(path))
