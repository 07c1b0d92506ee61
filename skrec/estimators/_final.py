"""Factorized interaction layers."""

from numbers import Integral

from skrec import nets
from skrec._validation import Interval
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
)


class _FINAL(MLPParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    n_blocks: int = parameter(
        2,
        "{1, 2}",
        "Whether beside the layers over columns and gated columns there are others over the columns alone.",
        Interval(Integral, 1, 2, closed="both"),
    )
    init_scale: float = 0.1

    def _build_net(self, fields, n_outputs, generator):
        return nets.FINAL(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            n_blocks=self.n_blocks,
            mlp=mlp_spec(self),
            init_scale=self.init_scale,
            generator=generator,
        )


class FINALClassifier(_FINAL, NetClassifier):
    r"""FINAL for clicks: layers of products, whose interactions double with each layer.

    .. math::

        h_l = a_l + a_l \odot c_l, \quad a_l = W_l h_{l-1} + \alpha_l, \quad c_l = V_l h_{l-1} + \gamma_l

        s(x) = b + \tfrac{1}{2} (\langle w, h_L \rangle + \langle w', h'_L \rangle)

    is the log odds, where :math:`h_0` has the columns and gated columns, :math:`h'_0` the columns alone; with more than
    two classes there are a `w` and a `w'` for each. `hidden_layer_sizes` are the widths of the layers.

    {parameters}

    {attributes}

    References
    ----------
    Zhu et al. (2023), FINAL: Factorized Interaction Layer for CTR Prediction.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import FINALClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> FINALClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class FINALRegressor(_FINAL, NetRegressor):
    r"""FINAL for ratings: layers of products, whose interactions double with each layer.

    .. math::

        h_l = a_l + a_l \odot c_l, \quad a_l = W_l h_{l-1} + \alpha_l, \quad c_l = V_l h_{l-1} + \gamma_l

        \hat y(x) = b + \tfrac{1}{2} (\langle w, h_L \rangle + \langle w', h'_L \rangle)

    where :math:`h_0` has the columns and gated columns, :math:`h'_0` the columns alone. `hidden_layer_sizes` are the
    widths of the layers.

    {parameters}

    {attributes}

    References
    ----------
    Zhu et al. (2023), FINAL: Factorized Interaction Layer for CTR Prediction.
    """
