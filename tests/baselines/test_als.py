"""ALS against its equations, a vector at a time, and the numbers of the library implicit."""

import numpy as np
import pytest

from skrec.baselines import ALS
from tests.baselines.test_baselines import log, scores, taken

pytestmark = pytest.mark.fast

OPTIONS = {"n_factors": 3, "alpha": 3.0, "l2": 0.5, "n_iterations": 3, "random_state": 0}
# of implicit 0.7.3, AlternatingLeastSquares(factors=3, regularization=0.5, alpha=4.0, iterations=3, use_cg=False) in
# float64 from the same vectors of items: the scores of the first four users
IMPLICIT = [
    [0.964002, 0.047748, 0.942812, 0.813874, 0.689611, 0.997344, 0.989554, 0.445508, 1.017231],
    [-0.364549, 0.880914, -0.303108, 0.695731, 0.144685, -0.080025, 0.618838, 0.844747, 0.447714],
    [0.484571, 0.869748, 0.198983, 0.810645, 0.761104, 0.831704, 1.039253, 1.063757, 0.923624],
    [0.455981, 0.81717, 0.103351, 0.621569, 0.724134, 0.795317, 0.8754, 0.970339, 0.772387],
]


def solved(matrix, vectors):
    """Return the vectors of the rows of a dense matrix, each the solution of its own weighted ridge regression."""
    found = []
    for row in matrix:
        confidence = np.diag(1 + OPTIONS["alpha"] * row)
        left = vectors.T @ confidence @ vectors + OPTIONS["l2"] * np.eye(3)
        found.append(np.linalg.inv(left) @ vectors.T @ confidence @ row)
    return np.array(found)


def test_is_its_equations():
    matrix, _, items = taken(log())
    of_items = 0.01 * np.random.RandomState(0).standard_normal((len(items) + 1, 3))[1:]
    for _ in range(OPTIONS["n_iterations"]):
        of_users = solved(matrix, of_items)
        of_items = solved(matrix.T, of_users)
    np.testing.assert_allclose(scores(ALS(**OPTIONS), log()), of_users @ of_items.T, rtol=1e-8, atol=1e-10)


def test_has_the_numbers_of_implicit():
    np.testing.assert_allclose(scores(ALS(**OPTIONS), log())[:4], IMPLICIT, atol=2e-6)


def test_vectors_follow_from_the_seed():
    one, same, other = (scores(ALS(**{**OPTIONS, "random_state": seed}), log()) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)
