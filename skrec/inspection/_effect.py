"""What the output is, in the mean, for each value of a column."""

from typing import Any, Self

import numpy as np
import pandas as pd
from pandas.api import types
from sklearn.utils import check_random_state

from skrec._text import quoted
from skrec._validation import Whole, validate_params
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE, frame_of, role_of, tokens
from skrec.inspection._inside import inside
from skrec.inspection._labels import AS_WRITTEN, as_label, in_room, name_bars, put_title
from skrec.inspection._legend import put_legend
from skrec.inspection._matplotlib import check_matplotlib

LENGTH = 32  # characters of a value's name
_PARAMETERS = {"n_values": [Whole(1)], "max_rows": [Whole(1)], "categorical": ["boolean"]}


class EffectDisplay:
    r"""See what a column does to the output, all else as it is: its partial dependence, of numbers, text and lists.

    Create it with :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    effects : Series of shape (n_values,), float
        The mean output if every row had the value, by value.
    base : float
        The mean output of the rows as they are.
    role : {"numeric", "categorical", "sequence"}
        What the column is. Of a sequence a value is in the list of every row, beside what is there.
    column : str or int or None, default=None
        Its name.
    deciles : array-like or None, default=None
        Where the data of a numeric column lie.
    output : str, default="output"
        What the numbers are.
    labels : mapping or None, default=None
        Readable names of values.
    estimator_name : str or None, default=None
        Title of the picture; with several models on it, what this one is called.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the picture. The numeric effects of several models may be drawn on the same ones.
    figure_ : matplotlib Figure
        The figure that holds them.
    line_ : matplotlib Line2D or None
        The effect of a numeric column.
    bars_ : matplotlib BarContainer or None
        A bar a value of another column, from `base` to its effect.

    See Also
    --------
    sklearn.inspection.PartialDependenceDisplay : Of numbers alone, and of pairs of them.

    Notes
    -----
    .. math:: \mathrm{effect}(v) = \mathrm{mean}_r \, f(v, x_{r,-j})

    The values that are asked about are values of the data, with the dtype of the column, so that a pipeline of raw
    frames takes them: whole numbers stay whole. What a row would be with another value may be nothing that there is,
    such as a child with a pension; the effect is what the model says of it nevertheless.

    References
    ----------
    Friedman (2001), Greedy Function Approximation: A Gradient Boosting Machine, section 8.2: partial dependence.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import FMClassifier
    >>> from skrec.inspection import EffectDisplay
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam"] * 133 + ["jam"]})
    >>> model = FMClassifier(lr=0.01, random_state=0).fit(df, df["item"] == "tea")
    >>> EffectDisplay.from_estimator(model, df, "item").effects.round()
    item
    tea    1.0
    jam    0.0
    dtype: float64
    """

    def __init__(
        self,
        effects: Any,
        base: float,
        role: str,
        *,
        column: Any = None,
        deciles: Any = None,
        output: str = "output",
        labels: Any = None,
        estimator_name: str | None = None,
    ) -> None:
        self.effects = effects
        self.base = base
        self.role = role
        self.column = column
        self.deciles = deciles
        self.output = output
        self.labels = labels
        self.estimator_name = estimator_name

    @classmethod
    @validate_params(_PARAMETERS, prefer_skip_nested_validation=True)
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        column: str | int,
        *,
        target: Any = None,
        categorical: bool = False,
        n_values: int = 20,
        max_rows: int = 500,
        random_state: Any = 0,
        labels: Any = None,
        ax: Any = None,
        name: str | None = None,
    ) -> Any:
        """Draw the effect of a column of a fitted estimator.

        Parameters
        ----------
        estimator : fitted estimator
            A classifier with `predict_proba`, or a regressor; a Pipeline that takes raw frames too.
        X : DataFrame of shape (n_rows, n_columns)
            As for `estimator.predict`.
        column : str or int
            The column of `X`: numbers, dates, text, categories or lists.
        target : label or None, default=None
            The class whose probability is drawn; of two classes by default the second one. Of a classifier of several
            targets the position of one.
        categorical : bool, default=False
            Whether numbers are ids, whose most frequent ones are asked about, instead of points of a scale.
        n_values : int, default=20
            How many values are asked about: quantiles of numbers from the 5th percentile to the 95th, the most
            frequent ones of others.
        max_rows : int, default=500
            Rows that are asked, drawn from `X` if it has more.
        random_state : int, RandomState instance or None, default=0
            Draws them.
        labels : mapping or None, default=None
            Readable names of values: a dict or a Series.
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            Title; by default the name of the estimator's class.

        Returns
        -------
        display : EffectDisplay

        Raises
        ------
        TypeError
            If `X` is no frame, or the estimator does not predict.
        ValueError
            If the column is not there or has no values, or `target` is none of the classes.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        frame = frame_of(X, "X")
        if column not in frame:
            raise ValueError(f"Expected one of the columns {quoted(list(frame))} of X, got {quoted(column)}")
        role = NUMERIC if types.is_datetime64_any_dtype(frame[column].dtype) else role_of(frame[column])
        role = CATEGORICAL if categorical and role == NUMERIC else role
        values = _values(frame[column], role, n_values)
        if not len(values):
            raise ValueError(f"Expected a column with values, got {quoted(column)}, of which all are missing")
        numbers = frame[column].dropna() if role == NUMERIC else None
        if len(frame) > max_rows:
            rows = check_random_state(random_state).choice(len(frame), max_rows, replace=False)
            frame = frame.iloc[np.sort(rows)]
        with_value = _in_every_list if role == SEQUENCE else _everywhere
        means = []
        for value in values:
            changed = frame.copy(deep=False)
            changed[column] = with_value(frame[column], value)
            means.append(_outputs(estimator, changed, target)[0])
        base, output = _outputs(estimator, frame, target)
        return cls(
            pd.Series(means, index=pd.Index(values, name=column)),
            base,
            role,
            column=column,
            deciles=None if numbers is None else numbers.quantile(np.arange(0.1, 1, 0.1), interpolation="nearest"),
            output=output,
            labels=labels,
            estimator_name=type(inside(estimator, lambda one: False)[0]).__name__ if name is None else name,
        ).plot(ax=ax)

    def plot(self, ax: Any = None, *, name: str | None = None) -> Self:
        """Draw again, for example elsewhere.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure, as high as there are values.
        name : str or None, default=None
            Title; by default `estimator_name`.

        Returns
        -------
        display : EffectDisplay
            The same object, with the attributes of the new picture.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        numeric = self.role == NUMERIC
        if ax is None:
            size = None if numeric else (6.4, 1.9 + 0.26 * len(self.effects))
            _, ax = plt.subplots(figsize=size, layout="constrained")
        self.line_: Any = None
        self.bars_: Any = None
        title = self.estimator_name if name is None else name
        if numeric:
            self._line(ax, title)
        else:
            self._bars(ax)
        drawn = [line for line in ax.lines if hasattr(line, "effect_name")]
        if len(drawn) > 1:
            ax.set_title("")  # of the first one alone
            put_legend(ax, None, drawn, [as_label(line.effect_name) for line in drawn])
        else:
            self._title(ax, title)
        if not numeric:
            name_bars(ax, np.arange(len(self.effects)), self._values_called, 0.5)
            ax.set_xlabel(in_room(ax, as_label(self.output)), **AS_WRITTEN)
            self._title(ax, title)
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_axisbelow(True)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _title(self, ax, title):
        if title is not None:
            what = f"{self.column}, a value in every list" if self.role == SEQUENCE else str(self.column)
            put_title(ax, *([title] if self.role == NUMERIC else [title, what]))

    def _line(self, ax, title):
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        values = self.effects.index
        (self.line_,) = ax.plot(values, self.effects, marker="o", markersize=4, linewidth=1.8)
        self.line_.effect_name = "model" if title is None else title
        if types.is_datetime64_any_dtype(values.dtype):
            locator = AutoDateLocator(maxticks=6)
            ax.xaxis.set_major_locator(locator)
            ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        ax.axhline(self.base, color=self.line_.get_color(), linestyle=":", linewidth=1.2)  # the rows as they are
        if self.deciles is not None:
            marks = ax.get_xaxis_transform()
            ax.vlines(np.asarray(self.deciles), 0, 0.03, color="0.35", linewidth=1, transform=marks)
        ax.set_xlabel(in_room(ax, as_label(self.column)), **AS_WRITTEN)
        ax.set_ylabel(in_room(ax, as_label(self.output), side="height"), **AS_WRITTEN)
        ax.grid(alpha=0.25)

    def _bars(self, ax):
        effects = self.effects.iloc[::-1]  # the most frequent at the top
        places = np.arange(len(effects))
        above = np.asarray(effects) >= self.base
        self.bars_ = ax.barh(places, effects - self.base, left=self.base, height=0.7, color=np.where(above, "C0", "C1"))
        ax.axvline(self.base, color="0.35", linewidth=0.8)
        ax.set_xlabel(in_room(ax, as_label(self.output)), **AS_WRITTEN)
        ax.grid(alpha=0.25, axis="x")
        ax.tick_params(axis="y", length=0)

    def _values_called(self, length):
        """Return the names of the values from the lowest bar to the highest, at most so many characters long."""
        names = [value if self.labels is None else self.labels.get(value, value) for value in self.effects.index[::-1]]
        length = min(length, LENGTH)
        return [label if len(label) <= length else f"{label[: length - 1]}…" for label in map(as_label, names)]


