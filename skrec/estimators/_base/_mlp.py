"""The MLP that parameters ask for."""

from numbers import Integral
from typing import Any

from skrec._text import quoted
from skrec.estimators._base._parameters import positive
from skrec.nets import MLPSpec


def mlp_spec(
    settings: Any, name: str = "hidden_layer_sizes", *, activation: str = "relu", otherwise: str = "", least: int = 1
) -> Any:
    """Return the MLP that an estimator's parameters are of.

    Parameters
    ----------
    settings : MLPParameters
        With or without MemberParameters.
    name : str, default="hidden_layer_sizes"
        Its parameter that has the sizes.
    activation : {"relu", "prelu", "dice"}, default="relu"
        Units of the hidden layers.
    otherwise : str, default=""
        What else the parameter may be, for the error: see `layer_sizes`.
    least : {0, 1}, default=1
        Hidden layers, at least.
    """
    sizes = layer_sizes(settings, name, otherwise, least)
    n_members = getattr(settings, "n_members", 1)
    return MLPSpec(sizes, settings.dropout, settings.batch_norm, activation, n_members)


def layer_sizes(settings, name, otherwise="", least=1):
    """Return the parameter `name` as a tuple, of one or more positive integers; `otherwise` goes into the error."""
    sizes = getattr(settings, name)
    if len(sizes) < least or not all(positive(Integral).is_satisfied_by(size) for size in sizes):
        raise ValueError(
            f"The {quoted(name)} parameter of {type(settings).__name__} must be "
            f"{'one or more' if least else 'any number of'} positive integers{otherwise}. Got {quoted(sizes)} instead."
        )
    return tuple(sizes)
