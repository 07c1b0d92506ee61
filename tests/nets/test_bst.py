import math

import pytest
import torch

from skrec.nets import BST
from skrec.nets._bst import TransformerBlock
from skrec.nets._histories import newest
from tests.nets.literal import assert_is_literal, assert_starts_from_generator, field_vectors, make_bag, randomize
from tests.nets.test_din import FIELDS, HISTORIES, literal_layers, literal_linear, with_histories

OPTIONS = {"embedding_dim": 2, "n_heads": 2, "max_length": 3, "hidden_layer_sizes": (3,)}


def literal_norm(norm, x):
    mean = sum(x) / len(x)
    variance = sum((value - mean) ** 2 for value in x) / len(x)
    root = (variance + norm.eps).sqrt()
    return [w * (value - mean) / root + b for value, w, b in zip(x, norm.weight, norm.bias, strict=True)]


def literal_block(block, sequence):
    """Return the places of one row's sequence after attention and layers, lists of scalars."""
    width = len(sequence[0])
    size = width // block.n_heads
    projected = [literal_linear(block.project, x) for x in sequence]
    after = []
    for m, x in enumerate(sequence):
        mixed = []
        for head in range(block.n_heads):
            dims = range(head * size, (head + 1) * size)
            scores = [sum(projected[m][d] * place[width + d] for d in dims) / math.sqrt(size) for place in projected]
            total = sum(score.exp() for score in scores)
            mixed += [
                sum(s.exp() / total * place[2 * width + d] for s, place in zip(scores, projected, strict=True))
                for d in dims
            ]
        x = literal_norm(block.norms[0], [a + b for a, b in zip(x, literal_linear(block.mix, mixed), strict=True)])
        hidden = [value if value > 0 else 0.01 * value for value in literal_linear(block.rise, x)]
        fallen = literal_linear(block.fall, hidden)
        after.append(literal_norm(block.norms[1], [a + b for a, b in zip(x, fallen, strict=True)]))
    return after


def literal_bst(net, inputs):
    layer = net.embedding
    dims, starts = range(layer.embedding_dim), layer.fields.starts

    def vector(vocabulary, code):
        return [layer.table[starts[vocabulary] + int(code), d] for d in dims]

    def formula(b, c):
        fields = field_vectors(layer, inputs, b)
        x = [value for vector in [*fields[:3], fields[4]] for value in vector] + list(inputs.numeric[b])
        for history, block, ages in zip(HISTORIES, net.blocks, net.ages, strict=True):
            lists = [(inputs.lists[j], layer.fields.sequences[j]) for j, _ in history]
            start, end = lists[0][0].offsets[b : b + 2].tolist()
            read = range(max(start, end - net.max_length), end)
            sequence = [[v for bag, code in lists for v in vector(code, bag.codes[t])] for t in read]
            sequence.append([value for _, column in history for value in fields[column]])
            aged = [
                [v + ages[len(sequence) - 1 - place, d] for d, v in enumerate(step)]
                for place, step in enumerate(sequence)
            ]
            width = len(aged[0])
            places = literal_block(block, aged)
            zeros = [torch.zeros((), dtype=torch.float64)] * ((net.max_length + 1 - len(places)) * width)
            x += zeros + [value for place in places for value in place]
        return net.bias[c] + literal_layers(net.mlp, x)[c]

    return formula


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs):
    net = randomize(BST(FIELDS, n_outputs, histories=HISTORIES, **OPTIONS))
    inputs = with_histories()
    assert_is_literal(net, literal_bst(net, inputs), inputs, n_outputs)


def test_a_row_alone_is_the_row_beside_long_histories():
    net = randomize(BST(FIELDS, histories=HISTORIES, **OPTIONS))
    inputs = with_histories(cells=[[1, 2], [], [3, 1, 4] * 50, [0], [2] * 9, [5]])
    together = net(inputs)
    for b in range(6):
        row = slice(b, b + 1)
        alone = inputs._replace(
            codes=inputs.codes[row], numeric=inputs.numeric[row], lists=tuple(bag.take(row) for bag in inputs.lists)
        )
        torch.testing.assert_close(net(alone), together[row], rtol=1e-12, atol=1e-12)


def test_a_batch_without_any_history():
    net = randomize(BST(FIELDS, histories=HISTORIES, **OPTIONS))
    assert net(with_histories(cells=[[]] * 6)).isfinite().all()


def test_newest_codes():
    bag = newest(make_bag([[], [1, 2, 3], [4], [5, 6]]), 2)
    assert bag.codes.tolist() == [2, 3, 4, 5, 6]
    assert bag.offsets.tolist() == [0, 0, 2, 3, 5]


def test_heads_divide_the_width():
    with pytest.raises(ValueError, match="n_heads must divide width, however: n_heads=3, width=4"):
        TransformerBlock(4, 3)


def test_starts_from_its_generator():
    options = {"histories": HISTORIES, "activation": "relu", **OPTIONS}
    net = BST(FIELDS, 3, **options)
    ones = {f"blocks.{h}.norms.{n}.weight" for h in range(2) for n in range(2)}

    def build(generator):
        built = BST(FIELDS, 3, **options, generator=generator)
        for name, parameter in built.named_parameters():
            if name in ones:
                parameter.data.zero_()  # starts at one, whatever is drawn
        return built

    assert all(bool((net.state_dict()[name] == 1).all()) for name in ones)
    assert_starts_from_generator(build)
