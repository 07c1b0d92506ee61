import pytest
import torch

from skrec.ops import JaggedLayout, jagged_softmax

pytestmark = pytest.mark.fast

LENGTHS = [2, 0, 3, 1, 0]


def layout():
    offsets = torch.tensor([0, *LENGTHS]).cumsum(0)
    return JaggedLayout.of(offsets, int(offsets[-1]))


def test_rows_and_lengths():
    assert layout().rows.tolist() == [0, 0, 2, 2, 2, 3]
    assert layout().lengths.tolist() == LENGTHS


def test_softmax_of_large_scores():
    weight = jagged_softmax(torch.tensor([1e4, 1e4, -1e4, 0.0, 1e4, -1e4]), layout())
    torch.testing.assert_close(weight, torch.tensor([0.5, 0.5, 0, 0, 1, 1]))
