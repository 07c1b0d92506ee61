"""Learning from positives alone: labels of one class, rows that count."""

import numpy as np

from skrec._text import quoted
from skrec._validation import _check_partial_fit_first_call, check_labels, check_weight
from skrec.data._containers import is_dataset
from skrec.data._positive_label import warn_of_positive
from skrec.estimators._base import NetEstimator


class PositivesAlone(NetEstimator):
    """Mixin of binary models that may learn from positives alone, before `NetClassifier` in the list of bases.

    Rows that are no positives then get the weight zero, with which they are dropped before anything is learnt. Where a
    fit goes on, so are positives of users or items that the first fit had not: no negative stands against them, so that
    they would make what is unknown the best of all.
    """

    def _setting(self):
        """Return the parameter by which other rows are ignored, as text; "" where all rows are labelled."""
        return ""

    def _learn(self, X, y, sample_weight, validation=None, *, classes=None, **options):
        setting = self._setting()
        if setting and is_dataset(X):
            raise ValueError(
                f"{setting} draws from what users have in all rows and does not go with a Dataset; pass a frame, or "
                "write rows of both classes, as skrec.sampling.add_negatives makes them, and learn from their labels"
            )
        if setting and y is not None:
            y = check_labels(y)
            weight = check_weight(sample_weight, len(y))
            if classes is not None:
                _check_partial_fit_first_call(self, classes)
            elif not hasattr(self, "classes_"):
                self.classes_ = self._two_classes(np.unique(y[weight > 0]))
            if len(self.classes_) != 2:
                raise ValueError(
                    f"{setting} is for two classes, got {quoted(self.classes_.tolist())}; "
                    "say which are positives, for instance y >= 4"
                )
            sample_weight = weight * (y == self.classes_[1])
            if not sample_weight.any():
                raise ValueError(f"{setting} needs positives, got no row of class {quoted(self.classes_.tolist()[1])}")
        super()._learn(X, y, sample_weight, validation, classes=classes, **options)

    def _id_columns(self):
        """Return the names of the columns that say who, or None, and what is drawn."""
        raise NotImplementedError

    def _left_out(self, frame, new):
        if not self._setting():
            return super()._left_out(frame, new)
        user, item = self._id_columns()
        left_out = new.get(user, np.zeros(len(frame), bool)) | new.get(item, False)
        # of an item that is missing, as encoders make it of one that is new, no negative is drawn either
        return left_out | frame[item].isna().to_numpy() if item in frame else left_out

    def _initial_module(self, rows, bias, seed):
        if setting := self._setting():  # once, before what may take hours, after all that may refuse the rows
            warn_of_positive(self.classes_, f"{type(self).__name__}({setting})")
        return super()._initial_module(rows, bias, seed)

    def _two_classes(self, labels):
        """Return negative and positive label; one label alone is a positive, 1 or True."""
        if len(labels) != 1:
            return labels
        if labels.dtype.kind not in "biuf" or labels[0] not in (0, 1):
            raise ValueError(
                f"Expected positives alone to be labelled 1 or True, got only one class, {quoted(labels.tolist()[0])}; "
                f"with {self._setting()}, pass np.ones(len(X)) or rows of both classes"
            )
        return np.array([0, 1], labels.dtype)
