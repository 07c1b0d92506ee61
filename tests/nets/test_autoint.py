import pytest
import torch

from skrec.nets import AutoInt, MLPSpec
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    field_vectors,
    make_inputs,
    mixed_fields,
    mlp,
    randomize,
)


def attend(layer, vectors):
    """Eq. 5-8 of the paper: one list of scalars a field."""
    n_parts = 4 if layer.residual else 3
    width = len(layer.project.weight) // n_parts
    projected = [
        [sum(layer.project.weight[o, i] * value for i, value in enumerate(vector)) for o in range(n_parts * width)]
        for vector in vectors
    ]
    results = []
    for m in range(len(vectors)):
        result = [projected[m][3 * width + o] if layer.residual else 0 for o in range(width)]
        for head in range(layer.n_heads):
            own = range(head * width // layer.n_heads, (head + 1) * width // layer.n_heads)
            powers = [sum(projected[m][o] * other[width + o] for o in own).exp() for other in projected]
            for o in own:
                mixed = sum(power * other[2 * width + o] for power, other in zip(powers, projected, strict=True))
                result[o] = result[o] + mixed / sum(powers)
        results.append([value.clamp(min=0) for value in result])
    return results


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize(("residual", "spec"), [(True, None), (True, MLPSpec((3,))), (False, None)])
def test_is_its_formula(residual, spec, n_outputs, pooling):
    fields, options = mixed_fields(pooling), {"residual": residual, "mlp": spec}
    net = AutoInt(fields, n_outputs, embedding_dim=3, n_attention_layers=2, n_heads=2, attention_dim=4, **options)
    net, inputs = randomize(net), make_inputs(fields)
    with torch.no_grad():
        for layer in net.attention:
            layer.project.weight.mul_(0.5)

    def formula(b, c):
        vectors = field_vectors(net.embedding, inputs, b)
        for layer in net.attention:
            vectors = attend(layer, vectors)
        flat = [value for vector in vectors for value in vector]
        output = net.bias[c] + sum(net.read_out.weight[c, i] * value for i, value in enumerate(flat))
        return output if net.mlp is None else output + mlp(net.mlp, concatenated(net.embedding, inputs, b))[c]

    assert_is_literal(net, formula, inputs, n_outputs)


@pytest.mark.parametrize("spec", [None, MLPSpec((4,))])
def test_starts_from_its_generator(spec):
    options = {"embedding_dim": 3, "mlp": spec}
    assert_starts_from_generator(lambda g: AutoInt(mixed_fields(), 3, **options, generator=g))
