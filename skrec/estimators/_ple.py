"""Progressive layered extraction."""

from numbers import Integral

from skrec import nets
from skrec.estimators._base import (
    ColumnParameters,
    MLPParameters,
    NetEstimator,
    NumericParameters,
    SeveralClassifier,
    SeveralRegressor,
    TowerParameters,
    at_least_zero,
    mlp_spec,
    parameter,
    positive,
    target_sizes,
)


class _PLE(MLPParameters, TowerParameters, NumericParameters, ColumnParameters, NetEstimator):
    hidden_layer_sizes: tuple = (64,)  # as deep with two levels as others with (128, 64)
    n_levels: int = parameter(2, "int", "Levels of experts, each over the one before.", positive(Integral))
    n_experts: int = parameter(2, "int", "Experts of a level that all targets share.", positive(Integral))
    n_target_experts: int = parameter(
        2, "int", "Experts of a level that each target has for itself.", at_least_zero(Integral)
    )

    def _build_net(self, fields, n_outputs, generator):
        return nets.PLE(
            fields,
            target_sizes(self, n_outputs),
            embedding_dim=self.embedding_dim,
            n_levels=self.n_levels,
            n_experts=self.n_experts,
            n_target_experts=self.n_target_experts,
            mlp=mlp_spec(self),
            tower=mlp_spec(self, "tower_layer_sizes", least=0),
            generator=generator,
        )


class PLEClassifier(_PLE, SeveralClassifier):
    r"""Several targets, such as clicks and purchases, each with experts of its own beside shared ones.

    .. math::

        s_k(x) = b_k + \mathrm{MLP}_k(f^k_L), \quad
        f^k_l = \sum_i \mathrm{softmax}(W^k_l f^k_{l-1})_i \, S^k_{l,i}, \quad f^k_0 = [v_1, \dots, v_F, x_{num}]

    is the log odds of target k, where :math:`S^k_l` are its own experts of :math:`f^k_{l-1}` and the shared ones; with
    more than two classes a target has an output for each. `hidden_layer_sizes` are those of each expert.

    {parameters}

    {attributes}

    References
    ----------
    Tang et al. (2020), Progressive Layered Extraction (PLE): A Novel Multi-Task Learning (MTL) Model for Personalized
    Recommendations, eq. 1-8.

    Notes
    -----
    `y` may have several columns, an array (n_rows, n_targets) or a frame; of a Dataset it is a list of names. A target
    may be missing in a row, NaN or None, and then says nothing. With several, `classes_` and what `predict_proba`
    returns are lists, one for each, and `predict` returns a frame where the targets have names.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import PLEClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> y = pd.DataFrame({"click": (df["user"] == "ann") == (df["item"] == "tea"), "bought": df["item"] == "tea"})
    >>> model = PLEClassifier(lr=0.01, random_state=0).fit(df, y)
    >>> model.score(df, y)
    1.0
    """


class PLERegressor(_PLE, SeveralRegressor):
    r"""Several numbers, such as ratings and minutes, each with experts of its own beside shared ones.

    .. math::

        \hat y_k(x) = b_k + \mathrm{MLP}_k(f^k_L), \quad
        f^k_l = \sum_i \mathrm{softmax}(W^k_l f^k_{l-1})_i \, S^k_{l,i}, \quad f^k_0 = [v_1, \dots, v_F, x_{num}]

    where :math:`S^k_l` are the target's own experts of :math:`f^k_{l-1}` and the shared ones. `hidden_layer_sizes` are
    those of each expert.

    {parameters}

    {attributes}

    References
    ----------
    Tang et al. (2020), Progressive Layered Extraction (PLE): A Novel Multi-Task Learning (MTL) Model for Personalized
    Recommendations, eq. 1-8.

    Notes
    -----
    `y` may have several columns, an array (n_rows, n_targets) or a frame; of a Dataset it is a list of names. A target
    may be missing in a row, NaN, and then says nothing. `predict` returns a frame where the targets have names.
    """
