"""Implicit feedback: rows say what a user took, and nothing says what a user did not want."""

from typing import Any

import numpy as np
import torch

from skrec._text import quoted
from skrec._validation import check_labels
from skrec.engine import Rows
from skrec.objectives._objective import Objective


class ImplicitFeedback(Objective):
    """Base of the objectives that learn from positives, the rows of one class, and ignore the others.

    Parameters
    ----------
    labels : Classification
        Of the two classes.
    implicit : str
        The parameter that asks for it, as text.
    """

    by_label = True

    def __init__(self, labels: Any, implicit: str) -> None:
        self.labels, self.implicit = labels, implicit

    def check_target(self, y: Any) -> Any:
        """Return labels of shape (n_rows,), checked."""
        return self.labels.check_target(y)

    def survey(self) -> Any:
        """Return what counts the weight of each label."""
        return self.labels.survey()

    def select(self, source: Any, classes: Any) -> Any:
        """Return the source of the positives alone, and the two classes."""
        labels = np.unique(check_labels(source.labels()))  # of a Dataset none has been looked at
        if classes is None:
            classes = self._two_classes(labels)
        if len(classes) != 2:
            raise ValueError(
                f"{self.implicit} is for two classes, got {quoted(classes.tolist())}; "
                "say which are positives, for instance y >= 4"
            )
        positives = source.only(classes[1])
        if not positives.n_rows:
            raise ValueError(f"{self.implicit} needs positives, got no row of class {quoted(classes.tolist()[1])}")
        return positives, classes

    def left_out(self, frame: Any, new: Any, ids: Any) -> Any:
        """Return the rows, (n_rows,) bool, from which a fit that goes on learns nothing: of an unknown user or item.

        No negative stands against such a positive, so that it would make what is unknown the best of all.
        """
        user, item = ids
        left_out = new.get(user, np.zeros(len(frame), bool)) | new.get(item, False)
        # of an item that is missing, as encoders make it of one that is new, no negative is drawn either
        return left_out | frame[item].isna().to_numpy() if item in frame else left_out

    def _two_classes(self, labels):
        """Return negative and positive label; one label alone is a positive, 1 or True."""
        if len(labels) != 1:
            return labels
        if labels.dtype.kind not in "biuf" or labels[0] not in (0, 1):
            raise ValueError(
                f"Expected positives alone to be labelled 1 or True, got only one class, {quoted(labels.tolist()[0])}; "
                f"with {self.implicit}, pass np.ones(len(X)) or rows of both classes"
            )
        return np.array([0, 1], labels.dtype)


class WithNegatives(ImplicitFeedback):
    """Base of the objectives that learn labels, of positives and of negatives that are drawn as rows.

    Parameters
    ----------
    labels : Classification
    n_negatives : int
        Of each positive.
    """

    def __init__(self, labels: Any, n_negatives: int) -> None:
        super().__init__(labels, f"n_negatives={n_negatives}")
        self.n_negatives = n_negatives

    def learn(self, y: Any, weight: Any, classes: Any = None) -> Any:
        """Return the Classes, and the log odds of a positive among so many negatives."""
        both = np.concatenate([weight, self.n_negatives * weight])
        return self.labels.learn(np.repeat(classes[::-1], len(y)), both)

    def criterion(self, target: Any) -> Any:
        """Return the weighted cross entropy."""
        return self.labels.criterion(target)

    def label(self, classes: Any, n_positives: int) -> Any:
        """Return the labels of positives and, behind them, their negatives."""
        return np.repeat(classes[::-1], [n_positives, n_positives * self.n_negatives])

    def target(self, encoding: Any, rows: Any) -> Any:
        """Return codes and weights of positives, as `positives` has them, and behind them of their negatives."""
        labels = self.label(encoding.target.classes, len(rows))
        return encoding.target.encode(labels, np.tile(rows.weight.numpy(), 1 + self.n_negatives), None)

    def has_positives_alone(self, source: Any, classes: Any) -> Any:
        """Return whether all rows of a validation source are positives."""
        return source is not None and set(source.labels()) == {classes[1]}


def positives(encoding, chunk, keys=()):
    """Return the Rows of a Chunk of positives, whose weights stay as they are until their negatives are drawn."""
    rows = Rows(encoding.table(chunk.frame), keys=keys)
    rows.weight = torch.from_numpy(chunk.weight)
    return rows
