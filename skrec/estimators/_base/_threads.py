"""How many threads an estimator may use."""

import os

import torch

from skrec._validation import validate_parameter_constraints

MOST_THREADS = 4 * (os.cpu_count() or 1)  # asked once, for each answer takes as long as a hundredth of a row


def thread_limit(settings):
    """Return how many threads `n_threads` allows, None for torch's setting."""
    if settings.n_threads is None:
        return None
    constraints = {"n_threads": settings._parameter_constraints["n_threads"]}
    validate_parameter_constraints(constraints, {"n_threads": settings.n_threads}, type(settings).__name__)
    return min(int(settings.n_threads), MOST_THREADS)


def n_threads(settings):
    """Return how many threads may be used."""
    return thread_limit(settings) or torch.get_num_threads()
