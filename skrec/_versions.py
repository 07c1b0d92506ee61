"""With which versions something was fitted: pickles say it, and who loads one under others is warned."""

from importlib import import_module
from typing import Any

from sklearn.exceptions import InconsistentVersionWarning

from skrec._warn import warn

_PACKAGES = {"skrec": "skrec", "torch": "torch", "scikit-learn": "sklearn"}
_KEY = "_versions"


class OtherVersionsWarning(InconsistentVersionWarning):
    """What was pickled under some versions is loaded under others.

    Parameters
    ----------
    name : str
        Its class.
    found, now : dict of {package: version}
        Then, empty if the pickle does not say, and now.
    """

    def __init__(self, name, found, now):
        super().__init__(
            estimator_name=name,
            current_sklearn_version=now["scikit-learn"],
            original_sklearn_version=found.get("scikit-learn", "unknown"),
        )
        self.found, self.now = found, now

    def __str__(self):
        others = [package for package, version in self.now.items() if self.found.get(package) != version]
        then = ", ".join(f"{package} {self.found.get(package, 'unknown')}" for package in others)
        now = ", ".join(f"{package} {self.now[package]}" for package in others)
        return (
            f"Trying to unpickle {self.estimator_name} of {then} under {now}: it may fail, or give other results; "
            "load it with the versions that it was saved with, or fit it anew"
        )


class VersionedPickle:
    """Base of what users pickle: its pickles say under which versions they were made."""

    def __getstate__(self) -> Any:
        return with_versions(super().__getstate__())

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(without_versions(state, type(self).__name__))


def with_versions(state):
    """Return what `__getstate__` gave, None of an object without attributes, and with which versions."""
    return {**(state or {}), _KEY: versions()}


def without_versions(state, name):
    """Return the state of an object of a class `name` as it was, and warn if its versions are others."""
    state = dict(state)
    found, now = state.pop(_KEY, {}), versions()
    if found != now:
        warn(OtherVersionsWarning(name, found, now))
    return state


def versions():
    """Return {package: version} of what results depend on; builds of torch for other devices count as the same."""
    return {package: str(import_module(name).__version__).partition("+")[0] for package, name in _PACKAGES.items()}