def _values(column, role, n_values):
    """Return the values to ask about: quantiles of numbers in order, the most frequent ones of others."""
    if role == NUMERIC:
        there = column.dropna()
        distinct = there.drop_duplicates().sort_values()
        if 0 < len(distinct) > n_values:
            places = np.linspace(0.05, 0.95, n_values)
            distinct = there.quantile(places, interpolation="nearest").drop_duplicates()
        return distinct.tolist()
    values = tokens(column)[0] if role == SEQUENCE else column
    counts = values.value_counts(dropna=True)
    return counts[counts > 0].index[:n_values].tolist()


def _everywhere(column, value):
    """Return the column with the same value in every row."""
    return pd.Series([value] * len(column), index=column.index, dtype=column.dtype)


def _in_every_list(column, value):
    """Return the column with a value in every list, at the end of those that do not have it."""
    cells = [list(cell) if types.is_list_like(cell) else [] for cell in column]  # a missing one is empty
    cells = [cell if value in cell else [*cell, value] for cell in cells]
    return pd.Series(cells, index=column.index, dtype=column.dtype)


def _outputs(estimator, X, target):
    """Return the mean output of rows, and what it is called."""
    if not hasattr(estimator, "predict_proba"):
        if not hasattr(estimator, "predict"):
            raise TypeError(f"Expected a fitted estimator that predicts, got {type(estimator).__name__}")
        given = np.asarray(estimator.predict(X), dtype=float).reshape(len(X), -1)
        if target not in (None, *range(given.shape[1])) or (target is None and given.shape[1] > 1):
            raise ValueError(f"Expected target as the position of one of {given.shape[1]}, got {quoted(target)}")
        return float(given[:, target or 0].mean()), "mean prediction"
    given = estimator.predict_proba(X)
    if isinstance(given, list):
        if target not in range(len(given)):
            raise ValueError(f"Expected target as the position of one of {len(given)}, got {quoted(target)}")
        return float(given[target][:, -1].mean()), f"mean probability, target {target}"
    classes = np.asarray(estimator.classes_).tolist()
    target = classes[1] if target is None and len(classes) == 2 else target
    if target not in classes:
        raise ValueError(f"Expected target as one of the classes {quoted(classes)}, got {quoted(target)}")
    return float(given[:, classes.index(target)].mean()), f"mean probability of {target}"
