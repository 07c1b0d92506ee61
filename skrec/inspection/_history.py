"""The course of a fit, epoch by epoch."""

from collections.abc import Mapping
from typing import Any, Self

import pandas as pd

from skrec._text import quoted
from skrec.inspection._arrange import arrange, as_list, drawn_on, remember
from skrec.inspection._inside import inside
from skrec.inspection._matplotlib import check_matplotlib

LOSS_COLUMNS = ("epoch", "train_loss", "valid_loss", "lr", "seconds")


class HistoryDisplay:
    """See how a fit went: the loss by epoch, in training and in validation, and where it was best.

    Create it with :meth:`from_estimator`, :meth:`from_estimators` or :meth:`from_history`. All parameters are stored as
    attributes.

    Parameters
    ----------
    history : DataFrame of shape (n_epochs, n_columns)
        `epoch` (int, from 1), `train_loss`, and perhaps `valid_loss` and further metrics.
    best_epoch : int or None, default=None
        The epoch to mark; only drawn where there is a validation loss.
    metric : str, list of str or None, default=None
        Further columns to draw, on an axis of their own at the right.
    estimator_name : str or None, default=None
        Title of the picture; with several models on it, what this one is called.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the losses. Another display may be drawn on them too: colours are then those of the models.
    figure_ : matplotlib Figure
        The figure that holds them.
    lines_ : list of matplotlib Line2D
        The curves: training loss, then validation loss and metrics where there are any.
    best_line_ : matplotlib Line2D or None
        The dotted line at the best epoch.
    metric_ax_ : matplotlib Axes or None
        The axis of the metrics.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.inspection import HistoryDisplay
    >>> history = pd.DataFrame(
    ...     {"epoch": [1, 2, 3], "train_loss": [0.6, 0.5, 0.4], "valid_loss": [0.62, 0.58, 0.6]}
    ... )
    >>> display = HistoryDisplay.from_history(history, best_epoch=2)
    >>> [line.get_label() for line in display.lines_]
    ['training', 'validation']
    """

    def __init__(
        self, history: Any, *, best_epoch: int | None = None, metric: Any = None, estimator_name: str | None = None
    ) -> None:
        self.history = history
        self.best_epoch = best_epoch
        self.metric = metric
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(cls, estimator: Any, *, metric: Any = None, ax: Any = None, name: str | None = None) -> Any:
        """Draw the history of a fitted estimator.

        Parameters
        ----------
        estimator : fitted estimator
            One with `history_`, or a Pipeline, search (`GridSearchCV`, ...) or other meta-estimator around one.
        metric : str, list of str or None, default=None
            Further columns of the history to draw, such as `valid_roc_auc`.
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            What the model is called; by default as its class.

        Returns
        -------
        display : HistoryDisplay

        Raises
        ------
        TypeError
            If no estimator with a history is found inside: not fitted, or not one that is trained by epochs.
        ValueError
            If `metric` is not a column of the history.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        fitted = _with_history(estimator)
        return cls.from_history(
            fitted.history_,
            best_epoch=getattr(fitted, "best_epoch_", None),
            metric=metric,
            ax=ax,
            name=type(fitted).__name__ if name is None else name,
        )

    @classmethod
    def from_estimators(cls, estimators: Any, *, metric: Any = None, ax: Any = None) -> Any:
        """Draw the histories of several fitted estimators on the same axes, each in a colour of its own.

        Parameters
        ----------
        estimators : dict of {str: fitted estimator}
            By the names that they get.
        metric : str, list of str or None, default=None
            Further columns to draw, of those histories that have them.
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure.

        Returns
        -------
        displays : list of HistoryDisplay
            One an estimator, in their order, all with the same `ax_`.

        Raises
        ------
        TypeError
            If `estimators` is no dict, or one of them has no history.
        ValueError
            If it is empty, or `metric` is a column of none of the histories.
        """
        check_matplotlib(f"{cls.__name__}.from_estimators")
        if not isinstance(estimators, Mapping):
            raise TypeError(f"Expected a dict of fitted estimators by name, got {type(estimators).__name__}")
        fitted = {name: _with_history(estimator) for name, estimator in estimators.items()}
        if not fitted:
            raise ValueError("Expected a fitted estimator or several by name, got an empty dict")
        wanted = as_list(metric)
        there = {column for one in fitted.values() for column in one.history_}
        if missing := [column for column in wanted if column not in there]:
            raise ValueError(
                f"metric must be a column of one of the histories, got {quoted(missing[0])}; they have "
                f"{sorted(there - set(LOSS_COLUMNS)) or 'no metrics'}: choose another, or fit with scoring=..."
            )
        displays: list[Any] = []
        for name, one in fitted.items():
            own = [column for column in wanted if column in one.history_]
            displays.append(cls.from_estimator(one, metric=own or None, ax=ax, name=name))
            ax = displays[0].ax_
        return displays

    @classmethod
    def from_history(
        cls, history: Any, *, best_epoch: int | None = None, metric: Any = None, ax: Any = None, name: str | None = None
    ) -> Any:
        """Draw a history frame.

        Parameters
        ----------
        history : DataFrame of shape (n_epochs, n_columns)
            `epoch` (int, from 1), `train_loss`, and perhaps `valid_loss` and further metrics.
        best_epoch : int or None, default=None
            The epoch to mark; by default the one with the lowest `valid_loss`.
        metric : str, list of str or None, default=None
            Further columns to draw.
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            What the model is called.

        Returns
        -------
        display : HistoryDisplay

        Raises
        ------
        TypeError
            If `history` is not a DataFrame.
        ValueError
            If it has no rows, or lacks `epoch`, `train_loss` or `metric`.
        """
        check_matplotlib(f"{cls.__name__}.from_history")
        _check_history(history, metric)
        if best_epoch is None and _has_validation(history):
            best_epoch = int(history.set_index("epoch")["valid_loss"].idxmin())
        return cls(history, best_epoch=best_epoch, metric=metric, estimator_name=name).plot(ax=ax)

    def plot(self, ax: Any = None, *, name: str | None = None) -> Self:
        """Draw again, for example elsewhere.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            What the model is called; by default `estimator_name`.

        Returns
        -------
        display : HistoryDisplay
            The same object, with the attributes of the new picture.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        _check_history(self.history, self.metric)
        import matplotlib.pyplot as plt
        from matplotlib.ticker import MaxNLocator

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        before = [display for display in drawn_on(ax) if display is not self]
        self.name_ = self.estimator_name if name is None else name
        self.metric_ax_: Any = next((display.metric_ax_ for display in before if display.metric_ax_ is not None), None)
        self._draw_curves(ax)
        ax.set(xlabel="epoch", ylabel="loss")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.grid(alpha=0.25)
        ax.spines[["top"] if self.metric_ax_ else ["top", "right"]].set_visible(False)
        arrange(ax, [*before, self])
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_curves(self, ax):
        epoch = self.history["epoch"]
        # One epoch is a point; a line needs two.
        style = {"marker": "o", "markersize": 4 if len(epoch) <= 30 else 0, "linewidth": 1.8}
        losses = ["train_loss", *(["valid_loss"] if _has_validation(self.history) else [])]
        self.lines_ = [line for name in losses for line in ax.plot(epoch, self.history[name], **style)]
        self.best_line_ = None
        if len(losses) == 2 and self.best_epoch is not None:
            self.best_line_ = ax.axvline(self.best_epoch, linestyle=":", linewidth=1.5)
        if self.metric is not None and self.metric_ax_ is None:
            self.metric_ax_ = ax.twinx()
            self.metric_ax_.spines["top"].set_visible(False)
        metrics = as_list(self.metric)
        self.lines_ += [line for name in metrics for line in self.metric_ax_.plot(epoch, self.history[name], **style)]
        self.columns_ = [*losses, *metrics]
        remember(self)


