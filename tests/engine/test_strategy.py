import pickle
import threading

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, GradientNormClipping

from skrec.data import CATEGORICAL, Survey
from skrec.engine import RowAdam, Rows, RowSGD, Score, SingleProcess, Stopping
from skrec.engine._optimizers import Slots, is_table, set_touched_rows, sum_duplicates, touched_rows
from skrec.engine._stop import StopTraining
from tests.engine.test_net import Toy, assert_same_weights, make_net, make_rows
from tests.samples import mixed


class InOrder(Rows):
    """Rows that training takes as they come, so that parts of a batch can be dealt out."""

    def batches(self, size, generator=None):
        yield from self.parts(size)


def in_order(rows):
    return InOrder.of(rows.inputs, rows.target, rows.weight)


class Group:
    """Threads that stand for processes: each puts something on the table and sees what all have put."""

    def __init__(self, size):
        self.size, self.table, self.barrier = size, [None] * size, threading.Barrier(size, timeout=60)

    def gather(self, rank, value):
        self.table[rank] = value
        self.barrier.wait()
        values = list(self.table)
        self.barrier.wait()
        return values

    def run(self, function):
        """Return what `function` gives for each rank's strategy."""
        results, errors = [None] * self.size, []

        def work(rank):
            try:
                results[rank] = function(Ranked(self, rank))
            except Exception as error:
                errors.append(error)
                self.barrier.abort()  # the others would wait

        threads = [threading.Thread(target=work, args=(rank,)) for rank in range(self.size)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return results


class Ranked(SingleProcess):
    """One of a Group: a second Strategy in its plainest form."""

    def __init__(self, group, rank):
        self.group, self.rank, self.slots = group, rank, Slots()

    def shard(self, source):
        return source[self.rank :: self.group.size]

    def merge(self, survey):
        first, *others = self.group.gather(self.rank, pickle.dumps(survey))
        whole = pickle.loads(first)
        for other in others:
            whole.merge(pickle.loads(other))
        return whole

    def reduce_gradients(self, parameters, weight):
        own = weight.sum()
        parts = [self._weighted(p, own) for p in parameters]
        weights, gradients = zip(*self.group.gather(self.rank, (own, parts)), strict=True)
        for p, *parts in zip(parameters, *gradients, strict=True):
            if is_table(p):
                rows, sums = (torch.cat(each) for each in zip(*parts, strict=True))
                rows, total = sum_duplicates(rows, sums, self.slots.of(p))
                set_touched_rows(p, rows, total / sum(weights))
            else:
                p.grad = sum(parts) / sum(weights)

    def _weighted(self, p, weight):
        if not is_table(p):
            return p.grad * weight
        rows, total = touched_rows(p, self.slots)
        return rows, total * weight

    def agree(self, total, weight=1.0):
        totals, weights = zip(*self.group.gather(self.rank, (total, weight)), strict=True)
        return sum(totals) / sum(weights)


def train(rows, valid, strategy=None, *, batch_size, callbacks=list, optimizer=RowAdam, **options):
    """Return the net that is trained on `rows`; `callbacks` makes a list of them."""
    net = make_net(
        Toy().double(),
        optimizer=optimizer,
        batch_size=batch_size,
        callbacks=callbacks(),
        rows_valid=valid,
        strategy=strategy,
        **options,
    )
    return net.partial_fit(rows)


def dealt(n_rows, seed=0):
    """Return rows, and the part of them that a strategy deals out."""
    rows = make_rows(n_rows, seed, np.float64)
    return in_order(rows), lambda strategy: in_order(rows.take(torch.as_tensor(strategy.shard(range(n_rows)))))


@pytest.mark.parametrize("optimizer", [RowAdam, RowSGD])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"embedding_l2": 0.1},
        {"callbacks": lambda: [GradientNormClipping(0.05)], "shows": True},
        {"callbacks": lambda: [Stopping("valid_loss", 1, 10.0)], "max_epochs": 9},
    ],
    ids=["plain", "l2", "clipping", "stopping"],
)
def test_two_ranks_with_half_a_batch_each_are_one_process(options, optimizer):
    """Of rows with weights, 19 and 18 of them, so that the last batch is of three and two."""
    options = {"optimizer": optimizer, **options}
    (rows, part), (valid, part_valid) = dealt(37), dealt(11, seed=1)
    whole = train(rows, valid, batch_size=8, **options)
    first, second = Group(2).run(lambda rank: train(part(rank), part_valid(rank), rank, batch_size=4, **options))
    assert_same_weights(first.module_, second.module_)
    for p, expected in zip(first.module_.parameters(), whole.module_.parameters(), strict=True):
        torch.testing.assert_close(p, expected, rtol=1e-12, atol=1e-12)
    for name in ("train_loss", "valid_loss"):
        assert first.history[:, name] == second.history[:, name] == pytest.approx(whole.history[:, name], rel=1e-12)
    if "max_epochs" in options:
        assert len(first.history) == len(whole.history) == 2


