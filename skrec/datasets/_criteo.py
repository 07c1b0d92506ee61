"""Click data in Criteo's form."""

import os
from pathlib import Path

import pandas as pd
from sklearn.utils import Bunch

from skrec._text import brief, quoted, shortened
from skrec._validation import validate_params

NUMERIC = [f"I{j}" for j in range(1, 14)]
CATEGORICAL = [f"C{j}" for j in range(1, 27)]
LOCAL = Path("criteo-sample", "criteo_sample.csv")  # in $SKREC_DATA

DESCR = """Criteo: rows of the Display Advertising Challenge's click data, by Criteo AI Lab.

Thirteen numeric columns (mostly counts), 26 categorical columns (hashed, of undisclosed meaning), and whether the
advertisement was clicked. Clicks and non-clicks were sampled at different rates by the publisher.

Licence of the data: CC BY-NC-SA 4.0 (attribution, non-commercial, share alike).
https://ailab.criteo.com/ressources/
"""


@validate_params({"path": [str, os.PathLike, None]}, prefer_skip_nested_validation=True)
def load_criteo(path: str | os.PathLike | None = None) -> Bunch:
    """Advertisements, clicked or not, from a file in the form of the field's best known benchmark.

    Parameters
    ----------
    path : str or path-like, default=None
        A CSV file with the columns label, I1 to I13, C1 to C26, as tutorials pass small samples around. By default
        ``criteo-sample/criteo_sample.csv`` in the folder that the environment variable `SKREC_DATA` names.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        `data` : DataFrame of shape (n_samples, 39)
            `I1` to `I13` (float64, NaN where missing), `C1` to `C26` (category of str, missing where empty).
        `target` : Series of shape (n_samples,), int64
            `label`, 1 for a click.
        `frame` : DataFrame of shape (n_samples, 40)
            `label` and `data`.
        `DESCR` : str
            Origin and licence.
        `filename` : str
            The file that was read.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not in this form.

    See Also
    --------
    make_ctr : Click data of any size, with the best score that a model can have.

    Notes
    -----
    Nothing is downloaded: several extracts of the published rows go by the same name (DeepCTR's examples report 200
    rows, torch-rechub's has 115), none with a fixed content that a checksum could hold it to.

    Examples
    --------
    >>> from skrec.datasets import load_criteo
    >>> load_criteo("nowhere.csv")
    Traceback (most recent call last):
        ...
    FileNotFoundError: nowhere.csv does not exist; pass the path of a CSV file with the columns label, I1, ...
    """
    path = Path(os.environ.get("SKREC_DATA", ""), LOCAL) if path is None else Path(path)
    if not path.is_file():
        found = "is a folder" if path.is_dir() else "does not exist"
        raise FileNotFoundError(
            f"{path} {found}; pass the path of a CSV file with the columns label, I1, ..., I13, C1, ..., C26, "
            f"or set SKREC_DATA to a folder that holds {LOCAL.as_posix()}"
        )
    try:
        text = pd.read_csv(path, dtype=str, na_values=[""], keep_default_na=False)
    except PermissionError:
        raise
    except Exception as error:  # of the parser, or of whatever unpacks a .gz, .zip, .xz, ...
        raise ValueError(f"{path} must be an intact CSV file, got {shortened(error)}; fetch it anew") from brief(error)
    expected = ["label", *NUMERIC, *CATEGORICAL]
    if list(text.columns) != expected:
        raise ValueError(
            f"{path} must have the columns label, I1, ..., I13, C1, ..., C26, got {quoted(list(text.columns)[:40])}"
        )
    try:
        frame = text.astype(
            {"label": "int64"} | dict.fromkeys(NUMERIC, "float64") | dict.fromkeys(CATEGORICAL, "category")
        )
    except ValueError as error:
        raise ValueError(
            f"{path} must have numbers in label and I1 to I13, got another form: {shortened(error)}"
        ) from brief(error)
    if not frame["label"].isin([0, 1]).all():
        raise ValueError(f"{path} must have the labels 0 and 1, got {quoted(sorted(frame['label'].unique())[:5])}")
    return Bunch(data=frame.drop(columns="label"), target=frame["label"], frame=frame, DESCR=DESCR, filename=str(path))
