"""What does not fit into memory is refused before it is made, by every estimator."""

import numpy as np
import pandas as pd
import pytest

from skrec import _memory as memory
from tests.contract.cases import ESTIMATORS, every
from tests.discovery import case, cases
from tests.samples import fitted, mixed, small, target, unchanged

LARGE = 10**9
with_negatives = pytest.mark.parametrize("cls", cases(cls for cls in ESTIMATORS if "n_negatives" in cls().get_params()))


@pytest.fixture
def gibibyte(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 2**30)


def layers(cls):
    """The parameters of a class that are widths of layers, or how wide a vector is."""
    names = [name for name in cls().get_params() if name.endswith(("layer_sizes", "_dim"))]
    return [name for name in names if name != "second_hidden_layer_sizes"]


@pytest.mark.parametrize(
    ("cls", "name"),
    [case(cls, name, id=f"{cls.__name__}-{name}") for cls in ESTIMATORS for name in layers(cls)],
)
@pytest.mark.usefixtures("gibibyte")
def test_a_net_that_cannot_fit_is_refused_and_nothing_lost(cls, name):
    estimator, frame = fitted(cls)
    estimator.set_params(**{name: LARGE if name.endswith("_dim") else (LARGE, 8)})
    message = rf"^Expected .* to fit into the memory available, 1 GiB, got .*; lower .*{name}"
    with unchanged(estimator), pytest.raises(MemoryError, match=message):
        estimator.fit(frame, target(estimator, frame))


@every
def test_what_just_fits_is_learnt(cls, monkeypatch):
    frame = mixed(30)
    y, asked = target(cls(), frame), []

    def available():
        asked.append(True)
        return 2**20

    monkeypatch.setattr(memory, "available_memory", available)
    small(cls).fit(frame, y)
    assert asked
    monkeypatch.setattr(memory, "available_memory", lambda: 100)
    with pytest.raises(MemoryError, match=r"to fit into the memory available, 9.31e-08 GiB, got .*; lower|got .*; use"):
        small(cls).fit(frame, y)


@every
@pytest.mark.usefixtures("gibibyte")
def test_more_than_64_bits_can_count_is_refused(cls):
    if "embedding_dim" in cls().get_params():
        frame = mixed(30)
        with pytest.raises(MemoryError, match=r"available, 1 GiB, got .*; lower .*embedding_dim"):
            small(cls, embedding_dim=2**62).fit(frame, target(cls(), frame))


@with_negatives
@pytest.mark.usefixtures("gibibyte")
def test_negatives_that_cannot_fit_are_refused(cls):
    frame = mixed(30)
    options = {"loss": "softmax"} if "loss" in cls().get_params() else {}
    message = r"^Expected 1,000,000,000 negatives .* to fit into the memory available, .*; lower n_negatives=1000000000"
    with pytest.raises(MemoryError, match=message):
        small(cls, n_negatives=LARGE, **options).fit(frame, target(cls(), frame) == "yes")


@pytest.mark.usefixtures("gibibyte")
def test_each_kind_of_need_has_its_remedy():
    from skrec import DeepFMClassifier, FiBiNETClassifier, FMClassifier

    frame = mixed(30)
    y = target(FMClassifier(), frame)
    wide = pd.concat([frame, pd.DataFrame(np.zeros((30, 400))).add_prefix("x")], axis=1)
    many = frame.assign(user=[f"u{i}" for i in range(30)])
    for estimator, X, message in (
        (
            FiBiNETClassifier(),
            wide,
            r"in dense layers; lower hidden_layer_sizes=\(128, 64\), embedding_dim=16",
        ),
        (FMClassifier(embedding_dim=10**7, batch_size=1), many, r"in tables of \d+ values; .*HashEncoder"),
        (
            FMClassifier(embedding_dim=10**6),
            many,
            r"a batch of 30 rows computes; lower batch_size='auto' or embed",
        ),
        (DeepFMClassifier(numeric_embedding="periodic", n_frequencies=10**8), wide, "lower n_frequencies=100000000"),
    ):
        with pytest.raises(MemoryError, match=message):
            estimator.fit(X, y)


def test_torch_out_of_memory_is_a_memory_error(monkeypatch):
    from skrec import FMClassifier
    from skrec.engine import Net

    def fail(*args, **kwargs):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:126] DefaultCPUAllocator: can't allocate memory: ...")

    monkeypatch.setattr(Net, "train_step_single", fail)
    frame = mixed(30)
    with pytest.raises(MemoryError, match=r"^Expected a batch of 64 rows to fit .*lower batch_size='auto'"):
        small(FMClassifier).fit(frame, target(FMClassifier(), frame))
