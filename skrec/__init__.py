"""Recommendation and click-prediction models as scikit-learn estimators."""

from skrec._version import __version__
from skrec.estimators import *  # noqa: F403 - the estimators' own __all__ is the list
from skrec.estimators import __all__ as _estimators

__all__ = ["__version__", *_estimators]
