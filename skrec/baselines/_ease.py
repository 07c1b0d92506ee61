"""A linear map from what a user took to what the user takes."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skrec._memory import check_bytes
from skrec._validation import Interval
from skrec.baselines._baseline import Baseline


class EASE(Baseline):
    r"""Rank items by a linear map of all that a user took, in closed form: shallow, and hard to beat.

    .. math:: s_{ui} = \sum_{j \in u} B_{ji}, \quad B = I - P \, \mathrm{diag}(P)^{-1}, \quad
        P = (X^T X + \lambda I)^{-1}

    minimises :math:`|X - X B|^2 + \lambda |B|^2` over the B with zeros on the diagonal, of the matrix X of who took
    what.

    Parameters
    ----------
    user, item : str or int, default=0 and 1
        The columns of the ids, by name or position.
    l2 : float, default=250.0
        Lambda; more for data of many rows an item.

    Attributes
    ----------
    weights_ : ndarray of shape (n_items + 1, n_items + 1), float32
        B, with a row and a column of zeros for unknown items before all others.
    schema_ : Schema
        The ids.
    n_features_in_ : int
        Columns of the data.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where all are strings.

    References
    ----------
    Steck (2019), Embarrassingly Shallow Autoencoders for Sparse Data, eq. 8.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.baselines import EASE
    >>> log = pd.DataFrame({"user": list("aabbc"), "item": list("uvuvu")})
    >>> EASE(l2=1.0).fit(log).decision_function(pd.DataFrame({"user": ["c"], "item": ["v"]}))
    array([0.5])
    """

    _parameter_constraints: ClassVar[dict] = {
        **Baseline._parameter_constraints,
        "l2": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, *, user: Any = 0, item: Any = 1, l2: float = 250.0) -> None:
        self.user, self.item, self.l2 = user, item, l2

    def _learn(self, frame, codes, there):
        taken = self._taken_[:, 1:].astype(np.float64)
        n_items = taken.shape[1]
        check_bytes(3 * 8 * n_items**2, f"EASE of {n_items:,} items", "numbers, one for each pair", "drop rare items")
        gram = (taken.T @ taken).toarray()
        gram[np.diag_indices(n_items)] += self.l2
        inverse = np.linalg.inv(gram)
        inverse /= -np.diag(inverse)
        inverse[np.diag_indices(n_items)] = 0
        self.weights_ = np.pad(inverse, ((1, 0), (1, 0))).astype(np.float32)

    def _scores(self, users):
        return (self._taken_[users] @ self.weights_.astype(np.float64)).astype(np.float64)
