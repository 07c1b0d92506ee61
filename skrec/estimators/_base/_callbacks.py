"""The user's skorch callbacks, checked against what a fit has."""

from skorch.callbacks import Callback, Checkpoint, EarlyStopping, InputShapeSetter, LRScheduler

from skrec._text import quoted
from skrec.engine import SCHEDULES, Schedule


def user_callbacks(settings, validates, strategy):
    """Return the callbacks of the parameter `callbacks`.

    Parameters
    ----------
    settings : estimator
    validates : bool
        Whether there are validation rows.
    strategy : Strategy
        Of several processes the one that leads alone saves checkpoints.

    Raises
    ------
    TypeError
        For what is no callback.
    ValueError
        For a callback that could not do what it is for.
    """
    callbacks = list(settings.callbacks or [])
    for callback in callbacks:
        if not isinstance(callback, Callback):
            raise TypeError(
                f"The 'callbacks' parameter of {type(settings).__name__} must be a list of skorch callbacks, "
                f"instances of skorch.callbacks.Callback. Got {quoted(callback)} in it."
            )
        name, monitor = type(callback).__name__, getattr(callback, "monitor", None)
        if isinstance(callback, InputShapeSetter):
            raise ValueError(
                f"{name} sets the input size of a module before it is made, and {type(settings).__name__} makes its "
                "own from the columns; leave the callback out"
            )
        watches = isinstance(callback, (Checkpoint, EarlyStopping)) or (
            isinstance(callback, LRScheduler) and "ReduceLROnPlateau" in str(callback.policy)
        )
        if watches and not validates and isinstance(monitor, str) and monitor.startswith("valid_loss"):
            raise ValueError(
                f"{name}(monitor={quoted(monitor)}) watches validation rows, and there are none; pass X_val and "
                f"y_val, set early_stopping=True, or monitor={quoted(monitor.replace('valid', 'train'))}"
            )
        if isinstance(callback, LRScheduler) and settings.lr_schedule is not None:
            raise ValueError(
                f"{name} and lr_schedule={quoted(settings.lr_schedule)} would both set the learning rate; drop one of "
                "them"
            )
    return callbacks if strategy.leads else [each for each in callbacks if not isinstance(each, Checkpoint)]


def schedule(settings, history):
    """Return the callbacks that `lr_schedule` asks for, at most one."""
    if settings.lr_schedule is None:
        return []
    return [Schedule(SCHEDULES[settings.lr_schedule], settings.lr, first=len(history))]
