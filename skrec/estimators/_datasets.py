"""Fit and predict over rows that do not fit into memory."""

from typing import Any

from skrec._text import quoted
from skrec._validation import check_features, check_weight
from skrec.data._roles import check_cells
from skrec.data._row_groups import RowGroups, Sample
from skrec.data._sample_survey import SampleSurvey
from skrec.data._survey import Survey
from skrec.data._weights import scaled
from skrec.engine import Rows, StreamedRows


class ReadsDatasets:
    """What an estimator does with a pyarrow Dataset; the base of `NetEstimator`."""

    _check_target: Any
    _encode: Any
    _names_read: Any
    _table: Any
    _target_survey: Any
    _typed_: Any

    def _open(self, X, y, sample_weight, *, reset):
        """Return the RowGroups of a Dataset to learn from, its first rows checked."""
        for name, parameter in ((y, "y"), (sample_weight, "sample_weight")):
            if not isinstance(name, str) and (name is not None or parameter == "y"):
                raise TypeError(
                    f"With a Dataset, {parameter} is the name of one of its columns, got {type(name).__name__}; "
                    f"expected one of {quoted(X.schema.names)}"
                )
        groups = RowGroups(X, y, sample_weight, None if reset else self._names_of_fit(learning=True))
        if sample_weight is not None and not groups.n_rows:
            raise ValueError(
                f"Expected a positive value in {quoted(sample_weight)}, got none: no row is left to learn from"
            )
        _, typed = check_features(self, groups.frame, reset=reset, learning=True)
        if reset:
            self._typed_ = typed
        return groups

    def _names_of_fit(self, *, learning=False):
        if not hasattr(self, "feature_names_in_"):
            raise TypeError(
                f"{type(self).__name__} was fitted on columns without names, got a Dataset, whose columns are known "
                "by name; fit on a frame or a Dataset"
            )
        # a frame of floats alone keeps scikit-learn's rule
        return self._names_read(learning=learning) if self._typed_ else self.feature_names_in_.tolist()

    def _samples(self, groups, order=None):
        """Yield the rows of a Dataset as checked Samples."""
        for frame, y, weight in groups.parts(order):
            frame, _ = check_features(self, frame, reset=False, learning=True)
            yield Sample(frame, self._check_target(y), scaled(check_weight(weight, len(frame)), groups.exponent))

    def _survey(self, groups, roles, shared):
        """Look through all rows; return their Schema, and let `groups` know what else was learnt of them."""
        columns, target, kept = Survey(roles, shared), self._target_survey(), SampleSurvey(groups.n_rows)
        for sample in self._samples(groups):
            check_cells(sample.frame, roles)
            columns.add(sample.frame, sample.weight)
            target.add(sample.y, sample.weight)
            kept.add(sample)
        groups.y, groups.weight = target.result()
        groups.sample = kept.result()
        return columns.result()

    def _stream(self, groups):
        """Return the StreamedRows of a Dataset to learn from."""
        sample, groups.sample = groups.sample, None  # encoded, it is needed no longer
        return StreamedRows(
            lambda order: map(self._encode, self._samples(groups, order)),
            len(groups.groups),
            groups.n_rows,
            sample and self._encode(sample),
        )

    def _stream_features(self, X):
        """Return the StreamedRows of a Dataset to predict, which needs the columns that the model sees alone."""
        groups = RowGroups(X, columns=self._names_of_fit())
        check_features(self, groups.frame, reset=False)

        def read(order):
            for frame, _, _ in groups.parts(order):
                yield Rows(self._table(check_features(self, frame, reset=False)[0]))

        return StreamedRows(read, len(groups.groups), groups.n_rows)
