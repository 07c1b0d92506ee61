import pytest
import torch

from skrec.nets._segments import Segments, expand, match, softmax, weighted_sum

LENGTHS = [2, 0, 3, 1, 0]


def segments(lengths=LENGTHS):
    offsets = torch.tensor([0, *lengths]).cumsum(0)
    return Segments.of(offsets, int(offsets[-1]))


def random(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator).requires_grad_()


def test_rows_and_lengths():
    assert segments().rows.tolist() == [0, 0, 2, 2, 2, 3]
    assert segments().lengths.tolist() == LENGTHS


def test_each_row_alone():
    steps, x, score = random(6, 3), random(5, 3, seed=1), random(6, seed=2)
    weight = softmax(score, segments())
    total = weighted_sum(steps, weight, segments())
    start = 0
    for row, length in enumerate(LENGTHS):
        part = slice(start, start + length)
        torch.testing.assert_close(expand(x, segments())[part], x[row].expand(length, 3))
        torch.testing.assert_close(match(steps, x, segments())[part], torch.cat([steps[part], steps[part] * x[row]], 1))
        torch.testing.assert_close(weight[part], score[part].softmax(0))
        torch.testing.assert_close(total[row], (score[part].softmax(0)[:, None] * steps[part]).sum(0))
        start += length


def test_softmax_of_large_scores():
    weight = softmax(torch.tensor([1e4, 1e4, -1e4, 0.0, 1e4, -1e4]), segments())
    torch.testing.assert_close(weight, torch.tensor([0.5, 0.5, 0, 0, 1, 1]))


@pytest.mark.parametrize("lengths", [LENGTHS, [0, 0]], ids=["some", "none"])
def test_gradients_are_those_of_differences(lengths):
    there, n_steps = segments(lengths), sum(lengths)
    steps, x, score = random(n_steps, 3), random(len(lengths), 3, seed=1), random(n_steps, seed=2)
    assert torch.autograd.gradcheck(lambda x: expand(x, there), x)
    assert torch.autograd.gradcheck(lambda steps, x: match(steps, x, there), (steps, x))
    assert torch.autograd.gradcheck(lambda steps, score: weighted_sum(steps, score, there), (steps, score))
    assert torch.autograd.gradcheck(lambda score: softmax(score, there), score)
