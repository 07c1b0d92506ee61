"""DeepFM."""

from skrec import nets
from skrec.estimators._base import (
    ColumnParameters,
    InitParameters,
    MemberParameters,
    MLPParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    mlp_spec,
)


class _DeepFM(MLPParameters, MemberParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    lr: float = 1e-3

    def _build_net(self, fields, n_outputs, generator):
        return nets.DeepFM(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self),
            init_scale=self.init_scale,
            generator=generator,
        )


class DeepFMClassifier(_DeepFM, NetClassifier):
    r"""DeepFM for clicks: a factorization machine and an MLP over the same vectors, added up.

    .. math:: s(x) = s_{FM}(x) + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    {parameters}

    {attributes}

    References
    ----------
    Guo et al. (2017), DeepFM: A Factorization-Machine based Neural Network for CTR Prediction, eq. 1-4.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import DeepFMClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> model = DeepFMClassifier(lr=0.01, random_state=0).fit(df, clicked)
    >>> model.score(df, clicked)
    1.0
    >>> new = pd.DataFrame({"user": ["eve", None], "item": ["tea", "jam"]})
    >>> model.predict_proba(new).shape  # a user who is new, one who is missing: the unknown vector
    (2, 2)
    """


class DeepFMRegressor(_DeepFM, NetRegressor):
    r"""DeepFM for ratings: a factorization machine and an MLP over the same vectors, added up.

    .. math:: \hat y(x) = \hat y_{FM}(x) + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    {parameters}

    {attributes}

    References
    ----------
    Guo et al. (2017), DeepFM: A Factorization-Machine based Neural Network for CTR Prediction, eq. 1-4.
    """
