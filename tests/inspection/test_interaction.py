import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.figure import Figure
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import make_pipeline

from skrec import DeepFMClassifier, FMClassifier
from skrec.inspection import InteractionDisplay
from skrec.preprocessing import TableEncoder
from tests.samples import fitted, labels, mixed


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def model():
    return fitted(FMClassifier, max_epochs=30)[0]


class Known(RegressorMixin, BaseEstimator):
    """Answers x y + 3 z, of text and of lists too."""

    def fit(self, X, y=None):
        return self

    def predict(self, X):
        return X["x"].str.len() * X["y"].map(len) + 3.0 * X["z"]


def known(n_rows=40):
    rng = np.random.default_rng(0)
    x, y = rng.integers(1, 5, n_rows), rng.integers(0, 4, n_rows)
    return pd.DataFrame({"x": ["a" * n for n in x], "y": [["b"] * n for n in y], "z": rng.integers(0, 9, n_rows)})


def test_by_permutation_against_the_formula_in_a_loop():
    frame = known()
    display = InteractionDisplay.from_estimator(Known(), frame, random_state=3)
    other = np.random.RandomState(3).permutation(len(frame))
    x, y = frame["x"].str.len().to_numpy(), frame["y"].map(len).to_numpy()
    expected = [x[r] * y[r] - x[o] * y[r] - x[r] * y[o] + x[o] * y[o] for r, o in enumerate(other)]
    assert display.strengths.loc["x", "y"] == pytest.approx(np.sqrt(np.square(expected).mean()) / 2)
    np.testing.assert_allclose(display.strengths["z"], 0, atol=1e-12)  # z only adds up
    assert display.pairs().index[0] == ("x", "y")
    np.testing.assert_allclose(display.strengths, display.strengths.T)


def test_what_the_model_says_is_drawn(model):
    frame = mixed()
    display = InteractionDisplay.from_estimator(model, frame)
    pd.testing.assert_frame_equal(display.strengths, model.pair_strengths(frame))
    assert display.pairs().index[0] == ("user", "item")
    drawn = display.image_.get_array()
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(np.asarray(drawn)[off], display.strengths.to_numpy()[off])
    assert np.ma.getmaskarray(drawn).diagonal().all() or np.isnan(np.asarray(drawn).diagonal()).all()
    assert [tick.get_text() for tick in display.ax_.get_xticklabels()] == list(frame)


def test_both_ways_name_the_same_pair_and_a_pipeline_has_columns_of_its_own():
    frame = mixed()
    pipe = make_pipeline(
        TableEncoder(categorical=["user", "item"], numeric=["age"]), FMClassifier(lr=0.02, max_epochs=30)
    )
    pipe.fit(frame, labels(frame))
    by_model = InteractionDisplay.from_estimator(pipe, pl.from_pandas(frame))
    asked = InteractionDisplay.from_estimator(pipe, frame, method="permutation", max_rows=50)
    assert by_model.strengths.shape == (3, 3)
    assert asked.strengths.shape == (4, 4)
    assert by_model.pairs().index[0] == asked.pairs().index[0] == ("user", "item")
    assert not asked.strengths["history"].any()  # the encoder drops it


def test_a_model_that_does_not_say_is_asked_by_permutation():
    deep, frame = fitted(DeepFMClassifier, max_epochs=20)
    display = InteractionDisplay.from_estimator(deep, frame, columns=["user", "item", "age"], kind="pairs")
    assert display.pairs().index[0] == ("user", "item")
    assert display.ax_.get_xlabel() == "strength, in the unit of the output"
    np.testing.assert_allclose([bar.get_width() for bar in display.bars_], display.pairs())
    assert display.ax_.get_yticklabels()[0].get_text() == "user × item"


def test_draws_where_it_is_told(model):
    ax = Figure().add_subplot()
    display = InteractionDisplay.from_estimator(model, mixed(), ax=ax, name="mine")
    assert (display.ax_, display.figure_, ax.get_title()) == (ax, ax.figure, "mine")
    other = Figure().add_subplot()
    assert display.plot(ax=other, kind="pairs", n_pairs=2) is display
    assert (len(display.bars_), display.image_) == (2, None)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "shap"}, ValueError, r"method as one of \['auto', 'model', 'permutation'\], got 'shap'"),
        ({"kind": "graph"}, ValueError, r"kind as one of \['matrix', 'pairs'\], got 'graph'"),
        ({"columns": ["user", "color"]}, ValueError, r"of \['user', 'item', .*, got \['color'\]; by encoders"),
        ({"columns": ["user"]}, ValueError, "Expected two columns or more"),
        ({"max_rows": 1}, ValueError, "The 'max_rows' parameter"),
        ({"X": np.zeros((3, 4))}, TypeError, "Expected X as a frame"),
        (
            {"estimator": Known(), "method": "model"},
            TypeError,
            "how its columns interact.*got Known .*permutation",
        ),
        ({"estimator": TableEncoder()}, TypeError, "Expected a fitted estimator that predicts, got TableEncoder"),
    ],
)
def test_errors_say_what_to_do(model, options, error, message):
    given = {"estimator": model, "X": mixed(), **options}
    with pytest.raises(error, match=message):
        InteractionDisplay.from_estimator(given.pop("estimator"), given.pop("X"), **given)


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"skrec-torch\[plot\]"):
        InteractionDisplay(pd.DataFrame(np.eye(2))).plot()
