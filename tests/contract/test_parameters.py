"""Parameters of every estimator."""

import re
import warnings
from dataclasses import fields

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.utils._param_validation import generate_invalid_param_val, make_constraint

from skrec import FMClassifier, MFClassifier
from skrec._validation import Whole
from tests.contract.cases import ESTIMATORS, every
from tests.samples import fitted, learnt, mixed, outputs, small, target, unchanged


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


def whole_numbers():
    """Every parameter of an estimator that is a whole number, or a sequence of them, and what makes one of it."""
    for cls in ESTIMATORS:
        for field in fields(cls):
            kind = field.metadata["kind"]
            if any(isinstance(constraint, Whole) for constraint in field.metadata["constraints"]):
                yield pytest.param(cls, field.name, lambda value: value, id=f"{cls.__name__}-{field.name}")
            elif kind.startswith("tuple of int"):
                yield pytest.param(cls, field.name, lambda value: (8, value), id=f"{cls.__name__}-{field.name}")


@pytest.mark.parametrize(("cls", "name", "made"), list(whole_numbers()))
def test_whole_numbers_are_of_64_bits_and_not_truth_values(cls, name, made):
    frame = mixed(20)
    for value in (made(10**30), made(True), made(2**63), made(np.bool_(True))):
        estimator = small(cls).set_params(**{name: value})
        with unchanged(estimator), pytest.raises(ValueError, match=rf"^The '{name}' parameter of {cls.__name__} must"):
            estimator.fit(frame, target(cls(), frame))


def test_every_whole_number_has_its_constraint():
    """Of all parameters whose text says int."""
    found = {
        (cls, field.name)
        for cls in ESTIMATORS
        for field in fields(cls)
        if re.search(r"\bint\b", field.metadata["kind"])
    }
    whole = {(param.values[0], param.values[1]) for param in whole_numbers()}
    assert {name for _, name in found - whole} <= {"random_state", "verbose"}


@every
def test_threads_that_are_none_are_refused_after_fit(cls):
    estimator, frame = fitted(cls)
    expected = outputs(estimator, frame)
    for value in (0, True, -1, 10**30, 1.5, "all"):
        estimator.set_params(n_threads=value)
        with (
            unchanged(estimator),
            pytest.raises(ValueError, match=rf"^The 'n_threads' parameter of {cls.__name__} must"),
        ):
            estimator.predict(frame)
    np.testing.assert_array_equal(outputs(estimator.set_params(n_threads=10**12), frame), expected)


@every
def test_batches_larger_than_the_rows_are_all_rows(cls):
    frame = mixed(30)
    y = target(cls(), frame)
    one, other = (small(cls, batch_size=size).fit(frame, y) for size in (30, 2**63 - 1))
    np.testing.assert_array_equal(outputs(one, frame), outputs(other, frame))


@every
def test_a_decay_with_nothing_to_decay_is_told_of(cls):
    frame = mixed(30)
    estimator = small(cls, weight_decay=0.5)
    y = target(estimator, frame)
    plain = outputs(small(cls).fit(frame, y), frame)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(frame, y)
    found = [str(warning.message) for warning in caught if "weight_decay" in str(warning.message)]
    if np.array_equal(outputs(estimator, frame), plain):
        assert len(found) == 1
        assert found[0].startswith(f"weight_decay=0.5 does nothing in this {cls.__name__}")
        assert "embedding_l2" in found[0]
    else:
        assert not found


def test_models_of_embeddings_alone_have_nothing_to_decay():
    frame = mixed(30)
    y = target(MFClassifier(), frame)
    only_ids = small(FMClassifier, weight_decay=0.5, sequence_features=None)
    for estimator, X in ((small(MFClassifier, weight_decay=0.5), frame), (only_ids, frame[["user", "item"]])):
        with pytest.warns(UserWarning, match="weight_decay=0.5 does nothing"):
            estimator.fit(X, y)


def test_every_constraint_is_of_a_parameter():
    for cls in ESTIMATORS:
        assert set(cls._parameter_constraints) == set(cls().get_params())
