"""AutoInt."""

from numbers import Integral
from typing import Any

from skrec import nets
from skrec._text import quoted
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
from skrec.estimators._pair_strengths import pair_strengths


class _AutoInt(MLPParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    lr: float = 1e-3

    _minimum_columns = 2

    n_attention_layers: int = parameter(3, "int", "Layers of self-attention between the columns.", positive(Integral))
    n_heads: int = parameter(2, "int", "Heads of each attention layer; they divide its width.", positive(Integral))
    attention_dim: int = parameter(
        32, "int", "Width of an attention layer's output, all heads together.", positive(Integral)
    )
    residual: bool = parameter(True, "bool", "Whether an attention layer adds its input to its output.", "boolean")
    hidden_layer_sizes: Any = parameter(
        None,
        "tuple of int or None",
        "Units of each hidden layer of an MLP beside the attention (AutoInt+); None is without an MLP.",
        "array-like",
        None,
    )

    pair_strengths = pair_strengths

    def _build_net(self, fields, n_outputs, generator):
        if self.attention_dim % self.n_heads:
            raise ValueError(
                f"The 'n_heads' parameter of {type(self).__name__} must divide attention_dim={self.attention_dim}, "
                f"as each head has an equal part of it. Got {quoted(self.n_heads)} instead."
            )
        mlp = None if self.hidden_layer_sizes is None else mlp_spec(self, otherwise=", or None for no MLP")
        return nets.AutoInt(
            fields,
            n_outputs,
            n_attention_layers=self.n_attention_layers,
            n_heads=self.n_heads,
            attention_dim=self.attention_dim,
            residual=self.residual,
            embedding_dim=self.embedding_dim,
            mlp=mlp,
            init_scale=self.init_scale,
            generator=generator,
        )


class AutoIntClassifier(_AutoInt, NetClassifier):
    r"""AutoInt for clicks: every column looks for those that it goes with, by self-attention.

    .. math::

        \alpha^h_{mk} = \mathrm{softmax}_k \langle W^h_Q e_m, W^h_K e_k \rangle, \quad
        e'_m = \mathrm{ReLU}([\textstyle\sum_k \alpha^h_{mk} W^h_V e_k]_h + W_{res} e_m)

        s(x) = b + \langle w, [e^L_1, \dots, e^L_F] \rangle, \quad e^0_i = x_i v_i

    is the log odds; with more than two classes there is a `w` for each. With `hidden_layer_sizes` it is AutoInt+, to
    which :math:`\mathrm{MLP}([v_1, \dots, v_F, x_{num}])` is added.

    {parameters}

    {attributes}

    References
    ----------
    Song et al. (2019), AutoInt: Automatic Feature Interaction Learning via Self-Attentive Neural Networks, eq. 5-9.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import AutoIntClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> AutoIntClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class AutoIntRegressor(_AutoInt, NetRegressor):
    r"""AutoInt for ratings: every column looks for those that it goes with, by self-attention.

    .. math::

        \alpha^h_{mk} = \mathrm{softmax}_k \langle W^h_Q e_m, W^h_K e_k \rangle, \quad
        e'_m = \mathrm{ReLU}([\textstyle\sum_k \alpha^h_{mk} W^h_V e_k]_h + W_{res} e_m)

        \hat y(x) = b + \langle w, [e^L_1, \dots, e^L_F] \rangle, \quad e^0_i = x_i v_i

    With `hidden_layer_sizes` it is AutoInt+, to which :math:`\mathrm{MLP}([v_1, \dots, v_F, x_{num}])` is added.

    {parameters}

    {attributes}

    References
    ----------
    Song et al. (2019), AutoInt: Automatic Feature Interaction Learning via Self-Attentive Neural Networks, eq. 5-9.
    """
