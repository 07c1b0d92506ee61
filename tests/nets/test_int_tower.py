import pytest
import torch

from skrec.nets import IntTower, MLPSpec
from skrec.nets.layers import look_up_sides
from tests.nets.literal import POOLINGS, assert_is_literal, assert_starts_from_generator, make_inputs, mixed_fields
from tests.nets.literal import randomize as randomized
from tests.nets.test_two_tower import DIM, ITEM, USER, columns_of

HEADS, WIDTH = 2, 3


def make(fields, **options):
    options = {"mlp": MLPSpec((5, 4)), "n_heads": HEADS, "head_dim": WIDTH, "temperature": 0.4, **options}
    return IntTower(fields, user=USER, item=ITEM, embedding_dim=DIM, **options)


def affine(layer, x):
    return [
        layer.bias[o] + sum(w * value for w, value in zip(layer.weight[o], x, strict=True))
        for o in range(len(layer.bias))
    ]


def literal_layers(net, tower, inputs, b):
    """Return the outputs of every layer of a tower, lists of scalars."""
    vectors, numbers = columns_of(net, tower.side, inputs, b)
    raised = [value.exp() for value in affine(tower.gate.excite, [sum(v) / DIM for v in vectors])]
    x = [value + value * a / sum(raised) for v, a in zip(vectors, raised, strict=True) for value in v] + numbers
    outputs = []
    for layer in tower.layers:
        x = [value.clamp(min=0) for value in affine(layer[0], x)]
        outputs.append(x)
    return outputs


def heads(net, layer, x):
    flat = affine(layer, x)
    found = [flat[WIDTH * m : WIDTH * (m + 1)] for m in range(HEADS)]
    return [[p / (sum(q * q for q in head) + 1e-6).sqrt() for p in head] for head in found] if net.normalize else found


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_is_its_formula(pooling, normalize):
    fields = mixed_fields(pooling)
    net, inputs = randomized(make(fields, normalize=normalize)).eval(), make_inputs(fields)

    def formula(b, c):
        users, items = (literal_layers(net, tower, inputs, b) for tower in (net.user, net.item))
        ends = heads(net, net.item_heads, items[-1])
        total = net.bias[c]
        for layer, x in zip(net.user_heads, users, strict=True):
            for head in heads(net, layer, x):
                best = torch.stack([sum(p * q for p, q in zip(head, end, strict=True)) for end in ends]).max()
                total = total + best / 0.4
        return total

    assert_is_literal(net, formula, inputs, 1)


def test_training_gives_the_last_layers_too():
    fields = mixed_fields()
    net, inputs = randomized(make(fields)), make_inputs(fields)
    outputs = net.train()(inputs)
    torch.testing.assert_close(outputs[:, :1], net.eval()(inputs))
    sides = [(net.user, USER.take(inputs)), (net.item, ITEM.take(inputs))]
    vectors = look_up_sides(net.embedding, sides)
    users, items = (tower(of, own)[-1] for of, (tower, own) in zip(vectors, sides, strict=True))
    torch.testing.assert_close(outputs[:, 1:], torch.cat([users, items], 1))


def test_representations_of_the_sides_alone_give_the_logits():
    fields = mixed_fields()
    net, inputs = randomized(make(fields)).eval(), make_inputs(fields)
    scores = net.match(net.embed_users(USER.take(inputs)), net.embed_items(ITEM.take(inputs)))
    torch.testing.assert_close(net.bias + scores[:, None], net(inputs))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: make(mixed_fields(), generator=g))
