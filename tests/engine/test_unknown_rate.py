"""Codes that a training step takes for unknown, so that the unknown vector is learnt."""

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import Callback

from skrec import FMRegressor, MFClassifier, MFRegressor
from skrec._inputs import Inputs


def test_so_many_codes_are_forgotten():
    inputs = Inputs(torch.ones(1000, 3, dtype=torch.int32), torch.zeros(1000, 0))
    codes = inputs.forgetting(0.3, torch.Generator().manual_seed(0)).codes
    assert codes.dtype == torch.int32
    assert (codes == 0).float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert inputs.codes.all()


def test_columns_have_shares_of_their_own():
    inputs = Inputs(torch.ones(1000, 3, dtype=torch.int32), torch.zeros(1000, 0))
    codes = inputs.forgetting((0.3, 0.0, 0.6), torch.Generator().manual_seed(0)).codes
    assert (codes == 0).float().mean(0).tolist() == pytest.approx([0.3, 0, 0.6], abs=0.04)


def test_shares_go_to_their_columns():
    frame = pd.DataFrame({"user": list("aabb") * 50, "item": list("xyxy") * 50, "size": list("sslm") * 50})
    options = {"early_stopping": False, "max_epochs": 1, "random_state": 0}
    y = np.arange(200.0)

    def moved(**shares):
        model = FMRegressor(**options, unknown_rate=shares).fit(frame, y)
        return [bool(model.embedding(column).iloc[-1].any()) for column in frame]

    assert moved(item=0.5) == [False, True, False]
    assert moved(size=0.5, user=0.5) == [True, False, True]
    assert moved(item=0.0) == [False, False, False]


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"film": 0.1}, "by name, got 'film'; they are 'user', 'item'"),
        ({"item": 1}, r"unknown_rate\['item'\] must be a float in the range \[0.0, 1.0\), got 1"),
    ],
)
def test_shares_are_checked(shares, message):
    X = pd.DataFrame({"user": list("aabb"), "item": list("xyxy")})
    model = FMRegressor(unknown_rate=shares)
    with pytest.raises(ValueError, match=message):
        model.fit(X, [0.0, 1.0, 1.0, 0.0])
    assert not hasattr(model, "net_")


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


def test_the_unknown_vector_is_penalised_as_often_as_it_is_learnt():
    """As if the rows were there with those cells missing, in the order of magnitude of sampling."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"user": rng.integers(0, 5, 4000).astype(str)})
    seen = {}

    class Watches(Callback):
        def on_batch_end(self, net, **kwargs):
            seen["scale"] = net.module_.embedding.l2_scale.clone()

    options = {"max_epochs": 1, "early_stopping": False, "random_state": 0, "callbacks": [Watches()]}
    FMRegressor(**options, unknown_rate=0.5).fit(frame, rng.normal(size=4000))
    uses = torch.tensor([2000.0, *[400.0] * 5]).sqrt()
    torch.testing.assert_close(seen["scale"], 4000 / uses.sum() / uses, rtol=0.1, atol=0)
