import pytest
import torch

from skrec.nets import PLE, MLPSpec, SharedBottom
from tests.nets.literal import (
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    make_inputs,
    mixed_fields,
    randomize,
)
from tests.nets.towers import SIZES, expert, gated, tower


def level(extraction, parts, n_shared, n_own):
    """Return what the targets have after a level, and what is shared, lists of scalars."""
    shared = [expert(extraction.shared, i, parts[-1]) for i in range(n_shared)]
    own = [
        [expert(experts, i, part) for i in range(n_own)] for experts, part in zip(extraction.own, parts, strict=False)
    ]
    own = own or [[] for _ in parts[:-1]]
    mixed = [
        gated(gate.weight, part, mine + shared)
        for gate, part, mine in zip(extraction.gates, parts[:-1], own, strict=True)
    ]
    if extraction.shared_gate is not None:
        mixed.append(gated(extraction.shared_gate.weight, parts[-1], [e for mine in own for e in mine] + shared))
    return mixed


@pytest.mark.parametrize(("n_shared", "n_own"), [(2, 1), (1, 2), (2, 0)])
@pytest.mark.parametrize(("sizes", "n_levels"), [(1, 2), (SIZES, 1), (SIZES, 2)])
def test_is_its_formula(sizes, n_levels, n_shared, n_own):
    fields = mixed_fields()
    options = {"n_levels": n_levels, "n_experts": n_shared, "n_target_experts": n_own}
    net = PLE(fields, sizes, embedding_dim=2, mlp=MLPSpec((3,)), tower=MLPSpec((2,)), **options)
    net, inputs = randomize(net), make_inputs(fields, n_rows=3)

    def formula(b, c):
        parts = [concatenated(net.embedding, inputs, b)] * (net.n_targets + 1)
        for extraction in net.levels:
            parts = level(extraction, parts, n_shared, n_own)
        return net.bias[c] + tower(net.towers, parts, c)

    assert_is_literal(net, formula, inputs, len(net.bias))


def test_one_shared_expert_is_a_shared_bottom():
    fields = mixed_fields()
    net = randomize(PLE(fields, SIZES, n_levels=1, n_experts=1, n_target_experts=0))
    shared = SharedBottom(fields, SIZES).double()
    state = {name.replace("levels.0.shared", "bottom"): value for name, value in net.state_dict().items()}
    shared.load_state_dict({name: value for name, value in state.items() if "gate" not in name})
    inputs = make_inputs(fields)
    torch.testing.assert_close(net(inputs), shared(inputs))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: PLE(mixed_fields(), SIZES, embedding_dim=3, generator=g))
