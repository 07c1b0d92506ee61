"""The estimators that the promises are made for."""

import pytest
from sklearn.base import is_regressor

from tests.discovery import cases, predictors

ESTIMATORS = predictors()
every = pytest.mark.parametrize("cls", cases(ESTIMATORS))
# in `make test` as well, for what a net of its own can get wrong
every_time = pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
regressors = [cls for cls in ESTIMATORS if is_regressor(cls())]
every_regressor = pytest.mark.parametrize("cls", cases(regressors))


def categorical_columns(estimator):
    """The columns of `mixed` whose values have vectors."""
    return [field.name for field in estimator.schema_.fields if field.role != "numeric"]
