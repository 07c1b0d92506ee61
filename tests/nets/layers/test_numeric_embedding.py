import inspect
from itertools import pairwise
from math import cos, pi, sin

import pytest
import torch
from sklearn.base import is_classifier

from skrec import nets
from skrec.nets import FieldEmbedding, Fields, Inputs, NumericEmbedding
from tests.discovery import public_estimators
from tests.nets.literal import assert_starts_from_generator, gradients_of, make_inputs, randomize

pytestmark = pytest.mark.fast

EDGES = ((-1.0, 0.0, 0.5, 2.0), (-2.0, 1.0), (0.25,), ())
EMBEDDINGS = [
    NumericEmbedding("linear"),
    NumericEmbedding("periodic", n_frequencies=3),
    NumericEmbedding("piecewise", edges=EDGES),
    NumericEmbedding("bent", edges=EDGES, centres=((0.75, 0.5, 0.25), (0.4,), (), ())),
]
NETS = [
    getattr(nets, cls.__name__.removesuffix("Classifier"))
    for cls in public_estimators()
    if is_classifier(cls()) and "numeric_embedding" in cls().get_params()
]
by_kind = pytest.mark.parametrize("embedding", EMBEDDINGS, ids=lambda embedding: embedding.kind)


def features(module, embedding, j, x):
    """Return what the affine map of column j reads, a list of scalars."""
    if embedding.kind == "linear":
        return [x]
    if embedding.kind == "periodic":
        angles = [2 * pi * float(c) * x for c in module.frequencies[j]]
        return [*map(cos, angles), *map(sin, angles)]
    edges = EDGES[j]
    shares = [(x - low) / (high - low) for low, high in pairwise(edges)]
    for t in range(len(shares)):
        if t > 0 or embedding.kind == "bent":
            shares[t] = max(shares[t], 0.0)
        if t < len(shares) - 1 or embedding.kind == "bent":
            shares[t] = min(shares[t], 1.0)
    return shares


@by_kind
def test_is_its_formula(embedding):
    module = randomize(embedding.build(4, 3, n_linear=2)).requires_grad_(False)
    x = torch.linspace(-4, 4, 28, dtype=torch.float64).view(7, 4)  # below the first edge and above the last as well
    vectors = module(x)
    assert vectors.shape == (7, 4, 5)
    for b in range(7):
        for j in range(4):
            read = features(module, embedding, j, float(x[b, j]))
            if embedding.kind == "bent":
                read = [(share - centre) / 3**0.5 for share, centre in zip(read, embedding.centres[j], strict=True)]
            for w in range(5):
                line = module.slope[j, 0, w] * x[b, j].clamp(-3, 3) if embedding.kind == "bent" else module.bias[j, w]
                value = line + sum(module.weight[j, i, w] * feature for i, feature in enumerate(read))
                relu = embedding.kind == "periodic" and w < 3
                torch.testing.assert_close(vectors[b, j, w], value.clamp(min=0) if relu else value)


def test_columns_without_a_bin_are_their_biases():
    module = randomize(NumericEmbedding("piecewise", edges=((), ())).build(2, 3, 1))
    torch.testing.assert_close(module(torch.ones(4, 2, dtype=module.bias.dtype)), module.bias.expand(4, 2, 4))


def test_pieces_meet_at_the_edges_and_go_on_beyond_them():
    module = randomize(EMBEDDINGS[2].build(4, 2)).requires_grad_(False)
    x = torch.full((5, 4), 0.0, dtype=torch.float64)
    x[:, 0] = torch.tensor([0.5 - 1e-9, 0.5 + 1e-9, 2.0, 3.0, 4.0])
    vectors = module(x)[:, 0]
    torch.testing.assert_close(vectors[0], vectors[1], atol=1e-7, rtol=0)
    torch.testing.assert_close(vectors[4] - vectors[3], vectors[3] - vectors[2])


