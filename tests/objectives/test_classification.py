"""Labels: what they mean, how classes weigh, and where scores start, against the formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight
from torch import nn

from skrec.losses import WeightedLoss, binary_cross_entropy, cross_entropy
from skrec.objectives import Classification

pytestmark = pytest.mark.fast

Y, WEIGHT = np.array(["b", "a", "b", "c", "b"]), np.array([1.0, 2.0, 3.0, 1.0, 0.5])


def shares(y, weight, factors=None):
    """Return the share that each class has of the weight, by a loop."""
    factors = factors or dict.fromkeys(y, 1.0)
    total = dict.fromkeys(sorted(set(y)), 0.0)
    for label, w in zip(y, weight, strict=True):
        total[label] += w * factors[label]
    return np.array(list(total.values())) / sum(total.values())


def test_scores_start_from_the_shares_of_weight():
    target, bias = Classification("Model").learn(Y, WEIGHT)
    assert target.classes.tolist() == ["a", "b", "c"]
    assert target.factors is None
    np.testing.assert_allclose(np.exp(bias) / np.exp(bias).sum(), shares(Y, WEIGHT), atol=1e-3)
    target, bias = Classification("Model").learn(Y == "b", WEIGHT)
    assert bias.shape == (1,)
    assert bias[0] == pytest.approx(np.log(4.5 / 3), abs=1e-3)


def test_a_class_that_has_not_come_yet_has_a_small_share():
    target, bias = Classification("Model").learn(Y[:3], WEIGHT[:3], np.array(["a", "b", "c"]))
    assert np.isfinite(bias).all()
    assert np.exp(bias)[2] == pytest.approx(1e-3, rel=0.01)
    codes, weight = target.encode(np.array(["c", "a"]), np.ones(2), None)
    assert (codes.tolist(), weight.tolist()) == ([2, 0], [1, 1])


@pytest.mark.parametrize("class_weight", ["balanced", {"a": 3.0, "c": 0.5}])
def test_class_weights_are_scikit_learns_but_for_a_power_of_two(class_weight):
    target, bias = Classification("Model", class_weight).learn(Y, WEIGHT)
    factors = compute_class_weight(class_weight, classes=target.classes, y=Y, sample_weight=WEIGHT)
    ratio = target.factors / factors
    assert (ratio == ratio[0]).all()
    assert np.log2(ratio[0]) % 2 == 0
    expected = shares(Y, WEIGHT, dict(zip(target.classes, factors, strict=True)))
    np.testing.assert_allclose(np.exp(bias) / np.exp(bias).sum(), expected, atol=1e-3)
    codes, weight = target.encode(Y, WEIGHT, None)
    np.testing.assert_array_equal(weight, WEIGHT * target.factors[codes])
    assert weight.sum() / WEIGHT.sum() == pytest.approx(1, abs=3.5)  # of about the same size


labels = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.25, 1.0, 3.0])), min_size=2, max_size=20)


@given(labels.filter(lambda rows: len({label for label, _ in rows}) > 1), st.lists(st.integers(0, 20), max_size=3))
@settings(deadline=None)
def test_chunks_change_nothing(rows, cuts):
    y, weight = (np.array(part) for part in zip(*rows, strict=True))
    for class_weight in (None, "balanced"):
        objective = Classification("Model", class_weight)
        survey = objective.survey()
        for part in np.split(np.arange(len(y)), sorted(cut % len(y) for cut in cuts)):
            survey.add(y[part], weight[part])
        (found, bias), (expected, whole) = objective.learn(*survey.result()), objective.learn(y, weight)
        np.testing.assert_array_equal(found.classes, expected.classes)
        np.testing.assert_allclose(bias, whole, rtol=1e-9, atol=1e-12)


def test_what_is_refused():
    objective = Classification("Model", only_two=True, remedy="; do that")
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        objective.learn(Y, WEIGHT)
    with pytest.raises(ValueError, match=r"Model needs at least two classes, got only one class, 'b', .*; do that$"):
        objective.learn(Y[:1], WEIGHT[:1])
    with pytest.raises(ValueError, match="'class_weight' parameter of Model must have positive factors"):
        Classification("Model", {"a": 0.0}).learn(Y, WEIGHT)
    target, _ = Classification("Model").learn(Y, WEIGHT)
    with pytest.raises(ValueError, match=r"Expected labels among \['a', 'b', 'c'\], got \['d'\] in y"):
        target.encode(np.array(["a", "d"]), np.ones(2), None)
    with pytest.raises(ValueError, match="contains NaN"):
        objective.check_target(np.array(["a", None], object))


def test_the_criterion_is_that_of_the_classes_or_what_is_given():
    for y, loss in ((Y == "b", binary_cross_entropy), (Y, cross_entropy)):
        criterion = Classification("Model").criterion(Classification("Model").learn(y, WEIGHT)[0])
        assert isinstance(criterion, WeightedLoss)
        assert criterion.loss is loss
    given = nn.Identity()
    assert Classification("Model", criterion=given).criterion(None) is given
