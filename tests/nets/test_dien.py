"""DIEN."""

import pytest
import torch

from skrec.nets import DIEN, MLPSpec
from tests.nets.layers.test_interest_evolution import evolved
from tests.nets.layers.test_target_attention import literal_layers
from tests.nets.literal import assert_is_literal, assert_starts_from_generator, field_vectors, randomize
from tests.nets.test_din import FIELDS, HISTORIES, with_histories

pytestmark = pytest.mark.fast

OPTIONS = {"histories": HISTORIES, "embedding_dim": 2, "mlp": MLPSpec((3,), activation="prelu"), "max_length": 3}


def history_of(net, inputs, history, b, fields):
    """Return the newest steps of row b, lists of scalars, and its candidate."""
    layer = net.embedding
    lists = [(inputs.lists[j], layer.fields.starts[layer.fields.sequences[j]]) for j, _ in history]
    start, end = lists[0][0].offsets[b : b + 2].tolist()
    steps = [
        torch.cat([layer.table[first + int(jagged.codes[t]), :2] for jagged, first in lists])
        for t in range(max(start, end - 3), end)
    ]
    return steps, [value for _, column in history for value in fields[column]]


def literal_dien(net, inputs):
    def formula(b, c):
        fields = field_vectors(net.embedding, inputs, b)
        x = [value for read in (fields[:3], [fields[4]]) for vector in read for value in vector]
        x += list(inputs.numeric[b])
        for history, layer in zip(HISTORIES, net.evolution, strict=True):
            steps, candidate = history_of(net, inputs, history, b, fields)
            state = evolved(layer, steps, candidate)[0]
            x += state
            if net.history_product:
                x += [u * q for u, q in zip(state, candidate, strict=True)]
        return net.bias[c] + literal_layers(net.mlp, x)[c]

    return formula


@pytest.mark.parametrize(("n_outputs", "product"), [(1, True), (3, True), (1, False)])
def test_is_its_formula(n_outputs, product):
    net, inputs = randomize(DIEN(FIELDS, n_outputs, history_product=product, **OPTIONS)).eval(), with_histories()
    assert_is_literal(net, literal_dien(net, inputs), inputs, n_outputs)


def test_a_row_is_the_same_beside_longer_histories_and_alone():
    net, inputs = randomize(DIEN(FIELDS, **OPTIONS)).eval(), with_histories()
    together, weights = net(inputs), net.attend(inputs)
    for b in range(len(together)):
        one = inputs.take(slice(b, b + 1))
        torch.testing.assert_close(net(one)[0], together[b], rtol=1e-12, atol=1e-12)
        for found, whole, (first, *_) in zip(net.attend(one), weights, HISTORIES, strict=True):
            start, end = inputs.lists[first[0]].offsets[b : b + 2].tolist()
            torch.testing.assert_close(found, whole[start:end], rtol=1e-12, atol=1e-12)
            if end > start:
                assert float(found.detach().sum()) == pytest.approx(1)
                assert not found[:-3].any()  # what is not read counts nothing


def test_training_adds_the_auxiliary_loss_behind_the_logits():
    net, inputs = randomize(DIEN(FIELDS, **OPTIONS)), with_histories()
    net.next_step.generator = torch.Generator().manual_seed(0)
    outputs = net.train()(inputs)
    assert outputs.shape == (6, 2)
    torch.testing.assert_close(outputs[:, :1], net.eval()(inputs))
    longest = torch.stack([inputs.lists[j].offsets.diff() for j in (0, 3)]).amax(0)
    assert ((outputs[:, 1] > 0) == (longest > 1)).all()
    plain = DIEN(FIELDS, auxiliary=False, **OPTIONS).double().train()
    assert plain(inputs).shape == (6, 1)


def test_starts_from_its_generator():
    assert_starts_from_generator(
        lambda generator: DIEN(FIELDS, generator=generator, **{**OPTIONS, "mlp": MLPSpec((3,))})
    )
