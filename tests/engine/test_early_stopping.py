from types import SimpleNamespace

import pytest
import torch
from skorch.history import History

from skrec.engine import Stopping
from skrec.engine._stop import StopTraining


def epochs(values, *, patience=2, tol=0.0, monitor="valid_score"):
    """Return the epochs run until the stop, and the best; weights of module and criterion are an epoch's number."""
    module, criterion = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    net = SimpleNamespace(history=History(), module_=module, criterion_=criterion, verbose=0)
    stopping = Stopping(monitor, patience, tol)
    stopping.on_train_begin(net)
    for epoch, value in enumerate(values, 1):
        net.history.new_epoch()
        net.history.record("epoch", epoch)
        net.history.record(monitor, value * 1000)  # in other units, which a loss is not watched in
        net.valid_loss_ = value
        for part in (module, criterion):
            torch.nn.init.constant_(part.weight, epoch)
        try:
            stopping.on_epoch_end(net)
        except StopTraining:
            break
    stopping.on_train_end(net)
    assert module.weight.item() == criterion.weight.item() == stopping.best_epoch_
    return epoch, stopping.best_epoch_


@pytest.mark.parametrize("monitor", ["valid_score", "valid_loss"])
def test_stops_after_epochs_that_are_no_better_and_goes_back(monitor):
    sign = -1 if monitor == "valid_loss" else 1
    values = [sign * value for value in (1, 3, 2, 4, 4, 4, 5)]
    assert epochs(values, monitor=monitor) == (6, 4)


def test_less_than_tol_is_no_improvement():
    assert epochs([1.0, 1.0005, 1.0009, 9], tol=1.0) == (3, 1)
    assert epochs([1.0, 0.9, 0.8, 0.7], tol=0.15, monitor="valid_loss") == (4, 3)


def test_runs_to_the_end_where_it_gets_better():
    assert epochs([1, 2, 3]) == (3, 3)
