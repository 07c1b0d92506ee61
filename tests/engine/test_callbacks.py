from types import SimpleNamespace

import pytest
from skorch.history import History

from skrec.engine import ReportEpochs, Score, SingleProcess
from skrec.engine._stop import StopTraining


def test_score_is_recorded_under_its_name():
    net, scores = SimpleNamespace(history=History(), strategy=SingleProcess()), iter([1, 0.25])
    score = Score("valid_auc", lambda: next(scores))
    for _ in range(2):
        net.history.new_epoch()
        score.on_epoch_end(net)
    assert net.history[:, "valid_auc"] == [1.0, 0.25]
    assert isinstance(net.history[0, "valid_auc"], float)


class Context:
    """Stands in for scikit-learn's callback context: notes what it is told, stops at epoch `stop_at`."""

    def __init__(self, stop_at=None):
        self.stop_at, self.told = stop_at, []

    def subcontext(self, task_name):
        self.told.append(("new", task_name))
        return self

    def call_on_fit_task_begin(self, estimator, X, y):
        self.told.append(("begin", estimator))

    def call_on_fit_task_end(self, estimator, X, y, reconstruction_attributes):
        self.told.append(("end", estimator, reconstruction_attributes()))
        return len(self.told) == 3 * (self.stop_at or 0)


def test_each_epoch_is_a_task_that_ends_with_what_was_learnt():
    context, learnt = Context(), {}
    report = ReportEpochs(context, "estimator", lambda: dict(learnt))
    for epoch in range(2):
        report.on_epoch_begin(None)
        learnt["epoch_"] = epoch
        report.on_epoch_end(None)
    tasks = [[("new", "epoch"), ("begin", "estimator"), ("end", "estimator", {"epoch_": e})] for e in range(2)]
    assert context.told == tasks[0] + tasks[1]


def test_an_epoch_that_says_stop_ends_the_run():
    report = ReportEpochs(Context(stop_at=2), "estimator", dict)
    report.on_epoch_begin(None)
    report.on_epoch_end(None)
    report.on_epoch_begin(None)
    with pytest.raises(StopTraining):
        report.on_epoch_end(None)
