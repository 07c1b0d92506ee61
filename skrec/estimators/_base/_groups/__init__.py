"""Groups of constructor parameters, dataclasses without methods.

`ORDER` is that in which a person reads them: behind the parameters of the model itself its architecture, its columns,
what it learns, and how it is trained.
"""

from skrec.estimators._base._groups._architecture import (
    BilinearParameters,
    CrossParameters,
    MLPParameters,
    NumericParameters,
    TowerParameters,
)
from skrec.estimators._base._groups._columns import (
    ColumnParameters,
    HistoryParameters,
    IdParameters,
    SideParameters,
    UserColumnParameters,
)
from skrec.estimators._base._groups._objective import (
    ClassifierParameters,
    NegativeParameters,
    RankingParameters,
    TargetParameters,
)
from skrec.estimators._base._groups._training import TrainingParameters

__all__ = [
    "ORDER",
    "BilinearParameters",
    "ClassifierParameters",
    "ColumnParameters",
    "CrossParameters",
    "HistoryParameters",
    "IdParameters",
    "MLPParameters",
    "NegativeParameters",
    "NumericParameters",
    "RankingParameters",
    "SideParameters",
    "TargetParameters",
    "TowerParameters",
    "TrainingParameters",
    "UserColumnParameters",
]

ORDER = (
    BilinearParameters,
    CrossParameters,
    MLPParameters,
    TowerParameters,
    NumericParameters,
    IdParameters,
    SideParameters,
    HistoryParameters,
    ColumnParameters,
    UserColumnParameters,
    RankingParameters,
    NegativeParameters,
    TargetParameters,
    ClassifierParameters,
    TrainingParameters,
)
