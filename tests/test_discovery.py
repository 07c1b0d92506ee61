"""The estimators that stand for the others in `make test` have every mechanism between them."""

from collections import defaultdict

import pytest
from sklearn.base import is_classifier, is_regressor

from tests.discovery import REPRESENTATIVES, cases, predictors, public_estimators

pytestmark = pytest.mark.fast

SHARED = 3  # a parameter that so many models have is a mechanism of its own


def model(cls):
    return cls.__name__.removesuffix("Classifier").removesuffix("Regressor")


def test_representatives_are_there():
    found = {cls.__name__: cls for cls in predictors()}
    assert set(REPRESENTATIVES) <= set(found)
    for predicts in (is_classifier, is_regressor):
        assert any(predicts(found[name]()) for name in REPRESENTATIVES)


def test_representatives_have_every_parameter_that_several_models_share():
    """Whoever shares a new parameter among models adds one of them to the representatives."""
    models, represented = defaultdict(set), set()
    for cls in predictors():
        for name in cls().get_params():
            models[name].add(model(cls))
        if cls.__name__ in REPRESENTATIVES:
            represented |= set(cls().get_params())
    assert {name for name, having in models.items() if len(having) >= SHARED} <= represented


def test_what_is_not_represented_is_slow():
    quick = {one.id for one in cases(public_estimators()) if not one.marks}
    encoders = {cls.__name__ for cls in public_estimators()} - {cls.__name__ for cls in predictors()}
    assert quick == encoders | set(REPRESENTATIVES)
