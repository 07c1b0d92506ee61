"""Multi-interest network with dynamic routing."""

from math import inf
from numbers import Integral, Real
from typing import Any

import numpy as np

from skrec import nets
from skrec._learnt import at_one_moment
from skrec._validation import Interval
from skrec.estimators._base import parameter, positive
from skrec.estimators._next_item import NextItemClassifier
from skrec.estimators._vectors import USER, embed


class MINDClassifier(NextItemClassifier):
    r"""Several interests of a user, of which the best meets an item: the next item, of all that a user did before.

    .. math:: s(x) = b + \max_k \langle u_k, v \rangle, \quad
        u_k = f(c_k) + g(x_{user}), \;
        c = \mathrm{routing}(\mathrm{LN}(\sqrt{D} h_1), \dots, \mathrm{LN}(\sqrt{D} h_n))

    is the log odds, with the steps h of a history, K capsules c to which they are routed by how well they agree, an MLP
    f, and v the sum of the vectors of the item's columns; an item's id has one vector, in histories and as what comes
    next. The order of a history counts for nothing but where routing starts. A user who reads of cooking and of
    football is two vectors, not one between them: see `embed_users` and `embed_items`. Two classes.

    `sequence_features` names the history's lists, the oldest value first, and of which columns of the item they are.
    Rows have a history and the item that came next; or a row is a whole sequence: see `SASRecClassifier`.

    {parameters}

    {attributes}

    References
    ----------
    Li et al. (2019), Multi-Interest Network with Dynamic Routing for Recommendation at Tmall, section 4.
    Cen et al. (2020), Controllable Multi-Interest Framework for Recommendation, of the interest that is best.

    Notes
    -----
    A user of n steps has :math:`\max(1, \min(K, \lfloor \log_2 n \rfloor))` interests, the first of which stands for
    those that are not there. Differs from the paper: steps are normalised before they are routed; the attention of a
    row's item multiplies matches by `sharpness`, where the paper takes their power; with ``loss="auto"`` the softmax is
    over all items where there are histories. Of a whole sequence each position has interests of its own: a step of
    training holds the histories of all positions of its rows, which `batch_size` bounds. `Recommender` searches its
    index once for each interest, and ranks an item by the best of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import MINDClassifier
    >>> log = pd.DataFrame({"items": [["tea", "jam", "ale", "rum"], ["ale", "rum", "tea", "jam"]] * 50})
    >>> model = MINDClassifier(sequence_features={"items": "item"}, lr=0.01, random_state=0).fit(log, [1] * 100)
    >>> users, items = pd.DataFrame({"items": [["tea"], ["ale"]]}), ["jam", "rum"]
    >>> interests = model.embed_users(users)
    >>> interests.shape
    (2, 4, 64)
    >>> scores = (interests @ model.embed_items(pd.DataFrame({"item": items})).T).max(1)
    >>> [items[best] for best in scores.argmax(1)]
    ['jam', 'rum']
    """

    n_interests: int = parameter(4, "int", "Most vectors K of a user.", positive(Integral))
    n_iterations: int = parameter(3, "int", "Of the routing of a history's steps to interests.", positive(Integral))
    sharpness: float = parameter(
        inf,
        "float",
        """With a `loss` that ranks, how much training leaves a row to the interest that its item meets best: a softmax
        of so many times their matches shares it among them, inf gives it to the best one alone.""",
        Interval(Real, 0, None, closed="both"),
    )

    def _build_net(self, fields, n_outputs, generator):
        return nets.MIND(
            fields,
            **self._shape(),
            n_interests=self.n_interests,
            n_iterations=self.n_iterations,
            sharpness=self.sharpness,
            generator=generator,
        )

    @at_one_moment
    def embed_users(self, X: Any) -> np.ndarray:
        """Return the users' interests, of whose inner products with an item's vector the largest ranks.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_users, n_columns)
            The user's columns; others are not read. An array has all columns of `fit`, or the user's alone.

        Returns
        -------
        interests : ndarray of shape (n_users, n_interests, D), float
            Without a history there is one interest.
        """
        return embed(self, X, USER)
