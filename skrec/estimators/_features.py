"""Models that see every column of their frame."""

from skrec.data._roles import learn_roles, warn_of_strangers
from skrec.estimators._base import NetEstimator
from skrec.estimators._settings import ColumnSettings


class FeatureModel(ColumnSettings, NetEstimator):
    """Base of the models over any categorical, numeric and list columns."""

    def _learn_roles(self, frame, typed):
        return learn_roles(frame, self.categorical_features, self.sequence_features, typed)

    def _initial_module(self, rows, bias, seed):
        warn_of_strangers(self.schema_, rows.inputs.lists, self.sequence_features or {})
        return super()._initial_module(rows, bias, seed)
