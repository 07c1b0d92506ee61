"""A few hundred rows of the Criteo display advertising data."""

import os

import pandas as pd
from sklearn.utils import Bunch

from skrec._validation import validate_params
from skrec.datasets._cache import Published, find

NUMERIC = [f"I{j}" for j in range(1, 14)]
CATEGORICAL = [f"C{j}" for j in range(1, 27)]

# No checksum: the file belongs to another project's branch and may change there. Its form is checked on reading.
# A copy in $SKREC_DATA need not be that file: several extracts of the same published rows go by this name
# (DeepCTR's examples report 200 rows, torch-rechub's has 115), so their scores are not to be compared.
PUBLISHED = Published(
    file_name="criteo_sample.txt",
    url="https://raw.githubusercontent.com/shenweichen/DeepCTR-Torch/master/examples/criteo_sample.txt",
    known_hash=None,
    local=("criteo-sample/criteo_sample.csv",),
    holds="criteo-sample/criteo_sample.csv (with the header label,I1,...,I13,C1,...,C26)",
)

DESCR = """Criteo sample: rows of the Display Advertising Challenge's click data, by Criteo AI Lab.

Thirteen numeric columns (mostly counts), 26 categorical columns (hashed, of undisclosed meaning), and whether the
advertisement was clicked. Clicks and non-clicks were sampled at different rates by the publisher.

Licence of the data: CC BY-NC-SA 4.0 (attribution, non-commercial, share alike).
https://ailab.criteo.com/ressources/
"""


@validate_params(
    {"data_home": [str, os.PathLike, None], "download_if_missing": ["boolean"]},
    prefer_skip_nested_validation=True,
)
def fetch_criteo_sample(*, data_home: str | os.PathLike | None = None, download_if_missing: bool = True) -> Bunch:
    """A few hundred advertisements, clicked or not, in the form of the field's best known benchmark.

    Enough rows to show a pipeline on missing values and hashed categories, too few to compare models. The data is
    looked for in the folder named by the environment variable `SKREC_DATA` (`criteo-sample/criteo_sample.csv`), then
    in the cache, and downloaded if it is in neither.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The cache is its subfolder `skrec`. By default scikit-learn's :func:`~sklearn.datasets.get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an error instead of downloading.

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
        If the data is nowhere and `download_if_missing=False`.
    ConnectionError
        If the download fails; the message says where to put the data by hand.
    ValueError
        If the file is not in the published form.

    See Also
    --------
    make_ctr : Click data of any size, with the best score that a model can have.

    Notes
    -----
    The number of rows is that of the copy found; the downloaded one has no fixed checksum.

    Examples
    --------
    >>> from skrec.datasets import fetch_criteo_sample
    >>> fetch_criteo_sample(download_if_missing="no")
    Traceback (most recent call last):
        ...
    sklearn.utils._param_validation.InvalidParameterError: The 'download_if_missing' parameter of fetch_criteo_sample
    must be an instance of 'bool' or an instance of 'numpy.bool'. Got 'no' instead.
    """
    path = find(PUBLISHED, data_home, download_if_missing)
    text = pd.read_csv(path, dtype=str, na_values=[""], keep_default_na=False)
    expected = ["label", *NUMERIC, *CATEGORICAL]
    if list(text.columns) != expected:
        raise ValueError(
            f"{path} must have the columns label, I1, ..., I13, C1, ..., C26, got {list(text.columns)[:40]}; "
            "delete it and fetch again."
        )
    try:
        frame = text.astype(
            {"label": "int64"} | dict.fromkeys(NUMERIC, "float64") | dict.fromkeys(CATEGORICAL, "category")
        )
    except ValueError as error:
        raise ValueError(f"{path} must have numbers in label and I1 to I13, got another form: {error}") from error
    if not frame["label"].isin([0, 1]).all():
        raise ValueError(f"{path} must have the labels 0 and 1, got {sorted(frame['label'].unique())[:5]}.")
    return Bunch(data=frame.drop(columns="label"), target=frame["label"], frame=frame, DESCR=DESCR, filename=str(path))