@by_kind
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("net", NETS, ids=lambda net: net.__name__)
def test_in_every_net_a_number_is_a_category_of_its_own_vector(net, n_outputs, embedding):
    """Four embedded numbers, and the same net with four columns more, whose table rows are those vectors."""
    n_rows = 5
    fields = Fields(categorical=(0, 1), vocabulary_sizes=(4, 3), n_numeric=4, numeric_embedding=embedding)
    twin_fields = Fields(categorical=tuple(range(6)), vocabulary_sizes=(4, 3, *[n_rows] * 4))
    options = {"contexts": ((3,), ())} if "contexts" in inspect.signature(net).parameters else {}
    embedded, twin = (randomize(net(of, n_outputs, **options)) for of in (fields, twin_fields))
    inputs = make_inputs(fields, n_rows)
    table = embedded.embedding.table.detach()
    vectors = embedded.embedding.numbers(inputs.numeric).detach()  # (B, 4, W)
    state = {name: value for name, value in embedded.state_dict().items() if "numbers" not in name}
    twin.load_state_dict({**state, "embedding.table": torch.cat([table, vectors.transpose(0, 1).flatten(0, 1)])})
    rows = torch.arange(n_rows, dtype=torch.int32)[:, None].expand(-1, 4)
    twin_inputs = Inputs(torch.cat([inputs.codes, rows], 1), inputs.numeric[:, :0])
    torch.testing.assert_close(embedded(inputs), twin(twin_inputs))
    assert gradients_of(embedded, embedded(inputs).sin().sum())["embedding.numbers.weight"].any()


@by_kind
def test_starts_from_its_generator(embedding):
    fields = Fields(categorical=(), vocabulary_sizes=(), n_numeric=4, numeric_embedding=embedding)
    assert_starts_from_generator(lambda g: FieldEmbedding(fields, 3, 1, generator=g))


def test_linear_weights_start_at_zero():
    for embedding in EMBEDDINGS:
        assert not embedding.build(4, 3, n_linear=2)(torch.randn(5, 4))[..., 3:].any()


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match="'bent', 'linear', 'periodic' or 'piecewise', however: 'spline'"):
        NumericEmbedding("spline").build(2, 3)


def test_a_number_lies_in_the_bin_up_to_which_all_are_full():
    edges = ((-1.0, -0.5, 0.0, 2.0), (0.5,), (), (-0.25, 0.25))
    layer = NumericEmbedding("bent", edges).build(4, 2)
    of_edges = torch.tensor(edges[0])
    x = torch.cat([of_edges, torch.randn(50, generator=torch.Generator().manual_seed(0)) * 2])[:, None].expand(-1, 4)
    bins, shares = layer.places(x)
    before = torch.arange(3) < bins[..., None]  # (B, M, K)
    of_bin = torch.arange(3) == bins[..., None]
    below = ((x[..., None] - layer.left[:, 0]) / layer.width[:, 0]).clamp(0, 1)
    torch.testing.assert_close(below, before + of_bin * shares[..., None])
    assert bins.max(0).values.tolist() == [2, 0, 0, 0]


def test_between_knots_vectors_are_lines():
    edges = ((-1.0, -0.5, 0.0, 2.0), (0.5,), (), (-4.0, -3.0, 5.0))
    layer = randomize(NumericEmbedding("bent", edges).build(4, 2)).requires_grad_(False)
    knots = layer.knots()
    assert (knots.diff(dim=1) >= 0).all()
    assert (knots[:, 0] < -3).all()
    assert (knots[:, -1] > 3).all()
    left, right = (knots[:, of] for of in (slice(-1), slice(1, None)))
    between = 0.75 * layer(left.T) + 0.25 * layer(right.T)
    torch.testing.assert_close(layer((0.75 * left + 0.25 * right).T), between)
    for far in (-9.0, 9.0):  # and go on beyond them
        end = knots[:, 0 if far < 0 else -1]
        next_to_it = knots[:, 1 if far < 0 else -2]
        steps = ((far - end) / (next_to_it - end))[:, None]
        at_end, beside, beyond = (layer(x[None])[0] for x in (end, next_to_it, torch.full_like(end, far)))
        torch.testing.assert_close(beyond, at_end + steps * (beside - at_end))
