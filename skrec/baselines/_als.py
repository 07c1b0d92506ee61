"""Vectors of users and items from implicit feedback, by alternating least squares."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils import check_random_state

from skrec._validation import Interval, Whole
from skrec.baselines._baseline import Baseline

SOLVED = 2**8  # vectors that are solved at a time


class ALS(Baseline):
    r"""Rank items by the inner product of a user's and an item's vector, found by alternating least squares.

    .. math::

        s_{ui} = \langle x_u, y_i \rangle, \quad \min_{x, y} \sum_{u, i} c_{ui} (p_{ui} - \langle x_u, y_i \rangle)^2 +
        \lambda \Big( \sum_u |x_u|^2 + \sum_i |y_i|^2 \Big)

    over all pairs, with p = 1 and :math:`c = 1 + \alpha` of those that are in the data, p = 0 and c = 1 of the others.
    With the items' vectors fixed the users' are the solution of linear equations, and the other way round.

    Parameters
    ----------
    user, item : str or int, default=0 and 1
        The columns of the ids, by name or position.
    n_factors : int, default=64
        Width D of the vectors.
    alpha : float, default=1.0
        How much more a pair counts that is in the data.
    l2 : float, default=0.01
        Lambda.
    n_iterations : int, default=15
        How often users' and items' vectors are solved for.
    random_state : int, RandomState or None, default=None
        Draws the first vectors of items.

    Attributes
    ----------
    user_vectors_ : ndarray of shape (n_users + 1, n_factors), float
        Of users in the order of their codes, the first one zeros for who is unknown.
    item_vectors_ : ndarray of shape (n_items + 1, n_factors), float
    schema_ : Schema
        The ids.
    n_features_in_ : int
        Columns of the data.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where all are strings.

    References
    ----------
    Hu, Koren, Volinsky (2008), Collaborative Filtering for Implicit Feedback Datasets, eq. 3-5.

    Notes
    -----
    The equations are solved exactly. The library implicit counts a pair of the data `alpha` times, which is 1 + `alpha`
    here.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.baselines import ALS
    >>> log = pd.DataFrame({"user": list("aabbc"), "item": list("uvuvu")})
    >>> model = ALS(n_factors=1, random_state=0).fit(log)
    >>> model.decision_function(pd.DataFrame({"user": ["a", "c"], "item": ["v", "v"]})).round(1)
    array([0.9, 0.6])
    """

    _parameter_constraints: ClassVar[dict] = {
        **Baseline._parameter_constraints,
        "n_factors": [Whole(1)],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "l2": [Interval(Real, 0, None, closed="neither")],
        "n_iterations": [Whole(1)],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        user: Any = 0,
        item: Any = 1,
        n_factors: int = 64,
        alpha: float = 1.0,
        l2: float = 0.01,
        n_iterations: int = 15,
        random_state: Any = None,
    ) -> None:
        self.user, self.item, self.n_factors, self.alpha, self.l2 = user, item, n_factors, alpha, l2
        self.n_iterations, self.random_state = n_iterations, random_state

    def _learn(self, frame, codes, there):
        taken, takers = self._taken_, self._taken_.T.tocsr()
        items = 0.01 * check_random_state(self.random_state).standard_normal((taken.shape[1], self.n_factors))
        items[0] = 0  # unknown
        for _ in range(self.n_iterations):
            users = self._solved(taken, items)
            items = self._solved(takers, users)
        self.user_vectors_, self.item_vectors_ = users, items

    def _solved(self, taken, vectors):
        """Return the vectors (n, D) of rows of `taken`, sparse (n, m), given those of its columns (m, D)."""
        gram, found = vectors.T @ vectors, np.zeros((taken.shape[0], self.n_factors))
        gram[np.diag_indices(self.n_factors)] += self.l2
        rows = np.flatnonzero(np.diff(taken.indptr))  # of the others the vectors are zeros
        for start in range(0, len(rows), SOLVED):
            part = rows[start : start + SOLVED]
            left, right = np.tile(gram, (len(part), 1, 1)), np.empty((len(part), self.n_factors, 1))
            for place, row in enumerate(part):
                own = vectors[taken.indices[taken.indptr[row] : taken.indptr[row + 1]]]
                left[place] += self.alpha * (own.T @ own)
                right[place, :, 0] = (1 + self.alpha) * own.sum(0)
            found[part] = np.linalg.solve(left, right)[..., 0]
        return found

    def _scores(self, users):
        return self.user_vectors_[users] @ self.item_vectors_.T
