"""A callback's stop and a Ctrl-C are told apart, wherever it comes."""

import signal

import pytest
from skorch.callbacks import EarlyStopping

from skrec.engine._stop import StopTraining, is_stop
from tests.engine.test_net import Toy, make_net


def error_of(callback):
    """Return the KeyboardInterrupt that ends a run with `callback`, as `fit_loop` meets it."""
    net = make_net(Toy(), callbacks=[callback], max_epochs=4)
    net.verbose = 1  # early stopping says that it stops
    net.notify("on_train_begin", X=None, y=None)
    try:
        for epoch in range(1, 5):
            net.history.new_epoch()
            net.history.record("epoch", epoch)
            net.history.record("valid_loss", 1.0)
            callback.on_epoch_end(net)
    except KeyboardInterrupt as error:
        return error
    raise AssertionError("nothing ended the run")


class Subclass(EarlyStopping):
    def on_epoch_end(self, net, **kwargs):
        super().on_epoch_end(net, **kwargs)


def pressed(*args):
    """A signal at this moment, as Ctrl-C sends it."""
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("cls", [EarlyStopping, Subclass])
def test_skorchs_early_stopping_stops(cls):
    assert is_stop(error_of(cls(patience=2, sink=lambda text: None)))


@pytest.mark.parametrize("cls", [EarlyStopping, Subclass])
def test_ctrl_c_in_the_middle_of_early_stopping_does_not(cls):
    assert not is_stop(error_of(cls(patience=2, sink=pressed)))


@pytest.mark.parametrize("method", ["_is_score_improved", "_calc_new_threshold"])
def test_ctrl_c_as_early_stopping_calls(method, monkeypatch):
    stopping = EarlyStopping(patience=2)
    monkeypatch.setattr(stopping, method, pressed)
    assert not is_stop(error_of(stopping))


def test_ctrl_c_that_comes_from_a_handler_in_python_does_not_stop(monkeypatch):
    def handler(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, handler)
    try:
        assert not is_stop(error_of(EarlyStopping(patience=2, sink=pressed)))
    finally:
        signal.signal(signal.SIGINT, before)


def test_our_own_stop_and_an_interrupt_of_somebody_else():
    assert is_stop(StopTraining())
    with pytest.raises(KeyboardInterrupt) as caught:
        raise KeyboardInterrupt
    assert not is_stop(caught.value)
