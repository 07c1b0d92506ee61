"""Parameters of every estimator."""

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.utils._param_validation import generate_invalid_param_val, make_constraint

from tests.contract.cases import ESTIMATORS, every
from tests.data import fitted, learnt, mixed, outputs, small, target, unchanged


def test_discovery_finds_what_is_there():
    found = {cls.__name__ for cls in ESTIMATORS}
    assert {"FMClassifier", "FMRegressor", "DeepFMClassifier", "DeepFMRegressor", "MFRegressor"} <= found


@every
def test_clone_and_parameters_round_trip(cls):
    estimator, frame = fitted(cls, lr=0.03)
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    assert learnt(copy) == {}
    default = cls().set_params(**estimator.get_params())
    assert default.get_params() == estimator.get_params()
    copy.fit(frame, target(copy, frame))
    np.testing.assert_array_equal(outputs(copy, frame), outputs(estimator, frame))


@every
def test_constructor_neither_checks_nor_changes(cls):
    for name in cls().get_params():
        value = object()
        estimator = cls(**{name: value})
        assert getattr(estimator, name) is value
        assert set(vars(estimator)) == set(estimator.get_params())


def parameters():
    return [
        pytest.param(cls, name, id=f"{cls.__name__}-{name}")
        for cls in ESTIMATORS
        for name in cls()._parameter_constraints
    ]


@pytest.mark.parametrize(("cls", "name"), parameters())
def test_wrong_parameters_are_named(cls, name):
    constraints = [make_constraint(constraint) for constraint in cls._parameter_constraints[name]]
    wrong = [type("Nothing", (), {})()]
    for constraint in constraints:
        try:
            wrong.append(generate_invalid_param_val(constraint))
        except NotImplementedError:  # nothing can violate it but a type
            continue
    wrong = [value for value in wrong if not any(constraint.is_satisfied_by(value) for constraint in constraints)]
    frame = mixed(20)
    y = target(cls(), frame)
    for value in wrong:
        estimator = small(cls).set_params(**{name: value})
        message = rf"The '{name}' parameter of {cls.__name__} must be"
        with unchanged(estimator), pytest.raises(ValueError, match=message):
            estimator.fit(frame, y)
        first = {"classes": ["no", "yes"]} if is_classifier(estimator) else {}
        with unchanged(estimator), pytest.raises(ValueError, match=message):
            estimator.partial_fit(frame, y, **first)


def test_every_constraint_is_of_a_parameter():
    for cls in ESTIMATORS:
        assert set(cls._parameter_constraints) == set(cls().get_params())
