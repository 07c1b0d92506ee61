import pytest

from skrec.losses import PairwiseHinge
from tests.losses.cases import assert_is_per_row, mean

pytestmark = pytest.mark.fast


def test_it_is_its_formula():
    assert_is_per_row(PairwiseHinge(), lambda own, negatives: mean([max(0.0, 1 - own + s) for s in negatives]))
