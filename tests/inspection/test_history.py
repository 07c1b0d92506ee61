import pickle
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


def texts(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def two(**columns):
    """Return displays of two models on the same axes."""
    first = HistoryDisplay.from_history(history(valid_loss=[0.9, 0.7, 0.8], **columns), name="FM", best_epoch=2)
    second = history(5, valid_loss=[0.8, 0.7, 0.6, 0.5, 0.6], **{name: np.zeros(5) for name in columns})
    metric = list(columns) or None
    if metric:
        first = HistoryDisplay.from_history(first.history, metric=metric, name="FM", best_epoch=2)
    return first, HistoryDisplay.from_history(second, metric=metric, ax=first.ax_, name="DeepFM")


def test_two_models_on_the_same_axes_have_names_and_colours():
    first, second = two()
    assert [line.get_label() for line in first.lines_] == ["FM, training", "FM, validation"]
    assert [line.get_label() for line in second.lines_] == ["DeepFM, training", "DeepFM, validation"]
    colors = [{line.get_color() for line in (*display.lines_, display.best_line_)} for display in (first, second)]
    assert [len(of_model) for of_model in colors] == [1, 1]
    assert not colors[0] & colors[1]
    assert first.lines_[0].get_linestyle() != first.lines_[1].get_linestyle()
    assert [display.best_line_.get_label() for display in (first, second)] == [
        "FM, best epoch: 2",
        "DeepFM, best epoch: 4",
    ]
    assert texts(second) == ["FM, best epoch: 2", "DeepFM, best epoch: 4", "training", "validation", "best epoch"]
    assert second.ax_.get_title() == ""
    assert second.ax_ is first.ax_


def test_a_title_of_the_users_stays():
    ax = HistoryDisplay.from_history(history(), name="FM").ax_
    ax.set_title("Two models")
    HistoryDisplay.from_history(history(), name="DeepFM", ax=ax)
    assert ax.get_title() == "Two models"
    HistoryDisplay.from_history(history(), ax=ax)
    assert texts(HistoryDisplay.from_history(history(), name="FM", ax=ax))[:4] == ["FM", "DeepFM", "model 3", "FM (2)"]


@pytest.mark.parametrize("n_models", [2, 10, 25])
def test_many_models_all_have_a_colour_and_a_name_of_their_own(n_models):
    _, ax = plt.subplots()
    displays = [HistoryDisplay.from_history(history(), name="FM", ax=ax) for _ in range(n_models)]
    assert len({line.get_color() for display in displays for line in display.lines_}) == n_models
    assert len(set(texts(displays[-1]))) == n_models + 1
    ax.clear()
    alone = HistoryDisplay.from_history(history(), name="FM", ax=ax)
    assert (texts(alone), ax.get_title()) == (["training"], "FM")


def test_several_metrics_share_the_right_axis():
    scores = {"valid_roc_auc": [0.6, 0.7, 0.8], "train_roc_auc": [0.6, 0.8, 0.9], "valid_ap": [0.1, 0.2, 0.3]}
    display = HistoryDisplay.from_history(history(**scores), metric=list(scores))
    assert [line.get_label() for line in display.lines_[1:]] == ["ROC AUC", "ROC AUC, training", "ap"]
    assert len({line.get_color() for line in display.lines_}) == 4
    assert display.metric_ax_.get_ylabel() == "score"
    first, second = two(valid_roc_auc=[0.6, 0.7, 0.8])
    assert first.metric_ax_ is second.metric_ax_ is second.lines_[-1].axes
    assert second.metric_ax_.get_ylabel() == "ROC AUC"
    with pytest.raises(ValueError, match="or a list of some, got 'valid_auc'"):
        HistoryDisplay.from_history(history(**scores), metric=["valid_roc_auc", "valid_auc"])


@pytest.mark.parametrize("size", [(6.4, 4.8), (3, 2.5), (14, 3), (4, 8)])
@pytest.mark.parametrize("layout", ["constrained", None])
@pytest.mark.parametrize(("n_models", "scale"), [(1, "linear"), (2, "log"), (5, "linear")])
def test_the_legend_lies_on_no_curve(size, layout, n_models, scale):
    figure, ax = plt.subplots(figsize=size, layout=layout)
    ax.set_yscale(scale)
    rng = np.random.default_rng(0)
    for _ in range(n_models):
        columns = {"valid_loss": rng.random(8) + 0.1, "valid_roc_auc": rng.random(8), "valid_accuracy": rng.random(8)}
        metric = ["valid_roc_auc", "valid_accuracy"]
        display = HistoryDisplay.from_history(history(8, **columns), metric=metric, ax=ax, name="DeepFM")
    figure.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    for line in [*ax.lines, *display.metric_ax_.lines]:
        assert line.get_transform().transform(line.get_xydata())[:, 1].max() <= legend.y0 + 1
    frame = ax.get_window_extent()
    assert frame.x0 - 1 <= legend.x0 <= legend.x1 <= frame.x1 + 1


def test_limits_that_are_set_by_hand_stay():
    _, ax = plt.subplots()
    ax.set_ylim(0, 2)
    HistoryDisplay.from_history(history(), ax=ax)
    assert ax.get_ylim() == (0, 2)


def test_a_figure_with_two_models_can_be_pickled():
    first, _ = two()
    copy = pickle.loads(pickle.dumps(first.figure_))
    again = HistoryDisplay.from_history(history(), name="third", ax=copy.axes[0])
    assert texts(again)[2] == "third"


def test_several_estimators_on_the_same_axes_and_metrics_of_those_that_have_them():
    X, y = data()
    plain = make_pipeline(StandardScaler(), FMClassifier(max_epochs=1, random_state=0)).fit(X, y)
    first, second = HistoryDisplay.from_estimators({"FM": validated(), "one epoch": plain}, metric="valid_roc_auc")
    assert first.ax_ is second.ax_
    assert (len(first.lines_), len(second.lines_)) == (3, 1)
    np.testing.assert_array_equal(second.lines_[0].get_ydata(), plain[-1].history_["train_loss"])
    kinds = ["training", "validation", "ROC AUC", "best epoch"]
    assert texts(second) == [f"FM, best epoch: {first.best_epoch}", "one epoch", *kinds]
    ax = Figure().add_subplot()
    assert HistoryDisplay.from_estimators({"FM": plain}, ax=ax)[0].ax_ is ax


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: HistoryDisplay.from_estimator(FMClassifier()), TypeError, "Expected a fitted skrec estimator"),
        (lambda: HistoryDisplay.from_estimator(StandardScaler()), TypeError, "no history_ on its StandardScaler"),
        (lambda: HistoryDisplay.from_estimators([FMClassifier()]), TypeError, "a dict of fitted .* by name, got list"),
        (lambda: HistoryDisplay.from_estimators({}), ValueError, "several by name, got an empty dict"),
        (
            lambda: HistoryDisplay.from_estimators({"FM": validated()}, metric="auc"),
            ValueError,
            r"a column of one of the histories, got 'auc'; they have \['valid_roc_auc'\]",
        ),
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
