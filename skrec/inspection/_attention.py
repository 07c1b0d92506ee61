"""What each step of a history counted for a candidate."""

from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.data import frame_of
from skrec.inspection._inside import inside
from skrec.inspection._labels import AS_WRITTEN, as_label, in_lines
from skrec.inspection._matplotlib import check_matplotlib


class AttentionDisplay:
    """See of one row what each step of its history counted for its candidate, the newest step at the bottom.

    Create it with :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    weights : array-like of shape (n_steps,), float
        What each step counted, in the order of the history, newest last.
    steps : sequence of str, of length n_steps
        What the steps are called.
    candidate : str or None, default=None
        What the candidate is called.
    alike : array-like of shape (n_steps,), bool, or None, default=None
        Steps to draw in another colour: those that share an attribute with the candidate.
    estimator_name : str or None, default=None
        Title of the picture.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the bars.
    figure_ : matplotlib Figure
        The figure that holds them.
    bars_ : matplotlib BarContainer
        A bar a step.

    See Also
    --------
    skrec.DINClassifier.attention_weights : The weights of many rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import DINClassifier
    >>> from skrec.inspection import AttentionDisplay
    >>> df = pd.DataFrame({"hist": [["tea", "ale"], ["jam"], ["rum", "tea"], []] * 50, "item": ["tea"] * 200})
    >>> taken = ["tea" in cell for cell in df["hist"]]
    >>> model = DINClassifier(sequence_features={"hist": "item"}, lr=0.01, random_state=0).fit(df, taken)
    >>> display = AttentionDisplay.from_estimator(model, df, row=2)
    >>> display.steps, display.candidate, display.alike.tolist()
    (['rum', 'tea'], 'tea', [False, True])
    """

    def __init__(
        self,
        weights: Any,
        steps: Any,
        *,
        candidate: str | None = None,
        alike: Any = None,
        estimator_name: str | None = None,
    ) -> None:
        self.weights = weights
        self.steps = steps
        self.candidate = candidate
        self.alike = alike
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        row: int | None = None,
        history: str | None = None,
        labels: Any = None,
        ax: Any = None,
        name: str | None = None,
    ) -> Any:
        """Draw the weights of one row's history.

        Parameters
        ----------
        estimator : fitted estimator
            One with `attention_weights`, such as `DINClassifier`, or a Pipeline or search that ends in one.
        X : DataFrame of shape (n_rows, n_columns)
            As for `estimator.predict`.
        row : int or None, default=None
            Position of the row, from 0; not needed where `X` has one row.
        history : str or None, default=None
            The history to draw, by the first of its list columns; by default the first history.
        labels : mapping or None, default=None
            Readable names of the values of that column, such as titles by item id: a dict or a Series. A value
            without one is called as it is. Further attributes of a step, such as its category, are written after it.
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            Title; by default the name of the estimator's class.

        Returns
        -------
        display : AttentionDisplay

        Raises
        ------
        TypeError
            If there is no estimator with attention inside, or `X` is no frame.
        ValueError
            If `X` has several rows and `row` is none of them, the model has no such history, or that of the row is
            empty.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        model, before = _with_attention(estimator)
        frame = _one_row(X, row)
        for steps in before:
            frame = steps.transform(frame)
        weights, lists = _of_history(model, frame, history)
        names = {} if labels is None else dict(labels)
        first, *others = lists
        tokens = {column: _present(frame[column].iloc[0]) for column in lists}
        own = {column: _present([frame[candidate].iloc[0]])[0] for column, candidate in lists.items()}

        def called(values):
            return " · ".join([str(names.get(values[first], values[first])), *(str(values[name]) for name in others)])

        return cls(
            weights,
            [called(dict(zip(lists, step, strict=True))) for step in zip(*tokens.values(), strict=True)],
            candidate=called(own),
            alike=np.any([[t is not None and t == own[column] for t in tokens[column]] for column in lists], axis=0),
            estimator_name=type(model).__name__ if name is None else name,
        ).plot(ax=ax)

    def plot(self, ax: Any = None, *, name: str | None = None) -> Self:
        """Draw again, for example elsewhere.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure, as high as the history is long.
        name : str or None, default=None
            Title; by default `estimator_name`.

        Returns
        -------
        display : AttentionDisplay
            The same object, with the attributes of the new picture.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        n_steps, steps = len(self.steps), [as_label(step) for step in self.steps]
        if ax is None:
            longest = max(map(len, steps), default=0)
            size = 6.4 + 0.08 * max(longest - 24, 0), 1.4 + 0.26 * n_steps
            _, ax = plt.subplots(figsize=size, layout="constrained")
        alike = np.zeros(n_steps, bool) if self.alike is None else np.asarray(self.alike)
        places = np.arange(n_steps)
        self.bars_ = ax.barh(places, self.weights, height=0.7, color=np.where(alike, "C1", "C0"))
        ax.set_yticks(places, steps, **AS_WRITTEN)
        ax.set_ylim(n_steps - 0.4, -1.5 if alike.any() else -0.6)  # the oldest at the top, below the legend
        ax.axvline(0, color="0.35", linewidth=0.8)
        if alike.any():
            handle = self.bars_[int(alike.argmax())]
            ax.legend([handle], ["shares a value with the candidate"], frameon=False, loc="upper right")
        title = self.estimator_name if name is None else name
        lines = [title, None if self.candidate is None else f"candidate: {self.candidate}"]
        ax.set(xlabel="weight", ylabel="history, newest last")
        ax.set_title("\n".join(in_lines(as_label(line), 44) for line in lines if line), **AS_WRITTEN)
        ax.grid(alpha=0.25, axis="x")
        ax.set_axisbelow(True)
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right", "left"]].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _one_row(X, row):
    """Return a frame with the row to draw."""
    frame = frame_of(X, "X")
    if row is None and len(frame) == 1:
        return frame
    if not isinstance(row, Integral) or int(row) not in range(len(frame)):
        raise ValueError(
            f"Expected one row, got X with {len(frame)} rows and {row=}; choose one by its position, such as row=0"
        )
    return frame.iloc[[row]]


def _with_attention(estimator):
    """Return the model with attention, this one or the one inside, and what comes before it in pipelines."""
    inner, before = inside(estimator, lambda one: hasattr(one, "attention_weights"))
    if not hasattr(inner, "attention_weights"):
        raise TypeError(
            "Expected a model with attention_weights, such as DINClassifier, or a fitted Pipeline or search that "
            f"ends in one, got {type(estimator).__name__} that ends in {type(inner).__name__}"
        )
    return inner, before


def _of_history(model, frame, history):
    """Return the weights of a history's steps, and its list columns with the candidate's that they go with."""
    weights = model.attention_weights(frame)
    if not weights.shape[1]:
        raise ValueError(
            f"Expected a {type(model).__name__} with a history, got one fitted without; name the list column and the "
            "candidate's, sequence_features={...}"
        )
    history = weights.columns[0] if history is None else history
    if history not in weights:
        raise ValueError(
            f"Expected history as one of {quoted(list(weights))}, the first list column of each, got {quoted(history)}"
        )
    own = np.array(list(weights[history].iloc[0]), dtype=float)
    if not len(own):
        raise ValueError(
            f"Expected a history in {quoted(history)}, got an empty one in the row, with nothing to draw; choose "
            "another row"
        )
    return own, model._columns_.histories_by_name()[list(weights).index(history)]


def _present(values):
    """Return the values as a list, None where one is missing."""
    return [None if pd.isna(value) else value for value in values]
