import copy
import pickle
from itertools import chain

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback
from torch import nn

from skrec.data import Ragged, Table
from skrec.engine import Net, RowAdam, Rows, RowSGD, SampledRows, Score
from skrec.engine import _net as net_module
from skrec.losses import WeightedLoss, squared_error
from skrec.nets.layers import Dropout
from skrec.ops import embedding_bag, embedding_lookup

pytestmark = pytest.mark.fast

N_ROWS, N_CODES = 37, 20


class Toy(nn.Module):
    """A table read by two columns and a list, numbers, and dropout between."""

    def __init__(self, n_codes=N_CODES, width=4, dropout=0.0, mode="mean"):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.table = nn.Parameter(torch.randn(n_codes, width, generator=generator))
        self.dense = nn.Parameter(torch.randn(width, 1, generator=generator))
        self.slope = nn.Parameter(torch.randn(2, 1, generator=generator))
        self.dropout, self.mode = Dropout(dropout), mode

    def forward(self, inputs):
        vectors = embedding_lookup(self.table, inputs.codes, inputs.decay).sum(1)
        for bag in inputs.lists:
            vectors = vectors + embedding_bag(self.table, bag.codes, bag.offsets, self.mode, inputs.decay)
        return self.dropout(vectors.tanh()) @ self.dense + inputs.numeric @ self.slope


def make_rows(n_rows=N_ROWS, seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, N_CODES, (n_rows, 2)).astype(np.int32)
    offsets = np.cumsum([0, *rng.integers(0, 4, n_rows)])
    tokens = rng.integers(0, N_CODES, offsets[-1]).astype(np.int32)
    table = Table(codes, rng.normal(size=(n_rows, 2)).astype(dtype), (Ragged(tokens, offsets),))
    return Rows(table, rng.normal(size=n_rows).astype(dtype), rng.uniform(0.1, 3, n_rows))


def make_net(module=None, *, optimizer=RowSGD, lr=0.05, batch_size=8, **options):
    options = {"max_epochs": 3, "callbacks": [], **options}
    module = Toy() if module is None else module
    net = Net(module, WeightedLoss(squared_error), optimizer=optimizer, lr=lr, batch_size=batch_size, **options)
    return net.initialize()


class Watch(Callback):
    """Note the rows, the loss and the rate of every training batch, an epoch a list."""

    def __init__(self):
        self.epochs, self.valid = [], []

    def on_epoch_begin(self, net, **kwargs):
        self.epochs.append([])

    def on_batch_end(self, net, batch=None, training=False, loss=None, **kwargs):
        seen = {
            "rows": batch.target[0].tolist(),
            "weight": float(batch.target[1].sum()),
            "loss": float(loss.detach()),
            "lr": net.optimizer_.param_groups[0]["lr"],
        }
        (self.epochs[-1] if training else self.valid).append(seen)

    def of(self, key):
        return [[batch[key] for batch in epoch] for epoch in self.epochs]


def watched(net, rows=None):
    """Train `net` on and return what a new Watch saw."""
    watch = Watch()
    net.callbacks = [watch]
    net.initialize_callbacks()
    net.partial_fit(make_rows() if rows is None else rows)
    return watch


def assert_same_weights(left, right):
    for (name, a), (_, b) in zip(left.named_parameters(), right.named_parameters(), strict=True):
        assert torch.equal(a, b), name


def test_every_epoch_has_its_own_order_of_all_rows():
    epochs = [list(chain.from_iterable(epoch)) for epoch in watched(make_net()).of("rows")]
    assert len(epochs) == 3
    assert all(sorted(rows) == sorted(make_rows().target.tolist()) for rows in epochs)
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]


def test_order_depends_on_seed_and_epoch_only():
    whole = watched(make_net(seed=3)).of("rows")
    resumed = make_net(Toy(dropout=0.5), seed=3, max_epochs=1, lr=0.01)
    assert watched(resumed).of("rows") == whole[:1]
    resumed.max_epochs = 2
    assert watched(resumed).of("rows") == whole[1:]
    assert watched(make_net(seed=4)).of("rows") != whole


def test_run_in_parts_is_the_run_at_once():
    """Row order and dropout of an epoch do not depend on how many went before in this run."""
    whole = make_net(Toy(dropout=0.5), optimizer=RowAdam, max_epochs=4, seed=1)
    watched(whole)
    parts = make_net(Toy(dropout=0.5), optimizer=RowAdam, max_epochs=1, seed=1)
    for n_epochs in (1, 2, 1):
        parts.max_epochs = n_epochs
        watched(parts)
        parts.release(keep_optimizer=True)
        parts = pickle.loads(pickle.dumps(parts))
        parts.resume()
    assert_same_weights(parts.module_, whole.module_)


def test_training_leaves_the_global_generators_alone():
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002 - the global one
    watched(make_net(Toy(dropout=0.5)))
    assert torch.equal(torch.get_rng_state(), torch_state)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002 - the global one


