"""How good the lists of several recommenders are, over their length."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from skrec import metrics as functions
from skrec._text import quoted
from skrec.inspection._arrange import colors
from skrec.inspection._labels import AS_WRITTEN, as_label, in_lines, put_title
from skrec.inspection._legend import put_legend
from skrec.inspection._matplotlib import check_matplotlib

LENGTHS = (1, 2, 3, 5, 10, 15, 20)
RANKED = ("hit_rate", "recall", "precision", "map", "mrr", "ndcg")
READABLE = {"hit_rate": "hit rate", "map": "MAP", "mrr": "MRR", "ndcg": "NDCG"}
NAME = 40  # characters of a line in the legend
MARKERS = "os^Dv<>PX*"


class RankingDisplay:
    """See how good lists are the longer they get: recall and NDCG over k, of one recommender or of several.

    Create it with :meth:`from_estimator` or :meth:`from_predictions`. All parameters are stored as attributes.

    Parameters
    ----------
    scores : DataFrame of shape (n_models * n_k, n_metrics)
        A column a metric; the index has the model's name and k.
    estimator_name : str or None, default=None
        Title of the picture; by default the name of the only model.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        The axes of each metric.
    ax_ : matplotlib Axes
        The first of them.
    figure_ : matplotlib Figure
        The figure that holds them.
    lines_ : dict of {(name, metric): matplotlib Line2D}
        The curves.

    See Also
    --------
    skrec.metrics.evaluate_ranking : The numbers.

    Examples
    --------
    >>> from skrec.inspection import RankingDisplay
    >>> y_true, groups = [0, 1, 0, 1, 0], ["ann", "ann", "ann", "bob", "bob"]
    >>> y_score = {"mine": [0.9, 0.8, 0.1, 0.5, 0.4], "popular": [0.9, 0.1, 0.8, 0.4, 0.5]}
    >>> display = RankingDisplay.from_predictions(y_true, y_score, groups=groups, k=[1, 2])
    >>> display.scores.round(2)
               recall  ndcg
    model   k
    mine    1     0.5  0.50
            2     1.0  0.82
    popular 1     0.0  0.00
            2     0.5  0.32
    """

    def __init__(self, scores: Any, *, estimator_name: str | None = None) -> None:
        self.scores = scores
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        test: Any,
        *,
        k: Any = LENGTHS,
        metrics: Any = ("recall", "ndcg"),
        users: Any = None,
        exclude: Any = None,
        filter: Any = None,
        ax: Any = None,
        name: str | None = None,
    ) -> Any:
        """Recommend to the users of held-out rows, and draw how good the lists are.

        Parameters
        ----------
        estimator : Recommender, or dict of {str: Recommender}
            One, or several by the names that they get.
        test : DataFrame of shape (n_rows, n_columns)
            Who took what, a row each: the relevant items.
        k : int or list of int, default=(1, 2, 3, 5, 10, 15, 20)
            Lengths of the lists.
        metrics : str or list of str, default=("recall", "ndcg")
            Columns of what `evaluate_ranking` returns.
        users, exclude, filter
            As in `evaluate_ranking`.
        ax : matplotlib Axes, sequence of as many as metrics, or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            Title; of one recommender by default its estimator's class.

        Returns
        -------
        display : RankingDisplay

        Raises
        ------
        ValueError
            If there is no recommender or no such metric, or what `evaluate_ranking` raises.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        wanted = _names(metrics, (*RANKED, "coverage", "outside_catalogue"))
        options = {"k": k, "users": users, "exclude": exclude, "filter": filter}
        several = _by_name(
            estimator, type(getattr(estimator, "estimator", estimator)).__name__ if name is None else name
        )
        found = {called: functions.evaluate_ranking(one, test, **options)[wanted] for called, one in several.items()}
        return cls(_joined(found), estimator_name=name).plot(ax=ax)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_score: Any,
        *,
        groups: Any = None,
        k: Any = LENGTHS,
        metrics: Any = ("recall", "ndcg"),
        ax: Any = None,
        name: str | None = None,
    ) -> Any:
        """Draw how good rankings by scores are.

        Parameters
        ----------
        y_true : array-like of shape (n_rows,) or (n_users, n_items), 0 or 1
            What is relevant.
        y_score : array-like of the same shape, float, or dict of {str: array-like}
            The scores of one model, or of several by name.
        groups : array-like of shape (n_rows,), optional
            The user of each row, as in `recall_at_k`.
        k : int or list of int, default=(1, 2, 3, 5, 10, 15, 20)
            Ranks that count.
        metrics : str or list of str, default=("recall", "ndcg")
            Of hit_rate, recall, precision, map, mrr and ndcg.
        ax : matplotlib Axes, sequence of as many as metrics, or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            Title.

        Returns
        -------
        display : RankingDisplay

        Raises
        ------
        ValueError
            If there are no scores or no such metric, or what `recall_at_k` raises.
        """
        check_matplotlib(f"{cls.__name__}.from_predictions")
        wanted, lengths = _names(metrics, RANKED), np.unique(np.atleast_1d(k)).tolist()
        found = {}
        for called, scores in _by_name(y_score, "model" if name is None else name).items():
            table = {
                metric: [getattr(functions, f"{metric}_at_k")(y_true, scores, groups=groups, k=n) for n in lengths]
                for metric in wanted
            }
            found[called] = pd.DataFrame(table, index=pd.Index(lengths, name="k"))
        return cls(_joined(found), estimator_name=name).plot(ax=ax)

    def plot(self, ax: Any = None, *, name: str | None = None) -> Self:
        """Draw again, for example elsewhere.

        Parameters
        ----------
        ax : matplotlib Axes, sequence of as many as metrics, or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            Title; by default `estimator_name`.

        Returns
        -------
        display : RankingDisplay
            The same object, with the attributes of the new picture.

        Raises
        ------
        ValueError
            If there are not as many axes as metrics.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt
        from matplotlib.ticker import MaxNLocator

        wanted = list(self.scores)
        if ax is None:
            _, ax = plt.subplots(1, len(wanted), figsize=(4.8 * len(wanted), 4.2), layout="constrained", squeeze=False)
        self.axes_ = list(np.ravel(ax))
        if len(self.axes_) != len(wanted):
            raise ValueError(
                f"Expected axes for each of {quoted(wanted)}, got {len(self.axes_)}; make them by "
                f"plt.subplots(1, {len(wanted)}), or draw fewer metrics"
            )
        models = list(dict.fromkeys(self.scores.index.get_level_values(0)))
        self.lines_ = {}
        for axes, metric in zip(self.axes_, wanted, strict=True):
            for place, (model, color) in enumerate(zip(models, colors(len(models)), strict=True)):
                curve = self.scores.loc[model, metric]
                style = {"color": color, "marker": MARKERS[place % len(MARKERS)], "markersize": 4, "linewidth": 1.6}
                (self.lines_[model, metric],) = axes.plot(curve.index, curve, **style)
            axes.set(xlabel="k", ylabel=f"{READABLE.get(metric, metric.replace('_', ' '))} at k")
            axes.set_ylim(bottom=0, auto=None)
            axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
            axes.grid(alpha=0.25)
            axes.spines[["top", "right"]].set_visible(False)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        title = (self.estimator_name or (models[0] if len(models) == 1 else None)) if name is None else name
        if title is not None:
            put_title(self.ax_, title)
        if len(models) > 1:
            handles = [self.lines_[model, wanted[0]] for model in models]
            _legend(self.ax_, handles, [as_label(model) for model in models])
        return self


def _legend(ax, handles, labels):
    """Draw a legend below all axes where the layout makes room for it, else within these."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = ax.figure
    if not isinstance(figure, Figure) or not isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        put_legend(ax, None, handles, labels)
        return
    labels = [in_lines(label, NAME) for label in labels]
    longest = max(len(line) for label in labels for line in label.split("\n"))
    points = 10 if len(labels) <= 8 and figure.get_figwidth() >= 6 else 7
    n_columns = int(figure.get_figwidth() * 72 / ((0.62 * longest + 5) * points))
    legend = figure.legend(
        handles,
        [" "] * len(labels),  # texts come after: as labels, those that begin with an underscore would be left out
        loc="outside lower center",
        ncols=min(max(n_columns, 1), len(labels)),
        fontsize=points,
        frameon=False,
    )
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set(text=label, **AS_WRITTEN)
    if legend.get_window_extent().height > 0.5 * figure.bbox.height:  # there is no room below
        legend.remove()
        put_legend(ax, None, handles, labels)


def _by_name(given, name):
    """Return {name: what is drawn}."""
    several = dict(given) if isinstance(given, Mapping) else {name: given}
    if not several:
        raise ValueError("Expected something to rank by, or several by name, got an empty dict")
    return several


def _names(metrics, known):
    wanted = [metrics] if isinstance(metrics, str) else list(metrics)
    if not wanted or not set(wanted) <= set(known):
        raise ValueError(f"Expected metrics of {list(known)}, got {quoted(metrics)}")
    return wanted


def _joined(found):
    return pd.concat(found, names=["model", "k"])
