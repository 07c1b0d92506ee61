import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skrec import FFMRegressor, FMClassifier
from skrec.inspection import EmbeddingDisplay
from skrec.preprocessing import TableEncoder
from tests.samples import fitted, labels, mixed


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def model():
    return fitted(FMClassifier, max_epochs=30)[0]


def drawn(display):
    return [text.get_text() for text in display.texts_]


def test_points_are_the_principal_components_of_the_vectors(model):
    display = EmbeddingDisplay.from_estimator(model, "item")
    vectors = model.embedding("item").iloc[:-1, :4].to_numpy(float)
    centered = vectors - vectors.mean(0)
    values, axes = np.linalg.eigh(centered.T @ centered)
    expected = centered @ axes[:, ::-1][:, :2]
    np.testing.assert_allclose(np.abs(display.coordinates), np.abs(expected), atol=1e-6)
    np.testing.assert_allclose(display.explained, values[::-1][:2] / values.sum(), rtol=1e-5)
    np.testing.assert_allclose(display.points_.get_offsets(), display.coordinates)
    assert display.coordinates.index.tolist() == model.embedding("item").index[:-1].tolist()
    assert display.ax_.get_title() == "FMClassifier: item"
    assert display.ax_.get_xlabel() == f"first component ({display.explained[0]:.0%})"


def test_neighbours_are_those_of_the_smallest_angle(model):
    display = EmbeddingDisplay.from_estimator(model, "item", neighbors_of=["u", "z"], n_neighbors=2)
    vectors = model.embedding("item").iloc[:-1, :4]
    for value, theirs in display.neighbors.groupby("value"):
        cosine = vectors @ vectors.loc[value] / np.linalg.norm(vectors, axis=1) / np.linalg.norm(vectors.loc[value])
        nearest = cosine.drop(value).sort_values(ascending=False)[:2]
        assert theirs["neighbor"].tolist() == nearest.index.tolist()
        np.testing.assert_allclose(theirs["similarity"], nearest, rtol=1e-5)
        assert set(nearest.index) <= set("uvw" if value == "u" else "xyz")  # users like one half or the other
    first = display.ax_.get_legend().get_texts()[0].get_text()
    assert first.startswith(f"u: {display.neighbors['neighbor'][0]} ")
    assert set(drawn(display)) <= set("uvwxyz")


def test_values_and_labels(model):
    names = pd.Series({"u": "$\\alpha$ " + "a long title " * 9})
    display = EmbeddingDisplay.from_estimator(
        model, "item", values=["u", "w", "x"], neighbors_of=["w"], labels=names, name="items"
    )
    assert display.coordinates.index.tolist() == ["u", "w", "x"]
    assert set(display.neighbors["neighbor"]) == {"u", "x"}
    assert display.ax_.get_title() == "items"
    assert any(text.startswith("$\\alpha$") for text in drawn(display))


def test_a_list_column_that_shares_a_vocabulary_and_a_model_of_many_vectors():
    estimator, _ = fitted(FFMRegressor)
    shape = EmbeddingDisplay.from_estimator(estimator, "history").coordinates.shape
    assert shape == EmbeddingDisplay.from_estimator(estimator, "item").coordinates.shape == (6, 2)


@pytest.mark.parametrize("search", [False, True])
def test_from_a_pipeline_and_a_search(search):
    frame = mixed()
    given = make_pipeline(TableEncoder(categorical=["user", "item"]), FMClassifier(max_epochs=2, random_state=0))
    if search:
        given = GridSearchCV(given, {"fmclassifier__embedding_dim": [1, 1]}, cv=2)
    display = EmbeddingDisplay.from_estimator(given.fit(frame, labels(frame)), "user")
    assert display.coordinates.shape == (6, 2)
    assert display.coordinates["second"].any() != search  # one number a vector has one axis


def test_vectors_of_anything():
    vectors = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]
    display = EmbeddingDisplay.from_vectors(vectors, neighbors_of=[0], n_neighbors=9)
    assert display.neighbors["neighbor"].tolist() == [1, 2]
    assert display.ax_.get_title() == ""
    frame = pd.DataFrame(vectors, index=list("abc"))
    assert EmbeddingDisplay.from_vectors(frame).coordinates.index.tolist() == list("abc")
    alike = EmbeddingDisplay.from_vectors(np.ones((3, 2)))
    assert alike.explained.tolist() == [0, 0]


@pytest.mark.parametrize("size", [(6.4, 4.8), (2.5, 2), (14, 3)])
def test_no_name_lies_on_another_or_outside(size):
    rng = np.random.default_rng(0)
    vectors = pd.DataFrame(rng.normal(size=(80, 5)), index=[f"a rather long title, number {i}" for i in range(80)])
    _, ax = plt.subplots(figsize=size, layout="constrained")
    display = EmbeddingDisplay.from_vectors(vectors, neighbors_of=vectors.index[:2], ax=ax)
    display.figure_.canvas.draw()
    boxes = [text.get_window_extent() for text in display.texts_]
    boxes += [ax.get_legend().get_window_extent()]
    assert not [1 for i, box in enumerate(boxes) for other in boxes[:i] if box.overlaps(other)]
    frame = ax.get_window_extent().padded(1)
    assert all(frame.contains(*corner) for box in boxes[:-1] for corner in box.corners())


def test_draws_where_it_is_told(model):
    ax = Figure().add_subplot()
    display = EmbeddingDisplay.from_estimator(model, "user", ax=ax)
    assert (display.ax_, display.figure_) == (ax, ax.figure)
    other = Figure().add_subplot()
    assert display.plot(ax=other, name="again") is display
    assert other.get_title() == "again"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda model: EmbeddingDisplay.from_estimator(make_pipeline(LogisticRegression()), "item"),
            TypeError,
            "a model with vectors of its columns, .* got Pipeline that ends in LogisticRegression.*from_vectors",
        ),
        (lambda model: EmbeddingDisplay.from_estimator(model, "age"), ValueError, "got 'age', which is numeric"),
        (lambda model: EmbeddingDisplay.from_estimator(model, "itm"), ValueError, "'itm'"),
        (
            lambda model: EmbeddingDisplay.from_estimator(model, "item", values=["u", "tea"]),
            ValueError,
            "Expected values among the 6 that are there, got 'tea'",
        ),
        (
            lambda model: EmbeddingDisplay.from_vectors(
                pd.DataFrame(np.eye(2), index=["tea", "jam"]), neighbors_of=["teas"]
            ),
            ValueError,
            "Expected neighbors_of among the 2 that are there, got 'teas'; did you mean 'tea'?",
        ),
        (lambda model: EmbeddingDisplay.from_vectors([[1.0, 2.0]]), ValueError, r"two vectors or more .* \(1, 2\)"),
        (lambda model: EmbeddingDisplay.from_vectors([[1.0], [np.nan]]), ValueError, "some that are not finite"),
        (
            lambda model: EmbeddingDisplay.from_vectors(np.eye(2), n_neighbors=0),
            ValueError,
            "The 'n_neighbors' parameter",
        ),
    ],
)
def test_errors_say_what_to_do(model, call, error, message):
    with pytest.raises(error, match=message):
        call(model)


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"skrec-torch\[plot\]"):
        EmbeddingDisplay.from_vectors(np.eye(3))
