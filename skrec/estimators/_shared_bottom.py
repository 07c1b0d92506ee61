"""One MLP for several targets."""

from skrec import nets
from skrec.estimators._base import (
    ColumnParameters,
    MLPParameters,
    NetEstimator,
    NumericParameters,
    SeveralClassifier,
    SeveralRegressor,
    TowerParameters,
    mlp_spec,
    target_sizes,
)


class _SharedBottom(MLPParameters, TowerParameters, NumericParameters, ColumnParameters, NetEstimator):
    def _build_net(self, fields, n_outputs, generator):
        return nets.SharedBottom(
            fields,
            target_sizes(self, n_outputs),
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self),
            tower=mlp_spec(self, "tower_layer_sizes", least=0),
            generator=generator,
        )


class SharedBottomClassifier(_SharedBottom, SeveralClassifier):
    r"""One MLP for several targets, such as clicks and purchases, and a small one for each.

    .. math:: s_k(x) = b_k + \mathrm{MLP}_k(\mathrm{MLP}([v_1, \dots, v_F, x_{num}]))

    is the log odds of target k; with more than two classes a target has an output for each.

    {parameters}

    {attributes}

    References
    ----------
    Caruana (1997), Multitask Learning.

    Notes
    -----
    `y` may have several columns, an array (n_rows, n_targets) or a frame; of a Dataset it is a list of names. A target
    may be missing in a row, NaN or None, and then says nothing. With several, `classes_` and what `predict_proba`
    returns are lists, one for each, and `predict` returns a frame where the targets have names.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import SharedBottomClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> y = pd.DataFrame({"click": (df["user"] == "ann") == (df["item"] == "tea"), "bought": df["item"] == "tea"})
    >>> model = SharedBottomClassifier(lr=0.01, random_state=0).fit(df, y)
    >>> model.predict(df[:2])
       click  bought
    0   True    True
    1  False    True
    """


class SharedBottomRegressor(_SharedBottom, SeveralRegressor):
    r"""One MLP for several numbers, such as ratings and minutes, and a small one for each.

    .. math:: \hat y_k(x) = b_k + \mathrm{MLP}_k(\mathrm{MLP}([v_1, \dots, v_F, x_{num}]))

    {parameters}

    {attributes}

    References
    ----------
    Caruana (1997), Multitask Learning.

    Notes
    -----
    `y` may have several columns, an array (n_rows, n_targets) or a frame; of a Dataset it is a list of names. A target
    may be missing in a row, NaN, and then says nothing. `predict` returns a frame where the targets have names.
    """
