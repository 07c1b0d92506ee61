"""Models that see every column of their frame."""

from skrec.estimators._base import NetEstimator
from skrec.estimators._roles import learn_roles
from skrec.estimators._settings import ColumnSettings


class FeatureModel(ColumnSettings, NetEstimator):
    """Base of the models over any categorical, numeric and list columns."""

    def _learn_roles(self, frame, typed):
        return learn_roles(frame, self.categorical_features, self.sequence_features)
