"""What holds for every test."""

import numpy as np
import pytest
import torch


@pytest.fixture(autouse=True)
def same_start():
    """Let no test depend on what ran before it: some build nets and estimators without a seed."""
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - the generator that random_state=None draws from
