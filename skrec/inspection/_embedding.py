"""What a model has learnt about the values of a column, in two dimensions."""

from typing import Any, Self

import numpy as np
import pandas as pd

from skrec._text import nearest, quoted
from skrec._validation import Whole, validate_params
from skrec.inspection._inside import inside
from skrec.inspection._labels import as_label, in_lines, put_title
from skrec.inspection._legend import put_legend
from skrec.inspection._matplotlib import check_matplotlib
from skrec.inspection._place_labels import place_labels

LENGTH = 28  # characters of a name beside a point
NAMES = (("small", 64), ("x-small", 64), ("xx-small", 64), ("xx-small", 32))  # as TRIED of a legend
_COUNT = {"n_neighbors": [Whole(1)]}


class EmbeddingDisplay:
    """See which values of a column a model takes for alike: its vectors in two dimensions, and neighbours by name.

    Create it with :meth:`from_estimator` or :meth:`from_vectors`. All parameters are stored as attributes.

    Parameters
    ----------
    coordinates : DataFrame of shape (n_values, 2)
        Where each value lies, by value.
    neighbors : DataFrame of shape (n_asked * n_neighbors, 3) or None, default=None
        `value`, `neighbor` and `similarity`, the nearest neighbour of a value first.
    explained : array-like of shape (2,), float in [0, 1], or None, default=None
        The share of the variance of the vectors along each axis.
    labels : mapping or None, default=None
        Readable names of values.
    estimator_name : str or None, default=None
        Title of the picture.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes with the points.
    figure_ : matplotlib Figure
        The figure that holds them.
    points_ : matplotlib PathCollection
        A point a value.
    texts_ : list of matplotlib Annotation
        The names for which there was room.

    See Also
    --------
    skrec.FMClassifier.embedding : The vectors themselves, and linear weights.

    Notes
    -----
    The axes are the first two principal components, on which distances are those of the vectors as far as two
    dimensions show them; beside an axis stands its share of the variance. Neighbours are found among all dimensions, by
    the cosine.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import FMClassifier
    >>> from skrec.inspection import EmbeddingDisplay
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 150, "item": ["tea", "tea", "jam", "jam", "ale", "ale"] * 50})
    >>> clicked = (df["user"] == "ann") == (df["item"] != "jam")
    >>> model = FMClassifier(lr=0.01, random_state=0).fit(df, clicked)
    >>> display = EmbeddingDisplay.from_estimator(model, "item", neighbors_of=["tea"], n_neighbors=1)
    >>> display.neighbors[["value", "neighbor"]]
      value neighbor
    0   tea      ale
    """

    def __init__(
        self,
        coordinates: Any,
        *,
        neighbors: Any = None,
        explained: Any = None,
        labels: Any = None,
        estimator_name: str | None = None,
    ) -> None:
        self.coordinates = coordinates
        self.neighbors = neighbors
        self.explained = explained
        self.labels = labels
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        column: str | int,
        *,
        values: Any = None,
        neighbors_of: Any = (),
        n_neighbors: int = 5,
        labels: Any = None,
        ax: Any = None,
        name: str | None = None,
    ) -> Any:
        """Draw what a fitted estimator has learnt about a column.

        Parameters
        ----------
        estimator : fitted estimator
            One with `embedding`, which models of columns have, or a Pipeline or search that ends in one.
        column : str or int
            A categorical or list column, by the name that the model itself sees.
        values : array-like or None, default=None
            The values to draw, such as those that are not rare; by default all that training had. Vectors of values
            that training hardly had are mostly where they started.
        neighbors_of : array-like, default=()
            Values whose nearest neighbours, among the values that are drawn, are marked and named.
        n_neighbors : int, default=5
            How many of them.
        labels : mapping or None, default=None
            Readable names of values, such as titles by item id: a dict or a Series. A value without one is called as
            it is.
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            Title; by default the name of the estimator's class and the column.

        Returns
        -------
        display : EmbeddingDisplay

        Raises
        ------
        TypeError
            If there is no estimator with vectors of columns inside.
        ValueError
            If the column is not there or is numeric, or a value is none of it.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        model, _ = inside(estimator, lambda one: hasattr(one, "embedding"))
        if not hasattr(model, "embedding"):
            raise TypeError(
                "Expected a model with vectors of its columns, such as FMClassifier, or a fitted Pipeline or search "
                f"that ends in one, got {type(estimator).__name__} that ends in {type(model).__name__}; draw vectors "
                "of something else by EmbeddingDisplay.from_vectors"
            )
        learnt = model.embedding(column)[:-1]  # without that of unknown values
        vectors = learnt[[place for place in learnt if isinstance(place, int)]]
        if values is not None:
            vectors = vectors.iloc[_places(vectors.index, values, "values")]
        title = f"{type(model).__name__}: {column}" if name is None else name
        return cls.from_vectors(
            vectors, neighbors_of=neighbors_of, n_neighbors=n_neighbors, labels=labels, ax=ax, name=title
        )

    @classmethod
    @validate_params(_COUNT, prefer_skip_nested_validation=True)
    def from_vectors(
        cls,
        vectors: Any,
        *,
        neighbors_of: Any = (),
        n_neighbors: int = 5,
        labels: Any = None,
        ax: Any = None,
        name: str | None = None,
    ) -> Any:
        """Draw vectors of anything, such as what `embed_items` returns.

        Parameters
        ----------
        vectors : DataFrame or array-like of shape (n_values, n_dimensions), float
            A row a value, which the index of a frame says; of an array the values are 0, 1, ...
        neighbors_of, n_neighbors, labels, ax, name
            As in `from_estimator`, without a title by default.

        Returns
        -------
        display : EmbeddingDisplay

        Raises
        ------
        ValueError
            If there are fewer than two vectors, one is not finite, or a value is none of theirs.
        """
        check_matplotlib(f"{cls.__name__}.from_vectors")
        index = vectors.index if isinstance(vectors, pd.DataFrame) else None
        array = np.asarray(vectors, dtype=float)
        if array.ndim != 2 or len(array) < 2 or not array.shape[1] or not np.isfinite(array).all():
            strange = "" if np.isfinite(array).all() else ", some that are not finite"
            raise ValueError(
                "Expected two vectors or more of finite numbers, a row each, got an array of shape "
                f"{array.shape}{strange}; draw a column of more values, or drop rows"
            )
        index = pd.RangeIndex(len(array)) if index is None else index
        from sklearn.decomposition import PCA  # late: it loads what few need

        with np.errstate(invalid="ignore"):  # of vectors that are all alike no axis has a share
            pca = PCA(min(2, *array.shape)).fit(array)
        found, shares = np.zeros((len(array), 2)), np.zeros(2)
        found[:, : pca.n_components_] = pca.transform(array)
        shares[: pca.n_components_] = np.nan_to_num(pca.explained_variance_ratio_)
        return cls(
            pd.DataFrame(found, index=index, columns=["first", "second"]),
            neighbors=_neighbors(array, index, neighbors_of, n_neighbors),
            explained=shares,
            labels=labels,
            estimator_name=name,
        ).plot(ax=ax)

    def plot(self, ax: Any = None, *, name: str | None = None) -> Self:
        """Draw again, for example elsewhere.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; by default in a new figure.
        name : str or None, default=None
            Title; by default `estimator_name`.

        Returns
        -------
        display : EmbeddingDisplay
            The same object, with the attributes of the new picture.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt
        from matplotlib.transforms import Bbox

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        points = np.asarray(self.coordinates, dtype=float)
        size = float(np.clip(2000 / len(points), 4, 30))
        self.points_ = ax.scatter(*points.T, s=size, color="0.65", linewidths=0, alpha=0.8)
        shares = [None, None] if self.explained is None else self.explained
        for axis, place, share in zip((ax.xaxis, ax.yaxis), ("first", "second"), shares, strict=True):
            axis.set_label_text(f"{place} component" + ("" if share is None else f" ({share:.0%})"))
        title = self.estimator_name if name is None else name
        if title is not None:
            put_title(ax, title)
        ax.margins(0.12)
        ax.grid(alpha=0.25)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
        asked, near = self._mark(ax, points, size)
        boxes = [] if ax.get_legend() is None else [ax.get_legend().get_window_extent()]
        stars = ax.transData.transform(points[asked]) if asked else []
        boxes += [Bbox.from_extents(x, y, x, y).padded(0.05 * ax.figure.dpi) for x, y in stars]
        far = np.argsort(-((points - points.mean(0)) ** 2).sum(1), kind="stable").tolist()  # the outermost first
        order = list(dict.fromkeys([*asked, *near, *far]))
        labels = [in_lines(as_label(self._called(self.coordinates.index[row])), LENGTH) for row in order]
        self.texts_ = place_labels(ax, points[order], labels, avoid=boxes, fontsize="small", color="0.15")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _mark(self, ax, points, size):
        """Draw lines to neighbours, and say who they are; return the rows of those asked of, and of neighbours."""
        if self.neighbors is None or not len(self.neighbors):
            return [], []
        row_of = {value: row for row, value in enumerate(self.coordinates.index)}
        handles, labels, near = [], [], []
        asked = list(dict.fromkeys(self.neighbors["value"]))
        for place, value in enumerate(asked):
            theirs = self.neighbors[self.neighbors["value"] == value]
            own, rows = points[row_of[value]], [row_of[other] for other in theirs["neighbor"]]
            color = f"C{place}"
            for row in rows:
                ax.plot(*np.array([own, points[row]]).T, color=color, linewidth=0.8, alpha=0.7)
            ax.scatter(*points[rows].T, s=max(size, 14), color=color, linewidths=0)
            handles.append(ax.scatter(*own[:, None], s=70, color=color, marker="*", zorder=3))
            told = [f"{self._called(row.neighbor)} {row.similarity:.2f}" for row in theirs.itertuples()]
            labels.append(f"{as_label(self._called(value))}: {'; '.join(map(as_label, told))}")
            near += rows
        put_legend(ax, None, handles, labels, NAMES)
        return [row_of[value] for value in asked], near

    def _called(self, value):
        return value if self.labels is None else self.labels.get(value, value)


