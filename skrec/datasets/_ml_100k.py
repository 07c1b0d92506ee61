"""The files of MovieLens 100k."""

from pathlib import Path
from typing import Any, NamedTuple
from zipfile import Path as ZipPath

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec.datasets._frames import as_ids, list_column, read_table, text_category, to_time

RATING = {"user_id": "int64", "item_id": "int64", "rating": "float64", "timestamp": "int64"}
USER = {"user_id": "int64", "age": "float64", "gender": str, "occupation": str, "zip_code": str}
MOVIE = {"item_id": "int64", "title": str, "release_date": str, "video_release_date": str, "imdb_url": str}
SPLITS = ("ua", "ub", "u1", "u2", "u3", "u4", "u5")


class Split(NamedTuple):
    """Row positions of a published split."""

    train: np.ndarray
    test: np.ndarray


def read_ml_100k(folder: Path | ZipPath) -> dict[str, Any]:
    """Return the frames ratings, users and movies, and the splits."""
    ratings = read_table(folder, "u.data", "\t", RATING)
    users = read_table(folder, "u.user", "|", USER)
    genre_names = read_table(folder, "u.genre", "|", {"genre": str, "position": "int64"}).sort_values("position").genre
    movies = read_table(folder, "u.item", "|", MOVIE | dict.fromkeys(genre_names, "int64"))
    splits = _read_splits(folder, ratings)

    is_genre = movies[list(genre_names)].to_numpy() == 1  # (n_movies, n_genres)
    return {
        "ratings": ratings.assign(
            user_id=as_ids(ratings.user_id, users.user_id),
            item_id=as_ids(ratings.item_id, movies.item_id),
            timestamp=to_time(ratings.timestamp),
        ),
        "users": users.assign(
            user_id=as_ids(users.user_id, users.user_id),
            **{name: text_category(users[name]) for name in ("gender", "occupation", "zip_code")},
        ),
        "movies": pd.DataFrame(
            {
                "item_id": as_ids(movies.item_id, movies.item_id),
                "title": movies.title.astype("string"),
                # "01-Jan-1995", once "4-Feb-1971", once empty
                "release_year": movies.release_date.str.extract(r"(\d{4})$", expand=False).astype("float64"),
                "genres": list_column(
                    genre_names.to_numpy()[np.nonzero(is_genre)[1]], is_genre.sum(axis=1), pa.string()
                ),
            }
        ),
        "splits": splits,
    }


def _read_splits(folder: Path | ZipPath, ratings: pd.DataFrame) -> dict[str, Split]:
    def positions(file_name: str) -> np.ndarray:
        part = read_table(folder, file_name, "\t", RATING)
        found = rows.get_indexer(pd.MultiIndex.from_frame(part[["user_id", "item_id"]]))
        if (found < 0).any():
            user_id, item_id = part.loc[found < 0, ["user_id", "item_id"]].iloc[0]
            raise ValueError(
                f"{folder / file_name} must hold rows of u.data, got user {user_id} with item {item_id}, which is not "
                "there: the files are of different versions; fetch them anew."
            )
        return found.astype(np.int64)

    rows = pd.MultiIndex.from_frame(ratings[["user_id", "item_id"]])
    if (twice := rows.duplicated()).any():
        user_id, item_id = rows[twice][0]
        raise ValueError(f"{folder / 'u.data'} must have a pair once, got user {user_id} with item {item_id} twice.")
    return {
        name: Split(train=positions(f"{name}.base"), test=positions(f"{name}.test"))
        for name in SPLITS
        if (folder / f"{name}.base").is_file()
    }
