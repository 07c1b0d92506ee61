import copy
import io
import os
import pickle
import subprocess
import sys
import threading
import weakref

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.optimizer import register_optimizer_step_post_hook

from skrec.engine._optimizers import RowAdagrad, RowAdam, RowSGD, Slots, _tables, touched_rows
from skrec.ops import embedding_lookup

DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
KINDS = {
    "adam": (RowAdam, torch.optim.Adam, {}),
    "adagrad": (RowAdagrad, torch.optim.Adagrad, {"initial_accumulator_value": 0.1}),
    "sgd": (RowSGD, torch.optim.SGD, {}),
    "momentum": (RowSGD, torch.optim.SGD, {"momentum": 0.9}),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
every_path = pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.needs_numba)])
every_device = pytest.mark.parametrize("device", DEVICES)


def make_model(n_rows=50, width=3, *, dtype=torch.float32, device="cpu"):
    """A table and two dense parameters, a matrix and a vector."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(n_rows, width), (width, 2), (2,)]
    values = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    return [torch.nn.Parameter(value.to(device, dtype)) for value in values]


def make_optimizer(kind, parameters, **options):
    row_class, _, defaults = KINDS[kind]
    return row_class(parameters, lr=0.1, **defaults, **options)


def make_batches(n_batches=6, shape=(8, 4), n_rows=50, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(n_rows, shape, generator=generator) for _ in range(n_batches)]


def loss_of(parameters, ids, gather=embedding_lookup):
    table, matrix, vector = parameters
    return (gather(table, ids.to(table.device)).sum(1) @ matrix + vector).tanh().square().sum()


def train(parameters, optimizer, batches, gather=embedding_lookup):
    for ids in batches:
        optimizer.zero_grad()
        loss_of(parameters, ids, gather).backward()
        optimizer.step()
    return parameters


def moments_of(optimizer, p):
    names = ("exp_avg", "exp_avg_sq", "sum", "momentum_buffer")
    return [optimizer.state[p][name] for name in names if optimizer.state[p].get(name) is not None]


def assert_same(left, right, **tolerance):
    for a, b in zip(left, right, strict=True):
        torch.testing.assert_close(a, b, **(tolerance or {"rtol": 0, "atol": 0}))


@every_device
@every_path
@every_kind
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_is_torchs_optimizer_where_every_row_is_touched(kind, compiled, device, dtype):
    batches = [torch.cat([torch.arange(50).view(-1, 2), ids.view(-1, 2)]) for ids in make_batches()]
    rows, dense = make_model(dtype=dtype, device=device), make_model(dtype=dtype, device=device)
    _, torch_class, defaults = KINDS[kind]
    optimizer, reference = make_optimizer(kind, rows, compiled=compiled), torch_class(dense, lr=0.1, **defaults)
    train(rows, optimizer, batches)
    train(dense, reference, batches, gather=lambda table, ids: table[ids])
    tolerance = {"rtol": 1e-9, "atol": 1e-9} if dtype == torch.float64 else {"rtol": 1e-4, "atol": 1e-4}
    assert_same(rows, dense, **tolerance)
    assert_same(moments_of(optimizer, rows[0]), moments_of(reference, dense[0]), **tolerance)


@every_device
@every_path
@every_kind
def test_untouched_rows_and_their_moments_stay(kind, compiled, device):
    parameters = make_model(device=device)
    optimizer = make_optimizer(kind, parameters, compiled=compiled)
    train(parameters, optimizer, make_batches())
    table = parameters[0]
    before = [x.detach().clone() for x in (table, *moments_of(optimizer, table))]
    train(parameters, optimizer, [torch.tensor([[3, 3], [7, 3]])])
    touched = torch.zeros(50, dtype=torch.bool, device=device)
    touched[[3, 7]] = True
    for old, new in zip(before, (table, *moments_of(optimizer, table)), strict=True):
        assert torch.equal((old != new).any(1), touched)


@every_path
def test_bias_correction_counts_every_step(compiled):
    table = torch.nn.Parameter(torch.zeros(4, 1, dtype=torch.float64))
    optimizer = RowAdam([table], lr=0.1, compiled=compiled)
    for row in (0, 0, 2):
        optimizer.zero_grad()
        embedding_lookup(table, torch.tensor([[row]])).sum().backward()
        optimizer.step()
    # row 2 in step 3: m = .1, v = .001
    expected = -0.1 * (0.1 / (1 - 0.9**3)) / ((0.001 / (1 - 0.999**3)) ** 0.5 + 1e-8)
    assert table[2].item() == pytest.approx(expected, rel=1e-9)
    assert not table[1].any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@every_kind
@given(
    width=st.integers(1, 40),
    n_rows=st.integers(1, 60),
    n_ids=st.integers(1, 200),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=15, deadline=None)
def test_compiled_and_torch_paths_agree(kind, dtype, width, n_rows, n_ids, seed):
    generator = torch.Generator().manual_seed(seed)
    gradients = [
        torch.sparse_coo_tensor(
            torch.randint(n_rows, (1, n_ids), generator=generator),
            torch.randn(n_ids, width, generator=generator, dtype=dtype),
            (n_rows, width),
            check_invariants=False,
        )
        for _ in range(3)
    ]
    results = []
    for compiled in (False, True):
        table = torch.nn.Parameter(torch.ones(n_rows, width, dtype=dtype))
        optimizer = make_optimizer(kind, [table], compiled=compiled)
        for gradient in gradients:
            table.grad = gradient
            optimizer.step()
        results.append([table.detach(), *moments_of(optimizer, table)])
    tolerance = 1e-10 if dtype == torch.float64 else 1e-4
    assert_same(*results, rtol=tolerance, atol=tolerance)


@every_device
@every_path
@every_kind
def test_nan_spreads(kind, compiled, device):
    table = torch.nn.Parameter(torch.ones(5, 3, device=device))
    optimizer = make_optimizer(kind, [table], compiled=compiled)
    (embedding_lookup(table, torch.tensor([[1, 2]], device=device)) * float("nan")).sum().backward()
    optimizer.step()
    assert torch.equal(table.isnan().all(1), torch.tensor([False, True, True, False, False], device=device))


@pytest.fixture
def set_threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def train_large(kind="adam", seed=0, n_rows=3000):
    """Batches that are large enough for three threads."""
    table = torch.nn.Parameter(torch.zeros(n_rows, 5))
    optimizer = make_optimizer(kind, [table], compiled=True)
    generator = torch.Generator().manual_seed(seed)
    for ids in make_batches(4, (1300, 20), n_rows, seed):
        values = torch.randn(ids.numel(), 5, generator=generator)
        table.grad = torch.sparse_coo_tensor(ids.view(1, -1), values, table.shape, check_invariants=False)
        optimizer.step()
    return [table.detach(), *moments_of(optimizer, table)]


@every_kind
def test_any_number_of_threads_gives_the_same_bits(kind, set_threads):
    set_threads(1)
    alone = train_large(kind)
    for n_threads in (2, 3, 16):
        set_threads(n_threads)
        assert_same(train_large(kind), alone)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_two_python_threads_train_at_once(n_threads, set_threads):
    alone, found = [train_large(seed=seed) for seed in range(2)], {}
    set_threads(n_threads)

    def work(seed):
        found[seed] = [train_large(seed=seed) for _ in range(5)]

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for seed in range(2):
        for result in found[seed]:
            assert_same(result, alone[seed])


FORK = """
import os
import numpy as np
from skrec.engine._kernels.rows import SGD, update_rows

