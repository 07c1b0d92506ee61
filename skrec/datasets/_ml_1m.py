"""The files of MovieLens 1M."""

from pathlib import Path
from typing import Any
from zipfile import Path as ZipPath

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec.datasets._frames import as_ids, list_column, read_table, text_category, to_time

RATING = {"user_id": "int64", "item_id": "int64", "rating": "float64", "timestamp": "int64"}
USER = {"user_id": "int64", "gender": str, "age": "int64", "occupation": "int64", "zip_code": str}
MOVIE = {"item_id": "int64", "title": str, "genres": str}
AGES = [1, 18, 25, 35, 45, 50, 56]
# Published as numbers; these are the names in its README, in order.
OCCUPATIONS = (
    "other or not specified",
    "academic/educator",
    "artist",
    "clerical/admin",
    "college/grad student",
    "customer service",
    "doctor/health care",
    "executive/managerial",
    "farmer",
    "homemaker",
    "K-12 student",
    "lawyer",
    "programmer",
    "retired",
    "sales/marketing",
    "scientist",
    "self-employed",
    "technician/engineer",
    "tradesman/craftsman",
    "unemployed",
    "writer",
)


def read_ml_1m(folder: Path | ZipPath) -> dict[str, Any]:
    """Return the frames ratings, users and movies; there are no published splits."""
    ratings = read_table(folder, "ratings.dat", "::", RATING)
    users = read_table(folder, "users.dat", "::", USER)
    movies = read_table(folder, "movies.dat", "::", MOVIE)

    for name, codes in {"age": AGES, "occupation": range(len(OCCUPATIONS))}.items():
        if not (known := users[name].isin(codes)).all():
            raise ValueError(
                f"{folder / 'users.dat'} must have the published codes of {name}, {min(codes)} to {max(codes)}, "
                f"got {users.loc[~known, name].iloc[0]}."
            )
    genres = movies.genres.str.split("|")
    return {
        "ratings": ratings.assign(
            user_id=as_ids(ratings.user_id, users.user_id),
            item_id=as_ids(ratings.item_id, movies.item_id),
            timestamp=to_time(ratings.timestamp),
        ),
        "users": pd.DataFrame(
            {
                "user_id": as_ids(users.user_id, users.user_id),
                "age": users.age.astype(pd.CategoricalDtype(AGES, ordered=True)),
                "gender": text_category(users.gender),
                "occupation": text_category(users.occupation.map(dict(enumerate(OCCUPATIONS)))),
                "zip_code": text_category(users.zip_code),
            }
        ),
        "movies": pd.DataFrame(
            {
                "item_id": as_ids(movies.item_id, movies.item_id),
                "title": movies.title.astype("string"),
                "release_year": movies.title.str.extract(r"\((\d{4})\)\s*$", expand=False).astype("float64"),
                "genres": list_column(
                    np.concatenate(genres.to_list()), genres.str.len().to_numpy(dtype=np.int64), pa.string()
                ),
            }
        ),
        "splits": {},
    }
