"""Nets as programs of torch."""

from typing import Any

import numpy as np
import torch

from skrec._files import replacing
from skrec._validation import check_features
from skrec.export._net import check_estimator, traced


def to_torch(estimator: Any, path: Any, *, part: str | None = None) -> None:
    """Write the net of a fitted estimator as a program that torch runs without skrec, for any number of rows.

    ``torch.export.load(path).module()`` gives it back; AOTInductor compiles it, ExecuTorch takes it to devices. It
    eats codes and standardised numbers: `net_inputs` makes them of rows. What also holds vocabularies is `to_onnx`.

    Parameters
    ----------
    estimator : estimator
        Fitted; of a Pipeline the last step.
    path : str or path-like
        The file, ``.pt2`` by custom. What was there is replaced when all is written.
    part : {"users", "items"}, optional
        Only the vectors of users or of items, of a model that has them apart.

    Raises
    ------
    TypeError
        For what is no estimator of skrec.
    ValueError
        For a part that the model has not.
    OSError
        If the file cannot be written; nothing has changed then.

    Notes
    -----
    The program gives what `predict_proba`, `predict` of a regressor, `embed_users` or `embed_items` gives, as a tensor,
    to rounding. It needs one row at least.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile, torch
    >>> from skrec import FMClassifier
    >>> from skrec.export import net_inputs, to_torch
    >>> X = pd.DataFrame({"user": ["ann", "bob"] * 50, "item": ["tea", "tea", "rum", "rum"] * 25})
    >>> model = FMClassifier(random_state=0).fit(X, [1, 0, 0, 1] * 25)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "fm.pt2"
    ...     to_torch(model, path)
    ...     program = torch.export.load(path).module()
    >>> probability = program(*net_inputs(model, X[:3]))
    >>> bool((probability.numpy() - model.predict_proba(X[:3]) < 1e-6).all())
    True
    """
    check_estimator(estimator, part)
    program = traced(estimator, part)
    with replacing(path) as file:
        torch.export.save(program, file)


def net_inputs(estimator: Any, X: Any) -> Any:
    """Return rows as the net of a fitted estimator takes them.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : DataFrame or array-like of shape (n_rows, n_columns)
        As in `fit`.

    Returns
    -------
    codes : Tensor of shape (n_rows, n_categorical), int32
        Of categorical columns and crossed ones, 0 for unknown values.
    numeric : Tensor of shape (n_rows, n_numeric), floating
        Standardised.
    lists : list of pairs of Tensor of shape (n_tokens,), int32, and (n_rows,), int64
        Of each list column the codes of all tokens, and how many of them are each row's.
    """
    check_estimator(estimator)
    table = estimator._table(check_features(estimator, X, reset=False)[0])
    lists = [(torch.from_numpy(of.codes), torch.from_numpy(np.diff(of.offsets))) for of in table.lists]
    return torch.from_numpy(table.codes), torch.from_numpy(table.numeric), lists
