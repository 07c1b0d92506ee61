"""Groups of constructor parameters, dataclasses without methods.

`ORDER` is that in which a person reads them: behind the parameters of the model itself its architecture, its columns,
what it learns, and how it is trained.
"""

from skrec.estimators._base._groups._architecture import (
    BilinearParameters,
    CrossParameters,
    InitParameters,
    MemberParameters,
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
    "InitParameters",
    "MLPParameters",
    "MemberParameters",
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
    MemberParameters,
    InitParameters,
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
