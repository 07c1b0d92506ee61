"""xDeepFM."""

from collections.abc import Sequence

from skrec import nets
from skrec._text import quoted
from skrec.estimators._base import (
    ColumnParameters,
    InitParameters,
    MemberParameters,
    MLPParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    layer_sizes,
    mlp_spec,
    parameter,
)


class _XDeepFM(MLPParameters, MemberParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    lr: float = 1e-3

    _minimum_columns = 2

    cin_layer_sizes: Sequence[int] = parameter(
        (32, 32),
        "tuple of int",
        """Maps of each layer of the compressed interaction network; with L layers the interactions have up to L + 1
        factors.""",
        "array-like",
    )
    split_half: bool = parameter(
        False,
        "bool",
        "Give half of the maps of such a layer to the output and half to the next layer, instead of all to both.",
        "boolean",
    )

    def _build_net(self, fields, n_outputs, generator):
        sizes = layer_sizes(self, "cin_layer_sizes")
        if self.split_half and any(size % 2 for size in sizes[:-1]):
            raise ValueError(
                f"The 'cin_layer_sizes' parameter of {type(self).__name__} must be even but for the last with "
                f"split_half=True, which halves them. Got {quoted(self.cin_layer_sizes)} instead."
            )
        return nets.XDeepFM(
            fields,
            n_outputs,
            cin_layer_sizes=sizes,
            split_half=self.split_half,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self),
            init_scale=self.init_scale,
            generator=generator,
        )


class XDeepFMClassifier(_XDeepFM, NetClassifier):
    r"""xDeepFM for clicks: products of ever more columns, compressed to a few maps at each degree, and an MLP.

    .. math::

        s(x) = b + \sum_i w_i x_i + \langle w, \mathrm{CIN}(x_1 v_1, \dots, x_F v_F) \rangle
        + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

        \mathrm{CIN}: \quad x^{k+1}_h = \sum_{i,j} W^{k,h}_{ij} \, (x^k_i \odot x^0_j)

    is the log odds, each map of the CIN summed over its dimensions; with more than two classes there are weights for
    each.

    {parameters}

    {attributes}

    References
    ----------
    Lian et al. (2018), xDeepFM: Combining Explicit and Implicit Feature Interactions for Recommender Systems, eq. 6-9.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import XDeepFMClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> XDeepFMClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class XDeepFMRegressor(_XDeepFM, NetRegressor):
    r"""xDeepFM for ratings: products of ever more columns, compressed to a few maps at each degree, and an MLP.

    .. math::

        \hat y(x) = b + \sum_i w_i x_i + \langle w, \mathrm{CIN}(x_1 v_1, \dots, x_F v_F) \rangle
        + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

        \mathrm{CIN}: \quad x^{k+1}_h = \sum_{i,j} W^{k,h}_{ij} \, (x^k_i \odot x^0_j)

    where each map of the CIN is summed over its dimensions.

    {parameters}

    {attributes}

    References
    ----------
    Lian et al. (2018), xDeepFM: Combining Explicit and Implicit Feature Interactions for Recommender Systems, eq. 6-9.
    """
