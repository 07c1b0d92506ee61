"""What happens between epochs."""

from typing import Any

from skorch.callbacks import Callback

from skrec.engine._stop import StopTraining


class Score(Callback):
    """Record what `function` returns after each epoch under `name`; more is better."""

    def __init__(self, name: str, function: Any) -> None:
        self.name, self.function = name, function

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Score."""
        record(net, self.name, net.strategy.first(lambda: float(self.function())))


def record(net, name, value, *, less_is_better=False):
    """Write `value` into the epoch's record, and, where callbacks of the user look on, whether none was better.

    ``name_best`` is what skorch's `Checkpoint` and `WandbLogger` monitor. Epochs of earlier runs count: a checkpoint of
    theirs is not overwritten by a worse one.
    """
    if getattr(net, "shows", False):
        before = [epoch[name] for epoch in list(net.history)[:-1] if name in epoch]
        sign = -1 if less_is_better else 1
        net.history.record(name + "_best", all(sign * value > sign * other for other in before))
    net.history.record(name, value)


class ReportEpochs(Callback):
    """Tell scikit-learn's callbacks (1.9 and later) of each epoch, and stop when one of them asks for it.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
        Of the running `fit`.
    estimator : estimator
        The one being fitted.
    state : callable
        Returns the fitted attributes as they are now.
    X, y : frame and target
        What `fit` was given, for callbacks that score.
    """

    def __init__(self, context: Any, estimator: Any, state: Any, X: Any = None, y: Any = None) -> None:
        self.context, self.estimator, self.state = context, estimator, state
        self.X, self.y = X, y
        self.task_: Any = None

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        """Open the epoch's task."""
        self.task_ = self.context.subcontext(task_name="epoch")
        self.task_.call_on_fit_task_begin(estimator=self.estimator, X=self.X, y=self.y)

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Close it."""
        if self._end():
            raise StopTraining

    def on_train_end(self, net: Any, **kwargs: Any) -> None:
        """Close the epoch in which another callback, early stopping for one, has ended the run."""
        if self.task_ is not None:
            self._end()

    def _end(self):
        task, self.task_ = self.task_, None
        return task.call_on_fit_task_end(
            estimator=self.estimator, X=self.X, y=self.y, reconstruction_attributes=self.state
        )
