"""Several labels or numbers a row, any of which may be missing in a row."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
import torch

from skrec._text import quoted
from skrec.data import (
    Targets,
    TargetsSurvey,
    are_there,
    as_pandas,
    is_frame,
    name_of,
    naming_target,
    plain_column,
)
from skrec.losses import TargetsLoss, binary_cross_entropy, cross_entropy, squared_error
from skrec.objectives._objective import Objective


class SeveralTargets(Objective):
    """Learn several columns of `y` together; a `y` of one column is learnt as a single target.

    Parameters
    ----------
    name : str
        Of the estimator, for errors.
    one : Classification or Regression
        What is learnt of each.
    weights : array-like of float, dict of {name: float}, "learnt" or None
        How much the loss of each target counts.
    known : Classes, Numbers, Targets or None
        What an earlier fit has learnt, which goes on.
    """

    several = True

    def __init__(self, name: Any, one: Any, weights: Any = None, known: Any = None) -> None:
        self.name, self.one, self.weights, self.by_label = name, one, weights, one.by_label
        self.names: tuple[str, ...] | None = getattr(known, "names", None)
        self.n_targets: int | None = None if known is None else len(getattr(known, "parts", [known]))

    def check_target(self, y: Any) -> Any:
        """Return `y` of shape (n_rows,), or with several columns (n_rows, n_targets), checked.

        Missing labels are None, or NaN where all are floats; missing numbers NaN.
        """
        frame = _columns(y)
        n_targets = 1 if frame is None else frame.shape[1]
        if self.n_targets not in (None, n_targets):
            named = f", {quoted(list(self.names))}" if self.names else ""
            raise ValueError(
                f"{self.name} was fitted on {_counted(self.n_targets)}{named}, got {_counted(n_targets)} in y; pass "
                "those of fit, with NaN where one is missing, or fit afresh"
            )
        if n_targets > 1 and all(isinstance(name, str) for name in frame):
            frame = self._in_order(frame)
        self.n_targets = n_targets
        if n_targets == 1:
            return self.one.check_target(y if frame is None else frame.iloc[:, 0].to_numpy())
        columns = []
        for place in range(n_targets):
            with naming_target(place, self.names):
                columns.append(self._check_column(frame.iloc[:, place]))
        if len({column.dtype for column in columns}) > 1:
            columns = [column.astype(object) for column in columns]
        return np.column_stack(columns)

    def survey(self) -> Any:
        """Return what looks through each target."""
        return TargetsSurvey(type(self.one.survey()))

    def select(self, source: Any, classes: Any) -> Any:
        """Return the source of the rows that have a target at all, and the classes."""
        if source.n_targets > 1:
            source = source.where(lambda chunk: are_there(chunk.y).any(1))
            if not source.rows(lambda chunk: chunk.n_rows, lambda source: source.n_groups):
                raise ValueError(f"{self.name} needs a target in some row, got {self.n_targets} missing in all rows")
        return source, classes

    def learn(self, y: Any, weight: Any, classes: Any = None) -> Any:
        """Return what `y` means, and the outputs of a row of which nothing is known, (n_outputs,).

        Parameters
        ----------
        y, weight
            What the survey found: of one target its rows and their weights, of several a list of such pairs, and the
            weight of all rows.
        classes : ndarray of shape (n_classes,), of several targets a list of them, optional
        """
        if not isinstance(y, list):
            if self.weights is not None:
                raise self._refused("be None for a single target")
            return self.one.learn(y, weight, classes)
        return self._together(y, weight, classes)

    def criterion(self, target: Any) -> Any:
        """Return the weighted mean of the targets' losses."""
        if not isinstance(target, Targets):
            return self.one.criterion(target)
        squared = target.kind == "regressor"
        losses = {True: binary_cross_entropy, False: cross_entropy}
        factors = [None if squared or part.factors is None else part.factors for part in target.parts]
        return TargetsLoss(
            [squared_error if squared else losses[size == 1] for size in target.sizes],
            target.sizes,
            target.shares.tolist(),
            self._weights(target.names, len(target.parts)),
            [None if factor is None else torch.from_numpy(factor) for factor in factors],
            squared=squared,
        )

    def _together(self, columns, total, classes, **options):
        """Return the Targets of K pairs of rows and weights, and their outputs for an unknown row."""
        self._weights(self.names, len(columns))
        given: list[Any] = [None] * len(columns) if classes is None else list(classes)
        if len(given) != len(columns):
            raise ValueError(f"Expected classes of {len(columns)} targets, a list of arrays, got {len(given)}")
        parts, outputs, shares = [], [], []
        for place, (y, weight) in enumerate(columns):
            if not len(y):
                raise ValueError(
                    f"Target {name_of(place, self.names)} of {self.name} is missing in all rows; leave the column out"
                )
            with naming_target(place, self.names):
                part, output = self.one.learn(y, weight, None if given[place] is None else np.unique(given[place]))
            parts.append(part)
            outputs.append(output)
            factored = part.encode(y, weight, np.float64)[1]  # by the factors of classes
            shares.append(factored.sum() / total)
        return Targets(tuple(parts), np.array(shares), self.names, **options), np.concatenate(outputs)

    def _in_order(self, frame):
        """Return targets with names in the order of fit, which this is if there was none."""
        if self.n_targets is None:
            self.names = tuple(frame)
        if not self.names:
            return frame
        if set(self.names) != set(frame):
            raise ValueError(f"Expected the targets of fit, {quoted(list(self.names))}, got {quoted(list(frame))} in y")
        return frame[list(self.names)]

    def _check_column(self, column):
        """Return one target, (n_rows,), checked but for the rows in which it is missing."""
        there = column.notna().to_numpy()
        known = column.to_numpy() if there.all() else column[there].to_numpy()
        if self.by_label:
            known = plain_column(known)
        known = self.one.check_target(known) if len(known) else np.zeros(0)
        if there.all():
            return known
        whole = np.full(len(column), np.nan if known.dtype.kind == "f" else None)
        whole[there] = known
        return whole

    def _weights(self, names, n_targets):
        """Return the weights of the targets, None where they are learnt."""
        weights = self.weights
        if isinstance(weights, str):
            return None
        if weights is None:
            return [1.0] * n_targets
        if isinstance(weights, Mapping):
            if strange := [name for name in weights if name not in (names or range(n_targets))]:
                known = list(names or range(n_targets))
                raise self._refused(f"name targets that are there, {quoted(known)}", f", with {quoted(strange[0])}")
            weights = [weights.get(name, 1.0) for name in names or range(n_targets)]
        weights = np.asarray(weights, dtype=object).ravel().tolist()
        if len(weights) != n_targets:
            raise self._refused(f"have a weight for each of the {n_targets} targets")
        numbers = [float(weight) if isinstance(weight, Real) else np.nan for weight in weights]
        if not all(0 <= number < np.inf for number in numbers) or not any(numbers):
            raise self._refused("have weights of at least 0, one of them positive")
        return numbers

    def _refused(self, must, got=""):
        return ValueError(
            f"The 'target_weights' parameter of {self.name} must {must}. Got {quoted(self.weights)} instead{got}."
        )


def _columns(y):
    """Return the columns of `y` as a frame, None of an array with one axis, or with more than two."""
    if is_frame(y):
        frame = as_pandas(y)
    else:
        try:
            array = np.asarray(y)
        except ValueError as error:
            raise ValueError(
                "Expected the same number of targets in each row of y, got rows of different lengths; let NaN stand "
                "where a target is missing"
            ) from error
        if array.ndim != 2:
            return None
        frame = pd.DataFrame(array)
    if not frame.shape[1]:
        raise ValueError(f"Expected a target a row at least, got y of shape {frame.shape}")
    return frame


def _counted(n_targets):
    return "one target" if n_targets == 1 else f"{n_targets} targets"
