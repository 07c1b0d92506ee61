"""Categories that are as unequal as real ones."""

import numpy as np


def popularity(n_categories: int, power: float) -> np.ndarray:
    """The probability of each category, proportional to (k + 1) ** -power: shape (n_categories,), sums to 1."""
    weights = np.arange(1, n_categories + 1, dtype=np.float64) ** -power
    return weights / weights.sum()


def draw(rng: np.random.RandomState, probabilities: np.ndarray, size: int) -> np.ndarray:
    """Independent categories with these probabilities, int64 of shape (size,)."""
    cumulative = np.cumsum(probabilities)
    # Rounding may leave the sum a hair below 1.
    return np.searchsorted(cumulative, rng.random_sample(size) * cumulative[-1], side="right")
