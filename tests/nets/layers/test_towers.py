import pytest
import torch

from skrec.nets.layers import FieldEmbedding, MLPSpec, Side, Tower
from tests.nets.literal import assert_starts_from_generator, make_inputs, mixed_fields, randomize

pytestmark = pytest.mark.fast

SIDE = Side((1,), (0,), (1,))  # a category, a list and a number


def build(mlp, generator=None):
    return Tower(mixed_fields(), SIDE, 3, mlp, generator=generator)


def test_the_last_layer_is_linear():
    kinds = [type(layer).__name__ for layer in build(MLPSpec((5, 4), dropout=0.5, batch_norm=True)).mlp]
    assert kinds == ["Linear", "BatchNorm", "ReLU", "Dropout", "Linear"]
    assert [type(layer).__name__ for layer in build(MLPSpec((4,), batch_norm=True)).mlp] == ["Linear"]
    assert build(MLPSpec((5, 4))).mlp[0].in_features == 2 * 3 + 1


def test_without_layers_vectors_add_up():
    fields = mixed_fields()
    embedding = randomize(FieldEmbedding(fields, 3)).requires_grad_(False)
    inputs = SIDE.take(make_inputs(fields))
    found = build(None)(embedding, torch.ones(6, 2, 3, dtype=torch.float64), inputs)
    torch.testing.assert_close(found, 2 + inputs.numeric * embedding.factors[1])  # of the one number


def test_no_layers_are_none_not_an_empty_mlp():
    with pytest.raises(ValueError, match=r"layers, got MLPSpec\(hidden_layer_sizes=\(\).*; mlp=None adds up"):
        build(MLPSpec(()))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: build(MLPSpec((5, 4)), g))
