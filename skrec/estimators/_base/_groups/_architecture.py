"""The parameters of what a net is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from skrec._validation import Interval
from skrec.estimators._base._parameters import one_of, parameter, positive


@dataclass(kw_only=True, eq=False, repr=False)
class MLPParameters:
    """Embeddings and an MLP."""

    embedding_dim: int = parameter(16, "int", "Width D of the vectors.", positive(Integral))
    hidden_layer_sizes: Sequence[int] = parameter(
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


@dataclass(kw_only=True, eq=False, repr=False)
class TowerParameters:
    """An MLP for each target."""

    tower_layer_sizes: tuple = parameter(
        (32,), "tuple of int", "Units of each hidden layer of a target's own MLP; () for none.", "array-like"
    )


@dataclass(kw_only=True, eq=False, repr=False)
class NumericParameters:
    """A numeric column may have vectors, as a category has."""

    numeric_embedding: Any = parameter(
        "auto",
        '{"auto", "bent", "linear", "periodic", "piecewise"} or None',
        """How a numeric column becomes a vector, which then meets the others as a category's does: "piecewise" draws
        lines between the quantiles of the training rows, "bent" one line and such pieces beside, "periodic" learns
        waves, "linear" one line. Where numbers matter and their effect bends, all but the last are worth more than the
        choice of the model. "auto" is "bent", the best on most tables, with fewer bins where rows are few: one for each
        32 that are different. None takes a number as it is: its standardised value times a vector, and in an MLP the
        value alone.""",
        one_of("auto", "bent", "linear", "periodic", "piecewise"),
        None,
    )
    n_bins: int = parameter(
        32,
        "int",
        'With "bent" and "piecewise", bins of a column, at most; each has the same share of rows.',
        positive(Integral),
    )
    n_frequencies: int = parameter(16, "int", 'With "periodic", waves of a column.', positive(Integral))
    frequency_scale: float = parameter(
        0.3,
        "float",
        """With "periodic", standard deviation of the initial frequencies, in periods per standard deviation of the
        column. What fits differs much between data: search between 0.01 and 10.""",
        positive(Real),
    )


@dataclass(kw_only=True, eq=False, repr=False)
class MemberParameters:
    """Nets in one."""

    n_members: int = parameter(
        1,
        "int",
        """Nets that share vectors and matrices, differ by two vectors in each hidden layer of the MLP, and are
        averaged. Each learns from its share of a batch's rows, so that training takes as long as of one; predictions
        take up to so many times as long in the MLP.""",
        positive(Integral),
    )


@dataclass(kw_only=True, eq=False, repr=False)
class InitParameters:
    """How vectors start, and how short they are kept."""

    init_scale: float = parameter(0.01, "float", "Standard deviation of the initial vectors.", positive(Real))
    embedding_l2: float = 1e-2  # with a tenth of it nets learn columns of few values by heart


@dataclass(kw_only=True, eq=False, repr=False)
class BilinearParameters:
    """Vectors that meet through learnt matrices."""

    bilinear_type: str = parameter(
        "interaction",
        '{"all", "each", "interaction"}',
        'Whose own a matrix W is: "all" has one, "each" one for each left column, "interaction" one for each pair.',
        one_of("all", "each", "interaction"),
    )


@dataclass(kw_only=True, eq=False, repr=False)
class CrossParameters:
    """Cross layers."""

    n_cross_layers: int = parameter(
        3, "int", "Cross layers; with L of them the interactions have up to L + 1 factors.", positive(Integral)
    )
