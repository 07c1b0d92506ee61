from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest
from skorch.callbacks import Callback, Checkpoint, LoadInitState

from skrec.engine import SCHEDULES, RowAdam, Schedule
from skrec.engine._schedule import cosine, linear, onecycle
from skrec.engine._stop import StopTraining
from tests.engine.test_net import Toy, Watch, assert_same_weights, make_net, make_rows

pytestmark = pytest.mark.fast


def shape(schedule, start=0.0, stop=1.0):
    return [schedule(progress) for progress in np.linspace(start, stop, 101)]


def test_names():
    assert {"onecycle": onecycle, "cosine": cosine, "linear": linear} == SCHEDULES


@pytest.mark.parametrize("schedule", [cosine, linear])
def test_decays_fall_from_one_to_zero(schedule):
    rates = shape(schedule)
    assert (rates[0], rates[-1]) == (1, pytest.approx(0, abs=1e-12))
    assert (np.diff(rates) < 0).all()
    assert schedule(0.5) == pytest.approx(0.5)


def test_cosine_and_linear_differ_between():
    assert linear(0.25) == 0.75
    assert cosine(0.25) == pytest.approx((1 + 2**-0.5) / 2)


def test_onecycle_rises_for_a_quarter_and_falls_for_the_rest():
    assert onecycle(0) == pytest.approx(1 / 25)
    assert onecycle(0.25) == pytest.approx(1)
    assert onecycle(1) == pytest.approx(1e-5 / 25)
    assert (np.diff(shape(onecycle, 0, 0.25)) > 0).all()
    assert (np.diff(shape(onecycle, 0.25, 1)) < 0).all()
    assert onecycle(0.125) == pytest.approx((1 + 1 / 25) / 2)
    assert onecycle(np.nextafter(0.25, 0)) == pytest.approx(1)  # no jump


class StopAfter(Callback):
    """Stop after so many epochs."""

    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == self.n_epochs:
            raise StopTraining


def run(net, rows, schedule, *others):
    """Train with a schedule and return the rates, an epoch a list."""
    watch = Watch()
    net.callbacks = [*others, schedule, watch]
    net.initialize_callbacks()
    net.partial_fit(rows)
    return watch.of("lr")


def test_every_batch_has_the_rate_of_what_lies_behind_it():
    net = make_net(max_epochs=4, batch_size=8)  # 37 rows: 5 batches an epoch
    rates = run(net, make_rows(), Schedule(linear, 0.1))
    assert list(chain.from_iterable(rates)) == pytest.approx([0.1 * (1 - batch / 20) for batch in range(20)])
    assert net.history[:, "lr"] == [epoch[-1] for epoch in rates]


def test_every_group_has_the_rate():
    net = make_net(max_epochs=1)
    net.optimizer_.add_param_group({"params": [Toy().dense], "lr": 7.0})
    run(net, make_rows(), Schedule(linear, 0.1))
    assert [group["lr"] for group in net.optimizer_.param_groups] == pytest.approx([0.1 / 5] * 2)


def test_validation_batches_do_not_count():
    net = make_net(max_epochs=2)
    plain = run(net, make_rows(), Schedule(cosine, 0.1))
    with_valid = make_net(max_epochs=2, rows_valid=make_rows(11))
    assert run(with_valid, make_rows(), Schedule(cosine, 0.1)) == plain


def test_earlier_runs_do_not_count():
    net = make_net(max_epochs=3)
    first = run(net, make_rows(), Schedule(onecycle, 0.1))
    again = run(net, make_rows(), Schedule(onecycle, 0.1, first=3))
    np.testing.assert_allclose(again, first)


def test_run_resumed_from_a_checkpoint_is_the_uninterrupted_one(tmp_path):
    rows = make_rows()
    whole = make_net(Toy(dropout=0.3), optimizer=RowAdam, max_epochs=5)
    rates = run(whole, rows, Schedule(onecycle, 0.1))

    def checkpoint():
        return Checkpoint(monitor=None, dirname=tmp_path)

    stopped = make_net(Toy(dropout=0.3), optimizer=RowAdam, max_epochs=5, shows=True)
    assert run(stopped, rows, Schedule(onecycle, 0.1), checkpoint(), StopAfter(2)) == rates[:2]
    resumed = make_net(Toy(dropout=0.3), optimizer=RowAdam, max_epochs=3, shows=True)
    assert run(resumed, rows, Schedule(onecycle, 0.1), LoadInitState(checkpoint())) == rates[2:]
    assert_same_weights(resumed.module_, whole.module_)


def test_length_of_the_run_is_fixed_at_its_begin():
    schedule = Schedule(linear, 0.1, first=2)
    schedule.on_train_begin(SimpleNamespace(history=[None] * 5, max_epochs=4))
    assert schedule.n_epochs_ == 7
