"""Compiled kernels change how long an estimator takes, not what it learns."""

import numpy as np
import pytest

from skrec.estimators._base import _training
from tests.contract.cases import every_time
from tests.samples import fitted, mixed, outputs


@pytest.mark.needs_numba
@every_time
def test_kernels_learn_and_predict_the_same(cls, monkeypatch):
    found = []
    for lookups, compiled in ((0, True), (float("inf"), False)):
        monkeypatch.setattr(_training, "COMPILED_LOOKUPS", lookups)
        estimator, _ = fitted(cls, max_epochs=2)
        assert estimator.net_.optimizer_.compiled == compiled
        found.append((outputs(estimator, mixed()), estimator.history_["train_loss"].to_numpy()))
    for quick, plain in zip(*found, strict=True):
        np.testing.assert_allclose(quick, plain, rtol=1e-3, atol=1e-4)
