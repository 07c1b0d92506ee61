"""What holds for every test."""

import numpy as np
import pytest
import torch

from skrec.ops import can_compile


@pytest.fixture(autouse=True)
def same_start():
    """Let no test depend on what ran before it: some build nets and estimators without a seed."""
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - the generator that random_state=None draws from


def pytest_collection_modifyitems(items):
    """Skip tests of kernels where numba is missing, and nowhere else."""
    if not can_compile():
        for item in items:
            if item.get_closest_marker("needs_numba"):
                item.add_marker(pytest.mark.skip(reason="needs numba"))
