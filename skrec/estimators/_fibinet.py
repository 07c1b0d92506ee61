"""FiBiNET."""

from numbers import Integral

from skrec import nets
from skrec.estimators._base import (
    BilinearParameters,
    ColumnParameters,
    InitParameters,
    MemberParameters,
    MLPParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    mlp_spec,
    parameter,
    positive,
)


class _FiBiNET(
    BilinearParameters,
    MLPParameters,
    MemberParameters,
    NumericParameters,
    InitParameters,
    ColumnParameters,
    NetEstimator,
):
    lr: float = 2e-3  # at half of it, 20 epochs of a few hundred rows do not tell three clouds apart

    init_scale: float = 0.1
    _minimum_columns = 2

    reduction_ratio: int = parameter(
        3,
        "int",
        "Squeeze-excitation passes through (number of columns) / reduction_ratio units, at least one.",
        positive(Integral),
    )

    def _build_net(self, fields, n_outputs, generator):
        return nets.FiBiNET(
            fields,
            n_outputs,
            bilinear_type=self.bilinear_type,
            reduction_ratio=self.reduction_ratio,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self),
            init_scale=self.init_scale,
            generator=generator,
        )


class FiBiNETClassifier(_FiBiNET, NetClassifier):
    r"""FiBiNET for clicks: pairs of columns, plain and weighed by what counts in the row, into an MLP.

    .. math:: s(x) = b + \sum_i w_i x_i + \mathrm{MLP}([p_{12}, \dots, p_{F-1,F}, q_{12}, \dots, x_{num}])

    with :math:`p_{ij} = (v_i W) \odot v_j`, and q the same of the vectors after squeeze-excitation, which weighs
    each column by what the row holds.

    {parameters}

    {attributes}

    References
    ----------
    Huang et al. (2019), FiBiNET: Combining Feature Importance and Bilinear feature Interaction for Click-Through
    Rate Prediction, eq. 1-9.

    Notes
    -----
    The MLP reads 2 D numbers for each of the F (F - 1) / 2 pairs: with many columns take a small `embedding_dim`.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import FiBiNETClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> FiBiNETClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class FiBiNETRegressor(_FiBiNET, NetRegressor):
    r"""FiBiNET for ratings: pairs of columns, plain and weighed by what counts in the row, into an MLP.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \mathrm{MLP}([p_{12}, \dots, p_{F-1,F}, q_{12}, \dots, x_{num}])

    with :math:`p_{ij} = (v_i W) \odot v_j`, and q the same of the vectors after squeeze-excitation, which weighs
    each column by what the row holds.

    {parameters}

    {attributes}

    References
    ----------
    Huang et al. (2019), FiBiNET: Combining Feature Importance and Bilinear feature Interaction for Click-Through
    Rate Prediction, eq. 1-9.

    Notes
    -----
    The MLP reads 2 D numbers for each of the F (F - 1) / 2 pairs: with many columns take a small `embedding_dim`.
    """
