"""What all estimators have: the face to scikit-learn, groups of parameters, and one fit."""

from skrec.estimators._base._classifier import NetClassifier
from skrec.estimators._base._estimator import NetEstimator
from skrec.estimators._base._groups import (
    BilinearParameters,
    ClassifierParameters,
    ColumnParameters,
    CrossParameters,
    HistoryParameters,
    IdParameters,
    InitParameters,
    MemberParameters,
    MLPParameters,
    NegativeParameters,
    NumericParameters,
    RankingParameters,
    SideParameters,
    TargetParameters,
    TowerParameters,
    TrainingParameters,
    UserColumnParameters,
)
from skrec.estimators._base._mlp import layer_sizes, mlp_spec
from skrec.estimators._base._parameters import at_least_zero, one_of, parameter, position, positive
from skrec.estimators._base._regressor import NetRegressor
from skrec.estimators._base._several import SeveralClassifier, SeveralRegressor, target_sizes

__all__ = [
    "BilinearParameters",
    "ClassifierParameters",
    "ColumnParameters",
    "CrossParameters",
    "HistoryParameters",
    "IdParameters",
    "InitParameters",
    "MLPParameters",
    "MemberParameters",
    "NegativeParameters",
    "NetClassifier",
    "NetEstimator",
    "NetRegressor",
    "NumericParameters",
    "RankingParameters",
    "SeveralClassifier",
    "SeveralRegressor",
    "SideParameters",
    "TargetParameters",
    "TowerParameters",
    "TrainingParameters",
    "UserColumnParameters",
    "at_least_zero",
    "layer_sizes",
    "mlp_spec",
    "one_of",
    "parameter",
    "position",
    "positive",
    "target_sizes",
]
