import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import is_classifier
from sklearn.metrics import roc_auc_score

from skrec import DeepFMClassifier, DINClassifier, FMClassifier
from skrec.estimators._base._numeric import distinct_rows, mean_shares, quantile_edges
from skrec.nets import NumericEmbedding
from tests.discovery import cases, predictors
from tests.samples import fitted, outputs

KINDS = ["linear", "periodic", "piecewise", "bent"]
EMBEDDING = [cls for cls in predictors() if "numeric_embedding" in cls().get_params()]
CLASSIFIERS = [cls for cls in EMBEDDING if is_classifier(cls())]


def stripes(n_rows, seed):
    """Return a number and in which stripe it lies: a line through it tells nothing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n_rows)
    frame = pd.DataFrame({"x": x, "other": rng.choice(["a", "b"], n_rows)})
    return frame, np.floor(3 * x).astype(int) % 2


def auc_on_stripes(cls, kind):
    model = cls(numeric_embedding=kind, lr=0.02, batch_size=128, max_epochs=15, random_state=0)
    if "hidden_layer_sizes" in model.get_params():
        model.set_params(hidden_layer_sizes=(16,))
    X, y = stripes(2000, seed=1)
    return roc_auc_score(y, model.fit(*stripes(2000, seed=0)).decision_function(X))


def test_bent_embeddings_see_stripes_and_a_line_does_not():
    auc = {kind: auc_on_stripes(DeepFMClassifier, kind) for kind in [None, *KINDS]}
    assert min(auc["periodic"], auc["piecewise"], auc["bent"]) > 0.95
    assert max(auc[None], auc["linear"]) < 0.7


@pytest.mark.parametrize("cls", cases(CLASSIFIERS))
def test_every_model_sees_stripes_in_pieces_and_by_default(cls):
    auc = auc_on_stripes(cls, "piecewise")
    assert auc > 0.93
    assert auc_on_stripes(cls, "auto") > 0.93


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cls", cases(EMBEDDING))
def test_a_row_scores_the_same_alone_and_among_others(cls, kind):
    model, frame = fitted(cls, numeric_embedding=kind)
    alone = np.concatenate([outputs(model, frame[i : i + 1]) for i in range(5)])
    np.testing.assert_allclose(outputs(model, frame)[:5], alone, rtol=1e-5, atol=1e-6)
    assert not np.allclose(outputs(model, frame.assign(age=frame["age"] + 30)), outputs(model, frame), atol=1e-4)


def test_constant_and_two_valued_columns_have_few_bins():
    frame = pd.DataFrame({"constant": 1.0, "flag": [0.0, 1.0] * 100, "x": np.linspace(0, 1, 200)})
    model = DeepFMClassifier(numeric_embedding="piecewise", n_bins=8, random_state=0).fit(frame, frame["flag"] > 0)
    edges = model.net_.module_.embedding.fields.numeric_embedding.edges
    assert [len(of_column) for of_column in edges] == [1, 2, 9]
    assert model.score(frame, frame["flag"] > 0) == 1


def test_edges_are_of_the_training_rows_alone():
    X, y = stripes(400, seed=0)
    model = DeepFMClassifier(numeric_embedding="piecewise", n_bins=4, max_epochs=1, random_state=0)
    far = X.assign(x=X["x"] + 100)
    edges = model.fit(X, y, X_val=far, y_val=y).net_.module_.embedding.fields.numeric_embedding.edges
    expected = (np.quantile(X["x"], [0, 0.25, 0.5, 0.75, 1], method="inverted_cdf") - X["x"].mean()) / X["x"].std(
        ddof=0
    )
    np.testing.assert_allclose(edges[0], expected, rtol=1e-5)


def test_a_column_of_zeros_wastes_no_bin():
    x = np.where(np.arange(1000) < 920, 0.0, np.linspace(1, 2, 1000))
    edges = quantile_edges(x, np.ones(1000), 32)
    assert len(edges) == 33
    assert edges[:2] == (0.0, x[920])
    np.testing.assert_allclose(np.diff(np.searchsorted(x, edges[1:])), 80 / 31, atol=1)  # the others share 31 bins
    assert quantile_edges(x[920:], np.ones(80), 8) == tuple(
        np.quantile(x[920:], np.linspace(0, 1, 9), method="inverted_cdf")
    )


columns = st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 3)), min_size=1, max_size=20)


@given(column=columns, n_bins=st.integers(1, 5))
def test_a_weight_counts_as_so_many_rows(column, n_bins):
    values, weight = (np.array(part, float) for part in zip(*column, strict=True))
    repeated = np.repeat(values, weight.astype(int))
    edges = quantile_edges(values, weight, n_bins)
    assert edges == quantile_edges(repeated, np.ones(len(repeated)), n_bins)
    assert edges[0] == values.min()
    assert edges[-1] == values.max()
    assert list(edges) == sorted(set(edges))
    assert len(edges) <= n_bins + 1


def test_bins_hold_the_same_share_of_rows():
    values = np.random.default_rng(0).normal(size=1000)
    counts, _ = np.histogram(values, quantile_edges(values, np.ones(1000), 10))
    assert counts.tolist() == pytest.approx([100] * 10, abs=1)


@given(column=columns, n_bins=st.integers(1, 5))
def test_edges_are_few_and_every_heavy_value_is_one(column, n_bins):
    values, weight = (np.array(part, float) for part in zip(*column, strict=True))
    edges = quantile_edges(values, weight, n_bins)
    assert list(edges) == sorted(set(edges))
    assert {values.min(), values.max()} <= set(edges) <= set(values)
    assert len(edges) <= n_bins + 1
    heavy = {value for value in values if weight[values == value].sum() * n_bins > weight.sum()}
    assert heavy <= set(edges)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 4)), min_size=1, max_size=20))
def test_mean_shares_are_the_mean_of_what_a_net_reads(column):
    values, weight = (np.array(of, float) for of in zip(*column, strict=True))
    edges = quantile_edges(values, weight, 4)
    shares = (
        NumericEmbedding("bent", (edges,)).build(1, 2).double().shares(torch.from_numpy(values)[:, None])[0].numpy()
    )
    expected = np.average(shares, axis=0, weights=weight)
    np.testing.assert_allclose(mean_shares(values, edges, weight), expected, rtol=1e-6, atol=1e-6)  # a net is float32


@pytest.mark.parametrize("weighted", [False, True])
def test_bent_vectors_have_no_constant_part_in_which_pairs_would_drown(weighted):
    rng = np.random.default_rng(0)
    x = rng.lognormal(size=(3000, 2)) * (rng.random((3000, 2)) < [1, 0.3])  # heavy tails, and mostly zero
    weight = rng.uniform(0.1, 3, 3000) if weighted else np.ones(3000)
    model = FMClassifier(numeric_embedding="bent", lr=0.05, max_epochs=3, early_stopping=False, random_state=0)
    model.fit(x, x[:, 0] > 1, sample_weight=weight)
    numbers = model.net_.module_.embedding.numbers
    scaled = (x - np.average(x, 0, weight)) / np.sqrt(np.cov(x.T, aweights=weight, ddof=0).diagonal())
    scaled = torch.from_numpy(scaled).to(numbers.slope.dtype)
    vectors = numbers(scaled) - numbers.lines(scaled)[..., None] * numbers.slope[:, 0]
    mean = np.average(vectors.detach(), axis=0, weights=weight)
    assert np.abs(mean).max() < 0.01 * vectors.detach().abs().max() < 1


@pytest.mark.parametrize(("n_rows", "n_bins"), [(60, 4), (320, 10), (3000, 32)])
@pytest.mark.parametrize("times", [1, 3])
def test_by_default_few_rows_have_few_bins_however_often_they_are_there(n_rows, n_bins, times):
    X, y = stripes(n_rows, seed=0)
    X, y = pd.concat([X] * times), np.tile(y, times)
    model = DeepFMClassifier(max_epochs=1, random_state=0, early_stopping=False).fit(X, y)
    assert model.net_.module_.embedding.numbers.weight.shape[1] == n_bins
    asked = DeepFMClassifier(numeric_embedding="bent", max_epochs=1, random_state=0).fit(X, y)
    assert asked.net_.module_.embedding.numbers.weight.shape[1] == 32


@given(rows=st.lists(st.tuples(st.integers(0, 2), st.integers(-2, 2)), min_size=1, max_size=30))
def test_rows_that_differ_in_any_column_are_different(rows):
    codes, numeric = (np.array(part)[:, None] for part in zip(*rows, strict=True))
    assert distinct_rows(codes, numeric / 4, 100) == len(set(rows))


def test_many_rows_that_draw_negatives_have_bins_of_their_own_numbers(monkeypatch):
    """The weights are of positives and of what is drawn beside them."""
    monkeypatch.setattr("skrec.estimators._base._numeric.MANY_ROWS", 8)
    log = pd.DataFrame({"item": list("uvwx") * 6, "price": np.arange(24.0), "history": [["u"], ["v", "w"]] * 12})
    model = DINClassifier(n_negatives=1, sequence_features={"history": "item"}, max_epochs=1, random_state=0)
    embedding = model.fit(log, np.ones(24)).net_.module_.embedding.numbers
    edges = embedding.left[0].flatten()
    assert (edges.diff() > 0).all()
    assert ((embedding.centre > 0) & (embedding.centre < 1)).all()
