import numpy as np
import pytest
import torch

from skrec import DeepFMClassifier, FiBiNETClassifier
from skrec.nets import MLPSpec
from tests.nets.literal import randomize
from tests.samples import fitted, labels, outputs

K = 3


def by_hand(mlp, x, k):
    """The output of the member k for a row x, layer by layer."""
    for layer in mlp:
        if type(layer).__name__ == "Members":
            x = torch.stack([layer.scale[k, i] * x[i] + layer.bias[k, i] for i in range(len(x))])
        elif type(layer).__name__ != "MembersMean":
            x = layer(x)
    return x


def make():
    return randomize(MLPSpec((5, 4), n_members=K).build(6, 2, generator=torch.Generator().manual_seed(0)))


def test_predictions_are_the_mean_of_all_members():
    mlp, x = make().eval(), torch.randn(4, 6, dtype=torch.float64)
    expected = [sum(by_hand(mlp, row, k) for k in range(K)) / K for row in x]
    torch.testing.assert_close(mlp(x), torch.stack(expected))


@pytest.mark.parametrize("n_rows", [1, 4, 7])
def test_a_row_of_a_batch_is_one_members(n_rows):
    mlp, x = make().train(), torch.randn(n_rows, 6, dtype=torch.float64)
    expected = [by_hand(mlp, row, b % K) for b, row in enumerate(x)]
    torch.testing.assert_close(mlp(x), torch.stack(expected))


def test_members_start_apart_and_with_ones():
    mlp = MLPSpec((16, 8), n_members=K).build(6, 2, generator=torch.Generator().manual_seed(0))
    first, second = (layer for layer in mlp if type(layer).__name__ == "Members")
    assert set(first.scale.flatten().tolist()) == {-1.0, 1.0}
    assert not torch.equal(first.scale[0], first.scale[1])
    assert (second.scale == 1).all()
    assert MLPSpec((16, 8)).build(6, 2).state_dict().keys() == {
        "0.weight",
        "0.bias",
        "2.weight",
        "2.bias",
        "4.weight",
        "4.bias",
    }


@pytest.mark.parametrize("cls", [DeepFMClassifier, FiBiNETClassifier])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_models_of_members_learn(cls, batch_norm):
    model, frame = fitted(cls, 200, n_members=K, batch_norm=batch_norm, lr=0.03, max_epochs=40)
    assert model.score(frame, labels(frame)) > 0.9
    alone = np.concatenate([outputs(model, frame[i : i + 1]) for i in range(4)])
    np.testing.assert_allclose(outputs(model, frame)[:4], alone, rtol=1e-5, atol=1e-6)
