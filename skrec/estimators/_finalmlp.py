"""FinalMLP."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import pandas as pd

from skrec import nets
from skrec._text import quoted
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE, column_of
from skrec.estimators._base import (
    ColumnParameters,
    InitParameters,
    MLPParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    mlp_spec,
    parameter,
    positive,
)


class _FinalMLP(MLPParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    lr: float = 1e-3

    hidden_layer_sizes: Sequence[int] = parameter(
        (128, 64), "tuple of int", "Units of each hidden layer of the first MLP.", "array-like"
    )
    second_hidden_layer_sizes: Any = parameter(
        None,
        "tuple of int or None",
        "Units of each hidden layer of the second MLP; None is as in the first.",
        "array-like",
        None,
    )
    n_heads: int = parameter(
        1,
        "int",
        "Parts of the MLPs' last hidden layers of which each is multiplied with its like; they divide both.",
        positive(Integral),
    )
    gating: bool = parameter(True, "bool", "Whether each MLP sees the columns through a gate of its own.", "boolean")
    gate_columns: Any = parameter(
        None,
        "pair of lists or None",
        """Columns that the two gates read, by name (position, for an array): ``(["user_id", "age"], ["item_id"])``. A
        gate without any, as both are with None, is the same for all rows.""",
        tuple,
        list,
        None,
    )

    def _build_net(self, fields, n_outputs, generator):
        first = second = mlp_spec(self)
        if self.second_hidden_layer_sizes is not None:
            second = mlp_spec(self, "second_hidden_layer_sizes", otherwise=", or None for those of the first MLP")
        widths = [spec.hidden_layer_sizes[-1] for spec in (first, second)]
        if any(width % self.n_heads for width in widths):
            raise ValueError(
                f"The 'n_heads' parameter of {type(self).__name__} must divide the last hidden layer of both MLPs, "
                f"{widths[0]} and {widths[1]} wide. Got {quoted(self.n_heads)} instead."
            )
        return nets.FinalMLP(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            mlp=first,
            second_mlp=second,
            n_heads=self.n_heads,
            gating=self.gating,
            contexts=self._contexts(),
            init_scale=self.init_scale,
            generator=generator,
        )

    def _contexts(self):
        """Return for each gate the fields that it reads, in the net's order."""
        if self.gate_columns is None:
            return (), ()
        name = type(self).__name__
        if not self.gating:
            raise ValueError(
                f"The 'gate_columns' parameter of {name} must be None with gating=False, which has no gates. "
                f"Got {quoted(self.gate_columns)} instead."
            )
        if len(self.gate_columns) != 2 or any(isinstance(columns, str) for columns in self.gate_columns):
            raise ValueError(
                f"The 'gate_columns' parameter of {name} must be a pair of lists, one for each MLP. "
                f"Got {quoted(self.gate_columns)} instead."
            )
        order = [field.name for role in (CATEGORICAL, SEQUENCE, NUMERIC) for field in self.schema_.of_role(role)]
        known = pd.DataFrame(columns=order)
        return tuple(
            [order.index(column_of(known, column, "gate_columns")) for column in columns]
            for columns in self.gate_columns
        )


class FinalMLPClassifier(_FinalMLP, NetClassifier):
    r"""FinalMLP for clicks: two MLPs that see the columns differently, and products of what they make of them.

    .. math::

        s(x) = b + \langle w_1, o_1 \rangle + \langle w_2, o_2 \rangle + \sum_h o_1^{h\top} W_h \, o_2^h

        o_k = \mathrm{MLP}_k([v_1, \dots, v_F, x_{num}] \odot 2 \sigma(\mathrm{gate}_k))

    is the log odds; with more than two classes there are weights and matrices for each.

    {parameters}

    {attributes}

    References
    ----------
    Mao et al. (2023), FinalMLP: An Enhanced Two-Stream MLP Model for CTR Prediction, eq. 4-8.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import FinalMLPClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> model = FinalMLPClassifier(gate_columns=(["user"], ["item"]), n_heads=4, lr=0.01, random_state=0)
    >>> model.fit(df, clicked).score(df, clicked)
    1.0
    """


class FinalMLPRegressor(_FinalMLP, NetRegressor):
    r"""FinalMLP for ratings: two MLPs that see the columns differently, and products of what they make of them.

    .. math::

        \hat y(x) = b + \langle w_1, o_1 \rangle + \langle w_2, o_2 \rangle + \sum_h o_1^{h\top} W_h \, o_2^h

        o_k = \mathrm{MLP}_k([v_1, \dots, v_F, x_{num}] \odot 2 \sigma(\mathrm{gate}_k))

    {parameters}

    {attributes}

    References
    ----------
    Mao et al. (2023), FinalMLP: An Enhanced Two-Stream MLP Model for CTR Prediction, eq. 4-8.
    """
