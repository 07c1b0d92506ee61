"""Fits that the processes of a group do, and the same in one process on the same batches."""

from contextlib import contextmanager
from unittest import mock

import numpy as np
import torch
from sklearn.utils import check_random_state

from skrec.engine import Rows, SingleProcess, state_of
from skrec.engine._dealt import shares
from skrec.estimators._base import _estimator, _fit, _training


@contextmanager
def arithmetic(dtype=np.float64, kernels=False):
    """Let typed frames be learnt in `dtype`, with kernels wherever there are some, or nowhere."""
    least = 0 if kernels else float("inf")
    with (
        mock.patch.object(_fit.Fit, "_dtype", return_value=dtype),
        mock.patch.object(_training, "COMPILED_LOOKUPS", least),
        mock.patch.object(_training, "COMPILED_STEPS", least),
    ):
        yield


class SameBatches(SingleProcess):
    """One process with the rows of several, one behind the other, whose batches are those of the group.

    Parameters
    ----------
    sizes : list of int
        Training rows of each.
    seed : int
        The estimator's `random_state`.
    """

    def __init__(self, sizes, seed=0):
        self.sizes = sizes
        self.seed = int(check_random_state(seed).randint(np.iinfo(np.int32).max, size=2)[0])

    def batches(self, rows, size, generator):
        return _Batches(self, rows, -(-sum(self.sizes) // size))


class _Batches:
    def __init__(self, of, rows, n_steps):
        self.of, self.rows, self.n_steps, self.epoch = of, rows, n_steps, 0

    def __len__(self):
        return self.n_steps

    def __iter__(self):
        self.epoch += 1
        parts, start = [], 0
        for rank, n_rows in enumerate(self.of.sizes):
            seed = np.random.SeedSequence([self.of.seed, self.epoch, rank]).generate_state(2)[0]
            order = torch.randperm(n_rows, generator=torch.Generator().manual_seed(int(seed)))
            parts.append((order + start).split(shares(n_rows, self.n_steps)))
            start += n_rows
        assert start == len(self.rows)
        for of_ranks in zip(*parts, strict=True):
            yield Rows.__getitem__(self.rows, torch.cat(of_ranks))


def alone(estimator, sizes, X, y, sample_weight=None, **options):
    """Fit in this process on the batches of a group whose processes have so many rows of X."""
    with mock.patch.object(_estimator, "strategy_of", return_value=SameBatches(sizes)):
        return estimator.fit(X, y, sample_weight, **options)


def learnt(estimator, probe):
    """Return what an estimator has learnt, as plain values that can be compared."""
    state = state_of(estimator.net_)
    own = {f"criterion {name}": value for name, value in state.get("criterion", {}).items()}
    return {
        "weights": {**state["weights"], **own},
        "history": estimator.history_.drop(columns="seconds").to_dict("list"),
        "best_epoch": estimator.best_epoch_,
        "classes": getattr(estimator, "classes_", np.zeros(0)),
        "vocabularies": [list(vocabulary.values) for vocabulary in estimator.schema_.vocabularies],
        "outputs": estimator._outputs(probe),
    }


def part_of(values, ends, rank):
    """Return the part of a process; `ends` are where the parts end."""
    return None if values is None else values[([0, *ends])[rank] : ends[rank]]


def fit_part(rank, estimator, ends, X, y, sample_weight=None, how=None, **options):
    """Fit on this process's part of the rows, and return what was learnt."""
    with arithmetic(**how or {}):
        own, weight = part_of(X, ends, rank).reset_index(drop=True), part_of(sample_weight, ends, rank)
        estimator.fit(own, part_of(y, ends, rank), weight, **options)
    return learnt(estimator, X)


def sizes_of(ends):
    """Return how many rows each process has."""
    return np.diff([0, *ends]).tolist()


def assert_equal(one, other, rtol):
    """Compare what `learnt` returned; with `rtol` 0 to the bit."""
    assert one["vocabularies"] == other["vocabularies"]
    assert one["best_epoch"] == other["best_epoch"]
    assert_array(one["classes"], other["classes"], 0, "classes")
    for of in ("weights", "history"):
        assert one[of].keys() == other[of].keys()
        for name, values in one[of].items():
            assert_array(np.asarray(values), np.asarray(other[of][name]), rtol, name)
    assert_array(one["outputs"], other["outputs"], rtol, "outputs")


def assert_array(found, expected, rtol, name):
    if rtol:
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol, err_msg=name)
    else:
        np.testing.assert_array_equal(found, expected, err_msg=name)
