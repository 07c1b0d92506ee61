"""skorch's training loop over whole-batch slices."""

import copy
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import EpochTimer, PrintLog

from skrec.engine._pairs import PairRows, Pairs
from skrec.engine._rows import Batches
from skrec.engine._stop import is_stop

PREDICT_ROWS = 8192  # one chunk of a prediction stays in the processor's cache


class Net(NeuralNet):
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
        Penalty lambda * sum(w_n r_n |v_n|^2) / sum(w_n) over the lookups n of a batch, with the rarity r_n of
        what is looked up: see `FieldEmbedding.learn_rarity`.
    autocast : bool, default=False
        Run the dense part of a training step in bfloat16.
    """

    # pickled together with the initialised ones, which are the same objects
    cuda_dependent_attributes_ = ["module", "criterion"]  # noqa: RUF012 - skorch's name and type

    device: str
    optimizer_: Any
    order_: Any  # torch.Generator while a run lasts, None after it
    noise_: Any

    def __init__(
        self, module, criterion, *, rows_valid=None, seed=0, embedding_l2=0.0, autocast=False, verbose=0, **kwargs
    ):
        super().__init__(module, criterion, train_split=None, verbose=verbose, **kwargs)
        self.rows_valid, self.seed = rows_valid, seed
        self.embedding_l2, self.autocast = embedding_l2, autocast

    @property
    def _default_callbacks(self):
        return [("epoch_timer", EpochTimer()), *([("print_log", PrintLog())] if self.verbose else [])]

    def get_split_datasets(self, X, y=None, **fit_params):
        """Return training and validation rows."""
        return X, self.rows_valid

    def get_iterator(self, dataset, training=False):
        """Return shuffled batches for training, consecutive ones otherwise."""
        if training:
            return Batches(dataset, self.batch_size, self.order_)
        return Batches(dataset, self.batch_size if isinstance(dataset, PairRows) else PREDICT_ROWS)

    def partial_fit(self, X, y=None, classes=None, **fit_params):
        """Train; unlike skorch's own, let Ctrl-C through to the caller: only a callback's stop ends a run well."""
        if not self.initialized_:
            self.initialize()
        self.notify("on_train_begin", X=X, y=y)
        try:
            self.fit_loop(X, y, **fit_params)
        except KeyboardInterrupt as error:
            if not is_stop(error):
                raise
        self.notify("on_train_end", X=X, y=y)
        return self

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        """Make the generators: one for row orders, one on the module's device for dropout."""
        super().on_train_begin(net, X, y, **kwargs)
        device = torch.device(self.device)
        self.order_ = torch.Generator()
        self.noise_ = self.order_ if device.type == "cpu" else torch.Generator(device)
        for module in self.module_.modules():
            if hasattr(module, "generator"):
                module.generator = self.noise_
            if self.embedding_l2 and hasattr(module, "learn_rarity"):
                module.learn_rarity((inputs, weight) for inputs, (_, weight) in X.parts(PREDICT_ROWS))

    def on_epoch_begin(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        """Seed this epoch's draws."""
        super().on_epoch_begin(net, dataset_train, dataset_valid, **kwargs)
        state = np.random.SeedSequence([self.seed, len(self.history)]).generate_state(2)
        self.order_.manual_seed(int(state[0]))
        if self.noise_ is not self.order_:
            self.noise_.manual_seed(int(state[1]))

    def infer(self, x, **fit_params):
        """Return the module's outputs of shape (B, C), for pairs Scores, in the dtype of the numbers."""
        enabled = self.autocast and self.module_.training
        forward = self.module_.contrast if isinstance(x, Pairs) else self.module_
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=enabled):
            return forward(x).to(x.numeric.dtype)

    def train_step_single(self, batch, **fit_params):
        """Return loss and outputs of one batch, gradients computed, the embedding penalty's among them."""
        if self.embedding_l2:
            weight = batch.target[1]
            decay = weight * (2 * self.embedding_l2 / weight.sum())
            batch = batch._replace(inputs=batch.inputs.with_decay(decay))
        return super().train_step_single(batch, **fit_params)

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run one pass; the loss is read once at its end, so that a GPU never waits for a batch."""
        if iterator is None:
            return
        total = weight = 0.0
        for batch in iterator:
            self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch, **fit_params)
            share = batch.target[1].sum(dtype=torch.float64)
            total, weight = total + step["loss"].detach() * share, weight + share
            self.notify("on_batch_end", batch=batch, training=training, **step)
        loss = float(total / weight)
        if not np.isfinite(loss):
            raise ValueError(
                f"The {prefix} loss is {loss} in epoch {len(self.history)}; lower lr={self.lr}, "
                "or scale a target of extreme values"
            )
        self.history.record(prefix + "_batch_count", len(iterator))
        self.history.record(prefix + "_loss", loss)
        if training:
            self.history.record("lr", self.optimizer_.param_groups[0]["lr"])

    def outputs(self, rows, method="forward"):
        """Return what a method of the module gives for `rows`, an ndarray of shape (n_rows, C)."""
        if self.module_.training:
            self._set_training(False)
        rows = rows.to(self.device)
        with torch.inference_mode():
            module, size = self.module_, PREDICT_ROWS
            if hasattr(module, "fold") and len(rows) * len(module.embedding.starts) >= len(module.embedding.table):
                module, size = module.fold(), PREDICT_ROWS * torch.get_num_threads()  # a row takes little memory
            function = getattr(module, method)
            return torch.cat([function(batch.inputs) for batch in Batches(rows, size)]).cpu().numpy()

    def release(self, *, keep_optimizer):
        """Move to the CPU and drop what only training needs, so that a pickle is the size of the weights."""
        self.rows_valid = self.order_ = self.noise_ = None
        self.callbacks, self.callbacks_ = None, []  # they may hold the data, and what does not pickle
        self._set_training(False)
        for module in self.module_.modules():
            for name in ("generator", "rarity"):
                if hasattr(module, name):
                    setattr(module, name, None)
        if not keep_optimizer:
            self.optimizer_.state.clear()
        self.optimizer_.zero_grad()
        self.module_.cpu()
        self.device = "cpu"

    def __deepcopy__(self, memo):
        """Copy weights, moments and history, without the bytes that skorch makes of them for a pickle."""
        copied = memo[id(self)] = object.__new__(type(self))
        copied.__dict__ = copy.deepcopy(self.__dict__, memo)
        return copied

    def resume(self):
        """Move to `device`, the optimizer's state too, ready for more epochs."""
        self.module_.to(self.device)
        for state in self.optimizer_.state.values():
            state.update({key: value.to(self.device) for key, value in state.items() if torch.is_tensor(value)})
