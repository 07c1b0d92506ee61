"""Which pairs of columns matter together."""

from itertools import combinations
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from skrec._text import quoted
from skrec._validation import Whole, validate_params
from skrec.data import frame_of
from skrec.inspection._inside import inside
from skrec.inspection._labels import AS_WRITTEN, as_label, cut, in_lines, name_bars, put_title
from skrec.inspection._matplotlib import check_matplotlib
from skrec.inspection._outputs import outputs_of

METHODS = ("auto", "model", "permutation")
LENGTH = 24  # characters of a column's name on an axis
_COUNTS = {"max_rows": [Whole(2)], "random_state": ["random_state"]}


class InteractionDisplay:
    r"""See which pairs of columns matter: what a model makes of two columns that it does not make of each alone.

    Create it with :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    strengths : DataFrame of shape (n_columns, n_columns)
        Symmetric; the diagonal is not drawn.
    unit : str, default="strength"
        What the numbers are.
    estimator_name : str or None, default=None
        Title of the picture.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the picture.
    figure_ : matplotlib Figure
        The figure that holds them.
    image_ : matplotlib AxesImage or None
        The matrix, if `kind` was "matrix".
    bars_ : matplotlib BarContainer or None
        A bar a pair, if `kind` was "pairs".

    See Also
    --------
    skrec.FMClassifier.pair_strengths : What the method "model" draws.
    sklearn.inspection.permutation_importance : What each column alone is worth.

    Notes
    -----
    By permutation, of rows x and the same rows in another order, x', the strength of columns i and j is

    .. math:: \Upsilon_{ij} = \tfrac{1}{2} \sqrt{\mathrm{mean}\,
        (f(x) - f(x'_i, x_{-i}) - f(x'_j, x_{-j}) + f(x'_{ij}, x_{-ij}))^2}

    where :math:`x'_i` are the values of column i alone that come from x'. It is the part of the output's standard
    deviation that needs both columns, in the unit of the output: log odds of most classifiers. It is zero where the
    two columns only add up, whatever each alone is worth. Pairs that go together in the data are torn apart for it.

    References
    ----------
    Liu, Owen (2006), Estimating Mean Dimensionality of Analysis of Variance Decompositions, section 3: superset
    importance.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import FMClassifier
    >>> from skrec.inspection import InteractionDisplay
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 120, "item": ["tea", "tea", "jam", "jam"] * 60})
    >>> df["day"] = ["fri", "sat", "sun"] * 80
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> model = FMClassifier(lr=0.01, random_state=0).fit(df, clicked)
    >>> display = InteractionDisplay.from_estimator(model, df)
    >>> display.pairs()[:1].index.tolist()
    [('user', 'item')]
    """

    def __init__(self, strengths: Any, *, unit: str = "strength", estimator_name: str | None = None) -> None:
        self.strengths = strengths
        self.unit = unit
        self.estimator_name = estimator_name

    @classmethod
    @validate_params(_COUNTS, prefer_skip_nested_validation=True)
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        method: str = "auto",
        columns: Any = None,
        max_rows: int = 500,
        random_state: Any = 0,
        kind: str = "matrix",
        ax: Any = None,
        name: str | None = None,
    ) -> Any:
        """Draw the pairs of columns of a fitted estimator.

        Parameters
        ----------
        estimator : fitted estimator
            Of any kind for "permutation", a Pipeline that takes raw frames too.
        X : DataFrame of shape (n_rows, n_columns)
            As for `estimator.predict`; held-out rows tell what holds there too.
        method : {"auto", "model", "permutation"}, default="auto"
            "model" asks the model itself, which has to have `pair_strengths`, such as `FMClassifier`, of the columns
            that it sees behind encoders; "permutation" asks of each pair of columns of `X` how the output changes,
            which compares between models; "auto" is the first of them that the estimator has.
        columns : array-like or None, default=None
            The columns to draw; by default all. Permutation predicts the rows once for each pair of them.
        max_rows : int, default=500
            Rows that are asked about, drawn from `X` if it has more.
        random_state : int, RandomState instance or None, default=0
            Draws the rows and their other order.
        kind : {"matrix", "pairs"}, default="matrix"
            As in `plot`.
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            Title; by default the name of the estimator's class.

        Returns
        -------
        display : InteractionDisplay

        Raises
        ------
        TypeError
            If `X` is no frame, or the model has no `pair_strengths` and method="model".
        ValueError
            If `method`, `kind` or a column is none of those that are there, or there are fewer than two columns.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        _check_choice("method", method, METHODS)
        _check_choice("kind", kind, ("matrix", "pairs"))
        model, before = inside(estimator, lambda one: hasattr(one, "pair_strengths"))
        says = hasattr(model, "pair_strengths")
        if method == "model" and not says:
            raise TypeError(
                "Expected a model that says how its columns interact, such as FMClassifier, or a fitted Pipeline or "
                f"search that ends in one, got {type(estimator).__name__} that ends in {type(model).__name__}; say "
                "method='permutation'"
            )
        frame, rng = frame_of(X, "X"), check_random_state(random_state)
        if len(frame) > max_rows:
            frame = frame.iloc[np.sort(rng.choice(len(frame), max_rows, replace=False))]
        if method == "permutation" or not says:
            strengths = _by_permutation(estimator, frame, _chosen(frame.columns, columns), rng)
            unit = "strength, in the unit of the output"
        else:
            for steps in before:
                frame = steps.transform(frame)
            strengths, unit = model.pair_strengths(frame), "strength, as the model says it"
            chosen = _chosen(strengths.columns, columns)
            strengths = strengths.loc[chosen, chosen]
        title = type(model).__name__ if name is None else name
        return cls(strengths, unit=unit, estimator_name=title).plot(ax=ax, kind=kind)

    def pairs(self) -> pd.Series:
        """Return the pairs, the strongest first.

        Returns
        -------
        pairs : Series of shape (n_pairs,), float
            With the two columns as its index.
        """
        table = pd.DataFrame(self.strengths)
        names = list(combinations(table.columns, 2))
        values = table.to_numpy(float)[np.triu_indices(len(table), 1)]
        index = pd.MultiIndex.from_tuples(names, names=["first", "second"])
        return pd.Series(values, index=index, name="strength").sort_values(ascending=False, kind="stable")

    def plot(self, ax: Any = None, *, kind: str = "matrix", n_pairs: int = 15, name: str | None = None) -> Self:
        """Draw again, for example elsewhere.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure, as large as there are columns.
        kind : {"matrix", "pairs"}, default="matrix"
            All pairs as a matrix of colours, or the strongest ones as bars.
        n_pairs : int, default=15
            How many bars.
        name : str or None, default=None
            Title; by default `estimator_name`.

        Returns
        -------
        display : InteractionDisplay
            The same object, with the attributes of the new picture.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        _check_choice("kind", kind, ("matrix", "pairs"))
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(figsize=self._size(kind, n_pairs), layout="constrained")
        self.image_ = self.bars_ = None
        if kind == "matrix":
            self._matrix(ax)
        else:
            self._bars(ax, n_pairs)
        title = self.estimator_name if name is None else name
        if title is not None:
            put_title(ax, title)
        if kind == "pairs":
            strongest = self.pairs()[:n_pairs].index
            name_bars(ax, np.arange(len(strongest)), lambda length: [_joined(pair, length) for pair in strongest], 0.55)
            if title is not None:
                put_title(ax, title)  # as wide as is left
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _size(self, kind, n_pairs):
        """Return width and height of a figure in which all names have room, in inches."""
        names = list(map(_short, pd.DataFrame(self.strengths).columns))
        cells, longest = 0.36 * len(names), 0.09 * max(map(len, names), default=0)
        if kind == "pairs":
            return 4 + 2 * longest, 1.2 + 0.3 * min(n_pairs, len(names) * (len(names) - 1) // 2)
        return max(2.2 + longest + cells, 4.5), max(0.8 + longest + cells, 3)

    def _matrix(self, ax):
        values = np.array(self.strengths, dtype=float)
        np.fill_diagonal(values, np.nan)
        self.image_ = ax.imshow(values, cmap="viridis", vmin=0, aspect="auto")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.figure.colorbar(self.image_, ax=ax, shrink=0.8).set_label(in_lines(self.unit, 20))
        names = list(map(_short, pd.DataFrame(self.strengths).columns))
        step, size, length = _fitting(ax, len(names))
        shown = [cut(name, length) for name in names[::step]]
        ax.set_xticks(range(0, len(names), step), shown, rotation=90, fontsize=size, **AS_WRITTEN)
        ax.set_yticks(range(0, len(names), step), shown, fontsize=size, **AS_WRITTEN)

    def _bars(self, ax, n_pairs):
        strongest = self.pairs()[:n_pairs]
        places = np.arange(len(strongest))
        self.bars_ = ax.barh(places, strongest, height=0.7)
        ax.invert_yaxis()
        ax.set_xlabel(self.unit)
        ax.grid(alpha=0.25, axis="x")
        ax.set_axisbelow(True)
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right", "left"]].set_visible(False)


def _short(name):
    return cut(as_label(name), LENGTH)


def _joined(pair, length):
    """Return the names of two columns, at most so many characters together."""
    one = min(max((length - 3) // 2, 4), LENGTH)
    return " × ".join(cut(as_label(name), one) for name in pair)


def _fitting(ax, n_names):
    """Return which names to show, each step-th, in which size, and how many of their characters."""
    ax.figure.canvas.figure.draw_without_rendering()  # lays out, without names
    box = ax.get_window_extent()
    side = min(box.width, box.height) * 72 / ax.figure.dpi  # in points; a third of it for names, the rest for cells
    size = float(np.clip(0.6 * side / n_names, 5, 10))
    step = int(np.ceil(1.1 * size * n_names / (0.67 * side)))
    return step, size, max(int(0.33 * side / (0.6 * size)), 4)


def _check_choice(argument, value, choices):
    if value not in choices:
        raise ValueError(f"Expected {argument} as one of {list(choices)}, got {quoted(value)}")


def _chosen(there, columns):
    """Return the columns to look at, two or more."""
    chosen = list(there) if columns is None else list(columns)
    strangers = [name for name in chosen if name not in there]
    if strangers or len(chosen) < 2:
        raise ValueError(
            f"Expected two columns or more of {quoted(list(there))}, got {quoted(strangers or chosen)}; by encoders "
            "before a model columns may have other names, choose those of X by method='permutation'"
        )
    return chosen


def _by_permutation(estimator, frame, columns, rng):
    """Return how much of the output needs both columns of a pair, (F, F)."""
    other = rng.permutation(len(frame))

    def mixed(*names):
        return outputs_of(estimator, _swapped(frame, other, names))

    itself, alone = mixed(), {name: mixed(name) for name in columns}
    strengths = pd.DataFrame(np.zeros((len(columns), len(columns))), index=columns, columns=columns)
    for first, second in combinations(columns, 2):
        needs_both = itself - alone[first] - alone[second] + mixed(first, second)
        strengths.loc[first, second] = strengths.loc[second, first] = np.sqrt(np.square(needs_both).mean()) / 2
    return strengths


def _swapped(frame, other, names):
    """Return the rows with the values of `names` from the rows `other`."""
    changed = frame.copy(deep=False)
    for name in names:
        changed[name] = frame[name].array[other]
    return changed
