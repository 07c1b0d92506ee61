"""A chain of labels: what is negative fills what is behind it."""

import numpy as np
import pandas as pd
import pytest

from skrec.objectives import ChainedTargets, Classification

pytestmark = pytest.mark.fast

N = np.nan
Y = pd.DataFrame([[0, N, N], [0, 0, N], [1, 0, N], [1, 1, 0], [1, 1, 1], [1, N, N]], columns=["click", "cart", "buy"])
WEIGHT = np.array([4.0, 2.0, 1.0, 1.0, 2.0, 1.0])


def learnt(y, weight=WEIGHT):
    objective = ChainedTargets("Model", Classification("Model", only_two=True))
    survey = objective.survey()
    survey.add(objective.check_target(y), weight)
    return objective.learn(*survey.result())


def test_shares_and_starts_are_those_of_filled_labels():
    targets, odds = learnt(Y)
    assert targets.chained
    np.testing.assert_allclose(targets.shares, [1, 10 / 11, 10 / 11])  # all but what is unknown behind a click
    np.testing.assert_allclose(odds, np.log([5 / 6, 3 / 1, 2 / 1]), atol=0.02)


def test_text_has_an_order_too():
    labels = Y.replace({0.0: "no", 1.0: "yes"}).astype(object).where(Y.notna(), None)
    targets, odds = learnt(labels)
    assert [part.classes.tolist() for part in targets.parts] == [["no", "yes"]] * 3
    np.testing.assert_array_equal(odds, learnt(Y)[1])


def test_a_target_of_one_class_is_named():
    with pytest.raises(ValueError, match="Target 'buy': Model needs at least two classes, got only one class"):
        learnt(Y.assign(buy=Y["buy"].where(Y["buy"] != 1)))
    with pytest.raises(ValueError, match="Target 'buy' of Model is missing in all rows"):
        learnt(Y.assign(buy=N))


def test_strays_are_counted_in_rows():
    rows = pd.concat([Y, pd.DataFrame({"click": [0, 0], "cart": [1, 1], "buy": [N, N]})])
    with pytest.warns(UserWarning, match="Model: 2 rows have a target .* 'cart' without 'click'"):
        learnt(rows, np.r_[WEIGHT, 0.5, 7])
