"""Where a model learns: the processor, or a GPU."""

import numpy as np
import pytest
import torch

from skrec import DeepFMClassifier
from skrec.estimators._base import _training
from tests.samples import labels, mixed, outputs, small


@pytest.mark.parametrize(("there", "device"), [(True, "cuda"), (False, "cpu")])
def test_auto_is_a_gpu_where_torch_sees_one(monkeypatch, there, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert _training.device_of("auto") == device
    assert _training.device_of("mps") == "mps"


def test_auto_learns_the_same_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    frame = mixed()
    auto, cpu = (small(DeepFMClassifier, device=device).fit(frame, labels(frame)) for device in ("auto", "cpu"))
    np.testing.assert_array_equal(outputs(auto, frame), outputs(cpu, frame))
    assert auto.get_params()["device"] == "auto"