def move():
    table, ids = np.zeros((10, 2)), np.arange(20_000) % 10
    update_rows(2, SGD, ids, np.ones((20_000, 2)), table, [], (1.0, 0.0), np.zeros(10, np.int32))
    return (table == -2000).all()

assert move()
child = os.fork()
if child == 0:
    os._exit(0 if move() else 1)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.needs_numba
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_has_threads_of_its_own():
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=60)


@every_device
@every_path
@every_kind
@pytest.mark.parametrize("way", ["state_dict", "pickle"])
def test_continues_from_what_was_saved(kind, compiled, device, way):
    parameters = make_model(device=device)
    optimizer = make_optimizer(kind, parameters, compiled=compiled, weight_decay=0.1)
    train(parameters, optimizer, make_batches(4))
    if way == "pickle":
        copied, other = pickle.loads(pickle.dumps((parameters, optimizer)))
        assert other.compiled is compiled
    else:
        copied = copy.deepcopy(parameters)
        other = make_optimizer(kind, copied, compiled=compiled)
        buffer = io.BytesIO()
        torch.save(optimizer.state_dict(), buffer)
        buffer.seek(0)
        other.load_state_dict(torch.load(buffer))
    train(parameters, optimizer, make_batches(3, seed=1))
    train(copied, other, make_batches(3, seed=1))
    assert_same(parameters, copied)
    for p, q in zip(parameters, copied, strict=True):
        assert_same(moments_of(optimizer, p), moments_of(other, q))


