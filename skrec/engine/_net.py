"""skorch's training loop over whole-batch slices."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import indent
from typing import Any, Self

import numpy as np
import torch
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import ClassifierTags, RegressorTags
from skorch.callbacks import Callback, EpochTimer
from skorch.utils import to_device, to_numpy

from skrec._inputs import Inputs, Pairs
from skrec.data import Numbers
from skrec.engine._callbacks import record
from skrec.engine._checkpoints import MarkedParts
from skrec.engine._closed import closed_form, train_closed
from skrec.engine._rows import Batches
from skrec.engine._shown import ShownRows, plain, shown, with_whole_gradients
from skrec.engine._split_steps import SplitSteps
from skrec.engine._stop import StopTraining, is_stop
from skrec.engine._strategy import SingleProcess
from skrec.engine._threads import limit_threads
from skrec.ops import total_weight

PREDICT_ROWS = 8192  # one chunk of a prediction stays in the processor's cache
OF_BATCHES = ("on_batch_begin", "on_batch_end", "on_grad_computed")  # callbacks' methods


class NotFiniteError(ValueError):
    """Numbers in training have become infinite, or none."""


class Net(MarkedParts):
    """A skorch net that reads `Rows`, penalises embeddings where they are used and keeps epochs lean.

    Parameters
    ----------
    module, criterion, **kwargs
        As in skorch.
    rows_valid : Rows, optional
        Validation rows.
    seed : int, default=0
        Epoch e draws its row order and its dropout from a generator seeded by (seed, e), so that a run
        resumed from a checkpoint goes on as the uninterrupted one would have.
    embedding_l2 : float, default=0.0
        Penalty lambda * sum(w_n r_n |v_n|^2) / sum(w_n) over the lookups n of a batch, with the l2_scale r_n of
        what is looked up: see `FieldEmbedding.learn_l2_scale`.
    unknown_rate : float or tuple of float, default=0.0
        Share of the codes of a training batch that are taken for the unknown code, of all columns or of each.
    autocast : bool, default=False
        Run the dense part of a training step in bfloat16.
    target : Classes or Numbers, optional
        What outputs and targets mean; as they are if not given.
    schema : Schema, optional
        What the columns are, by its `marks`: checkpoints are of it.
    shows : bool, default=False
        Whether callbacks that are not ours look on: their batches have y as `fit` had it, see `shown`, and losses of
        batches are recorded.
    strategy : Strategy, optional
        Where a step runs; in this process alone if not given.
    n_parts : int, default=1
        Into how many parts a batch of a run is split, for as many threads, see `SplitSteps`; on a CPU.
    least_rows : int, default=1
        Rows of a batch that is split.
    """

    # pickled together with the initialised ones, which are the same objects
    cuda_dependent_attributes_ = ["module", "criterion"]  # noqa: RUF012 - skorch's name and type

    target: Any  # Classes or Numbers
    device: str
    optimizer_: Any
    look_on_: Any  # {method: callbacks that have one of their own}, of OF_BATCHES
    split_: Any = None  # SplitSteps while a run lasts whose batches are split
    valid_loss_: float  # of the last epoch, as the net sees the target
    order_: Any  # torch.Generator while a run lasts, None after it
    noise_: Any
    learnt_: Any = None  # parameters of module and criterion while a run lasts
    folded_: Any = ()  # (net,) that takes the module's place in a pass over validation rows

    def __init__(
        self,
        module: Any,
        criterion: Any,
        *,
        rows_valid: Any = None,
        seed: int = 0,
        embedding_l2: float = 0.0,
        unknown_rate: Any = 0.0,
        autocast: bool = False,
        target: Any = None,
        schema: Any = None,
        shows: bool = False,
        strategy: Any = None,
        n_parts: int = 1,
        least_rows: int = 1,
        verbose: int = 0,
        **kwargs: Any,
    ) -> None:
        # skorch's progress bar counts by the last one
        super().__init__(
            module, criterion, train_split=None, verbose=verbose, iterator_valid__batch_size=PREDICT_ROWS, **kwargs
        )
        self.rows_valid, self.seed = rows_valid, seed
        self.embedding_l2, self.unknown_rate, self.autocast = embedding_l2, unknown_rate, autocast
        self.target, self.schema, self.shows = Numbers() if target is None else target, schema, shows
        self.strategy = SingleProcess() if strategy is None else strategy
        self.n_parts, self.least_rows = n_parts, least_rows

    def __repr__(self) -> str:
        """Say what is trained, by what, and how far it has come."""
        if not self.initialized_:
            return f"{type(self).__name__}(not initialized)"
        how = f"{self.criterion_!r}, {type(self.optimizer_).__name__}(lr={self.lr:g})"
        n = len(self.history)
        lines = f"{how}, {n} epoch{'' if n == 1 else 's'}, on {self.device}\n{self.module_!r}"
        return f"{type(self).__name__}(\n{indent(lines, '  ')}\n)"

    @property
    def _default_callbacks(self):
        return [("epoch_timer", EpochTimer())]

    def notify(self, method_name: Any, **kwargs: Any) -> None:
        """Call a method of all callbacks; one that asks to stop at the end of an epoch keeps none from seeing it."""
        if self.shows:
            kwargs = shown(self, kwargs)
            if method_name == "on_grad_computed":
                kwargs["named_parameters"] = with_whole_gradients(kwargs["named_parameters"], self.optimizer_)
        elif method_name in OF_BATCHES:
            for callback in self.look_on_[method_name]:
                getattr(callback, method_name)(self, **kwargs)
            return
        if method_name != "on_epoch_end":
            super().notify(method_name, **kwargs)
            return
        stop = None
        for callback in (self, *(callback for _, callback in self.callbacks_)):
            try:
                callback.on_epoch_end(self, **kwargs)
            except KeyboardInterrupt as error:
                if not is_stop(error):
                    raise
                stop = error
        if self.strategy.agree(float(stop is not None)):
            raise stop or StopTraining

    def get_split_datasets(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Return training and validation rows."""
        return X, self.rows_valid

    def get_iterator(self, dataset: Any, training: bool = False) -> Any:
        """Return shuffled batches for training, consecutive ones otherwise."""
        if training:
            return self.strategy.batches(dataset, self.batch_size, self.order_)
        return Batches(dataset, self.iterator_valid__batch_size)

    def partial_fit(self, X: Any, y: Any = None, classes: Any = None, **fit_params: Any) -> Self:
        """Train; unlike skorch's own, let Ctrl-C through to the caller: only a callback's stop ends a run well."""
        if not self.initialized_:
            self.initialize()
        self.notify("on_train_begin", X=X, y=y)
        try:
            self.fit_loop(X, y, **fit_params)
        except KeyboardInterrupt as error:
            if not is_stop(error):
                raise
        finally:
            self.split_ = self.optimizer_.n_threads = None
        self.notify("on_train_end", X=X, y=y)
        return self

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Make the generators: one for row orders, one on the module's device for dropout."""
        super().on_train_begin(net, X, y, **kwargs)
        # in-batch negatives are of a training batch's rows
        self.iterator_valid__batch_size = (
            self.batch_size if getattr(self.rows_valid, "in_batch", False) else PREDICT_ROWS
        )
        self.look_on_ = {
            name: [each for _, each in self.callbacks_ if getattr(type(each), name) is not getattr(Callback, name)]
            for name in OF_BATCHES
        }
        device = torch.device(self.device)
        self.order_ = torch.Generator()
        self.noise_ = self.order_ if device.type == "cpu" else torch.Generator(device)
        for module in self.module_.modules():
            if hasattr(module, "generator"):
                module.generator = self.noise_
            if self.embedding_l2 and hasattr(module, "learn_l2_scale"):
                module.learn_l2_scale(self._as_learnt(X), self.strategy.total)
        self.learnt_ = [p for _, p in self.get_all_learnable_params()]
        if self.n_parts > 1:
            self.split_ = SplitSteps(self, self.n_parts)

    def _as_learnt(self, rows):
        """Yield inputs and weights of all rows as steps have them: with codes that are taken for unknown."""
        generator = torch.Generator(self.device).manual_seed(self.seed)
        for inputs, (_, weight) in rows.parts(PREDICT_ROWS):
            yield inputs.forgetting(self.unknown_rate, generator) if self.unknown_rate else inputs, weight

    def on_epoch_begin(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **kwargs: Any) -> None:
        """Seed this epoch's draws."""
        super().on_epoch_begin(net, dataset_train, dataset_valid, **kwargs)
        state = np.random.SeedSequence([self.seed, len(self.history), *self.strategy.words]).generate_state(2)
        self.order_.manual_seed(int(state[0]))
        if self.noise_ is not self.order_:
            self.noise_.manual_seed(int(state[1]))
        if self.split_ is not None:
            self.split_.seed(self.seed, len(self.history), *self.strategy.words)

    def infer(self, x: Any, **fit_params: Any) -> Any:
        """Return the module's outputs of shape (B, C), for pairs Scores, in the dtype of the numbers."""
        (module,) = self.folded_ or (self.module_,)
        return self.outputs_of(module, x)

    def outputs_of(self, module, x):
        """Return the outputs of the module, or of a replica."""
        enabled = self.autocast and module.training
        forward = module.contrast if isinstance(x, Pairs) else module
        device = x.numeric.device.type
        if enabled or torch.is_autocast_enabled(device):  # the user's own is not for this net
            with torch.autocast(device, torch.bfloat16, enabled=enabled):
                return forward(x).to(x.numeric.dtype)
        return forward(x).to(x.numeric.dtype)

    def train_step(self, batch: Any, **fit_params: Any) -> Any:
        """Move by one batch, and return its loss and outputs: skorch's step for an optimizer that asks once."""
        self.optimizer_.zero_grad()
        with torch.enable_grad():
            step = self.train_step_single(batch, **fit_params)
            if self.look_on_["on_grad_computed"]:
                named = list(self.get_all_learnable_params())
                self.notify("on_grad_computed", named_parameters=named, batch=batch, training=True)
        self.optimizer_.step()
        return step

    def train_step_single(self, batch: Any, **fit_params: Any) -> Any:
        """Return loss and outputs of one batch, gradients of all processes computed, the embedding penalty's too."""
        if self.embedding_l2:
            weight = batch.target[1]
            decay = weight * (2 * self.embedding_l2 / total_weight(weight))
            batch = batch._replace(inputs=batch.inputs.with_decay(decay))
        if self.unknown_rate:
            batch = batch._replace(inputs=batch.inputs.forgetting(self.unknown_rate, self.noise_))
        self.strategy.fetch(self.module_, batch.inputs)
        if not len(batch.target[0]):  # of a process whose rows are fewer than steps
            step = {"loss": batch.target[1].sum(), "y_pred": batch.target[1][:, None]}
        elif self.split_ is not None and len(batch.target[0]) >= self.least_rows:
            self._set_training(True)
            step = self.split_.step(batch)
        else:
            step = super().train_step_single(batch, **fit_params)
        self.strategy.reduce_gradients(self.learnt_, batch.target[1])
        return step

    def _set_training(self, training=True):
        """Set the mode of module and criterion, where it is another or callbacks may have set it in some part."""
        if self.shows or self.module_.training != training or self.criterion_.training != training:
            super()._set_training(training)

    def run_single_epoch(self, iterator: Any, training: bool, prefix: Any, step_fn: Any, **fit_params: Any) -> None:
        """Run one pass; the loss is read once at its end, so that a GPU never waits for a batch."""
        if iterator is None:
            return
        total = weight = 0.0
        form = closed_form(self, iterator.rows) if training else None
        if form is not None:
            total, weight = train_closed(self, form, iterator)
        limit = 1 if training and self.split_ is not None else None  # the threads of the parts are enough
        with limit_threads(limit), self._folded_for(None if training else iterator.rows):
            batches = iterator if training else self.strategy.evaluated(self.module_, iterator)
            for batch in batches if form is None else ():
                self.notify("on_batch_begin", batch=batch, training=training)
                step = step_fn(batch, **fit_params)
                share = batch.target[1].sum(dtype=torch.float64)
                total, weight = total + step["loss"].detach() * share, weight + share
                if self.shows:
                    self.history.record_batch(prefix + "_loss", float(step["loss"].detach()) * self.target.loss_unit)
                    self.history.record_batch(prefix + "_batch_size", len(batch.target[0]))
                self.notify("on_batch_end", batch=batch, training=training, **step)
        loss = float(self.strategy.agree(total, weight))
        if not np.isfinite(loss):
            raise NotFiniteError(
                f"The {prefix} loss is {loss} in epoch {len(self.history)}; lower lr={self.lr}, "
                "or scale a target of extreme values"
            )
        self.history.record(prefix + "_batch_count", len(iterator))
        record(self, prefix + "_loss", loss * self.target.loss_unit, less_is_better=True)
        if not training:
            self.valid_loss_ = loss
        else:
            self.strategy.keep_equal(self.module_, self.optimizer_)
            self.history.record("lr", self.optimizer_.param_groups[0]["lr"])

    def get_loss(self, y_pred: Any, y_true: Any, X: Any = None, training: bool = False) -> Any:
        """Return the mean loss of a batch, whose target comes with the weights."""
        return self.criterion_(y_pred, y_true)

    def forward_iter(self, X: Any, training: bool = False, device: str = "cpu") -> Iterator[Any]:
        """Yield the outputs of rows, or of one batch's inputs; skorch's scoring callbacks come here."""
        X = X.X if isinstance(X, ShownRows) else X
        one: Any = [(X, None)] if isinstance(X, (Inputs, Pairs)) else None
        for batch in one or self.get_iterator(X, training=training):
            yield to_device(plain(self.evaluation_step(batch, training=training)), device)

    def predict(self, X: Any) -> Any:
        """Return labels or numbers, in the units of the target, as the estimator does, but of Rows."""
        return self.target.predictions(self._outputs_of(X))

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class, of Rows."""
        return self.target.probabilities(self._outputs_of(X))

    def decision_function(self, X: Any) -> Any:
        """Return the logits of Rows."""
        return self.target.decisions(self._outputs_of(X))

    def score(self, X: Any, y: Any) -> Any:
        """Return the accuracy, or of numbers the share of their variance that is explained."""
        return (accuracy_score if self.target.kind == "classifier" else r2_score)(y, self.predict(X))

    @property
    def classes_(self) -> Any:
        """Labels, in a classifier."""
        return self.target.classes

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn's scorers ask for."""
        tags = super().__sklearn_tags__()
        tags.estimator_type = self.target.kind
        if tags.estimator_type == "classifier":
            tags.classifier_tags = ClassifierTags()
        else:
            tags.regressor_tags = RegressorTags()
        return tags

    def _outputs_of(self, X):
        return np.concatenate([to_numpy(part) for part in self.forward_iter(X)])

    @property
    def precision(self) -> Any:
        """Arithmetic of the dense part of a training step: "float32", "bfloat16" or "float64"."""
        dtype = torch.bfloat16 if self.autocast else self.module_.bias.dtype
        return str(dtype).removeprefix("torch.")

    def outputs(self, rows: Any, method: str = "forward") -> Any:
        """Return what a method of the module gives for `rows`, an ndarray of shape (n_rows, C)."""
        if self.module_.training:
            self._set_training(False)
        rows = rows.to(self.device)
        with torch.inference_mode():
            module, size = self.module_, PREDICT_ROWS
            if self._folds_for(rows):
                module, size = module.fold(), PREDICT_ROWS * torch.get_num_threads()  # a row takes little memory
            function = getattr(module, method)
            batches = self.strategy.evaluated(self.module_, Batches(rows, size))
            return torch.cat([function(batch.inputs) for batch in batches]).cpu().numpy()

    def _folds_for(self, rows):
        """Return whether there is a faster net of the same outputs that is worth making for so many rows."""
        module = self.module_
        if not hasattr(module, "fold") or self.strategy.part != (0, 1):
            return False
        return len(rows) * len(module.embedding.starts) >= len(module.embedding.table)

    @contextmanager
    def _folded_for(self, rows):
        """Let that net infer within the block, where nobody looks at the module itself; None is no rows."""
        try:
            if rows is not None and not self.shows and self._folds_for(rows):
                with torch.no_grad():
                    self.folded_ = (self.module_.fold().eval(),)
            yield
        finally:
            self.folded_ = ()

    def release(self, *, keep_optimizer: bool) -> None:
        """Move to the CPU and drop what only training needs, so that a pickle is the size of the weights."""
        self.rows_valid = self.order_ = self.noise_ = self.learnt_ = None
        self.callbacks: Any = None  # they may hold the data, and what does not pickle
        self.callbacks_: list = []
        self.strategy = self.strategy.after_fit()
        self._set_training(False)
        for module in self.module_.modules():
            for name in ("generator", "l2_scale"):
                if hasattr(module, name):
                    setattr(module, name, None)
        if not keep_optimizer:
            self.optimizer_.state.clear()
        self.optimizer_.zero_grad()
        self.module_.cpu()
        self.criterion_.cpu()
        self.device = "cpu"

    def __deepcopy__(self, memo: Any) -> Any:
        """Copy weights, moments and history, without the bytes that skorch makes of them for a pickle."""
        copied = memo[id(self)] = object.__new__(type(self))
        memo[id(self.schema)] = self.schema  # never changes
        copied.__dict__ = copy.deepcopy({**self.__dict__, "split_": None}, memo)
        return copied

    def resume(self) -> None:
        """Move to `device`, the optimizer's state too, ready for more epochs."""
        self.module_.to(self.device)
        self.criterion_.to(self.device)
        for state in self.optimizer_.state.values():
            state.update({key: value.to(self.device) for key, value in state.items() if torch.is_tensor(value)})
