"""Batches that threads share: the same model as without, from whatever estimator, and which are not shared."""

import numpy as np
import pytest
import torch
from sklearn.base import is_classifier
from skorch.callbacks import Callback
from torch import nn

from skrec import (
    DeepFMClassifier,
    DINClassifier,
    DNNClassifier,
    IntTowerClassifier,
    MFClassifier,
    MMoEClassifier,
    TwoTowerClassifier,
)
from skrec.engine import Net
from skrec.engine._split_steps import SplitSteps
from skrec.estimators._base import _fit, _splitting
from tests.contract.cases import every_time
from tests.samples import mixed, outputs, small, target
from tests.several import SEVERAL, answers, fitted_on_two

WHOLE = {"IntTowerClassifier"}  # whose loss compares the rows of a batch


@pytest.fixture
def steps(monkeypatch):
    """Let the smallest batches be shared, and tell how many have been."""
    taken = []
    step = SplitSteps.step
    monkeypatch.setattr(_splitting, "_LEAST_WORK", 1)
    monkeypatch.setattr(SplitSteps, "step", lambda self, batch: taken.append(len(batch.target[0])) or step(self, batch))
    return taken


@pytest.fixture
def in_float64(monkeypatch):
    """Learn typed frames in float64, where two orders of a sum differ by less than a ReLU's kink is wide."""
    survey = _fit.Survey
    monkeypatch.setattr(_fit, "Survey", lambda *args, dtype, **options: survey(*args, dtype=np.float64, **options))


def fit(cls, n_threads, n_rows=90, weight=None, **params):
    frame = mixed(n_rows)
    estimator = small(cls, **{"batch_size": 40, **params}, n_threads=n_threads)
    y = target(estimator, frame)
    return estimator.fit(frame, y == "yes" if is_classifier(estimator) else y, sample_weight=weight), frame


def assert_equal(one, two, frame):
    np.testing.assert_allclose(outputs(one, frame), outputs(two, frame), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(one.history_["train_loss"], two.history_["train_loss"], rtol=1e-10)


@every_time
def test_two_threads_learn_what_one_does(cls, steps, in_float64):
    (one, frame), (two, _) = fit(cls, 1), fit(cls, 2)
    assert_equal(one, two, frame)
    assert bool(steps) == (cls.__name__ not in WHOLE)


@pytest.mark.parametrize(
    ("cls", "params"),
    [
        (DeepFMClassifier, {"optimizer": "adagrad", "embedding_l2": 0.01, "lr_schedule": "onecycle"}),
        (DeepFMClassifier, {"optimizer": "sgd", "weight_decay": 0.01, "early_stopping": True}),
        (DINClassifier, {"n_negatives": 2}),
        (TwoTowerClassifier, {"learn_temperature": True, "temperature": 0.5}),
    ],
)
def test_so_they_do_with_weights_penalties_and_schedules(cls, params, steps, in_float64):
    weight = np.arange(90) % 3 * 1.0  # some are zero
    weight = None if "n_negatives" in params else weight
    (one, frame), (two, _) = (fit(cls, n_threads, weight=weight, **params) for n_threads in (1, 2))
    assert_equal(one, two, frame)
    assert steps


def test_more_than_two_classes(steps, in_float64):
    frame = mixed(90)
    y = np.arange(90) % 3
    one, three = (small(DeepFMClassifier, batch_size=40, n_threads=n).fit(frame, y) for n in (1, 3))
    assert_equal(one, three, frame)
    assert steps


@pytest.mark.parametrize("cls", SEVERAL, ids=lambda cls: cls.__name__)
def test_several_targets_of_which_one_may_be_missing(cls, steps, in_float64):
    params = {"batch_size": 40, "target_weights": [1, 3]}
    (one, frame, _), (two, _, _) = (fitted_on_two(cls, 90, missing=True, n_threads=n, **params) for n in (1, 2))
    np.testing.assert_allclose(answers(one, frame), answers(two, frame), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(one.history_["train_loss"], two.history_["train_loss"], rtol=1e-10)
    assert steps


def test_batches_stay_whole_where_weights_of_targets_are_learnt(steps):
    """The threads would add to the same gradients."""
    fitted_on_two(MMoEClassifier, 90, n_threads=2, batch_size=40, target_weights="learnt")
    assert not steps


@pytest.mark.parametrize("params", [{}, {"dropout": 0.5}])
def test_a_number_of_threads_has_the_same_bits_each_time(params, steps):
    (one, frame), (two, _) = (fit(DeepFMClassifier, 2, **params) for _ in range(2))
    assert (outputs(one, frame) == outputs(two, frame)).all()
    assert steps


def test_each_part_and_epoch_drops_other_units(steps):
    masks = []

    def watch(module, _, out):
        if type(module).__name__ == "Dropout" and module.training:
            masks.append(out == 0)

    with nn.modules.module.register_module_forward_hook(watch):
        fit(DINClassifier, 2, n_rows=40, dropout=0.5, hidden_layer_sizes=(64,), max_epochs=2)  # units are not zero
    assert len(masks) == 2 * 2
    assert not any(torch.equal(one, two) for i, one in enumerate(masks) for two in masks[:i])


class Own(DNNClassifier):
    def _build_net(self, fields, n_outputs, generator):
        return OwnNet(fields, n_outputs)


class OwnNet(nn.Module):
    def __init__(self, fields, n_outputs):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n_outputs))
        self.slope = nn.Parameter(torch.zeros(len(fields), n_outputs))

    def forward(self, inputs):
        centred = inputs.numeric - inputs.numeric.mean(0)
        return self.bias + centred @ self.slope[: centred.shape[1]]


@pytest.mark.parametrize(
    ("cls", "params"),
    [
        (DNNClassifier, {"batch_norm": True}),
        (DINClassifier, {"activation": "dice"}),
        (DNNClassifier, {"callbacks": [Callback()]}),
        (TwoTowerClassifier, {"loss": "softmax"}),
        (MFClassifier, {"loss": "bpr"}),
        (IntTowerClassifier, {}),
        (Own, {}),
    ],
)
def test_batches_stay_whole_where_their_rows_belong_together(cls, params, steps):
    (one, frame), (two, _) = fit(cls, 1, **params), fit(cls, 2, **params)
    assert not steps
    np.testing.assert_allclose(outputs(one, frame), outputs(two, frame), rtol=1e-4, atol=1e-4)


def test_small_batches_stay_whole(steps, monkeypatch):
    monkeypatch.setattr(_splitting, "_LEAST_WORK", 2**40)
    fit(DNNClassifier, 2)
    assert not steps


def test_threads_of_torch_are_as_before(steps):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        fit(DNNClassifier, None)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert steps


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("at", [0, 1])
def test_an_error_of_a_part_ends_the_fit(at, error, steps, monkeypatch):
    """Whichever part it is of; the net keeps no parts, and torch's threads are as before."""
    nets, part = [], SplitSteps._part

    def fail(self, number, *arguments):
        nets.append(self.net)
        if number == at:
            raise error("part")
        part(self, number, *arguments)

    monkeypatch.setattr(SplitSteps, "_part", fail)
    before = torch.get_num_threads()
    with pytest.raises(error, match="part"):
        fit(DNNClassifier, 2)
    assert torch.get_num_threads() == before
    assert isinstance(nets[0], Net)
    assert nets[0].split_ is None
