import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.engine import RowAdagrad, RowAdam, Rows, RowSGD
from skrec.engine._split_steps import Help, part_of, replica
from tests.engine.test_net import N_CODES, Toy, assert_same_weights, make_net, make_rows

pytestmark = pytest.mark.fast


def trained(rows, **options):
    net = make_net(Toy().double(), max_epochs=2, **options)
    net.partial_fit(rows)
    return net


@settings(deadline=None, max_examples=25)
@given(
    n_rows=st.integers(1, 40),
    n_parts=st.integers(2, 5),
    optimizer=st.sampled_from([RowAdam, RowAdagrad, RowSGD]),
    embedding_l2=st.sampled_from([0.0, 0.1]),
    weights=st.sampled_from(["any", "many zeros", "one alone"]),
    seed=st.integers(0, 99),
)
def test_parts_give_the_step_of_the_whole(n_rows, n_parts, optimizer, embedding_l2, weights, seed):
    rows = make_rows(n_rows, seed, np.float64)
    if weights == "many zeros":
        rows.weight *= torch.arange(n_rows) % 4 == 0
    elif weights == "one alone":
        rows.weight *= torch.arange(n_rows) == n_rows - 1
    options = {"optimizer": optimizer, "embedding_l2": embedding_l2, "batch_size": 16}
    whole, parts = trained(rows, **options), trained(rows, n_parts=n_parts, **options)
    for p, q in zip(whole.module_.parameters(), parts.module_.parameters(), strict=True):
        torch.testing.assert_close(q, p, rtol=1e-10, atol=1e-12)
        for name, value in whole.optimizer_.state[p].items():
            torch.testing.assert_close(parts.optimizer_.state[q][name], value, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(parts.history[:, "train_loss"], whole.history[:, "train_loss"], rtol=1e-10)


def test_batches_below_the_least_rows_stay_whole():
    whole, parts = (trained(make_rows(dtype=np.float64), n_parts=n, least_rows=9) for n in (1, 3))
    assert_same_weights(whole.module_, parts.module_)  # to the bit: batches of 8


def test_a_replica_has_the_memory_of_the_weights_and_gradients_of_its_own():
    module = Toy()
    module.shared, module.scale = module.dense, torch.ones(N_CODES)
    again = replica(module)
    assert again.shared is again.dense is not module.dense
    assert again.scale is module.scale
    for p, q in zip(module.parameters(), again.parameters(), strict=True):
        assert p is not q
        assert p.data_ptr() == q.data_ptr()
    again(make_rows().inputs).sum().backward()
    assert module.dense.grad is None
    assert again.dense.grad is not None


def test_a_copy_of_a_net_that_trains_has_no_parts():
    copies = []

    class Copying(Rows):
        def batch(self, part, generator):
            copies.append(copy.deepcopy(net))
            return super().batch(part, generator)

    rows = make_rows()
    net = make_net(max_epochs=1, n_parts=2)
    net.partial_fit(Copying.of(rows.inputs, rows.target, rows.weight))
    assert copies
    assert all(each.split_ is None for each in copies)
    assert net.split_ is None


@given(st.integers(0, 37), st.integers(0, 37))
def test_a_part_has_the_rows(start, stop):
    batch = make_rows()[0:37]
    batch = batch._replace(inputs=batch.inputs.with_decay(batch.target[1]))
    part, rows = part_of(batch, slice(start, stop)), torch.arange(37)[start:stop]
    expected = make_rows()[rows]
    for one, two in zip(
        (*part.target, part.inputs.codes, part.inputs.numeric, *part.inputs.lists[0][:2], part.inputs.decay),
        (*expected.target, *expected.inputs[:2], *expected.inputs.lists[0][:2], expected.target[1]),
        strict=True,
    ):
        assert torch.equal(one, two)


def test_help_is_asked_for_where_it_saves_time():
    help = Help()
    for _ in range(40):
        assert help.is_wanted()
        help.note(0.6, 1.0)


def test_help_that_saves_nothing_is_not_asked_for_ever_longer():
    help, runs = Help(), []
    for _ in range(5):
        for _ in range(Help.FEW):
            assert help.is_wanted()
            help.note(1.1, 1.0)
        n_alone = 0
        while not help.is_wanted():
            n_alone += 1
        runs.append(n_alone)
        help.n_alone = 0
    assert runs == [49, 99, 199, 399, 799]
    for _ in range(Help.FEW):
        help.note(0.6, 1.0)
    assert help.next == Help.FIRST


def test_the_bits_are_the_same_without_help(monkeypatch):
    helped = trained(make_rows(dtype=np.float64), n_parts=3)
    monkeypatch.setattr(Help, "is_wanted", lambda self: False)
    assert_same_weights(helped.module_, trained(make_rows(dtype=np.float64), n_parts=3).module_)
