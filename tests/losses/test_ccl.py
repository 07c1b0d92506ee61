import pytest

from skrec.losses import CosineContrastive
from tests.losses.cases import assert_is_per_row, mean

pytestmark = pytest.mark.fast


def test_it_is_its_formula():
    assert_is_per_row(
        CosineContrastive(margin=0.05, negative_weight=7.0),
        lambda own, negatives: 1 - own + 7 * mean([max(0.0, s - 0.05) for s in negatives]),
    )
