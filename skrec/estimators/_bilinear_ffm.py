"""Bilinear field-aware factorization machines."""

from numbers import Integral

from skrec import nets
from skrec.estimators._base import (
    BilinearParameters,
    ColumnParameters,
    InitParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    parameter,
    positive,
)
from skrec.estimators._pair_strengths import pair_strengths


class _BilinearFFM(BilinearParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    _minimum_columns = 2

    embedding_dim: int = parameter(16, "int", "Width D of the vectors.", positive(Integral))
    lr: float = 4e-3
    layer_norm: bool = parameter(
        False,
        "bool",
        "Normalise the interaction vector of a row, the sum over pairs of v_i W * v_j, before it is read out.",
        "boolean",
    )

    @property
    def _bilinear(self):  # type: ignore[override]  # a constant in the base
        return not self.layer_norm

    pair_strengths = pair_strengths

    def _build_net(self, fields, n_outputs, generator):
        if self.layer_norm and self.embedding_dim < 2:
            raise ValueError(
                f"layer_norm=True of {type(self).__name__} leaves nothing of a vector of a single number; "
                f"raise embedding_dim={self.embedding_dim}, or set layer_norm=False"
            )
        return nets.BilinearFFM(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            bilinear_type=self.bilinear_type,
            layer_norm=self.layer_norm,
            init_scale=self.init_scale,
            generator=generator,
        )


class BilinearFFMClassifier(_BilinearFFM, NetClassifier):
    r"""Factorization machine for clicks whose vectors meet through learnt matrices: an FFM at the memory of an FM.

    .. math:: s(x) = b + \sum_i w_i x_i + \sum_{i<j} \langle v_i W, v_j \rangle x_i x_j

    is the log odds; with more than two classes the interaction vector is projected to one logit a class.

    {parameters}

    {attributes}

    References
    ----------
    Zhang et al. (2019), Bi-FFM; Huang et al. (2019), FiBiNET: Combining Feature Importance and Bilinear feature
    Interaction for Click-Through Rate Prediction, section 3.4.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import BilinearFFMClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> BilinearFFMClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class BilinearFFMRegressor(_BilinearFFM, NetRegressor):
    r"""Factorization machine for ratings whose vectors meet through learnt matrices: an FFM at the memory of an FM.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_{i<j} \langle v_i W, v_j \rangle x_i x_j

    {parameters}

    {attributes}

    References
    ----------
    Zhang et al. (2019), Bi-FFM; Huang et al. (2019), FiBiNET: Combining Feature Importance and Bilinear feature
    Interaction for Click-Through Rate Prediction, section 3.4.
    """

    lr: float = 5e-3
    embedding_l2: float = 0.05