def _check_history(history, metric):
    if not isinstance(history, pd.DataFrame):
        raise TypeError(
            f"history must be a DataFrame, got {type(history).__name__}; pass the history_ of a fitted estimator."
        )
    missing = [name for name in ("epoch", "train_loss") if name not in history]
    if missing:
        raise ValueError(f"history must have the columns epoch and train_loss, got none called {' or '.join(missing)}.")
    if history.empty:
        raise ValueError("history must have a row for each epoch, got none; fit for at least one epoch.")
    for name in as_list(metric):
        if name not in history:
            others = [name for name in history if name not in LOSS_COLUMNS]
            raise ValueError(
                f"metric must be a column of the history, or a list of some, got {quoted(name)}; it has "
                f"{others or 'no metrics'}: choose another, or fit with scoring=... to record one."
            )


def _has_validation(history):
    return "valid_loss" in history and history["valid_loss"].notna().any()


def _with_history(estimator):
    """The fitted estimator with a history: this one, or the one at the end of what is wrapped around it."""
    inner, _ = inside(estimator, _has_history)
    if not _has_history(inner):
        raise TypeError(
            f"Expected a fitted skrec estimator, or a Pipeline or search that ends in one, got "
            f"{type(estimator).__name__} with no history_ on its {type(inner).__name__}; call fit first (a search "
            "needs refit=True)."
        )
    return inner


def _has_history(estimator):
    return isinstance(getattr(estimator, "history_", None), pd.DataFrame)