def _places(index, values, argument):
    """Return the rows of `values` in an index."""
    places = index.get_indexer(pd.Index(values, dtype=object) if index.dtype == object else pd.Index(values))
    if (places < 0).any():
        value = list(values)[int(np.argmin(places))]
        near = nearest(value, index)
        raise ValueError(
            f"Expected {argument} among the {len(index)} that are there, got {quoted(value)}"
            f"{f'; did you mean {near}?' if near else ''}"
        )
    return places


def _neighbors(array, index, asked, n_neighbors):
    """Return the nearest neighbours of the values `asked`, a row a pair."""
    rows = _places(index, list(asked), "neighbors_of") if len(asked) else np.empty(0, int)
    n_found = min(n_neighbors + 1, len(array))
    distances, found = np.empty((0, n_found)), np.empty((0, n_found), int)
    if len(rows):
        from sklearn.neighbors import NearestNeighbors  # late, as above

        distances, found = NearestNeighbors(n_neighbors=n_found, metric="cosine").fit(array).kneighbors(array[rows])
    pairs = [
        (index[row], index[other], 1 - distance)
        for row, others, apart in zip(rows, found, distances, strict=True)
        for other, distance in [pair for pair in zip(others, apart, strict=True) if pair[0] != row][:n_neighbors]
    ]
    return pd.DataFrame(pairs, columns=["value", "neighbor", "similarity"])
