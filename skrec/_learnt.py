"""What an estimator has learnt changes at once, so that whoever reads it meanwhile has the old or the new."""

from collections.abc import Callable
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

_Method = TypeVar("_Method", bound=Callable[..., Any])


def copy_of(estimator):
    """Return an estimator with the attributes that `estimator` has at this moment."""
    copied = object.__new__(type(estimator))
    copied.__dict__ = vars(estimator).copy()  # one read: threads that assign a new dict are before it or after it
    return copied


@contextmanager
def learning(estimator):
    """Yield a copy of `estimator` to learn on; its attributes are taken over, at once, unless the block raises."""
    work = copy_of(estimator)
    yield work
    estimator.__dict__ = vars(work).copy()


def at_one_moment(method: _Method) -> _Method:
    """Let a method of an estimator read all that was learnt as it is when the call begins; it can set nothing."""

    @wraps(method)
    def read(self, *args, **kwargs):
        return method(copy_of(self), *args, **kwargs)

    return cast("_Method", read)
