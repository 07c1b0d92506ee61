"""What the user sets as torch's default device and dtype is for the user's own tensors."""

import pickle
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from sklearn.base import is_classifier

from tests.contract.cases import ESTIMATORS, every
from tests.contract.test_numbers import results
from tests.discovery import case
from tests.samples import fitted, mixed, outputs, small, target


@contextmanager
def default(what):
    """Set a default within the block, and look that nobody changed it there."""
    if what == "meta":
        torch.set_default_device(what)
    else:
        torch.set_default_dtype(what)
    try:
        yield
        assert torch.get_default_device().type == ("meta" if what == "meta" else "cpu")
        assert torch.get_default_dtype() == (torch.float32 if what == "meta" else what)
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)


def options(cls):
    """The parameters of a class by which other tensors are made, one choice of each at a time."""
    names = cls().get_params()
    choices = {
        "numeric_embedding": [None, "linear", "periodic", "piecewise"],
        "loss": ["softmax", "bpr", "ccl"],
        "optimizer": ["adagrad", "sgd"],
        "activation": ["dice"],
        "pretrain_epochs": [1],
    }
    if "loss" not in names:
        choices["n_negatives"] = [1]
    return [{}] + [{name: value} for name, values in choices.items() if name in names for value in values]


@pytest.mark.parametrize("what", ["meta", torch.float64, torch.float16], ids=str)
@pytest.mark.parametrize(
    ("cls", "chosen"),
    [
        (case if chosen else pytest.param)(cls, chosen, id=f"{cls.__name__}-{chosen}")  # the defaults in every net
        for cls in ESTIMATORS
        for chosen in options(cls)
    ],
)
def test_the_same_seed_gives_the_same_model_under_any_default(cls, chosen, what):
    frame = mixed(60)
    chosen = {"max_epochs": 2, "early_stopping": True, **chosen}
    noise = {"dropout": 0.1, "batch_norm": True}
    chosen.update({name: value for name, value in noise.items() if name in cls().get_params()})
    y = target(cls(), frame)
    y = y == "yes" if is_classifier(cls()) else y
    expected = outputs(small(cls, **chosen).fit(frame, y), frame)
    with default(what):
        found = outputs(small(cls, **chosen).fit(frame, y), frame)
    np.testing.assert_array_equal(found, expected)


@every
@pytest.mark.parametrize("what", ["meta", torch.float64], ids=str)
def test_a_fitted_model_answers_and_learns_under_any_default(cls, what):
    estimator, frame = fitted(cls, 60, warm_start=True)
    expected, y = results(estimator, frame), target(estimator, frame)
    with default(what):
        found = results(pickle.loads(pickle.dumps(estimator)), frame)
        estimator.partial_fit(frame, y).fit(frame, y)
    assert found.keys() == expected.keys()
    for name, values in found.items():
        np.testing.assert_array_equal(values, expected[name])
    assert np.isfinite(outputs(estimator, frame)).all()
