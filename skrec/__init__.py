"""Recommendation and click-prediction models as scikit-learn estimators."""

from skrec._version import __version__

__all__ = ["__version__"]
