"""What nets and their blocks say of themselves."""

import re

import pytest
import torch

from skrec import nets
from skrec.nets import DeepFM, Fields, MLPSpec, NumericEmbedding
from skrec.nets.layers import MLP, Block, Dropout, Linear, SqueezeExcitation
from tests.contract.cases import every_time
from tests.nets.literal import mixed_fields
from tests.samples import fitted

DEEPFM = """\
DeepFM(
  bias (1,); 154 parameters
  (embedding): FieldEmbedding(12 rows x 4 (3 + 1 linear), factors (2, 4); 2 categorical, 2 list, 2 numeric columns; \
56 parameters)
  (mlp): MLP(14 -> 6 -> 1, ReLU, Dropout(p=0.1); 97 parameters)
)"""


def test_a_net_says_blocks_shapes_and_parameters():
    assert repr(DeepFM(mixed_fields(), embedding_dim=3, mlp=MLPSpec((6,), dropout=0.1))) == DEEPFM


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Linear(3, 4), "Linear(3 -> 4; 16 parameters)"),
        (Linear(3, 4, bias=False), "Linear(3 -> 4, no bias; 12 parameters)"),
        (Linear(1, 1, bias=False), "Linear(1 -> 1, no bias; 1 parameter)"),
        (Dropout(0.25), "Dropout(p=0.25)"),
        (MLP(3, (), None), "MLP(3; 0 parameters)"),
        (MLP(3, (), 2), "MLP(3 -> 2; 8 parameters)"),
        (MLP(3, (4, 5), batch_norm=True, activation="dice"), "MLP(3 -> 4 -> 5, BatchNorm, Dice; 59 parameters)"),
        (MLP(3, (4,), activation="prelu")[1], "PReLU(weight (4,); 4 parameters)"),
        (MLP(3, (4,), batch_norm=True)[1], "BatchNorm(4; 8 parameters)"),
        (NumericEmbedding("linear").build(2, 3), "LinearNumbers(weight (2, 1, 3), bias (2, 3); 12 parameters)"),
    ],
)
def test_a_block_says_its_shapes(block, expected):
    assert repr(block) == expected


def test_a_block_of_blocks_has_their_parameters_too():
    assert repr(SqueezeExcitation(6)).split("\n")[1] == "  30 parameters"  # 6 * 2 down, 2 * 6 + 6 up


def test_fields_without_linear_weights_or_numbers():
    layer = nets.FieldEmbedding(Fields(categorical=(0,), vocabulary_sizes=(2000,)), 16)
    assert repr(layer) == "FieldEmbedding(2,000 rows x 16; 1 categorical columns; 32,000 parameters)"


@every_time
def test_every_fitted_net_says_how_large_it_is(cls):
    net = fitted(cls)[0].net_
    module = net.module_
    assert isinstance(module, Block)
    n_parameters = sum(p.numel() for p in module.parameters())
    assert int(re.search(r"([\d,]+) parameter", repr(module))[1].replace(",", "")) == n_parameters
    assert "\n".join(f"  {line}" for line in repr(module).split("\n")) in repr(net)
    assert "3 epochs, on cpu" in repr(net)


def test_a_net_on_the_meta_device_has_a_repr():
    with torch.device("meta"):
        assert repr(DeepFM(mixed_fields())).startswith("DeepFM(")
