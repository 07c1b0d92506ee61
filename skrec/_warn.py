"""Warnings that point at the line of the user, however deep in pipelines and searches they arise."""

import sys
import warnings

# what lies between the user's line and ours
_INSIDE = {"skrec", "sklearn", "skorch", "torch", "numba", "joblib", "pickle", "contextlib", "functools"}


def warn(message):
    """Issue a UserWarning, or the warning given, at the nearest line outside this package and those that call it."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in _INSIDE:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)
