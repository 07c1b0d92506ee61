"""skorch callbacks through the `callbacks` parameter: checkpoints, loggers, the user's own."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, Checkpoint, LoadInitState, TensorBoard

from skrec import DeepFMClassifier, FMClassifier
from tests.samples import fitted, labels, mixed, outputs, small, unchanged


class Kill(Callback):
    """Fails in the middle of an epoch, as a machine does."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_batch_end(self, net, training=False, **kwargs):
        if len(net.history) == self.epoch and training:
            raise SystemError("power cut")


@pytest.mark.parametrize("optimizer", ["adam", "adagrad", "sgd"])
@pytest.mark.parametrize("schedule", [None, "onecycle"])
def test_a_run_resumed_from_a_checkpoint_is_the_uninterrupted_one_bit_for_bit(tmp_path, optimizer, schedule):
    frame = mixed(200)
    y = labels(frame)
    params = {"optimizer": optimizer, "lr_schedule": schedule, "dropout": 0.3, "weight_decay": 0.01}
    whole = small(DeepFMClassifier, max_epochs=6, **params).fit(frame, y)
    checkpoint = Checkpoint(dirname=tmp_path, monitor=None)
    killed = small(DeepFMClassifier, max_epochs=6, callbacks=[checkpoint, Kill(4)], **params)
    with unchanged(killed), pytest.raises(SystemError, match="power cut"):
        killed.fit(frame, y)
    saved = Checkpoint(dirname=tmp_path, monitor=None)
    resumed = small(DeepFMClassifier, max_epochs=3, callbacks=[LoadInitState(saved)], **params).fit(frame, y)
    np.testing.assert_array_equal(outputs(resumed, frame), outputs(whole, frame))
    assert list(resumed.history_["epoch"]) == [1, 2, 3, 4, 5, 6]
    np.testing.assert_array_equal(resumed.history_["train_loss"], whole.history_["train_loss"])
    np.testing.assert_array_equal(resumed.history_["lr"], whole.history_["lr"])


def test_user_callbacks_see_batches_and_are_used_as_they_are():
    class Count(Callback):
        rows, epochs = 0, 0

        def on_batch_end(self, net, batch=None, training=False, loss=None, **kwargs):
            assert torch.isfinite(loss)
            self.rows += len(batch.target[0]) * training

        def on_epoch_end(self, net, **kwargs):
            self.epochs += 1

    count = Count()
    estimator, _ = fitted(FMClassifier, callbacks=[count])
    assert (count.rows, count.epochs) == (300, 3)
    assert estimator.callbacks == [count]


@pytest.mark.parametrize("wrong", [1, "Checkpoint", Checkpoint, ("name", Checkpoint())])
def test_callbacks_that_are_none(wrong):
    frame = mixed()
    with pytest.raises(TypeError, match="The 'callbacks' parameter of FMClassifier must be a list of skorch callbacks"):
        small(FMClassifier, callbacks=[wrong]).fit(frame, labels(frame))


def test_a_logger_gets_every_epoch(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path) as writer:
        estimator, _ = fitted(FMClassifier, early_stopping=True, callbacks=[TensorBoard(writer)])
    log = EventAccumulator(str(tmp_path)).Reload()
    for name in ("train_loss", "valid_loss"):
        logged = [(event.step, event.value) for event in log.Scalars(f"Loss/{name}")]
        assert logged == [(i, pytest.approx(loss, rel=1e-6)) for i, loss in enumerate(estimator.history_[name], 1)]
