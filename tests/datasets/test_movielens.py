import os
import shutil
import struct
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skrec import MFRegressor
from skrec.datasets import fetch_movielens
from tests.datasets.published import files_1m, files_100k, write_folder, write_zip

pytestmark = pytest.mark.fast


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return an empty $SKREC_DATA, the cache and the network out of reach."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("SKREC_DATA", str(folder))
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "cache"))
    return folder


@pytest.fixture(params=["folder", "zip"])
def bunch(request, home):
    if request.param == "folder":
        write_folder(home / "ml-100k", files_100k())
    else:
        write_zip(home / "ml-100k.zip", "ml-100k", files_100k())
    return fetch_movielens("100k", download_if_missing=False)


def test_ratings_are_typed(bunch):
    ratings = bunch.ratings
    assert list(ratings.columns) == ["user_id", "item_id", "rating", "timestamp"]
    assert ratings["user_id"].tolist() == [1, 2, 1, 3]
    assert ratings["item_id"].dtype == pd.CategoricalDtype(np.array([10, 20, 30]))
    assert ratings["rating"].dtype == np.float64
    assert ratings["timestamp"].iloc[0] == pd.Timestamp("1997-12-04 15:55:49")


def test_movies_have_years_and_genres(bunch):
    movies = bunch.movies
    assert movies["title"].tolist() == ["Amélie (1994)", "unknown", "Two (1971)"]
    assert movies["release_year"].fillna(0).tolist() == [1994, 0, 1971]
    assert [list(genres) for genres in movies["genres"]] == [["Comedy"], ["unknown"], ["Action", "Comedy"]]


def test_users_keep_their_postal_codes_as_text(bunch):
    assert bunch.users["zip_code"].tolist() == ["85711", "T8H1N", "00000"]
    assert bunch.users["age"].tolist() == [24, 53, 33]
    assert "research" in bunch.DESCR


def test_splits_are_positions_in_the_ratings(bunch):
    assert set(bunch.splits) == {"ua", "u1"}
    assert bunch.splits["ua"].train.tolist() == [2, 0]
    assert bunch.splits["ua"].test.tolist() == [1, 3]
    assert bunch.splits["u1"].train.tolist() == [0, 1, 2]


def test_one_frame_by_merging_keeps_rows_and_ids(bunch):
    frame = bunch.ratings.merge(bunch.users, on="user_id").merge(bunch.movies, on="item_id")
    assert frame["rating"].tolist() == bunch.ratings["rating"].tolist()
    assert isinstance(frame["item_id"].dtype, pd.CategoricalDtype)
    MFRegressor(max_epochs=1).fit(frame[["user_id", "item_id"]], frame["rating"])


def test_a_million(home):
    write_folder(home / "ml-1m", files_1m())
    bunch = fetch_movielens("1m")
    assert bunch.ratings["rating"].tolist() == [5, 3, 1, 4]
    assert bunch.users["occupation"].tolist() == ["K-12 student", "self-employed", "scientist"]
    assert bunch.users["age"].cat.ordered
    assert [list(genres) for genres in bunch.movies["genres"]] == [["Comedy"], ["Action", "Comedy"], ["Drama"]]
    assert bunch.splits == {}


def broken(name, content):
    return {**files_100k(), name: content}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (broken("ua.test", b"9\t10\t3\t891717742\n"), "must hold rows of u.data, got user 9 with item 10"),
        (
            broken("u.data", files_100k()["u.data"] + b"1\t99\t3\t891717742\n"),
            "Every item_id of the ratings must be among the 3 published ones",
        ),
        (broken("u.data", 2 * files_100k()["u.data"]), "must have a pair once"),
    ],
)
def test_files_that_do_not_fit_together(home, files, message):
    write_folder(home / "ml-100k", files)
    with pytest.raises(ValueError, match=message):
        fetch_movielens()


def test_a_file_that_is_not_there(home):
    write_folder(home / "ml-100k", {name: text for name, text in files_100k().items() if name != "u.user"})
    with pytest.raises(FileNotFoundError, match=r"u\.user"):
        fetch_movielens()


def test_a_zip_that_is_none(home):
    (home / "ml-100k.zip").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="must be an intact zip archive"):
        fetch_movielens()


def rewritten(content, value, local, central):
    """Write a value so many bytes behind the start of each member's own header, and of its entry in the list of all."""
    content = bytearray(content)
    for mark, place in ((b"PK\3\4", local), (b"PK\1\2", central)):
        start = content.find(mark)
        while place is not None and start >= 0:
            content[start + place : start + place + len(value)] = value
            start = content.find(mark, start + 4)
    return bytes(content)


STRANGE = {
    "encrypted": lambda content: rewritten(content, b"\1", 6, 8),
    **{
        name: partial(rewritten, value=struct.pack("<H", method), local=8, central=10)
        for name, method in {"deflated": 8, "bzip2": 12, "LZMA": 14, "method 99": 99}.items()
    },
    "cut": lambda content: content[: len(content) // 2],
    "damaged": lambda content: content.replace(b"881250949", b"881250940"),
    "a bomb": lambda content: rewritten(content, struct.pack("<I", 2**31 - 1), None, 24),
}


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE)
def test_zips_that_are_damaged_or_strange(home, change):
    path = write_zip(home / "ml-100k.zip", "ml-100k", files_100k())
    assert len(fetch_movielens().ratings) == 4
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=r"ml-100k\.zip must be an intact zip archive, got .*; delete it and fetch"):
        fetch_movielens()


@pytest.mark.parametrize("parameters", [{"name": "25m"}, {"data_home": 3}, {"download_if_missing": "no"}])
def test_parameters_out_of_range(parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of fetch_movielens must be"):
        fetch_movielens(**parameters)


PUBLISHED = Path(os.environ.get("SKREC_DATA", ""), "ml-100k")


def test_published_splits_cover_the_ratings(tmp_path, monkeypatch):
    """The published files where they are at hand, else the miniature."""
    real = (PUBLISHED / "u.data").is_file()
    if real:
        shutil.copytree(PUBLISHED, tmp_path / "ml-100k")
    else:
        write_folder(tmp_path / "ml-100k", files_100k())
    monkeypatch.setenv("SKREC_DATA", str(tmp_path))
    bunch = fetch_movielens("100k")
    assert set(bunch.splits) >= ({"ua", "u1", "u2", "u3", "u4", "u5"} if real else {"ua", "u1"})
    sizes = {"ua": (90_570, 9_430), "u1": (80_000, 20_000)} if real else {"ua": (2, 2), "u1": (3, 1)}
    for name, (n_train, n_test) in sizes.items():
        train, test = bunch.splits[name]
        assert (len(train), len(test)) == (n_train, n_test)
        assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(len(bunch.ratings)))
