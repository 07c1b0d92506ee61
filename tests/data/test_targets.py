import numpy as np
import pytest

from skrec.data import Classes, Numbers


def test_two_classes_have_one_logit():
    target, outputs = Classes(np.array(["no", "yes"])), np.array([[-1.0], [0.0], [2.0]])
    assert target.decisions(outputs).tolist() == [-1, 0, 2]
    assert target.predictions(outputs).tolist() == ["no", "no", "yes"]
    assert target.probabilities(outputs)[:, 1] == pytest.approx(1 / (1 + np.exp([1, 0, -2])))
    assert target.probabilities(outputs).sum(1) == pytest.approx([1, 1, 1])
    assert target.targets(np.array([1, 0])).tolist() == ["yes", "no"]
    assert target.loss_unit == 1


def test_more_classes_have_one_each():
    target, outputs = Classes(np.array([3, 5, 7])), np.log([[0.2, 0.7, 0.1], [0.5, 0.2, 0.3]])
    assert target.decisions(outputs) is outputs
    assert target.predictions(outputs).tolist() == [5, 3]
    assert target.probabilities(outputs) == pytest.approx(np.exp(outputs))


def test_numbers_are_in_units_of_the_target():
    target = Numbers(mean=1e6, scale=4.0)
    outputs = np.array([[0.25], [-1.0]], np.float32)
    assert target.predictions(outputs).tolist() == [1e6 + 1, 1e6 - 4]
    assert target.targets(outputs[:, 0]).tolist() == [1e6 + 1, 1e6 - 4]
    assert target.loss_unit == 16
    assert Numbers(scale=1e200).loss_unit == np.inf  # not an error
