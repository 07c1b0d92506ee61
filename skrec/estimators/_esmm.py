"""Entire space multi-task model."""

from skrec import nets
from skrec.estimators._base import (
    ColumnParameters,
    MLPParameters,
    NetEstimator,
    NumericParameters,
    SeveralClassifier,
    mlp_spec,
)
from skrec.objectives import ChainedTargets, Classification


class _ESMM(MLPParameters, NumericParameters, ColumnParameters, NetEstimator):
    def _build_net(self, fields, n_outputs, generator):
        return nets.ESMM(fields, n_outputs, embedding_dim=self.embedding_dim, mlp=mlp_spec(self), generator=generator)


class ESMMClassifier(_ESMM, SeveralClassifier):
    r"""Clicks and purchases over all impressions: each target of a chain needs the one before.

    .. math:: P(y_k = 1) = \prod_{j \le k} \sigma(z_j), \quad z_j = b_j + \mathrm{MLP}_j([v_1, \dots, v_F, x_{num}])

    where :math:`\sigma(z_j)` is the probability of target j in a row that has the one before. A model of purchases that
    learns from clicked rows alone is biased where it is asked about others; here the loss is on the products, over all
    rows, and the tables are shared.

    {parameters}

    {attributes}

    References
    ----------
    Ma et al. (2018), Entire Space Multi-Task Model: An Effective Approach for Estimating Post-Click Conversion Rate,
    eq. 1-4.

    Notes
    -----
    The columns of `y` are in the order of the chain, two classes each, of which the larger is the positive:
    impressions that were clicked, clicks that were bought, any number of them. A label that is missing behind a
    negative one is negative; behind a positive one it says nothing. `predict_proba` has the probabilities over all
    rows, P(click) and P(click and purchase); among clicked rows that of a purchase is their quotient. `intercept_` are
    the log odds of each target given the one before.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import ESMMClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> click = (df["user"] == "ann") | (df["item"] == "tea")
    >>> y = pd.DataFrame({"click": click, "bought": click & (df["item"] == "tea")})
    >>> model = ESMMClassifier(lr=0.01, random_state=0).fit(df, y)
    >>> click, bought = model.predict_proba(df)
    >>> bool((bought[:, 1] <= click[:, 1]).all())
    True
    """

    _only_two = True

    def _objective(self):
        name, known = type(self).__name__, getattr(self, "_target_", None)
        one = Classification(name, self.class_weight, only_two=True)
        return ChainedTargets(name, one, self.target_weights, known)
