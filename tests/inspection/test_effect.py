import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.figure import Figure
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import make_pipeline

from skrec import FMClassifier, FMRegressor, SharedBottomClassifier
from skrec.inspection import EffectDisplay
from skrec.preprocessing import TableEncoder
from tests.estimators.test_dcn import three_classes
from tests.samples import LIST, fitted, labels, mixed


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


class Known(RegressorMixin, BaseEstimator):
    """Answers with numbers of raw columns, and refuses those whose dtype changed."""

    def fit(self, X, y=None):
        return self

    def predict(self, X):
        assert X.dtypes.astype(str).tolist() == raw().dtypes.astype(str).tolist()
        year = X["seen"].dt.year.to_numpy()
        lists = [10 * ("war" in cell) + len(cell) for cell in X["genres"]]
        return X["age"] ** 2 + X["gender"].eq("F") * 100 + lists + year


def raw(n_rows=60):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(20, 30, n_rows),
            "gender": rng.choice(["F", "M"], n_rows),
            "genres": pd.Series([["war", "sea"][: i % 3] for i in range(n_rows)], dtype=LIST),
            "seen": pd.Timestamp("2020-06-01") + pd.to_timedelta(rng.integers(0, 900, n_rows), unit="D"),
        }
    )


def effects(column, **options):
    return EffectDisplay.from_estimator(Known(), raw(), column, **options)


def test_of_whole_numbers_the_mean_if_every_row_had_the_value():
    frame = raw()
    display = effects("age")
    rest = Known().predict(frame).to_numpy() - frame["age"] ** 2
    assert display.effects.index.tolist() == sorted(frame["age"].unique())
    np.testing.assert_allclose(display.effects, display.effects.index.to_numpy() ** 2 + rest.mean())
    assert display.base == pytest.approx(Known().predict(frame).mean())
    np.testing.assert_allclose(display.line_.get_ydata(), display.effects)
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("age", "mean prediction")
    assert set(display.deciles) <= set(frame["age"])


def test_of_many_numbers_quantiles_that_the_data_have():
    frame = mixed(300)
    values = EffectDisplay.from_estimator(fitted(FMRegressor)[0], frame, "age", n_values=7).effects.index
    assert len(values) == 7
    assert set(values) <= set(frame["age"])
    assert values[0] == frame["age"].quantile(0.05, interpolation="nearest")


def test_of_text_dates_and_ids():
    display = effects("gender")
    assert display.effects["F"] - display.effects["M"] == pytest.approx(100)
    assert display.effects.index.tolist() == raw()["gender"].value_counts().index.tolist()
    lefts, rights = zip(*[(bar.get_x(), bar.get_x() + bar.get_width()) for bar in display.bars_], strict=True)
    np.testing.assert_allclose(
        np.sort(np.concatenate([np.minimum(lefts, rights), np.maximum(lefts, rights)]))[1:3], display.base
    )
    assert effects("seen").effects.iloc[-1] - effects("seen").effects.iloc[0] == 2
    frame = mixed().set_axis([0, 1, 2, 3], axis=1)  # columns whose names are numbers
    assert (
        len(EffectDisplay.from_estimator(FMClassifier(max_epochs=1).fit(frame, labels(mixed())), frame, 0).effects) == 6
    )
    often = effects("age", categorical=True, n_values=3).effects
    assert often.index.tolist() == raw()["age"].value_counts().index[:3].tolist()


@pytest.mark.parametrize("arrow", [True, False])
def test_of_lists_a_value_in_each(arrow):
    frame = mixed()
    frame.loc[3, "history"] = None
    if not arrow:
        frame["history"] = pd.Series(
            [None if pd.api.types.is_scalar(c) else list(c) for c in frame["history"]], dtype=object
        )
    pipe = make_pipeline(
        TableEncoder(categorical=["item"], sequence=["history"]), FMClassifier(max_epochs=2, random_state=0)
    )
    pipe.fit(frame, labels(frame))
    display = EffectDisplay.from_estimator(pipe, frame, "history")
    cells = [[] if pd.api.types.is_scalar(cell) else list(cell) for cell in frame["history"]]
    changed = frame.assign(history=[cell if "u" in cell else [*cell, "u"] for cell in cells])
    assert display.effects["u"] == pytest.approx(pipe.predict_proba(changed)[:, 1].mean(), rel=1e-6)
    assert display.ax_.get_title() == "FMClassifier\nhistory, a value in every list"


def test_of_lists_the_known_answer():
    display = effects("genres")
    frame = raw()
    lengths = np.array([len(set(cell) | {"war"}) for cell in frame["genres"]])
    rest = frame["age"] ** 2 + frame["gender"].eq("F") * 100 + frame["seen"].dt.year
    assert display.effects["war"] == pytest.approx((rest + lengths + 10).mean())


def test_classes_and_targets():
    frame = mixed()
    model = FMClassifier(max_epochs=2, embedding_dim=4, random_state=0).fit(frame, three_classes(frame))
    display = EffectDisplay.from_estimator(model, pl.from_pandas(frame), "user", target=model.classes_[2])
    expected = model.predict_proba(frame.assign(user="a"))[:, 2].mean()
    assert display.effects["a"] == pytest.approx(expected, rel=1e-6)
    assert display.ax_.get_xlabel() == f"mean probability of {model.classes_[2]}"
    y = pd.DataFrame({"click": labels(frame) == "yes", "bought": frame["user"] == "a"})
    several = SharedBottomClassifier(max_epochs=2, random_state=0).fit(frame, y)
    display = EffectDisplay.from_estimator(several, frame, "user", target=1, labels={"a": "Ann"})
    expected = several.predict_proba(frame.assign(user="a"))[1][:, 1].mean()
    assert display.effects["a"] == pytest.approx(expected, rel=1e-6)
    assert "Ann" in [tick.get_text() for tick in display.ax_.get_yticklabels()]
    with pytest.raises(ValueError, match="position of one of 2, got None"):
        EffectDisplay.from_estimator(several, frame, "user")


def test_two_models_on_the_same_axes():
    ax = Figure().add_subplot()
    effects("age", ax=ax, name="one")
    assert ax.get_title() == "one"
    second = effects("age", ax=ax, name="two")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]
    assert ax.get_title() == ""
    assert (second.ax_, second.figure_) == (ax, ax.figure)
    other = Figure().add_subplot()
    assert second.plot(ax=other) is second
    assert other.get_title() == "two"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"column": "colour"}, ValueError, r"one of the columns \['age', .* of X, got 'colour'"),
        ({"X": raw().assign(age=np.nan), "column": "age"}, ValueError, "a column with values, got 'age'"),
        ({"target": 1}, ValueError, "target as the position of one of 1, got 1"),
        ({"estimator": TableEncoder()}, TypeError, "a fitted estimator that predicts, got TableEncoder"),
        ({"n_values": 0}, ValueError, "The 'n_values' parameter"),
        ({"X": np.zeros((3, 4))}, TypeError, "Expected X as a frame"),
    ],
)
def test_errors_say_what_to_do(options, error, message):
    given = {"estimator": Known(), "X": raw(), "column": "gender", **options}
    with pytest.raises(error, match=message):
        EffectDisplay.from_estimator(given.pop("estimator"), given.pop("X"), given.pop("column"), **given)
    model, frame = fitted(FMClassifier)
    with pytest.raises(ValueError, match=r"one of the classes \['no', 'yes'\], got 'maybe'"):
        EffectDisplay.from_estimator(model, frame, "user", target="maybe")


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"skrec-torch\[plot\]"):
        EffectDisplay(pd.Series([1.0], index=["a"]), 0.5, "categorical").plot()
