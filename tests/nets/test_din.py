import pytest
import torch

from skrec.nets import DIN, Fields, Jagged, MLPSpec
from tests.nets.layers.test_target_attention import literal_layers, literal_weights
from tests.nets.literal import (
    assert_is_literal,
    assert_starts_from_generator,
    field_vectors,
    make_bag,
    make_inputs,
    randomize,
)

pytestmark = pytest.mark.fast

# item, category, place; clicked items, tags, clicked categories, bought items; two numbers
FIELDS = Fields(categorical=(0, 1, 2), vocabulary_sizes=(6, 4, 3, 5), sequences=(0, 3, 1, 0), n_numeric=2)
HISTORIES = (((0, 0), (2, 1)), ((3, 0),))


def with_histories(seed=0, cells=([], [1, 1, 2], [3], [0, 4], [5, 2, 0, 1], [4])):
    """Rows of FIELDS, a click of which is an item and its category; one row has none, one an unknown item."""
    inputs = make_inputs(FIELDS, len(cells), seed)
    clicks = make_bag(list(cells))
    categories = Jagged(clicks.codes * 2 % 4, clicks.offsets)
    return inputs._replace(lists=(clicks, inputs.lists[1], categories, inputs.lists[3]))


def literal_din(net, inputs):
    layer = net.embedding
    dims, starts = range(layer.embedding_dim), layer.fields.starts

    def vector(vocabulary, code):
        return [layer.table[starts[vocabulary] + int(code), d] for d in dims]

    def formula(b, c):
        fields = field_vectors(layer, inputs, b)
        x = [value for fields_read in (fields[:3], [fields[4]]) for vector in fields_read for value in vector]
        x += list(inputs.numeric[b])
        for history, attention in zip(HISTORIES, net.attention, strict=True):
            lists = [(inputs.lists[j], layer.fields.sequences[j]) for j, _ in history]
            start, end = lists[0][0].offsets[b : b + 2].tolist()
            steps = [
                [v for bag, vocabulary in lists for v in vector(vocabulary, bag.codes[t])] for t in range(start, end)
            ]
            candidate = [value for _, column in history for value in fields[column]]
            weights = literal_weights(attention, steps, candidate)
            zero = torch.zeros((), dtype=torch.float64)
            pooled = [
                sum((w * step[i] for w, step in zip(weights, steps, strict=True)), zero) for i in range(len(candidate))
            ]
            x += pooled
            if net.history_product:
                x += [u * q for u, q in zip(pooled, candidate, strict=True)]
        return net.bias[c] + literal_layers(net.mlp, x)[c]

    return formula


OPTIONS = {"embedding_dim": 2, "attention_hidden_layer_sizes": (3, 2), "mlp": MLPSpec((3,), activation="prelu")}


@pytest.mark.parametrize("attention", ["softmax", "raw", "mean"])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, attention):
    net = randomize(DIN(FIELDS, n_outputs, histories=HISTORIES, attention=attention, **OPTIONS))
    inputs = with_histories()
    assert_is_literal(net, literal_din(net, inputs), inputs, n_outputs)


def test_is_its_formula_without_the_product():
    net = randomize(DIN(FIELDS, histories=HISTORIES, history_product=False, **OPTIONS))
    inputs = with_histories()
    assert_is_literal(net, literal_din(net, inputs), inputs, 1)


@pytest.mark.parametrize("attention", ["softmax", "raw", "mean"])
@pytest.mark.parametrize("activation", ["relu", "prelu", "dice"])
def test_a_row_alone_is_the_row_beside_long_histories(attention, activation):
    options = {"histories": HISTORIES, "attention": attention, **OPTIONS, "mlp": MLPSpec((3,), activation=activation)}
    net = randomize(DIN(FIELDS, **options)).eval()
    inputs = with_histories(cells=[[1, 2], [], [3, 1, 4] * 50, [0], [2] * 9, [5]])
    together = net(inputs)
    for b in range(6):
        row = slice(b, b + 1)
        alone = inputs._replace(
            codes=inputs.codes[row], numeric=inputs.numeric[row], lists=tuple(bag.take(row) for bag in inputs.lists)
        )
        torch.testing.assert_close(net(alone), together[row], rtol=1e-12, atol=1e-12)


def test_an_unknown_item_is_a_step_and_no_history_is_none():
    net = randomize(DIN(FIELDS, histories=HISTORIES, **OPTIONS))
    known = with_histories(cells=[[2, 3]] * 6)
    stranger = with_histories(cells=[[2, 3, 0]] * 6)
    nothing = with_histories(cells=[[]] * 6)
    assert not torch.isclose(net(known), net(stranger)).any()
    assert len(net.attend(nothing)[0]) == 0
    assert net(nothing).isfinite().all()


def test_weights_of_attention_sum_to_one():
    net = randomize(DIN(FIELDS, histories=HISTORIES, **OPTIONS))
    inputs = with_histories()
    for weights, column in zip(net.attend(inputs), (0, 3), strict=True):
        sums = torch.stack([part.sum() for part in weights.split(inputs.lists[column].offsets.diff().tolist())])
        torch.testing.assert_close(sums, (inputs.lists[column].offsets.diff() > 0).double())


def test_no_step_in_a_whole_batch_of_training():
    net = DIN(FIELDS, histories=HISTORIES, **{**OPTIONS, "mlp": MLPSpec((3,), activation="dice")}).double().train()
    net(with_histories(cells=[[]] * 6)).sum().backward()
    assert all(p.grad.to_dense().isfinite().all() for p in net.parameters() if p.grad is not None)


def test_without_histories_it_pools_every_list():
    net = randomize(DIN(FIELDS, **OPTIONS))
    inputs = with_histories()

    def formula(b, c):
        fields = field_vectors(net.embedding, inputs, b)
        return (
            net.bias[c] + literal_layers(net.mlp, [v for field in fields for v in field] + list(inputs.numeric[b]))[c]
        )

    assert_is_literal(net, formula, inputs, 1)


def test_starts_from_its_generator():
    options = {"histories": HISTORIES, **OPTIONS, "mlp": MLPSpec((3,))}
    assert_starts_from_generator(lambda g: DIN(FIELDS, 3, **options, generator=g))


def test_attention_of_a_kind_that_is_not_there():
    with pytest.raises(ValueError, match="normalization must be one of"):
        DIN(FIELDS, histories=HISTORIES, attention="sigmoid")
