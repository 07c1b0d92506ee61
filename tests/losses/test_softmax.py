import math

import pytest

from skrec.losses import SampledSoftmax
from tests.losses.cases import assert_is_per_row

pytestmark = pytest.mark.fast


def test_it_is_its_formula():
    assert_is_per_row(
        SampledSoftmax(), lambda own, negatives: -math.log(math.exp(own) / sum(map(math.exp, [own, *negatives])))
    )
