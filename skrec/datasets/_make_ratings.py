"""Ratings drawn from a biased matrix factorization."""

from numbers import Real

import numpy as np
import pandas as pd
from sklearn.utils import Bunch, check_random_state

from skrec._validation import Interval, Whole, validate_params
from skrec.datasets._popularity import draw, popularity


@validate_params(
    {
        "n_users": [Whole(1)],
        "n_items": [Whole(1)],
        "n_ratings": [Whole(1)],
        "n_factors": [Whole(0)],
        "noise": [Interval(Real, 0, None, closed="left")],
        "power": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_ratings(
    n_users: int = 200,
    n_items: int = 100,
    n_ratings: int = 5_000,
    *,
    n_factors: int = 4,
    noise: float = 0.5,
    power: float = 0.8,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Ratings whose true mean is known, so that a model's distance from the best error means something.

    Parameters
    ----------
    n_users, n_items : int, default=200 and 100
        Users and items; some may get no rating.
    n_ratings : int, default=5_000
        Ratings, at most ``n_users * n_items``: no user rates an item twice.
    n_factors : int, default=4
        Length of the true vectors; 0 leaves the biases alone.
    noise : float, default=0.5
        Standard deviation of the noise added to the true mean.
    power : float, default=0.8
        The k-th user and the k-th item are drawn with probabilities proportional to ``(k + 1) ** -power``: 0 makes
        all equally frequent.
    random_state : int, RandomState instance or None, default=None
        An int gives the same data in each call.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        `X` : DataFrame of shape (n_ratings, 2), in random order
            `user_id` and `item_id` (category of int, with all users and all items).
        `y` : ndarray of shape (n_ratings,), float64
            The ratings: `mean` plus noise, neither rounded nor clipped.
        `mean` : ndarray of shape (n_ratings,), float64
            The true mean of each rating, given user and item.
        `best_mse` : float
            ``mean_squared_error(y, mean)``: the mean square of the drawn noise, about ``noise ** 2``.

    Raises
    ------
    ValueError
        If `n_ratings` exceeds ``n_users * n_items``.

    See Also
    --------
    make_ctr : Clicks whose true probability is known.
    fetch_movielens : Real ratings.

    Notes
    -----
    The true mean is ``3.5 + b_u + b_i + <p_u, q_i>`` [1]_, where `b_u` and `b_i` are normal with standard deviation
    0.4, and vectors are normal, scaled so that their product has standard deviation 0.4 too. Over redrawn noise no
    function of user and item has a lower expected squared error than `mean`; a model that has seen these very ratings
    can. Compare held-out rows with the truth on the same rows, ``mean_squared_error(y[test], mean[test])``.

    References
    ----------
    .. [1] Y. Koren, R. Bell, C. Volinsky. 2009. Matrix Factorization Techniques for Recommender Systems.
       IEEE Computer 42, 8, equation 4.

    Examples
    --------
    >>> from skrec.datasets import make_ratings
    >>> data = make_ratings(50, 40, 600, noise=0.5, random_state=0)
    >>> data.X.shape
    (600, 2)
    >>> bool(0.2 < data.best_mse < 0.3)
    True
    """
    if n_ratings > n_users * n_items:
        raise ValueError(
            f"n_ratings must be at most n_users * n_items = {n_users * n_items}, for no user rates an item twice, "
            f"got {n_ratings}; lower it, or raise n_users or n_items."
        )
    rng = check_random_state(random_state)
    user, item = _draw_pairs(rng, n_users, n_items, power, n_ratings)
    user_bias, item_bias = rng.normal(0, 0.4, n_users), rng.normal(0, 0.4, n_items)
    # A product of n_factors terms, each of two independent normals: its variance is n_factors * scale ** 4.
    scale = (0.4**2 / max(n_factors, 1)) ** 0.25
    user_vectors, item_vectors = rng.normal(0, scale, (n_users, n_factors)), rng.normal(0, scale, (n_items, n_factors))
    mean = 3.5 + user_bias[user] + item_bias[item] + (user_vectors[user] * item_vectors[item]).sum(axis=1)
    y = mean + rng.normal(0, noise, n_ratings)
    X = pd.DataFrame(
        {
            "user_id": pd.Categorical.from_codes(user, categories=np.arange(n_users)),
            "item_id": pd.Categorical.from_codes(item, categories=np.arange(n_items)),
        }
    )
    return Bunch(X=X, y=y, mean=mean, best_mse=float(np.mean((y - mean) ** 2)))


def _draw_pairs(
    rng: np.random.RandomState, n_users: int, n_items: int, power: float, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Distinct (user, item) pairs, as if drawn one after another with every repetition thrown away."""
    user_probabilities, item_probabilities = popularity(n_users, power), popularity(n_items, power)
    pairs = np.empty(0, dtype=np.int64)
    rounds = 20 if size * 10 <= n_users * n_items else 0
    while len(pairs) < size and rounds:
        user, item = draw(rng, user_probabilities, size), draw(rng, item_probabilities, size)
        pairs = np.concatenate([pairs, user * n_items + item])
        _, first = np.unique(pairs, return_index=True)
        pairs, rounds = pairs[np.sort(first)][:size], rounds - 1
    if missing := size - len(pairs):
        # Until the rarest pairs turn up would take long. The order of Gumbel variables plus log probabilities
        # continues the draws by the same law, at the cost of a table of all pairs.
        ranks = np.add.outer(np.log(np.arange(1, n_users + 1)), np.log(np.arange(1, n_items + 1))).ravel()
        late = power * ranks - rng.gumbel(size=n_users * n_items)
        late[pairs] = np.inf
        pairs = np.concatenate([pairs, np.argpartition(late, missing - 1)[:missing]])
    return np.divmod(rng.permutation(pairs), n_items)
