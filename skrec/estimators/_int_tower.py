"""IntTower."""

from numbers import Integral, Real
from typing import Any

import numpy as np
import torch

from skrec import nets
from skrec._learnt import at_one_moment
from skrec._readonly import unlocked
from skrec.engine import limit_threads, on_cpu
from skrec.estimators._base import (
    ColumnParameters,
    MLPParameters,
    NetClassifier,
    SideParameters,
    at_least_zero,
    mlp_spec,
    parameter,
    positive,
)
from skrec.estimators._base._threads import thread_limit
from skrec.estimators._columns import SideColumns
from skrec.estimators._vectors import ITEM, USER, embed
from skrec.losses import ContrastiveRegularized
from skrec.objectives import Classification


class IntTowerClassifier(MLPParameters, SideParameters, ColumnParameters, NetClassifier):
    r"""IntTower for pre-ranking: two towers of which every layer of the user's meets the item's last, head by head.

    .. math:: s(x) = b + \frac{1}{\tau} \sum_{l=1}^{L} \sum_{m=1}^{M} \max_{n=1}^{M} \langle u_{lm}, i_n \rangle

    is the log odds, of heads u and i at length one. What an item brings is computed once and stored: see
    `represent_items`. Two classes.

    {parameters}

    {attributes}

    References
    ----------
    Li et al. (2022), IntTower: the Next Generation of Two-Tower Model for Pre-Ranking System, section 3.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import IntTowerClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> model = IntTowerClassifier(lr=0.01, random_state=0).fit(df, (df["user"] == "ann") == (df["item"] == "tea"))
    >>> stored = model.represent_items(df[["item"]][1:3])
    >>> (model.score_items(df[["user"]][:2], stored) > 0).tolist()
    [[True, False], [False, True]]
    """

    n_heads: int = parameter(4, "int", "Heads M of a layer.", positive(Integral))
    head_dim: int = parameter(16, "int", "Width of a head.", positive(Integral))
    normalize: bool = parameter(
        True,
        "bool",
        """Bring the heads to length one. The paper does not; of MovieLens-1M's likes cosines learnt more, and without
        batch normalization.""",
        "boolean",
    )
    temperature: float = parameter(0.5, "float", "Divisor tau of the inner products.", positive(Real))
    init_scale: float = parameter(0.05, "float", "Standard deviation of the initial vectors.", positive(Real))
    contrastive_weight: float = parameter(
        0.05,
        "float",
        """What the contrastive term counts beside the cross entropy: it draws the last layers of a user and of an
        item that the user liked together, away from what others of the batch liked.""",
        at_least_zero(),
    )
    contrastive_temperature: float = parameter(
        0.2, "float", "Divisor of the cosines in the contrastive term.", positive(Real)
    )

    _minimum_columns = 2
    _only_two = True

    def _columns(self):
        options = {name: getattr(self, name) for name in ("categorical_features", "sequence_features")}
        return SideColumns(**options, user_features=self.user_features, item_features=self.item_features)

    def _build_net(self, fields, n_outputs, generator):
        user, item = (self._columns_.side(self.schema_, side) for side in (USER, ITEM))
        return nets.IntTower(
            fields,
            user=user,
            item=item,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self),
            n_heads=self.n_heads,
            head_dim=self.head_dim,
            normalize=self.normalize,
            temperature=self.temperature,
            init_scale=self.init_scale,
            generator=generator,
        )

    def _objective(self):
        criterion = ContrastiveRegularized(self.contrastive_weight, self.contrastive_temperature)
        return Classification(type(self).__name__, self.class_weight, only_two=True, criterion=criterion)

    @at_one_moment
    def represent_items(self, X: Any) -> np.ndarray:
        """Return what the model has to know of items, to be stored until users come.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_items, n_columns)
            The item's columns; others are not read. An array has all columns of `fit`, or the item's alone.

        Returns
        -------
        items : ndarray of shape (n_items, n_heads * head_dim), float
        """
        return embed(self, X, ITEM)

    @at_one_moment
    def score_items(self, X: Any, items: Any) -> np.ndarray:
        """Return the log odds of each user with each item.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_users, n_columns)
            The user's columns; others are not read. An array has all columns of `fit`, or the user's alone.
        items : ndarray of shape (n_items, n_heads * head_dim)
            Of `represent_items`.

        Returns
        -------
        scores : ndarray of shape (n_users, n_items), float
        """
        users, module = torch.from_numpy(embed(self, X, USER)), self.net_.module_
        items = torch.from_numpy(unlocked(np.asarray(items)))
        with on_cpu(), limit_threads(thread_limit(self)), torch.inference_mode():
            parts = [module.match(user.expand(len(items), -1), items) for user in users]
            scores = (torch.stack(parts) + module.bias).numpy()
        if not np.isfinite(scores).all():
            raise ValueError(
                "Expected finite scores, got some that are not: `items` are too large, or were changed; pass what "
                "represent_items returned"
            )
        return scores
