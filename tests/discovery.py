"""Find every public estimator and transformer, so that the common tests need no list."""

import importlib
import inspect
import pkgutil

from sklearn.base import BaseEstimator, is_classifier, is_regressor
from skorch import NeuralNet

import skrec


def public_estimators():
    """Return the estimators that a public module lists in its `__all__`; skorch nets are the engine behind them."""
    modules = [skrec]
    for module in pkgutil.walk_packages(skrec.__path__, "skrec."):
        if not any(part.startswith("_") for part in module.name.split(".")):
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