def test_dropout_follows_the_seed():
    modules = []
    for seed in (0, 0, 1):
        net = make_net(Toy(dropout=0.5), seed=seed, batch_size=N_ROWS, max_epochs=1)
        watched(net)
        modules.append(net.module_)
    assert_same_weights(modules[0], modules[1])
    assert not torch.equal(modules[0].dense, modules[2].dense)


def test_epoch_loss_is_the_weighted_mean_of_its_batches():
    net = make_net(rows_valid=make_rows(11, seed=1))
    watch = watched(net)
    for loss, losses, weights in zip(net.history[:, "train_loss"], watch.of("loss"), watch.of("weight"), strict=True):
        assert loss == pytest.approx(np.average(losses, weights=weights), rel=1e-6)
    assert net.history[:, "valid_loss"] == pytest.approx([batch["loss"] for batch in watch.valid], rel=1e-6)
    assert net.history[0, "train_batch_count"] == 5


def test_loss_at_rest_is_that_of_the_rows():
    rows, valid = make_rows(), make_rows(11, seed=1)
    net = make_net(lr=0, max_epochs=1, rows_valid=valid)
    watched(net, rows)
    for part, name in ((rows, "train_loss"), (valid, "valid_loss")):
        with torch.no_grad():
            errors = (Toy()(part.inputs)[:, 0] - part.target).square()
        assert net.history[-1, name] == pytest.approx(float((errors * part.weight).sum() / part.weight.sum()), rel=1e-5)
    assert net.history[-1, "lr"] == 0


def test_validation_moves_nothing_and_draws_nothing():
    with_valid, without = (make_net(Toy(dropout=0.5), rows_valid=valid) for valid in (make_rows(11, seed=1), None))
    watched(with_valid)
    watched(without)
    assert_same_weights(with_valid.module_, without.module_)


def penalty_of(table, inputs, weight):
    """Return sum_n w_n |v_n|^2 / sum(w), literally; a list is one occurrence shared by its tokens."""
    total = 0.0
    for n in range(len(inputs.codes)):
        for code in inputs.codes[n].tolist():
            total = total + weight[n] * (table[code] ** 2).sum()
        for bag in inputs.lists:
            tokens = bag.codes[bag.offsets[n] : bag.offsets[n + 1]].tolist()
            for token in tokens:
                total = total + weight[n] * (table[token] ** 2).sum() / len(tokens)
    return total / weight.sum()


@pytest.mark.parametrize("mode", ["mean", "sum", "max"])
def test_embedding_l2_is_the_gradient_of_its_penalty(mode):
    rows, literal = make_rows(dtype=np.float64), Toy(mode=mode).double()
    net = make_net(Toy(mode=mode).double(), embedding_l2=0.3)
    inputs, (y, weight) = rows[5:17]
    net.optimizer_.zero_grad()
    step = net.train_step_single(rows[5:17])
    loss = (weight * (literal(inputs)[:, 0] - y).square()).sum() / weight.sum()
    assert float(step["loss"].detach()) == pytest.approx(float(loss.detach()))
    (loss + 0.3 * penalty_of(literal.table, inputs, weight)).backward()
    for name, parameter in literal.named_parameters():
        gradient = dict(net.module_.named_parameters())[name].grad
        torch.testing.assert_close(gradient.to_dense(), parameter.grad.to_dense(), msg=lambda m, n=name: f"{n}: {m}")


def test_embedding_l2_of_weights_is_that_of_repeated_rows():
    rows = make_rows(6, dtype=np.float64)
    rows.weight = torch.tensor([1.0, 2, 1, 3, 1, 1], dtype=torch.float64)
    repeated = torch.arange(6).repeat_interleave(rows.weight.long())
    again = rows[repeated]
    batches = [rows[0:6], again._replace(target=(again.target[0], torch.ones(9, dtype=torch.float64)))]
    gradients = []
    for batch in batches:
        net = make_net(Toy().double(), embedding_l2=0.3)
        net.train_step_single(batch)
        gradients.append(net.module_.table.grad.to_dense())
    torch.testing.assert_close(*gradients)


def test_the_penalty_knows_all_rows_drawn_ones_too(monkeypatch):
    class Counting(Toy):
        def learn_l2_scale(self, parts, total):
            self.parts = list(parts)

    monkeypatch.setattr(net_module, "PREDICT_ROWS", 5)
    codes = np.arange(8, dtype=np.int32).reshape(4, 2)
    table = Table(codes, np.ones((4, 2), np.float32), ())
    drawn = {"columns": [1], "draw": lambda uniform: 9 + codes[:, :1], "seed": 0}
    rows = SampledRows(Rows(table), np.zeros(8, np.float32), np.arange(1.0, 9.0), **drawn)
    net = make_net(Counting(), max_epochs=1, embedding_l2=0.1).partial_fit(rows)
    codes = chain(*(inputs.codes.tolist() for inputs, _ in net.module_.parts))
    assert [*codes] == [[0, 1], [2, 3], [4, 5], [6, 7], [0, 9], [2, 11], [4, 13], [6, 15]]
    assert [weight.tolist() for _, weight in net.module_.parts] == [[1, 2, 3, 4, 5], [6, 7, 8]]


