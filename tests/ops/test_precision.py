import pytest
import torch

from skrec.ops import full_precision, mixed_dtype


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_mixed_is_that_of_autocast_but_for_float64(dtype):
    x = torch.zeros(2, 2, dtype=dtype)
    assert mixed_dtype(x) == dtype
    with torch.autocast("cpu", torch.bfloat16):
        assert mixed_dtype(x) == (x @ x).dtype == (torch.bfloat16 if dtype == torch.float32 else dtype)
        with full_precision(x):
            assert mixed_dtype(x) == (x @ x).dtype == dtype
