"""The MovieLens data sets of 100,000 and of one million ratings."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile, ZipFile
from zipfile import Path as ZipPath

from sklearn.utils import Bunch

from skrec._text import brief, shortened
from skrec._validation import StrOptions, validate_params
from skrec.datasets._cache import Published, find
from skrec.datasets._ml_1m import read_ml_1m
from skrec.datasets._ml_100k import read_ml_100k

PUBLISHED = {
    "100k": Published(
        file_name="ml-100k.zip",
        url="https://files.grouplens.org/datasets/movielens/ml-100k.zip",
        # of the file that the publisher gives as MD5 0e33842e24a9c977be4e0107933c0723
        known_hash="sha256:50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
        local=("ml-100k", "ml-100k.zip"),
        holds="ml-100k/ (u.data, u.user, u.item, u.genre, ua.base, ua.test, u1.base, ...) or ml-100k.zip",
    ),
    "1m": Published(
        file_name="ml-1m.zip",
        url="https://files.grouplens.org/datasets/movielens/ml-1m.zip",
        # of the file that the publisher gives as MD5 c4d9eecfca2ab87c1945afe126590906
        known_hash="sha256:a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
        local=("ml-1m", "ml-1m.zip"),
        holds="ml-1m/ (ratings.dat, users.dat, movies.dat) or ml-1m.zip",
    ),
}

UNPACKED = 2**30  # bytes; the larger of the two has 25 million

DESCR = """MovieLens {name}, collected by the GroupLens Research Project at the University of Minnesota.

Licence: free for research. Redistribution without separate permission and commercial use are not allowed, and
no endorsement by the University of Minnesota or GroupLens may be stated or implied. Publications that use it cite:

F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context.
ACM Transactions on Interactive Intelligent Systems (TiiS) 5, 4, Article 19. https://doi.org/10.1145/2827872
"""


@validate_params(
    {
        "name": [StrOptions({"100k", "1m"})],
        "data_home": [str, os.PathLike, None],
        "download_if_missing": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def fetch_movielens(
    name: Literal["100k", "1m"] = "100k",
    *,
    data_home: str | os.PathLike | None = None,
    download_if_missing: bool = True,
) -> Bunch:
    """Film ratings with what is known of the users and the films, ready for the estimators.

    The data is looked for in the folder named by the environment variable `SKREC_DATA` (a folder `ml-100k` or
    `ml-1m` with the published files, or the published zip), then in the cache, and downloaded if it is in neither.

    Parameters
    ----------
    name : {"100k", "1m"}, default="100k"
        100,000 ratings by 943 users of 1,682 films, or 1,000,209 ratings by 6,040 users of 3,706 of 3,883 films.
    data_home : str or path-like, default=None
        The cache is its subfolder `skrec`. By default scikit-learn's :func:`~sklearn.datasets.get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an error instead of downloading.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        `ratings` : DataFrame of shape (n_ratings, 4), in the published order
            `user_id` and `item_id` (category of int), `rating` (float64, 1 to 5), `timestamp` (datetime64[s], UTC).
        `users` : DataFrame of shape (n_users, 5)
            `user_id` (as in `ratings`), `age`, `gender` (category of str), `occupation` (category of str),
            `zip_code` (category of str). `age` is in years (float64) in 100k; 1m publishes age brackets only:
            an ordered category of the youngest age of each (1, 18, 25, 35, 45, 50, 56; 1 stands for under 18).
        `movies` : DataFrame of shape (n_movies, 4), in the published order
            `item_id` (as in `ratings`), `title` (string), `release_year` (float64; NaN where none is published),
            `genres` (Arrow list of string; the published genre "unknown" is kept).
        `splits` : dict of str to Split
            The published splits, `ua`, `ub` and `u1` to `u5` (only those whose files are there); empty for 1m.
            `train` and `test` are row positions in `ratings`, int64; a Split is also the pair (train, test), so
            that `cv=[bunch.splits["ua"]]` works.
        `DESCR` : str
            Licence and citation.
        `filename` : str
            The folder or zip that was read.

    Raises
    ------
    FileNotFoundError
        If the data is nowhere and `download_if_missing=False`, or if a published file is missing from the folder.
    ConnectionError
        If the download fails; the message says where to put the data by hand.
    ValueError
        If the download has another checksum, or a file is not in the published form.

    See Also
    --------
    make_ratings : Ratings from a known model, without any download.

    Notes
    -----
    Ids are categorical because dtype is the schema here: an integer column would be read as a number. A datetime is
    refused by the estimators, so that `timestamp` cannot slip in as a feature; it is there to split by.
    One frame with everything is ``bunch.ratings.merge(bunch.users).merge(bunch.movies)``: the ids stay categorical,
    and the rows in their order, so that the splits hold for it too.

    References
    ----------
    F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM TiiS 5, 4.
    https://doi.org/10.1145/2827872

    Examples
    --------
    >>> from skrec.datasets import fetch_movielens
    >>> fetch_movielens("25m")
    Traceback (most recent call last):
        ...
    sklearn.utils._param_validation.InvalidParameterError: The 'name' parameter of fetch_movielens must be a str
    among {...}. Got '25m' instead.
    """
    path = find(PUBLISHED[name], data_home, download_if_missing)
    with _opened(path, f"ml-{name}") as folder:
        frames = read_ml_100k(folder) if name == "100k" else read_ml_1m(folder)
    return Bunch(**frames, DESCR=DESCR.format(name=name), filename=str(path))


@contextmanager
def _opened(path: Path, top: str) -> Iterator[Path | ZipPath]:
    """Open a folder, or the folder `top` inside a zip, so that both are read alike."""
    if path.is_dir():
        yield path
        return
    try:
        with ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > UNPACKED:
                raise BadZipFile("members larger than those of any published file")
            yield ZipPath(archive, f"{top}/")
    # cut, damaged, encrypted (RuntimeError), packed in a way that zipfile does not know (NotImplementedError)
    except (BadZipFile, zlib.error, LZMAError, EOFError, RuntimeError) as error:
        raise ValueError(
            f"{path} must be an intact zip archive, got {shortened(error)}; delete it and fetch again."
        ) from brief(error)