class StopAt(Callback):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            raise StopTraining


def test_all_stop_where_a_callback_of_one_does():
    _, part = dealt(8)

    def work(strategy):
        stop = StopAt(2 if strategy.rank == 1 else 9)
        return train(part(strategy), None, strategy, batch_size=4, callbacks=lambda: [stop], max_epochs=5)

    assert [len(net.history) for net in Group(2).run(work)] == [2, 2]


def test_a_merged_survey_has_learnt_of_all_rows():
    frame = mixed(60)[["item"]]
    whole = Survey({"item": CATEGORICAL}).add(frame).result()
    for schema in Group(2).run(lambda rank: rank.merge(Survey({"item": CATEGORICAL}).add(rank.shard(frame))).result()):
        assert list(schema.vocabularies[0].values) == list(whole.vocabularies[0].values)


class Noted(SingleProcess):
    """Notes when it is asked."""

    def __init__(self):
        self.calls = []

    def first(self, value):
        self.calls.append(("first", value()))
        return value()

    def reduce_gradients(self, parameters, weight):
        assert all(p.grad is not None for p in parameters)
        self.calls.append(("reduce", len(weight)))

    def agree(self, total, weight=1.0):
        self.calls.append(("agree", round(float(total / weight), 6)))
        return total / weight


class NoteGradients(Callback):
    def on_grad_computed(self, net, named_parameters, **kwargs):
        net.strategy.calls.append("seen")


@pytest.mark.parametrize("stop", [0.0, 1.0])
def test_a_strategy_is_asked_in_this_order(stop):
    strategy, valid = Noted(), make_rows(11, seed=1)
    callbacks = [NoteGradients(), Score("valid_score", lambda: 0.25), StopAt(1 if stop else 2)]
    net = make_net(rows_valid=valid, strategy=strategy, callbacks=callbacks, batch_size=20, max_epochs=1)
    net.optimizer_.register_step_post_hook(lambda *_: strategy.calls.append("moved"))
    net.partial_fit(make_rows())
    losses = [("agree", round(net.history[0, name], 6)) for name in ("train_loss", "valid_loss")]
    steps = [step for n_rows in (20, 17) for step in (("reduce", n_rows), "seen", "moved")]
    assert strategy.calls == [*steps, *losses, ("first", 0.25), ("agree", stop)]


def test_a_single_process_has_nothing_to_do():
    strategy, source, survey = SingleProcess(), object(), object()
    assert strategy.shard(source) is source
    assert strategy.merge(survey) is survey
    assert strategy.agree(0.1) == 0.1
    assert strategy.agree(torch.tensor(3.0), torch.tensor(2.0)) == 1.5
    net = make_net()
    net.on_train_begin(net, make_rows())
    net.train_step_single(make_rows()[:5])
    parameters = list(net.module_.parameters())
    before = [p.grad for p in parameters]
    strategy.reduce_gradients(parameters, torch.ones(5))
    assert all(p.grad is gradient for p, gradient in zip(parameters, before, strict=True))


def test_a_trained_net_is_an_ordinary_one():
    net = make_net(strategy=Noted(), max_epochs=1).partial_fit(make_rows())
    net.release(keep_optimizer=True)
    assert type(pickle.loads(pickle.dumps(net)).strategy) is SingleProcess
