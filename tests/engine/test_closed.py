"""Compiled steps against the steps of torch: weights, moments, counts of steps and losses."""

import signal
from threading import current_thread, main_thread

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skorch.callbacks import Callback

from skrec import FFMClassifier, FMClassifier, FMRegressor, LRClassifier, MFRegressor
from skrec.data import Ragged, Table
from skrec.engine import SCHEDULES, Net, NotFiniteError, RowAdagrad, RowAdam, Rows, RowSGD, Schedule, StreamedRows
from skrec.engine import _closed as closed
from skrec.engine._closed import _train
from skrec.engine._closed._pace import Pace
from skrec.engine._strategy import SingleProcess
from skrec.estimators._base import _training
from skrec.losses import WeightedLoss, binary_cross_entropy, squared_error
from skrec.nets import FFM, FM, LR, MF
from skrec.nets.layers import Fields, NumericEmbedding

pytestmark = pytest.mark.needs_numba

SIZES = (9, 40, 3)
OPTIMIZERS = (RowAdam, RowAdagrad, RowSGD)
LR_ = 0.05


def make_rows(n_rows, n_fields=3, n_numeric=2, *, dtype=np.float64, binary=True, weighted=True, seed=0):
    """Rows with codes of unknown values, many alike, some of no weight: the first batches of them whole."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, size, n_rows) for size in SIZES[:n_fields]], 1).astype(np.int32)
    y = rng.integers(0, 2, n_rows) if binary else rng.normal(size=n_rows).astype(dtype)
    weight = rng.uniform(0.1, 3, n_rows) * (rng.random(n_rows) > 0.3) if weighted else None
    return Rows(Table(codes, rng.normal(size=(n_rows, n_numeric)).astype(dtype), ()), y, weight)


def make_module(kind, *, n_fields=3, n_numeric=2, width=10, dtype=torch.float64, y_range=None, bent=False):
    edges = ((-1.0, -0.5, 0.0, 2.0), (0.5,), (-0.25, 0.25), *[()] * n_numeric)[:n_numeric]  # one has no bins
    centres = ((0.75, 0.5, 0.25), (), (0.4,), *[()] * n_numeric)[:n_numeric]
    embedding = NumericEmbedding("bent", edges, centres) if bent else None
    fields = Fields(tuple(range(n_fields)), SIZES[:n_fields], n_numeric=n_numeric, numeric_embedding=embedding)
    generator = torch.Generator().manual_seed(0)
    further = {FM: {"embedding_dim": width}, LR: {}, MF: {"embedding_dim": width, "y_range": y_range}}
    return kind(fields, generator=generator, **further.get(kind, further[FM])).to(dtype)


def make_net(module, *, compiled=True, binary=True, decay=0.0, scheduled=False, **options):
    options = {"optimizer": RowAdam, "batch_size": 16, "max_epochs": 2, "lr": LR_, **options}
    callbacks = [*options.pop("callbacks", ()), *([Schedule(SCHEDULES["onecycle"], LR_)] if scheduled else [])]
    loss = WeightedLoss(binary_cross_entropy if binary else squared_error)
    net = Net(module, loss, callbacks=callbacks, **options).initialize()
    net.optimizer_.compiled = compiled
    net.optimizer_.param_groups[0]["weight_decay"] = decay
    return net


@pytest.fixture
def small_parts(monkeypatch):
    """Let two threads share the smallest batches."""
    monkeypatch.setattr(_train, "_NUMBERS_A_PART", 1)


@pytest.fixture
def two_threads(small_parts):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def assert_same_training(one, other, tolerance):
    """Two nets have learnt the same, and can go on the same way."""
    for p, q in zip(one.module_.parameters(), other.module_.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=tolerance, atol=tolerance)
        states = one.optimizer_.state[p], other.optimizer_.state[q]
        assert [(name, type(value)) for name, value in states[0].items()] == [
            (name, type(value)) for name, value in states[1].items()
        ]
        for name, value in states[0].items():
            found = torch.as_tensor(states[1][name])
            torch.testing.assert_close(torch.as_tensor(value), found, rtol=tolerance, atol=tolerance)
    for key in ("train_loss", "lr"):
        of_both = one.history[:, key], other.history[:, key]  # a float32 loss of near zero has no relative precision
        np.testing.assert_allclose(*of_both, rtol=max(tolerance, 1e-9), atol=tolerance / 10)


@given(
    kind=st.sampled_from([FM, LR, MF, FFM]),
    bent=st.booleans(),
    optimizer=st.sampled_from(OPTIMIZERS),
    double=st.booleans(),
    binary=st.booleans(),
    weighted=st.booleans(),
    penalty=st.sampled_from([0.0, 0.1]),
    decay=st.sampled_from([0.0, 0.2]),
    scheduled=st.booleans(),
    n_rows=st.integers(1, 90),
    width=st.sampled_from([1, 7, 8, 19]),
    n_threads=st.integers(1, 3),
)
@settings(max_examples=60, deadline=None)
def test_steps_are_those_of_torch(
    kind, bent, optimizer, double, binary, weighted, penalty, decay, scheduled, n_rows, width, n_threads
):
    shape = {"n_fields": 2, "n_numeric": 0} if kind is MF else {"n_numeric": 3}
    of_module = {} if kind is MF else {"bent": bent}
    dtypes = (np.float64, torch.float64) if double else (np.float32, torch.float32)
    rows = make_rows(n_rows, **shape, dtype=dtypes[0], binary=binary, weighted=weighted)
    if not rows.weight.any():
        return
    trained, before = [], (torch.get_num_threads(), _train._NUMBERS_A_PART)
    _train._NUMBERS_A_PART = 1
    torch.set_num_threads(n_threads)
    try:
        for compiled in (False, True):
            y_range = None if binary else (-4, 5)
            module = make_module(kind, **shape, **of_module, width=width, dtype=dtypes[1], y_range=y_range)
            # of a gradient that is rounding alone, Adam and Adagrad make whole steps, unless eps is larger
            options = {} if optimizer is RowSGD else {"optimizer__eps": 1e-4}
            options |= {"optimizer": optimizer, "binary": binary, "embedding_l2": penalty, "decay": decay}
            net = make_net(module, compiled=compiled, scheduled=scheduled, **options)
            net.partial_fit(rows)
            net.partial_fit(rows)  # goes on with moments that are there
            trained.append(net)
    finally:
        torch.set_num_threads(before[0])
        _train._NUMBERS_A_PART = before[1]
    assert_same_training(*trained, tolerance=1e-10 if double else 3e-5)


def test_streams_are_learnt_window_by_window(monkeypatch):
    monkeypatch.setattr("skrec.engine._streamed.WINDOW_ROWS", 64)
    rows = make_rows(300)
    parts = [rows.take(slice(start, start + 50)) for start in range(0, 300, 50)]
    trained = []
    for compiled in (False, True):
        net = make_net(make_module(FM), compiled=compiled)
        net.partial_fit(StreamedRows(lambda order: (parts[i] for i in order), 6, 300))
        trained.append(net)
    assert_same_training(*trained, tolerance=1e-10)


def test_the_same_bits_for_a_number_of_threads(two_threads):
    """Whether two threads come or one does all the parts."""

    def weights(together=None):
        net = make_net(make_module(FM, dtype=torch.float32), batch_size=300, max_epochs=20)
        net.partial_fit(make_rows(2000, dtype=np.float32))
        return [p.detach().clone() for p in net.module_.parameters()]

    first = weights()
    for _ in range(3):
        assert all(map(torch.equal, weights(), first))
    with pytest.MonkeyPatch.context() as patch:
        from skrec.engine._kernels import closed as kernels

        patch.setattr(kernels, "together", lambda function, calls, n_threads: function(*calls[0]))
        assert all(map(torch.equal, weights(), first))


def take(pace, times, n_calls):
    """Let a number of threads take `times` seconds a step, the first one much longer; return how many each took."""
    taken, seen = dict.fromkeys(times, 0), set()
    for _ in range(n_calls):
        n_threads, n_steps = pace.next()
        taken[n_threads] += n_steps
        pace.note(n_threads, n_steps, times[n_threads] * (n_steps + 99 * (n_threads not in seen)))
        seen.add(n_threads)
    return taken


@pytest.mark.parametrize("best", [1, 2])
def test_the_faster_number_of_threads_takes_the_steps(best):
    """Although the first step of each is slow, and also when another number has become the faster one."""
    pace = Pace(2)
    taken = take(pace, {1: 1e-3, 2: 6e-4 if best == 2 else 1.5e-3}, 40)
    assert taken[best] > 0.85 * sum(taken.values())
    slower_now = {best: 4e-3, 3 - best: 1e-3}
    take(pace, slower_now, 40)  # until it has noticed
    taken = take(pace, slower_now, 40)
    assert taken[3 - best] > 0.85 * sum(taken.values())


def test_one_thread_alone_is_not_compared():
    pace = Pace(1)
    assert take(pace, {1: 1e-3}, 5) == {1: 1 + 1 + 3 * 30}


def is_closed(net, rows=None):
    net.initialize_callbacks()
    return closed.closed_form(net, make_rows(20) if rows is None else rows) is not None


class Watches(Callback):
    def on_batch_end(self, net, **kwargs):
        pass


class Mine(FM):
    def forward(self, inputs):
        return 2 * super().forward(inputs)


class Elsewhere(SingleProcess):
    pass


def rows_with_lists():
    table = Table(np.ones((4, 2), np.int32), np.ones((4, 2)), (Ragged(np.ones(4, np.int32), np.arange(5)),))
    return Rows(table, np.zeros(4))


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({"compiled": False}, None),
        ({"shows": True}, None),
        ({"autocast": True}, None),
        ({"callbacks": [Watches()]}, None),
        ({"strategy": Elsewhere()}, None),
        ({"optimizer": torch.optim.SGD}, None),
        ({"optimizer": RowSGD, "optimizer__momentum": 0.5}, None),
        ({}, rows_with_lists()),
    ],
)
def test_what_is_not_known_is_left_to_torch(options, rows):
    assert is_closed(make_net(make_module(FM)))
    assert not is_closed(make_net(make_module(FM), **options), rows)


def test_nets_that_are_not_known_are_left_to_torch():
    frozen, mine = make_module(FM), make_module(FM)
    frozen.bias.requires_grad_(False)
    mine.__class__ = Mine
    several = FM(Fields((0,), (9,)), n_outputs=3)
    cosine = MF(Fields((0, 1), (9, 40)), cosine=True)
    assert not any(is_closed(make_net(module)) for module in (frozen, mine, several, cosine))
    ours = make_net(make_module(FM))
    ours.criterion_.loss = lambda outputs, y: squared_error(outputs, y)
    assert not is_closed(ours)


@pytest.mark.parametrize("binary", [True, False])
def test_what_is_not_finite_is_an_error(binary):
    net = make_net(make_module(FM), binary=binary, optimizer=RowSGD, lr=1e200, max_epochs=5)
    with pytest.raises(NotFiniteError, match=r"The train loss is (nan|inf) in epoch \d; lower lr"):
        net.partial_fit(make_rows(60, binary=binary))


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer")
def test_an_interrupt_is_heard_within_an_epoch():
    assert current_thread() is main_thread()
    net = make_net(make_module(FM, dtype=torch.float32), batch_size=8, max_epochs=1)
    rows = make_rows(2_000_000, dtype=np.float32, weighted=False)
    net.partial_fit(rows.take(slice(0, 100)))
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            net.partial_fit(rows)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(net.history) == 2  # in the only epoch of the second run


@pytest.mark.parametrize("cls", [FFMClassifier, FMClassifier, FMRegressor, LRClassifier, MFRegressor])
@pytest.mark.parametrize("limit", ["COMPILED_LOOKUPS", "COMPILED_STEPS"])
def test_estimators_learn_the_same(cls, limit, monkeypatch):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 30, (2000, 2))
    X = codes.astype(np.float64)
    y = (codes[:, 0] % 3 == codes[:, 1] % 2).astype(int)
    found = []
    for least in (np.inf, 0):
        monkeypatch.setattr(_training, limit, least)
        columns = {} if cls is MFRegressor else {"categorical_features": [0, 1]}
        model = cls(max_epochs=3, random_state=0, lr_schedule="cosine", **columns).fit(X, y)
        found.append(model.predict_proba(X)[:, 1] if hasattr(model, "predict_proba") else model.predict(X))
    np.testing.assert_allclose(*found, rtol=1e-9)
