"""What models say of pairs of columns, against their formulas in loops."""

import numpy as np
import pytest
import torch

from skrec import (
    AutoIntClassifier,
    BilinearFFMClassifier,
    BilinearFFMRegressor,
    DCNv2Classifier,
    DCNv2Regressor,
    FFMClassifier,
    FFMRegressor,
    FMClassifier,
    FMRegressor,
    FwFMClassifier,
)
from skrec.engine import Rows
from tests.estimators.test_dcn import three_classes
from tests.samples import fitted, mixed, outputs

NAMES = ["user", "item", "history", "age"]  # in the order of the fields, and of the frame


def vectors_of(model, frame):
    """Return the vectors of the fields of each row."""
    net = model.net_.module_
    with torch.no_grad():
        (batch,) = Rows(model._table(frame)).batches(len(frame), None)
        return net, net.embedding.split(net.embedding(batch.inputs))[0].numpy()


def left(net, i, j, n_fields):
    """Return the matrix that the vector of field i meets that of j through."""
    kind, weight = net.bilinear.bilinear_type, net.bilinear.weight.detach().numpy()
    pair = [(a, b) for a in range(n_fields) for b in range(a + 1, n_fields)].index((i, j))
    return weight if kind == "all" else weight[i] if kind == "each" else weight[pair]


def product(net, vectors, i, j):
    """Return the elementwise product whose sum is what the pair adds."""
    n_fields = len(vectors)
    if hasattr(net, "bilinear"):
        return (vectors[i] @ left(net, i, j, n_fields)) * vectors[j]
    if type(net).__name__ == "FFM":
        against = vectors.reshape(n_fields, n_fields, -1)
        return against[i, j] * against[j, i]
    if type(net).__name__ == "FwFM":
        pair = [(a, b) for a in range(n_fields) for b in range(a + 1, n_fields)].index((i, j))
        return net.pair_weights[pair].item() * vectors[i] * vectors[j]
    return vectors[i] * vectors[j]


@pytest.mark.parametrize(
    ("cls", "params"),
    [
        (FMClassifier, {}),
        (FMRegressor, {"numeric_embedding": "piecewise"}),
        (FFMClassifier, {}),
        (FwFMClassifier, {"lr": 0.1}),
        (FFMRegressor, {}),
        (BilinearFFMClassifier, {"bilinear_type": "all"}),
        (BilinearFFMRegressor, {"bilinear_type": "each"}),
        (BilinearFFMClassifier, {"bilinear_type": "interaction"}),
    ],
)
def test_of_machines_what_the_pair_adds(cls, params):
    model, frame = fitted(cls, **params)
    net, vectors = vectors_of(model, frame)
    expected = np.zeros((4, 4))
    for row in vectors:
        for i in range(4):
            for j in range(i + 1, 4):
                expected[i, j] += abs(product(net, row, i, j).sum()) / len(frame)
    strengths = model.pair_strengths(frame)
    assert strengths.columns.tolist() == strengths.index.tolist() == NAMES
    np.testing.assert_allclose(strengths, expected + expected.T, rtol=1e-4, atol=1e-7)


def test_of_several_classes_the_mean_of_their_logits():
    frame = mixed()
    model = FMClassifier(max_epochs=2, embedding_dim=4, random_state=0).fit(frame, three_classes(frame))
    net, vectors = vectors_of(model, frame)
    project = net.project.weight.detach().numpy()  # (C, D)
    terms = [np.abs(project @ product(net, row, 0, 1)).mean() for row in vectors]
    np.testing.assert_allclose(model.pair_strengths(frame).loc["user", "item"], np.mean(terms), rtol=1e-4)


def test_of_autoint_how_much_the_columns_look_at_each_other():
    model, frame = fitted(AutoIntClassifier, n_heads=2, attention_dim=4)
    net, vectors = vectors_of(model, frame)
    query, key, *_ = net.attention[0].project.weight.detach().numpy().reshape(4, 2, 2, 4)  # of each head
    expected = np.zeros((4, 4))
    for row in vectors:
        for head in range(2):
            match = np.exp((row @ query[head].T) @ (row @ key[head].T).T)
            expected += match / match.sum(1, keepdims=True) / 2 / len(frame)
    expected = (expected + expected.T) / 2
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(model.pair_strengths(frame), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("cls", "params"),
    [(DCNv2Classifier, {}), (DCNv2Regressor, {"low_rank": 2}), (DCNv2Classifier, {"low_rank": 2, "n_experts": 3})],
)
def test_of_dcnv2_the_norm_of_the_blocks(cls, params):
    model, frame = fitted(cls, numeric_embedding=None, **params)
    net, vectors = vectors_of(model, frame)
    ends = [0, 4, 8, 12, 13]  # three vectors and a number
    layer, expected = net.cross.layers[0], np.zeros((4, 4))
    numbers = model._table(frame).numeric
    for row, number in zip(vectors, numbers, strict=True):
        x = torch.tensor(np.append(row[:3].ravel(), number))
        matrix = layer.weight if not params else 0
        if params:
            gates = torch.ones(1) if layer.gate is None else torch.softmax(layer.gate.weight @ x, 0)
            for k, gate in enumerate(gates):
                rank = slice(2 * k, 2 * k + 2)
                matrix = matrix + gate * layer.up.weight[:, rank] @ layer.down.weight[rank]
        square = matrix.detach().numpy() ** 2
        for i in range(4):
            for j in range(4):
                block = square[ends[i] : ends[i + 1], ends[j] : ends[j + 1]]
                across = square[ends[j] : ends[j + 1], ends[i] : ends[i + 1]]
                expected[i, j] += (i != j) * np.sqrt(block.sum() + across.sum()) / len(frame)
    np.testing.assert_allclose(model.pair_strengths(frame), expected, rtol=1e-4)


def test_no_trace_and_any_number_of_rows():
    model, frame = fitted(FMClassifier)
    before = outputs(model, frame)
    one = model.pair_strengths(frame[:1])
    many = model.pair_strengths(mixed(600))
    assert one.shape == many.shape == (4, 4)
    np.testing.assert_array_equal(outputs(model, frame), before)


def test_a_norm_that_mixes_the_pairs_is_refused():
    model, frame = fitted(BilinearFFMClassifier, layer_norm=True)
    with pytest.raises(ValueError, match=r"layer_norm=True does not say what a pair adds.*method='permutation'"):
        model.pair_strengths(frame)
