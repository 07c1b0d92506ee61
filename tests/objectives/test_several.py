"""Several targets: each is learnt as it is alone, of the rows that have it."""

import numpy as np
import pandas as pd
import pytest

from skrec.data import Targets
from skrec.losses import TargetsLoss, WeightedLoss
from skrec.objectives import Classification, Regression, SeveralTargets

pytestmark = pytest.mark.fast

FRAME = pd.DataFrame({"click": [1, 0, 1, 0], "buy": [1.0, np.nan, 0.0, np.nan]})
WEIGHT = np.array([1.0, 2.0, 1.0, 4.0])


def learnt(objective, y, weight):
    survey = objective.survey()
    survey.add(objective.check_target(y), weight)
    return objective.learn(*survey.result())


@pytest.mark.parametrize("one", [Classification("Model", "balanced"), Classification("Model"), Regression()])
def test_each_target_is_what_it_is_alone(one):
    targets, outputs = learnt(SeveralTargets("Model", one), FRAME, WEIGHT)
    assert targets.names == ("click", "buy")
    start = 0
    for part, (name, column) in zip(targets.parts, FRAME.items(), strict=True):
        there = column.notna().to_numpy()
        alone, output = one.learn(one.check_target(column[there].to_numpy()), WEIGHT[there])
        np.testing.assert_equal(vars(part), vars(alone), err_msg=name)
        np.testing.assert_array_equal(outputs[start : start + len(output)], output)
        start += len(output)


def test_shares_are_of_the_weight_with_the_factors_of_classes():
    targets, _ = learnt(SeveralTargets("Model", Classification("Model")), FRAME, WEIGHT)
    np.testing.assert_allclose(targets.shares, [1, 2 / 8])
    weighed, _ = learnt(SeveralTargets("Model", Classification("Model", {0: 1, 1: 3})), FRAME, WEIGHT)
    for part, share, (_, column) in zip(weighed.parts, weighed.shares, FRAME.items(), strict=True):
        there = column.notna().to_numpy()
        factors = part.factors[column[there].astype(int)]
        assert share == pytest.approx((WEIGHT[there] * factors).sum() / WEIGHT.sum())


def test_a_single_target_has_the_loss_of_one():
    objective = SeveralTargets("Model", Classification("Model"))
    target, _ = learnt(objective, FRAME[["click"]], WEIGHT)
    assert not isinstance(target, Targets)
    assert isinstance(objective.criterion(target), WeightedLoss)
    several = SeveralTargets("Model", Classification("Model"), {"buy": 3})
    assert isinstance(several.criterion(learnt(several, FRAME, WEIGHT)[0]), TargetsLoss)
