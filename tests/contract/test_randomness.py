"""What is random in every estimator, and what is not."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from tests.contract.cases import every
from tests.samples import fitted, mixed, outputs, small, target

pytestmark = pytest.mark.fast


@every
def test_the_seed_decides(cls):
    (one, frame), (same, _), (other, _) = fitted(cls), fitted(cls), fitted(cls, random_state=1)
    np.testing.assert_array_equal(outputs(one, frame), outputs(same, frame))
    assert not np.allclose(outputs(one, frame), outputs(other, frame), atol=1e-6)


@every
def test_a_random_state_instance_is_drawn_from(cls):
    state = np.random.RandomState(0)
    (one, frame), (other, _) = fitted(cls, random_state=state), fitted(cls, random_state=state)
    assert not np.array_equal(outputs(one, frame), outputs(other, frame))
    again, _ = fitted(cls, random_state=np.random.RandomState(0))
    np.testing.assert_array_equal(outputs(one, frame), outputs(again, frame))


def noisy(cls, **params):
    """An estimator with all that draws: dropout, a validation split."""
    if "dropout" in cls().get_params():
        params["dropout"] = 0.3
    return small(cls, early_stopping=True, **params)


@every
def test_global_generators_come_back_untouched(cls):
    frame = mixed()
    estimator = noisy(cls)
    python, numpy, torch_state = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002 - the global one
    estimator.fit(frame, target(estimator, frame)).predict(frame)
    assert random.getstate() == python
    assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), numpy, strict=True))  # noqa: NPY002 - the global one
    assert torch.equal(torch.get_rng_state(), torch_state)


@every
def test_without_a_seed_numpys_generator_decides_as_in_scikit_learn(cls):
    frame = mixed()

    def fit():
        estimator = noisy(cls, random_state=None)
        return outputs(estimator.fit(frame, target(estimator, frame)), frame)

    python, torch_state, numpy = random.getstate(), torch.get_rng_state(), np.random.get_state()  # noqa: NPY002 - the global one
    one, other = fit(), fit()
    np.random.set_state(numpy)  # noqa: NPY002 - the global one
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(fit(), one)
    assert random.getstate() == python
    assert torch.equal(torch.get_rng_state(), torch_state)


@every
def test_two_threads_at_once_equal_one_after_the_other(cls):
    frame = mixed()

    def fit(seed):
        estimator = noisy(cls, random_state=seed)
        return outputs(estimator.fit(frame, target(estimator, frame)), frame)

    expected = [fit(seed) for seed in range(3)]
    with ThreadPoolExecutor(2) as pool:
        for result, alone in zip(pool.map(fit, range(3)), expected, strict=True):
            np.testing.assert_array_equal(result, alone)
