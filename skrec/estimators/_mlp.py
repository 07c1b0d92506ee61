"""The parameters of every model that has an MLP."""

from numbers import Integral, Real

from skrec._text import quoted
from skrec._validation import Interval
from skrec.estimators._base import NetEstimator
from skrec.estimators._features import FeatureModel
from skrec.estimators._numeric import NumericParameters
from skrec.estimators._parameters import parameter, positive
from skrec.nets import MLPSpec


class MLPParameters(NetEstimator):
    """Mixin of the models with embeddings and an MLP."""

    embedding_dim: int = parameter(16, "int", "Width D of the vectors.", positive(Integral))
    hidden_layer_sizes: tuple = parameter(
        (128, 64), "tuple of int", "Units of each hidden layer of the MLP.", "array-like"
    )
    dropout: float = parameter(
        0.0,
        "float",
        "Share of the hidden units that a training step drops.",
        Interval(Real, 0, 1, closed="left"),
    )
    batch_norm: bool = parameter(
        False, "bool", "Normalise each hidden layer over the batch, before its ReLU.", "boolean"
    )
    lr: float = 2e-3  # at 1e-3 a deep net on two id columns stays so long as good as their biases that it is stopped


class WithMLP(MLPParameters, NumericParameters, FeatureModel):
    """Base of the models with an MLP that see every column of their frame."""


def mlp_spec(settings, name="hidden_layer_sizes", *, activation="relu", otherwise=""):
    """Return the MLP that an estimator's parameters are of.

    Parameters
    ----------
    settings : MLPParameters
    name : str, default="hidden_layer_sizes"
        Its parameter that has the sizes.
    activation : {"relu", "prelu", "dice"}, default="relu"
        Units of the hidden layers.
    otherwise : str, default=""
        What else the parameter may be, for the error: see `layer_sizes`.
    """
    sizes = layer_sizes(settings, name, otherwise)
    return MLPSpec(sizes, settings.dropout, settings.batch_norm, activation)


def layer_sizes(settings, name, otherwise=""):
    """Return the parameter `name` as a tuple, of one or more positive integers; `otherwise` goes into the error."""
    sizes = getattr(settings, name)
    if not len(sizes) or not all(positive(Integral).is_satisfied_by(size) for size in sizes):
        raise ValueError(
            f"The {quoted(name)} parameter of {type(settings).__name__} must be one or more positive "
            f"integers{otherwise}. Got {quoted(sizes)} instead."
        )
    return tuple(sizes)
