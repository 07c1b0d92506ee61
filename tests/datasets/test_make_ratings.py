import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec import MFRegressor
from skrec.datasets import make_ratings


def test_best_error_is_that_of_the_truth():
    data = make_ratings(random_state=0)
    assert data.best_mse == pytest.approx(np.mean((data.y - data.mean) ** 2))
    assert data.best_mse == pytest.approx(0.25, abs=0.02)


def test_a_model_lies_between_the_mean_and_the_best():
    data = make_ratings(100, 60, 5_000, n_factors=2, noise=0.3, random_state=0)
    order = np.random.default_rng(0).permutation(5_000)
    train, test = order[:4_000], order[4_000:]
    model = MFRegressor(embedding_l2=0.01, random_state=0, n_threads=1).fit(data.X.iloc[train], data.y[train])
    error = np.mean((model.predict(data.X.iloc[test]) - data.y[test]) ** 2)
    best = np.mean((data.mean[test] - data.y[test]) ** 2)
    assert best < error < 0.7 * np.var(data.y[test])


@settings(max_examples=25, deadline=None)
@given(n_users=st.integers(1, 12), n_items=st.integers(1, 12), share=st.floats(0, 1), seed=st.integers(0, 99))
def test_no_user_rates_an_item_twice(n_users, n_items, share, seed):
    n_ratings = max(1, int(share * n_users * n_items))
    data, again = (make_ratings(n_users, n_items, n_ratings, random_state=seed) for _ in range(2))
    assert len(data.X) == n_ratings
    assert not data.X.duplicated().any()
    pd.testing.assert_frame_equal(data.X, again.X)
    assert np.array_equal(data.y, again.y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_users": 0}, "The 'n_users' parameter of make_ratings must be"),
        ({"noise": -1}, "The 'noise' parameter of make_ratings must be"),
        ({"n_users": 2, "n_items": 3, "n_ratings": 7}, r"n_ratings must be at most n_users \* n_items = 6"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_ratings(**parameters)
