"""Keywords of other libraries, answered with ours."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from skrec._text import nearest, quoted

_Method = TypeVar("_Method", bound=Callable[..., Any])
_VALIDATION = "X_val=..., y_val=..."
_FIT = {
    **dict.fromkeys(("validation_data", "eval_set", "eval_X", "eval_y", "valid_sets", "validation_set"), _VALIDATION),
    **dict.fromkeys(("X_valid", "y_valid", "X_validation", "y_validation", "X_eval", "y_eval"), _VALIDATION),
    **dict.fromkeys(("sample_weight_eval_set", "eval_sample_weight", "sample_weight_valid"), "sample_weight_val=..."),
    **dict.fromkeys(("weight", "weights", "sample_weights"), "sample_weight=..."),
}
_CONSTRUCTOR = {
    "validation_split": "validation_fraction",
    **dict.fromkeys(("epochs", "n_epochs", "nb_epoch", "num_epochs", "max_iter", "n_iter"), "max_epochs"),
    **dict.fromkeys(("early_stopping_rounds", "patience"), "n_iter_no_change"),
    **dict.fromkeys(("learning_rate", "learning_rate_init"), "lr"),
    **dict.fromkeys(("eval_metric", "metrics"), "scoring"),
    **dict.fromkeys(("seed", "random_seed"), "random_state"),
}


def explains_keywords(method: _Method) -> _Method:
    """Let a method answer keywords that it does not have with those that are meant; its signature stays."""
    taken = list(inspect.signature(method).parameters)[1:]

    @wraps(method)
    def explained(self, *args, **kwargs):
        for name in kwargs:
            if name not in taken:
                raise TypeError(
                    f"{type(self).__name__}.{method.__name__}() got an unexpected keyword argument {quoted(name)}; "
                    f"{_advice(self, name, taken)}{method.__name__} takes {', '.join(taken)}"
                )
        return method(self, *args, **kwargs)

    return cast("_Method", explained)


def _advice(estimator, name, taken):
    """Return what to do instead, "" if nothing is like it."""
    parameters = estimator.get_params(deep=False)
    meant = _CONSTRUCTOR.get(name, name)
    if meant in parameters:
        return f"it is a parameter of the estimator, {type(estimator).__name__}({meant}=...); "
    meant = _FIT.get(name)
    if meant is None and name in ("X_val", "y_val", "sample_weight_val"):
        meant = _VALIDATION
    if meant is not None:
        return f"pass {meant}; " if meant.partition("=")[0] in taken else f"fit takes {meant}; "
    near = nearest(name, taken) or nearest(name, parameters)
    return f"did you mean {near}? " if near else ""
