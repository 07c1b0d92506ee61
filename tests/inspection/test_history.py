import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrec import FMClassifier
from skrec.inspection import HistoryDisplay


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    return X, (X[:, 0] > 0).astype(int)


def history(n_epochs=3, **columns):
    epochs = np.arange(1, n_epochs + 1)
    return pd.DataFrame({"epoch": epochs, "train_loss": 1 / epochs, "lr": 0.1, "seconds": 1.0, **columns})


def validated():
    X, y = data()
    return FMClassifier(max_epochs=4, early_stopping=True, scoring="roc_auc", random_state=0).fit(X, y)


@pytest.mark.parametrize("wrap", ["estimator", "pipeline", "search"])
def test_from_anything_that_ends_in_an_estimator(wrap):
    X, y = data()
    model = FMClassifier(max_epochs=4, random_state=0)
    if wrap != "estimator":
        model = make_pipeline(StandardScaler(), model)
    if wrap == "search":
        model = GridSearchCV(model, {"fmclassifier__embedding_dim": [2, 3]}, cv=2)
    display = HistoryDisplay.from_estimator(model.fit(X, y))
    (line,) = display.lines_
    assert line.get_xdata().tolist() == [1, 2, 3, 4]
    assert display.ax_.get_title() == "FMClassifier"
    assert display.best_line_ is None


def test_validation_curve_and_best_epoch():
    model = validated()
    display = HistoryDisplay.from_estimator(model, metric="valid_roc_auc")
    train, valid, metric = display.lines_
    assert np.array_equal(train.get_ydata(), model.history_["train_loss"])
    assert np.array_equal(valid.get_ydata(), model.history_["valid_loss"])
    assert np.array_equal(metric.get_ydata(), model.history_["valid_roc_auc"])
    assert metric.axes is display.metric_ax_ is not display.ax_
    assert set(display.best_line_.get_xdata()) == {model.best_epoch_}


def test_best_epoch_of_a_frame_is_that_of_the_lowest_validation_loss():
    display = HistoryDisplay.from_history(history(valid_loss=[0.5, 0.3, 0.4]))
    assert set(display.best_line_.get_xdata()) == {2}


def test_epochs_are_integers():
    display = HistoryDisplay.from_history(history(2))
    display.figure_.canvas.draw()
    ticks = display.ax_.get_xticks()
    assert np.array_equal(ticks, ticks.round())


def test_draws_where_it_is_told():
    ax = Figure().add_subplot()
    display = HistoryDisplay.from_history(history(), ax=ax, name="mine")
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert ax.get_title() == "mine"
    other = Figure().add_subplot()
    assert display.plot(ax=other) is display
    assert len(other.lines) == 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: HistoryDisplay.from_estimator(FMClassifier()), TypeError, "Expected a fitted skrec estimator"),
        (lambda: HistoryDisplay.from_estimator(StandardScaler()), TypeError, "no history_ on its StandardScaler"),
        (lambda: HistoryDisplay.from_history([1, 2]), TypeError, "history must be a DataFrame, got list"),
        (lambda: HistoryDisplay.from_history(history().drop(columns="epoch")), ValueError, "got none called epoch"),
        (lambda: HistoryDisplay.from_history(history(0)), ValueError, "a row for each epoch, got none"),
        (lambda: HistoryDisplay.from_history(history(), metric="auc"), ValueError, "it has no metrics"),
    ],
)
def test_errors_say_what_to_do(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"skrec-torch\[plot\]"):
        HistoryDisplay.from_history(history())
