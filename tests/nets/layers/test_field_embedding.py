import pytest
import torch

from skrec import nets
from skrec.engine import RowAdam
from skrec.nets import FM, FieldEmbedding, Fields
from tests.nets.literal import (
    POOLINGS,
    assert_starts_from_generator,
    concatenated,
    field_vectors,
    make_bag,
    make_inputs,
    mixed_fields,
    randomize,
)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_vectors_are_categories_then_lists_then_numbers(pooling):
    fields = mixed_fields(pooling)
    layer, inputs = randomize(FieldEmbedding(fields, 3, 2)).requires_grad_(False), make_inputs(fields)
    expected = torch.tensor([field_vectors(layer, inputs, b) for b in range(6)], dtype=torch.float64)
    assert len(fields) == expected.shape[1] == 6
    torch.testing.assert_close(layer(inputs).detach(), expected)
    torch.testing.assert_close(layer.look_up(inputs).detach(), expected[:, :4])


def test_concatenation_has_no_linear_weights():
    layer, inputs = randomize(FieldEmbedding(mixed_fields(), 3, 2)).requires_grad_(False), make_inputs(mixed_fields())
    expected = torch.tensor([concatenated(layer, inputs, b) for b in range(6)], dtype=torch.float64)
    concatenation = layer.concatenate(layer.look_up(inputs), inputs)
    torch.testing.assert_close(concatenation.detach(), expected)
    assert concatenation.shape == (6, layer.n_concatenated)


def test_split_sums_the_linear_weights():
    layer, inputs = randomize(FieldEmbedding(mixed_fields(), 3, 2)).requires_grad_(False), make_inputs(mixed_fields())
    forward = layer(inputs)
    vectors, linear = layer.split(forward)
    assert vectors.shape == (6, 6, 3)
    torch.testing.assert_close(linear, sum(forward[:, f, 3:] for f in range(6)))


@pytest.mark.parametrize(
    "fields",
    [
        Fields(categorical=(0,), vocabulary_sizes=(4,)),
        Fields(categorical=(), vocabulary_sizes=(4,), sequences=(0,)),
        Fields(categorical=(), vocabulary_sizes=(), n_numeric=2),
        Fields(categorical=(0, 0), vocabulary_sizes=(4,), n_numeric=1),
    ],
    ids=["categorical", "list", "numeric", "twice the same vocabulary"],
)
def test_fields_of_few_kinds(fields):
    layer, inputs = randomize(FieldEmbedding(fields, 3, 1)).requires_grad_(False), make_inputs(fields)
    expected = torch.tensor([field_vectors(layer, inputs, b) for b in range(6)], dtype=torch.float64)
    torch.testing.assert_close(layer(inputs).detach(), expected)
    assert layer.concatenate(layer.look_up(inputs), inputs).shape == (6, layer.n_concatenated)


def test_list_and_category_of_one_vocabulary_share_vectors():
    fields = mixed_fields()
    layer, inputs = randomize(FieldEmbedding(fields, 3)).requires_grad_(False), make_inputs(fields)
    inputs = inputs._replace(lists=(make_bag([[int(code)] for code in inputs.codes[:, 1]]), inputs.lists[1]))
    vectors = layer(inputs)
    assert torch.equal(vectors[:, 1], vectors[:, 2])
    assert len(layer.table) == 4 + 3 + 5


def test_every_vocabulary_has_its_unknown_row_at_zero():
    layer = FieldEmbedding(mixed_fields(), 3, 1)
    unknown = [0, 4, 7]
    assert not layer.table[unknown].any()
    others = [row for row in range(12) if row not in unknown]
    assert layer.table[others, :3].all()
    assert not layer.table[:, 3:].any()


@pytest.mark.parametrize("has_unknown", [False, True])
def test_unknown_row_moves_only_if_the_batch_has_it(has_unknown):
    fields = Fields(categorical=(0, 1), vocabulary_sizes=(4, 5), sequences=(1,))
    net = FM(fields, embedding_dim=3)
    optimizer = RowAdam(net.parameters(), lr=0.1)
    inputs = make_inputs(fields)._replace(
        codes=torch.tensor([[1, 2], [0 if has_unknown else 3, 4]], dtype=torch.int32),
        numeric=torch.zeros(2, 0),
        lists=(make_bag([[1, 2], []]),),
    )
    for _ in range(3):
        optimizer.zero_grad()
        net(inputs).square().sub(1).square().sum().backward()
        optimizer.step()
    assert bool(net.embedding.table[0].any()) == has_unknown
    assert not net.embedding.table[4].any()
    assert net.embedding.table[[1, 6, 8]].abs().min() > 0


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FieldEmbedding(mixed_fields(), 3, 1, generator=g))
    assert_starts_from_generator(lambda g: FieldEmbedding(mixed_fields(), 3, 1, truncated=True, generator=g))


def test_no_buffer_is_saved():
    assert set(FieldEmbedding(mixed_fields(), 3).state_dict()) == {"table", "factors"}


def test_the_former_name_of_jagged_warns():
    with pytest.warns(FutureWarning, match="is called Jagged now"):
        assert nets.Bag is nets.Jagged
