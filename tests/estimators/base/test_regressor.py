"""What regressors add: a target that the net sees standardised, embeddings in its units."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skrec import FMRegressor, LRRegressor, MFRegressor
from tests.samples import fitted, mixed, small, target

pytestmark = pytest.mark.fast

TARGETS = {
    "integers": (lambda y: y.round().astype(int)),
    "nullable": (lambda y: pd.Series(y.round(), dtype="Int64")),
    "polars": (lambda y: pl.Series(y.round())),
    "objects": (lambda y: y.round().astype(object)),
    "list": (lambda y: y.round().tolist()),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_numbers_of_any_kind(kind):
    frame = mixed()
    y = target(FMRegressor(), frame)
    estimator = small(FMRegressor).fit(frame, TARGETS[kind](y))
    expected = small(FMRegressor).fit(frame, y.round())
    np.testing.assert_array_equal(estimator.predict(frame), expected.predict(frame))


def test_training_starts_from_the_weighted_mean():
    frame = mixed()
    y, weight = target(LRRegressor(), frame), np.linspace(0.5, 2, len(frame))
    estimator = small(LRRegressor, lr=1e-12, max_epochs=1).fit(frame, y, sample_weight=weight)
    np.testing.assert_allclose(estimator.predict(frame), np.average(y, weights=weight), rtol=1e-6)


def test_predictions_have_all_digits_of_a_large_target():
    frame = mixed()
    y = 1e9 + target(FMRegressor(), frame)
    prediction = small(FMRegressor).fit(frame, y).predict(frame)
    assert prediction.dtype == np.float64
    assert len(np.unique(prediction)) == len(frame)


def test_linear_weights_of_a_regressor_are_in_units_of_the_target():
    """One categorical column, no penalty: the bias of a value and the rest add up to the prediction."""
    frame = pd.DataFrame({"city": ["a", "b", "c", "d"] * 50})
    y = frame["city"].map({"a": 100, "b": 200, "c": 300, "d": 400}).to_numpy(float)
    estimator = LRRegressor(lr=0.1, max_epochs=300, embedding_l2=0, random_state=0).fit(frame, y)
    bias = estimator.embedding("city")["bias"]
    prediction = estimator.predict(pd.DataFrame({"city": [*"abcd", None]}))
    np.testing.assert_allclose(prediction[:4], [100, 200, 300, 400], rtol=1e-2)
    np.testing.assert_allclose(bias.diff().iloc[1:4], 100, rtol=2e-2)
    np.testing.assert_allclose(prediction - prediction[-1], bias.to_numpy() - bias.iloc[-1], rtol=1e-4, atol=1e-3)


def test_vectors_of_a_regressor_give_its_predictions_in_units_of_the_target():
    """Koren, Bell, Volinsky (2009), eq. 4, from the frames that `embedding` returns."""
    estimator, frame = fitted(MFRegressor, max_epochs=20)
    users, items = estimator.embedding("user"), estimator.embedding("item")
    unknown = estimator.predict(frame[:1].assign(user=None, item=None))[0]
    u, i = users.loc[frame["user"]], items.loc[frame["item"].astype(str)]
    product = (u[range(4)].to_numpy() * i[range(4)].to_numpy()).sum(1)
    by_hand = unknown + u["bias"].to_numpy() + i["bias"].to_numpy() + product
    np.testing.assert_allclose(estimator.predict(frame), by_hand, rtol=1e-5)


def test_score_is_r2():
    estimator, frame = fitted(FMRegressor)
    y = target(estimator, frame)
    expected = 1 - ((y - estimator.predict(frame)) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert estimator.score(frame, y) == pytest.approx(expected)
