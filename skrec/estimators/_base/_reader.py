"""Rows to learn from, checked as they come."""

from skrec._validation import check_consistent_length, check_features, check_weight
from skrec.data import Chunk


class Reader:
    """Checks the rows that an estimator learns from.

    Parameters
    ----------
    work : NetEstimator
    objective : Objective
    reset : bool
        Whether they are the first training rows, by which later ones are checked.
    """

    def __init__(self, work, objective, reset):
        self.work, self.objective, self.reset = work, objective, reset
        self.several = objective.several

    def names(self):
        """Return the columns to read of a Dataset, None for all."""
        return None if self.reset else self.work._names_of_fit(learning=True)

    def first(self, X):
        """Return the first rows as a frame."""
        frame, typed = check_features(self.work, X, reset=self.reset, learning=True)
        if self.reset:
            self.work._typed_ = typed
        return frame

    def next(self, frame):
        """Return further rows as a frame."""
        return check_features(self.work, frame, reset=False, learning=True)[0]

    def chunk(self, frame, y, weight):
        """Return rows as a Chunk."""
        y = self.objective.check_target(y)
        check_consistent_length(frame, y)
        return Chunk(frame, y, check_weight(weight, len(y)))