def test_no_decay_in_validation_or_without_a_penalty():
    seen = []
    module = Toy()
    module.register_forward_pre_hook(lambda _, args: seen.append((module.training, args[0].decay is not None)))
    watched(make_net(module, embedding_l2=0.1, max_epochs=1, rows_valid=make_rows(5)))
    assert set(seen) == {(True, True), (False, False)}
    seen.clear()
    watched(make_net(module, max_epochs=1))
    assert set(seen) == {(True, False)}


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e30])
def test_loss_that_is_not_finite_stops_the_run_with_a_remedy(bad):
    rows = make_rows()
    rows.target[3] = bad
    with pytest.raises(ValueError, match=r"^The train loss is (nan|inf) in epoch 1; lower lr=0.05, or scale a target"):
        watched(make_net(), rows)


def test_validation_loss_that_is_not_finite_is_named():
    valid = make_rows(5)
    valid.target[0] = float("nan")
    with pytest.raises(ValueError, match=r"^The valid loss is nan in epoch 1"):
        watched(make_net(rows_valid=valid))


@pytest.mark.parametrize("n_rows", [1, 6, 7, 8, N_ROWS])
def test_outputs_do_not_depend_on_the_chunks(monkeypatch, n_rows):
    net, rows = make_net(Toy(dropout=0.5)), make_rows(n_rows)
    whole = net.outputs(rows)
    assert whole.shape == (n_rows, 1)
    monkeypatch.setattr(net_module, "PREDICT_ROWS", 7)
    np.testing.assert_allclose(net.outputs(rows), whole, rtol=0, atol=1e-6)
    with torch.no_grad():
        np.testing.assert_allclose(whole, net.module_(rows.inputs), atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outputs_have_the_dtype_of_the_numbers(dtype):
    module = Toy() if dtype == np.float32 else Toy().double()
    assert make_net(module).outputs(make_rows(dtype=dtype)).dtype == dtype


def test_autocast_is_for_training_only():
    dtypes = []
    module = Toy()
    module.dropout.register_forward_hook(lambda _, args, out: dtypes.append(torch.is_autocast_enabled("cpu")))
    net = make_net(module, autocast=True, max_epochs=1, rows_valid=make_rows(5))
    watched(net)
    net.outputs(make_rows())
    assert dtypes == [True] * 5 + [False] * 2
    assert all(p.dtype == torch.float32 for p in module.parameters())


@pytest.fixture
def released():
    rows = make_rows(500)
    net = make_net(Toy(n_codes=20_000), optimizer=RowAdam, rows_valid=rows, batch_size=64, max_epochs=2)
    net.callbacks = [Score("valid_score", lambda: len(rows))]  # holds the data, and does not pickle
    net.initialize_callbacks()
    net.partial_fit(rows)
    return net


def n_bytes(module):
    return sum(p.numel() * p.element_size() for p in module.parameters())


def test_release_leaves_the_weights_and_little_else(released):
    released.release(keep_optimizer=False)
    assert len(pickle.dumps(released)) < n_bytes(released.module_) + 10_000
    assert not released.optimizer_.state
    assert not released.module_.training
    assert released.device == "cpu"
    assert {p.device.type for p in released.module_.parameters()} == {"cpu"}
    assert all(p.grad is None for p in released.module_.parameters())
    assert released.module_.dropout.generator is None
    assert released.rows_valid is None
    assert len(released.history) == 2


def test_release_keeps_the_moments_on_demand(released):
    moments = copy.deepcopy(released.optimizer_.state_dict()["state"])
    released.release(keep_optimizer=True)
    kept = pickle.loads(pickle.dumps(released)).optimizer_.state_dict()["state"]
    assert len(kept) == len(moments) == 3
    for old, new in zip(moments.values(), kept.values(), strict=True):
        assert torch.equal(old["exp_avg"], new["exp_avg"])


def test_pickled_net_gives_the_same_outputs(released):
    before = released.outputs(make_rows())
    released.release(keep_optimizer=False)
    loaded = pickle.loads(pickle.dumps(released))
    np.testing.assert_array_equal(loaded.outputs(make_rows()), before)
    assert loaded.module is loaded.module_


def test_optimizer_of_a_pickled_net_moves_its_weights(released):
    released.release(keep_optimizer=True)
    loaded = pickle.loads(pickle.dumps(released))
    before = loaded.module_.dense.detach().clone()
    loaded.resume()
    watched(loaded)
    assert not torch.equal(loaded.module_.dense, before)
