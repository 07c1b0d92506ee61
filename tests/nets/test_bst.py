import pytest
import torch

from skrec.nets import BST, MLPSpec
from tests.nets.layers.test_target_attention import literal_layers
from tests.nets.layers.test_transformer import literal_block
from tests.nets.literal import assert_is_literal, assert_starts_from_generator, field_vectors, randomize
from tests.nets.test_din import FIELDS, HISTORIES, with_histories

OPTIONS = {"embedding_dim": 2, "n_heads": 2, "max_length": 3, "mlp": MLPSpec((3,), activation="prelu")}


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


def test_starts_from_its_generator():
    options = {"histories": HISTORIES, **OPTIONS, "mlp": MLPSpec((3,))}
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