@every_path
def test_scratch_is_not_saved(compiled):
    table = torch.nn.Parameter(torch.zeros(20_000, 1))
    optimizer = RowSGD([table], lr=0.1, compiled=compiled)
    embedding_lookup(table, torch.tensor([[1, 2]])).sum().backward()
    optimizer.step()
    table.grad = None
    assert optimizer.state_dict()["state"] in ({}, {0: {}})
    assert len(pickle.dumps(optimizer)) < len(pickle.dumps(table)) + 5_000


@every_device
@every_path
@every_kind
def test_weight_decay_is_decoupled_and_of_dense_matrices_only(kind, compiled, device):
    plain, decayed = make_model(device=device), make_model(device=device)
    train(plain, make_optimizer(kind, plain, compiled=compiled), make_batches(1))
    optimizer = make_optimizer(kind, decayed, compiled=compiled, weight_decay=0.5)
    train(decayed, optimizer, make_batches(1))
    start = make_model(device=device)[1]
    assert_same([decayed[0], decayed[2]], [plain[0], plain[2]])
    torch.testing.assert_close(decayed[1], plain[1] - 0.1 * 0.5 * start)
    assert optimizer.param_groups[0]["weight_decay"] == 0.5


def test_a_dense_gradient_of_a_table_is_torchs():
    rows, dense = make_model(), make_model()
    train(rows, RowAdam(rows, lr=0.1), make_batches(), gather=lambda table, ids: table[ids])
    train(dense, torch.optim.Adam(dense, lr=0.1), make_batches(), gather=lambda table, ids: table[ids])
    assert_same(rows, dense, rtol=1e-5, atol=1e-6)


@every_path
@pytest.mark.parametrize("kind", ["adam", "sgd"])
def test_one_cycle_drives_the_rate(kind, compiled):
    table = torch.nn.Parameter(torch.zeros(9, 1))
    optimizer = make_optimizer(kind, [table], compiled=compiled)
    schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=20)
    (group,) = optimizer.param_groups
    rates, momenta, moved = [], [], []
    for row in range(5):
        optimizer.zero_grad()
        embedding_lookup(table, torch.tensor([[row]])).sum().backward()
        rates.append(group["lr"])
        momenta.append(group["betas"][0] if kind == "adam" else group["momentum"])
        optimizer.step()
        moved.append(-table[row].item())
        schedule.step()
    assert rates == sorted(set(rates))
    assert momenta == sorted(set(momenta), reverse=True)
    if kind == "adam":  # of a row's first touch, in step t
        scales = [(0.001 / (1 - 0.999**t)) ** 0.5 * (1 - b**t) / (1 - b) for t, b in enumerate(momenta, start=1)]
        rates = [rate / scale for rate, scale in zip(rates, scales, strict=True)]
    assert moved == pytest.approx(rates, rel=1e-5)


def test_closure_runs_once_and_its_loss_comes_back():
    parameters, calls = make_model(), []
    optimizer = RowAdam(parameters, lr=0.1)

    def closure():
        calls.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = loss_of(parameters, make_batches(1)[0])
        loss.backward()
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
    assert calls == [True]
    assert loss.item() > 0
    assert parameters[0].grad.is_sparse  # what step took aside is back


def test_hooks_run_once():
    torch.optim.Adam(make_model())  # torch wraps the class's step when it makes one
    parameters, calls = make_model(), []
    optimizer = RowAdam(parameters, lr=0.1)
    optimizer.register_step_pre_hook(lambda *_: calls.append("before"))
    optimizer.register_step_post_hook(lambda *_: calls.append("after"))
    handle = register_optimizer_step_post_hook(lambda who, *_: calls.append(type(who)))
    train(parameters, optimizer, make_batches(1))
    handle.remove()
    assert calls == ["before", "after", RowAdam]


@every_kind
def test_groups_and_state_are_those_of_torchs_optimizer(kind):
    parameters = make_model()
    _, torch_class, defaults = KINDS[kind]
    reference = torch_class(parameters, lr=0.1, **defaults)
    train(parameters, reference, make_batches(1), gather=lambda table, ids: table[ids])
    optimizer = make_optimizer(kind, parameters)
    train(parameters, optimizer, make_batches(1))
    (group,), (expected,) = optimizer.state_dict()["param_groups"], reference.state_dict()["param_groups"]
    assert group == {**expected, "fused": True}
    ours, theirs = (
        [{name for name, value in state.items() if value is not None} for state in one.state.values()]
        for one in (optimizer, reference)
    )
    assert list(filter(None, ours)) == list(filter(None, theirs))


