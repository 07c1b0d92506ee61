"""Nets written out: loops over rows, fields and dimensions, in float64, differentiated by plain autograd."""

import numpy as np
import torch

from skrec.nets import Fields, Inputs, Jagged

POOLINGS = ["mean", "sum", "max", "root"]


def mixed_fields(pooling="mean"):
    """Two categorical and two list columns, the first of which shares a vocabulary, and two numbers."""
    return Fields(categorical=(0, 1), vocabulary_sizes=(4, 3, 5), sequences=(1, 2), n_numeric=2, pooling=pooling)


def user_and_item():
    return Fields(categorical=(0, 1), vocabulary_sizes=(5, 4))


def make_inputs(fields, n_rows=6, seed=0):
    """Random rows of `fields`; the lists have an empty one and one with a token twice."""
    rng = np.random.default_rng(seed)
    codes = [rng.integers(0, fields.vocabulary_sizes[v], n_rows) for v in fields.categorical]
    lists = []
    for vocabulary in fields.sequences:
        size = fields.vocabulary_sizes[vocabulary]
        cells = [[], [1, 1, 2], *(rng.integers(0, size, rng.integers(1, 4)).tolist() for _ in range(n_rows - 2))]
        lists.append(make_bag(cells))
    return Inputs(
        torch.tensor(np.array(codes).reshape(len(codes), n_rows).T.astype(np.int32)),
        torch.tensor(rng.normal(size=(n_rows, fields.n_numeric))),
        tuple(lists),
    )


def make_bag(cells):
    tokens = [token for cell in cells for token in cell]
    offsets = np.cumsum([0, *map(len, cells)])
    return Jagged(torch.tensor(tokens, dtype=torch.int32), torch.tensor(offsets))


def randomize(net, seed=0):
    """Return `net` in float64, no parameter at a special value."""
    net = net.double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(0, 0.7, generator=generator)
    return net


def field_vectors(layer, inputs, b):
    """Return the vectors and linear weights of row b's fields, a list of lists of scalars."""
    fields, width = layer.fields, layer.embedding_dim + layer.n_linear
    start = [sum(fields.vocabulary_sizes[:v]) for v in range(len(fields.vocabulary_sizes))]
    vectors = []
    for column, vocabulary in enumerate(fields.categorical):
        row = start[vocabulary] + int(inputs.codes[b, column])
        vectors.append([layer.table[row, d] for d in range(width)])
    for bag, vocabulary in zip(inputs.lists, fields.sequences, strict=True):
        rows = [start[vocabulary] + int(bag.codes[t]) for t in range(int(bag.offsets[b]), int(bag.offsets[b + 1]))]
        vectors.append([pool([layer.table[row, d] for row in rows], fields.pooling) for d in range(width)])
    for m in range(len(layer.factors)):
        vectors.append([inputs.numeric[b, m] * layer.factors[m, d] for d in range(width)])
    return vectors


def pool(values, pooling):
    if not values:
        return torch.zeros((), dtype=torch.float64)
    if pooling == "max":
        return torch.stack(values).max()
    return sum(values) / {"mean": len(values), "root": len(values) ** 0.5, "sum": 1}[pooling]


def linear_part(layer, vectors, c):
    return sum(vector[layer.embedding_dim + c] for vector in vectors)


def pairs(layer, vectors):
    """Return the sum over pairs of fields i < j of v_i * v_j, a list of D scalars."""
    return [
        sum(vectors[i][d] * vectors[j][d] for j in range(len(vectors)) for i in range(j))
        for d in range(layer.embedding_dim)
    ]


def read_out(project, vector, c):
    """Return the sum of an interaction vector or, with several outputs, its projection to output c."""
    if project is None:
        return sum(vector)
    return sum(project.weight[c, d] * value for d, value in enumerate(vector))


def concatenated(layer, inputs, b):
    """Return what an MLP reads of row b: vectors of categories and lists, then the plain numbers."""
    n_looked_up = len(layer.fields) - layer.fields.n_numeric
    vectors = field_vectors(layer, inputs, b)[:n_looked_up]
    flat = [vector[d] for vector in vectors for d in range(layer.embedding_dim)]
    return flat + [inputs.numeric[b, m] for m in range(layer.fields.n_numeric)]


def linear(layer, x):
    """Return the outputs of a linear layer, a list of scalars."""
    biases = torch.zeros(layer.out_features) if layer.bias is None else layer.bias
    return [bias + sum(layer.weight[o, i] * value for i, value in enumerate(x)) for o, bias in enumerate(biases)]


def mlp(layers, x):
    """Return the outputs of linear layers with a ReLU between them, a list of scalars."""
    layers = [layer for layer in layers if isinstance(layer, torch.nn.Linear)]
    for depth, layer in enumerate(layers):
        x = linear(layer, x)
        if depth < len(layers) - 1:
            x = [value.clamp(min=0) for value in x]
    return x


def assert_is_literal(net, formula, inputs, n_outputs):
    """Hold outputs and every parameter's gradient of `net` against ``formula(b, c)``."""
    n_rows = len(inputs.codes)
    expected = torch.stack([torch.stack([formula(b, c) for c in range(n_outputs)]) for b in range(n_rows)])
    outputs = net(inputs)
    assert outputs.shape == (n_rows, n_outputs)
    torch.testing.assert_close(outputs, expected, rtol=1e-10, atol=1e-12)
    with torch.no_grad():
        torch.testing.assert_close(net(inputs), expected.detach(), rtol=1e-10, atol=1e-12)
    factor = torch.arange(1.0, outputs.numel() + 1, dtype=torch.float64).view_as(outputs)
    gradients = gradients_of(net, (outputs * factor).sin().sum())
    literal = gradients_of(net, (expected * factor).sin().sum())
    assert {name for name in gradients if gradients[name].any()} == {name for name in literal if literal[name].any()}
    for name, gradient in literal.items():
        torch.testing.assert_close(gradients[name], gradient, rtol=1e-8, atol=1e-10, msg=lambda m, n=name: f"{n}: {m}")


def gradients_of(net, loss):
    net.zero_grad()
    loss.backward(retain_graph=True)
    used = {name: p.grad for name, p in net.named_parameters() if p.grad is not None}
    return {name: gradient.to_dense().clone() for name, gradient in used.items()}


def assert_starts_from_generator(build):
    """Hold that ``build(generator)`` draws from the generator only, and needs every draw."""
    state = torch.get_rng_state()
    first, again, other = (build(torch.Generator().manual_seed(seed)).state_dict() for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in first.items():
        assert torch.equal(value, again[name]), name
        given = name.endswith("centre")  # the mean over training rows, of numbers that bend
        drawn = not given and value.is_floating_point() and value.any() and not (value == 1).all()  # as norms start
        assert not drawn or not torch.equal(value, other[name]), name
