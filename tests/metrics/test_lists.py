"""Small lists whose coverage, novelty and diversity are fractions."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from skrec.metrics import catalogue_coverage, intra_list_diversity, novelty

pytestmark = pytest.mark.fast


def test_coverage_counts_items_once():
    assert catalogue_coverage([1, 2, 1, 2, 3], range(1, 7)) == 3 / 6
    assert catalogue_coverage(pd.DataFrame([["a", "b"], ["b", "a"]]), list("ab")) == 1
    assert catalogue_coverage([], [1, 2]) == 0


def test_novelty_is_the_mean_over_lists_of_bits():
    """Three bits alone, and (one and three) halves: an item that nobody took counts as taken once."""
    taken = np.repeat([1, 2, 3, 4], [4, 2, 1, 1])
    assert novelty([3, 1, 9], taken, groups=["u", "v", "v"]) == (3 + (1 + 3) / 2) / 2


def test_diversity_is_the_mean_over_pairs():
    rng = np.random.default_rng(0)
    vectors = pd.DataFrame(rng.normal(size=(9, 4)), index=list("abcdefghi"))
    cosine = cosine_similarity(vectors)
    expected = [np.mean([1 - cosine[i, j] for i in part for j in part if i != j]) for part in ([0, 3, 8], [1, 2])]
    groups = ["u", "v", "u", "v", "u", "w"]  # w has one item, and no pair
    assert intra_list_diversity(list("abdcie"), vectors, groups=groups) == pytest.approx(np.mean(expected))


VECTORS = pd.DataFrame([[1.0], [0.0]], index=["a", "b"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: catalogue_coverage(["a", "z"], ["a"]),
            "Expected every item of the lists in catalogue, got none for 'z'",
        ),
        (lambda: catalogue_coverage([], []), "Expected items in the catalogue, got none"),
        (lambda: novelty(["a"], [], groups=[1]), "Expected items that were taken, got none"),
        (lambda: novelty(["a"], ["a"], groups=[1, 2]), "inconsistent numbers of samples"),
        (lambda: intra_list_diversity(["z"], VECTORS, groups=[1]), "of the lists in vectors, got none for 'z'"),
        (lambda: intra_list_diversity(["b"], VECTORS, groups=[1]), "got zeros for 'b'"),
        (lambda: intra_list_diversity(["a"], VECTORS, groups=[1]), "Expected a list of at least two items"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