@every_kind
def test_state_of_a_torch_with_fewer_options_is_taken(kind):
    """Groups of a checkpoint replace the optimizer's; what they lack has torch's default."""
    ways = []
    for options in ([], ["maximize", "differentiable", "decoupled_weight_decay", "foreach"]):
        parameters = make_model()
        optimizer = make_optimizer(kind, parameters)
        train(parameters, optimizer, make_batches(2))
        saved = optimizer.state_dict()
        for option in options:
            saved["param_groups"][0].pop(option, None)
        optimizer.load_state_dict(saved)
        ways.append(train(parameters, optimizer, make_batches(2, seed=1)))
    assert_same(*ways)


def test_nothing_of_a_step_is_kept_by_the_parts():
    parameters = make_model()
    optimizer = RowAdam(parameters, lr=0.1)
    train(parameters, optimizer, make_batches(1))
    moments = weakref.ref(optimizer.state[parameters[1]]["exp_avg"])
    optimizer.state.clear()
    assert moments() is None


def test_an_added_group_is_moved_as_the_first():
    table, matrix, vector = parameters = make_model()
    whole, added = make_model(), RowAdam([table, matrix], lr=0.1)
    added.add_param_group({"params": [vector]})
    train(whole, RowAdam(whole, lr=0.1), make_batches())
    train(parameters, added, make_batches())
    assert_same(parameters, whole)


@pytest.mark.parametrize("name", ["lr", "weight_decay"])
@every_kind
def test_options_are_checked_by_torch(kind, name):
    with pytest.raises(ValueError, match="Invalid"):
        KINDS[kind][0](make_model(), **{name: -1.0})


@every_path
def test_groups_keep_their_rates(compiled):
    table, matrix, vector = parameters = make_model()
    start = [p.detach().clone() for p in parameters]
    groups = [{"params": [table], "lr": 0.0}, {"params": [matrix, vector]}]
    train(parameters, RowAdam(groups, lr=0.1, compiled=compiled), make_batches(2))
    assert torch.equal(table, start[0])
    assert not torch.equal(matrix, start[1])


def test_a_batch_that_looks_nothing_up_touches_no_row():
    p = torch.nn.Parameter(torch.ones(5, 2))
    embedding_lookup(p, torch.empty(0, 3, dtype=torch.int64)).sum().backward()
    rows, total = touched_rows(p, Slots())
    assert rows.shape == (0,)
    assert total.shape == (0, 2)
    optimizer = RowAdam([p], lr=0.1)
    optimizer.merge_gradient(p)
    optimizer.step()
    assert torch.equal(p, torch.ones(5, 2))
    assert not optimizer.state[p]  # no step of it is counted
    p.in_parts = True  # other rows of it, in another process, have moved
    optimizer.step()
    assert torch.equal(p, torch.ones(5, 2))
    assert optimizer.state[p]["step"] == 1


@every_path
@every_kind
def test_a_step_of_merged_gradients_is_the_step(kind, compiled):
    plain, merged = make_model(dtype=torch.float64), make_model(dtype=torch.float64)
    optimizers = [make_optimizer(kind, parameters, compiled=compiled) for parameters in (plain, merged)]
    for ids in make_batches():
        for parameters, optimizer in zip((plain, merged), optimizers, strict=True):
            optimizer.zero_grad()
            loss_of(parameters, ids).backward()
        optimizers[1].merge_gradient(merged[0])
        for optimizer in optimizers:
            optimizer.step()
    assert_same(plain, merged, rtol=1e-12, atol=1e-12)


def test_nothing_imports_numba_before_it_is_needed():
    code = (
        "import sys, torch; from skrec.engine import RowAdam; from skrec.ops import can_compile; can_compile();"
        "table = torch.nn.Parameter(torch.zeros(3, 1)); optimizer = RowAdam([table]); table.sum().backward();"
        "optimizer.step(); assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_without_numba_torch_does_it(monkeypatch):
    monkeypatch.setattr(_tables, "can_compile", lambda: False)
    monkeypatch.setitem(sys.modules, "skrec.engine._kernels.rows", None)
    with_request, plain = make_model(), make_model()
    train(with_request, RowAdam(with_request, compiled=True), make_batches())
    train(plain, RowAdam(plain), make_batches())
    assert_same(with_request, plain)
