import pytest
import torch

from skrec.ops import _bilinear_interaction, compiled
from skrec.ops._dispatch import LANES


@pytest.mark.needs_numba
@torch.no_grad()
def test_the_kernel_rounds_pairs_as_torch_does():
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(3 * 2, 4 * LANES, generator=generator)
    vectors[0, 0], vectors[1, 1], vectors[:, 2] = torch.nan, torch.inf, 3e38
    matrices, results = torch.randn(3, 2, 2, generator=generator), []
    for dtype in (torch.float32, torch.bfloat16):
        with compiled(True):
            results.append(vectors.new_empty(6, 4 * LANES, dtype=dtype))
            _bilinear_interaction._forward(vectors, matrices, results[-1])
    exact, rounded = results
    assert exact[:, 0].isnan().any()
    torch.testing.assert_close(rounded, exact.bfloat16(), rtol=0, atol=0, equal_nan=True)
