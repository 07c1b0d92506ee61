"""The constant of every estimator."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier
from sklearn.exceptions import NotFittedError

from skrec import LRClassifier, MFClassifier, MFRegressor
from tests.contract.cases import every
from tests.samples import fitted, mixed, outputs, small, target

pytestmark = pytest.mark.fast

NEW = pd.DataFrame({"user": ["new"], "item": ["new"]})


@every
def test_the_intercept_is_there_after_fit_in_units_of_the_target(cls):
    with pytest.raises(NotFittedError):
        small(cls).intercept_  # noqa: B018 - a property, whose error is what is asked
    assert not hasattr(small(cls), "intercept_")
    estimator, frame = fitted(cls)
    if is_classifier(cls()):
        assert (estimator.intercept_.shape, estimator.intercept_.dtype) == ((1,), np.float32)
        return
    assert isinstance(estimator.intercept_, float)
    shifted = small(cls).fit(frame, 100 + 10 * target(estimator, frame))
    assert shifted.intercept_ == pytest.approx(100 + 10 * estimator.intercept_, abs=0.1)


def test_nobody_and_nothing_are_rated_by_the_intercept():
    frame = mixed()[["user", "item"]]
    y = target(MFRegressor(), mixed())
    for y_range in (None, (0, 6)):
        model = small(MFRegressor, y_range=y_range).fit(frame, y)
        assert model.predict(NEW)[0] == model.intercept_
    model = small(MFRegressor).fit(frame, y)
    known = NEW.assign(item="u")
    bias = model.embedding("item").loc["u", "bias"]
    assert model.predict(known)[0] == pytest.approx(model.intercept_ + bias, abs=1e-6)


@pytest.mark.parametrize("cls", [MFClassifier, LRClassifier])
def test_log_odds_of_two_classes_and_of_more(cls):
    frame = mixed()[["user", "item"]]
    options = {"sequence_features": None} if cls is LRClassifier else {}
    for y in (np.arange(100) % 2, np.arange(100) % 3):
        model = small(cls, **options).fit(frame, y)
        np.testing.assert_array_equal(np.atleast_2d(outputs(model, NEW).T).T.ravel(), model.intercept_)
