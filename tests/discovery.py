"""Find every public estimator and transformer, so that the common tests need no list, and say which are tested when."""

import importlib
import inspect
import pkgutil

import pytest
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from skorch import NeuralNet

import skrec

BASES = "skrec.base"  # what models are written on, and none itself
# One estimator of each mechanism. What holds for every estimator is tested of these in `make test`, of the others in
# `make slow`; tests/test_discovery.py says when one is missing.
REPRESENTATIVES = {
    "FMClassifier": "columns of every kind",
    "DeepFMClassifier": "an MLP, embeddings of numbers",
    "WideDeepRegressor": "an MLP, crossed columns, a target that is a number",
    "MMoEClassifier": "several targets, each with a tower",
    "DINClassifier": "histories, negatives that are other candidates",
    "IntTowerClassifier": "two sides that interact late, a second loss",
    "TwoTowerClassifier": "two sides with a vector each, sampled losses of features",
    "SASRecClassifier": "a history read as a sequence, whole sequences",
    "MFClassifier": "a user and an item, negatives, sampled losses of ids",
    "MFRegressor": "a user and an item, a target within a range",
    "NeuMFRegressor": "an MLP of ids, training in two stages",
}


def public_estimators():
    """Return the estimators that a public module lists in its `__all__`; skorch nets are the engine behind them."""
    modules = [skrec]
    for module in pkgutil.walk_packages(skrec.__path__, "skrec."):
        if module.name != BASES and not any(part.startswith("_") for part in module.name.split(".")):
            modules.append(importlib.import_module(module.name))
    found = {}
    for module in modules:
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) and issubclass(value, BaseEstimator) and not issubclass(value, NeuralNet):
                found[value.__qualname__] = value
    return [found[name] for name in sorted(found)]


def predictors():
    """Return the classes among them that classify or regress."""
    return [cls for cls in public_estimators() if is_classifier(cls()) or is_regressor(cls())]


def case(cls, *values, id=None):
    """Return an estimator, and more values behind it, as one case of a test: slow if others represent it."""
    predicts = is_classifier(cls()) or is_regressor(cls())
    marks = [pytest.mark.slow] if predicts and cls.__name__ not in REPRESENTATIVES else []
    return pytest.param(cls, *values, id=id or cls.__name__, marks=marks)


def cases(classes):
    """Return a case of each class."""
    return [case(cls) for cls in classes]
