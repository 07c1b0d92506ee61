import pytest
import torch

from skrec.nets import MLPSpec, MMoE, SharedBottom
from tests.nets.literal import (
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    make_inputs,
    mixed_fields,
    randomize,
)
from tests.nets.towers import SIZES, expert, gated, tower


@pytest.mark.parametrize("towers", [(3,), ()])
@pytest.mark.parametrize("sizes", [1, SIZES])
def test_is_its_formula(sizes, towers):
    fields = mixed_fields()
    options = {"embedding_dim": 2, "n_experts": 3, "mlp": MLPSpec((4, 3)), "tower": MLPSpec(towers)}
    net, inputs = randomize(MMoE(fields, sizes, **options)), make_inputs(fields)
    n_targets = 1 if sizes == 1 else len(sizes)

    def formula(b, c):
        x = concatenated(net.embedding, inputs, b)
        experts = [expert(net.experts, i, x) for i in range(3)]
        mixed = [gated(net.gates.weight[3 * k : 3 * k + 3], x, experts) for k in range(n_targets)]
        return net.bias[c] + tower(net.towers, mixed, c)

    assert_is_literal(net, formula, inputs, len(net.bias))


def test_one_expert_is_a_shared_bottom():
    fields = mixed_fields()
    net = randomize(MMoE(fields, SIZES, n_experts=1))
    shared = SharedBottom(fields, SIZES).double()
    state = {name.replace("experts", "bottom"): value for name, value in net.state_dict().items()}
    state.pop("gates.weight")
    shared.load_state_dict(state)
    inputs = make_inputs(fields)
    torch.testing.assert_close(net(inputs), shared(inputs))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: MMoE(mixed_fields(), SIZES, embedding_dim=3, generator=g))
