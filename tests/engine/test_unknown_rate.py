"""Codes that a training step takes for unknown, so that the unknown vector is learnt."""

import numpy as np
import pandas as pd
import pytest
import torch

from skrec import FMRegressor, MFClassifier, MFRegressor
from skrec._inputs import Inputs


def test_so_many_codes_are_forgotten():
    inputs = Inputs(torch.ones(1000, 3, dtype=torch.int32), torch.zeros(1000, 0))
    codes = inputs.forgetting(0.3, torch.Generator().manual_seed(0)).codes
    assert codes.dtype == torch.int32
    assert (codes == 0).float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert inputs.codes.all()


@pytest.mark.parametrize("cls", [FMRegressor, MFRegressor])
def test_what_is_unknown_is_learnt(cls):
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 20, (2000, 2))
    frame = pd.DataFrame(ids, columns=["user", "item"]).astype(str)
    y = ids[:, 1] % 2 * 2.0 + (ids[:, 0] % 2) * (ids[:, 1] % 2)
    new = frame.assign(user="new")
    options = {"lr": 0.02, "optimizer": "adam", "early_stopping": False, "random_state": 0}
    model = cls(**options, unknown_rate=0.2).fit(frame, y)
    plain = cls(**options).fit(frame, y)
    mean = ids[:, 1] % 2 * 2.5  # over users
    errors = [np.mean((of.predict(new) - mean) ** 2) for of in (model, plain)]
    assert errors[0] < errors[1] / 2
    again = cls(**options, unknown_rate=0.2).fit(frame, y)
    np.testing.assert_array_equal(again.predict(new), model.predict(new))


def test_negatives_are_not_forgotten():
    X = pd.DataFrame({"user": list("aabb"), "item": list("xyxy")})
    with pytest.raises(
        ValueError, match=r"unknown_rate=0.1 of MFClassifier .* got n_negatives=1, which draws negatives"
    ):
        MFClassifier(unknown_rate=0.1, n_negatives=1).fit(X, [0, 1, 1, 0])
