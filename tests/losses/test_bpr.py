import math

import pytest

from skrec.losses import BayesianPersonalizedRanking
from tests.losses.cases import assert_is_per_row, mean

pytestmark = pytest.mark.fast


def test_it_is_its_formula():
    assert_is_per_row(
        BayesianPersonalizedRanking(), lambda own, negatives: mean([math.log(1 + math.exp(s - own)) for s in negatives])
    )
