import pytest
import torch

from skrec.nets import DNN, ESMM, MLPSpec
from tests.nets.literal import (
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    make_inputs,
    mixed_fields,
    randomize,
)
from tests.nets.towers import tower


@pytest.mark.parametrize("n_targets", [1, 2, 4])
def test_is_its_formula(n_targets):
    fields = mixed_fields()
    net = randomize(ESMM(fields, n_targets, embedding_dim=2, mlp=MLPSpec((3, 2)))).requires_grad_()
    inputs = make_inputs(fields)

    def formula(b, c):
        x, product = concatenated(net.embedding, inputs, b), 1
        for k in range(c + 1):
            product = product * torch.sigmoid(net.bias[k] + tower(net.towers, [x] * n_targets, k))
        return torch.log(product / (1 - product))

    assert_is_literal(net, formula, inputs, n_targets)


@pytest.mark.parametrize("size", [50.0, 1e4])
def test_products_of_any_size_are_finite(size):
    fields = mixed_fields()
    net = ESMM(fields, 3)
    for signs in ((1, 1, 1), (-1, -1, -1), (1, -1, 1), (-1, 1, -1)):
        with torch.no_grad():
            net.bias.copy_(size * torch.tensor(signs))
        outputs = net(make_inputs(fields)._replace(numeric=torch.zeros(6, 2)))
        outputs.sum().backward()
        assert outputs.isfinite().all()
        assert all(p.grad is None or p.grad.to_dense().isfinite().all() for p in net.parameters())


def test_a_single_target_is_an_mlp():
    fields = mixed_fields()
    net, alone = randomize(ESMM(fields, 1, mlp=MLPSpec((4,)))), DNN(fields, 1, mlp=MLPSpec((4,))).double()
    own = ["embedding.table", "embedding.factors", "bias", "mlp.0.weight", "mlp.0.bias", "mlp.2.weight", "mlp.2.bias"]
    names = [*own[:3], "towers.hidden.0.weight", "towers.hidden.0.bias", "towers.out.0.weight", "towers.out.0.bias"]
    alone.load_state_dict({name: net.state_dict()[other] for name, other in zip(own, names, strict=True)})
    inputs = make_inputs(fields)
    torch.testing.assert_close(net(inputs), alone(inputs))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: ESMM(mixed_fields(), 2, embedding_dim=3, generator=g))
