"""Small data with two targets, of which the second may be missing."""

import numpy as np
import pandas as pd
from sklearn.base import is_classifier

from tests.discovery import predictors
from tests.samples import labels, mixed, scores, small

SEVERAL = [cls for cls in predictors() if "target_weights" in cls().get_params()]


def targets(cls, frame, *, missing=False):
    """Return two targets of `frame`, a chain for ESMM; with `missing` every third of the second is not there."""
    if is_classifier(cls()):
        click = labels(frame) == "yes"
        y = pd.DataFrame({"click": click.astype(int), "buy": (click & (frame["age"] > 40)).astype(int)})
    else:
        y = pd.DataFrame({"stars": 3 + scores(frame), "minutes": 100 * frame["age"] + 7})
    if missing:
        y[y.columns[1]] = y[y.columns[1]].where(np.arange(len(y)) % 3 > 0)
    return y


def fitted_on_two(cls, n_rows=100, *, missing=False, **params):
    """Return `small(cls)` fitted on `mixed(n_rows)` and two targets, the frame, and the targets."""
    frame = mixed(n_rows)
    y = targets(cls, frame, missing=missing)
    return small(cls, **params).fit(frame, y), frame, y


def answers(model, X):
    """Return the finest that the model says of each target, (n_rows, C)."""
    if is_classifier(model):
        return np.hstack(model.predict_proba(X))
    return np.asarray(model.predict(X))
