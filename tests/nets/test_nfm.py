import pytest
import torch

from skrec.nets import FM, NFM, MLPSpec
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    field_vectors,
    linear_part,
    make_inputs,
    mixed_fields,
    mlp,
    pairs,
    randomize,
)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, pooling):
    fields = mixed_fields(pooling)
    net = randomize(NFM(fields, n_outputs, embedding_dim=3, mlp=MLPSpec((4, 3))))
    inputs = make_inputs(fields)

    def formula(b, c):
        vectors = field_vectors(net.embedding, inputs, b)
        deep = mlp(net.mlp, pairs(net.embedding, vectors))[c]
        return net.bias[c] + linear_part(net.embedding, vectors, c) + deep

    assert_is_literal(net, formula, inputs, n_outputs)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_without_hidden_layers_it_is_an_fm(n_outputs):
    """As the paper says: a constant read-out of ones sums the interaction vector; several are FM's projection."""
    fields = mixed_fields()
    net = randomize(NFM(fields, n_outputs, embedding_dim=3, mlp=MLPSpec(())))
    fm = FM(fields, n_outputs, embedding_dim=3).double()
    with torch.no_grad():
        net.mlp[0].bias.zero_()
        if n_outputs == 1:
            net.mlp[0].weight.fill_(1)
    own = {name: value for name, value in net.state_dict().items() if not name.startswith("mlp")}
    fm.load_state_dict(own if n_outputs == 1 else {**own, "project.weight": net.mlp[0].weight})
    inputs = make_inputs(fields)
    torch.testing.assert_close(net(inputs), fm(inputs))


def test_batch_norm_and_dropout_are_of_the_interaction_vector_too():
    net = NFM(mixed_fields(), embedding_dim=3, mlp=MLPSpec((64,), dropout=0.3, batch_norm=True))
    kinds = [type(layer).__name__ for layer in net.modules()]
    assert kinds.count("BatchNorm") == kinds.count("Dropout") == 2
    with torch.no_grad():  # products far above batch norm's epsilon
        net.embedding.table.normal_()
        net.embedding.factors.normal_()
    seen = []
    net.mlp.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    net.drop.generator = torch.Generator().manual_seed(0)
    for layer in net.mlp:
        if hasattr(layer, "generator"):
            layer.generator = net.drop.generator
    inputs = make_inputs(mixed_fields(), n_rows=500)
    net(inputs._replace(numeric=inputs.numeric.float()))
    kept = seen[0] != 0
    assert float(kept.float().mean()) == pytest.approx(0.7, abs=0.05)
    whole = torch.where(kept, seen[0] * 0.7, torch.nan)
    assert whole.nanmean(0).abs().max() < 0.2
    assert (whole.nan_to_num().square().sum(0) / kept.sum(0)).tolist() == pytest.approx([1] * 3, abs=0.3)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: NFM(mixed_fields(), 3, embedding_dim=3, generator=g))
