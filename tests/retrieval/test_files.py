"""Recommenders and indexes in files of skops and in pickles: plain arrays, and the same lists afterwards."""

import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io

from skrec import MFClassifier, TwoTowerClassifier
from skrec.persistence import TRUSTED_TYPES
from skrec.retrieval import ApproximateIndex, ExactIndex, Recommender
from tests.discovery import cases, predictors
from tests.retrieval.cases import fitted
from tests.retrieval.test_snapshot import MESSAGE, fit_again, piped, towers


def files_of(value):
    """Return what is loaded from each kind of file."""
    return [
        skops.io.loads(skops.io.dumps(value), trusted=TRUSTED_TYPES),
        pickle.loads(pickle.dumps(value)),
    ]


@pytest.mark.parametrize("cls", cases(predictors()))
def test_a_recommender_gives_the_same_lists(cls):
    estimator, users, items = fitted(cls)
    recommender = Recommender(estimator, items, user="user", item="item")
    lists = recommender.recommend(users, 3)
    for again in files_of(recommender):
        pd.testing.assert_frame_equal(again.recommend(users, 3), lists)
        pd.testing.assert_frame_equal(again.items, recommender.items)
        assert again.fingerprint == recommender.fingerprint
    assert b"pandas" not in pickle.dumps(recommender)


def test_popularity_and_a_pipeline():
    pipe = piped(towers())
    _, users, items = fitted(MFClassifier)
    popularity = pd.Series(np.arange(len(items)), index=items["item"])
    users = pd.concat([users, users.iloc[:1].assign(user="nobody", age=np.nan)], ignore_index=True)
    recommender = Recommender(pipe, items, user="user", item="item", popularity=popularity)
    for again in files_of(recommender):
        pd.testing.assert_frame_equal(again.recommend(users, 3), recommender.recommend(users, 3))
        assert again.popularity.equals(popularity)


def test_a_fit_afterwards_is_noticed():
    estimator, users, items = fitted(MFClassifier)
    for again in files_of(Recommender(estimator, items, user="user", item="item")):
        fit_again(again.estimator)
        with pytest.raises(ValueError, match=MESSAGE):
            again.recommend(users, 3)


@pytest.mark.parametrize("cls", [ExactIndex, ApproximateIndex])
@pytest.mark.parametrize("ids", [range(200), [f"item {i}" for i in range(200)]])
def test_an_index_finds_the_same(cls, ids):
    rng = np.random.default_rng(0)
    index = cls().build(ids, rng.normal(size=(200, 8)))
    queries = rng.normal(size=(5, 8)).astype(np.float32)
    for again in files_of(index):
        assert again.ids.equals(index.ids)
        for one, other in zip(again.search(queries, 9), index.search(queries, 9), strict=True):
            np.testing.assert_array_equal(one, other)


def test_an_index_of_a_recommender_is_in_its_file():
    estimator, users, items = fitted(TwoTowerClassifier)
    recommender = Recommender(estimator, items, user="user", item="item", index=ApproximateIndex())
    for again in files_of(recommender):
        assert isinstance(again.index_, ApproximateIndex)
        pd.testing.assert_frame_equal(again.recommend(users, 3), recommender.recommend(users, 3))
