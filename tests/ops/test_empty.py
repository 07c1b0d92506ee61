import pytest
import torch

from skrec.ops import _empty, empty


@pytest.mark.parametrize("large", [1, 10**9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int32, torch.int8])
def test_has_the_shape_and_dtype_and_can_be_written(dtype, large, monkeypatch):
    monkeypatch.setattr(_empty, "LARGE", large)
    like = torch.zeros(2, dtype=dtype)
    tensor = empty((3, 1, 5), like)
    assert tensor.shape == (3, 1, 5)
    assert tensor.dtype == dtype
    assert tensor.is_contiguous()
    assert torch.equal(tensor.fill_(7), torch.full((3, 1, 5), 7, dtype=dtype))


@pytest.mark.parametrize("large", [0, 10**9])
def test_of_nothing_is_nothing(large, monkeypatch):
    monkeypatch.setattr(_empty, "LARGE", large)
    assert empty((0, 4), torch.zeros(1)).shape == (0, 4)


def test_elsewhere_memory_is_the_device_s():
    assert empty((2**12, 2**12), torch.zeros(1, device="meta")).is_meta
