import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.engine import compiled, limit_threads
from skrec.nets._segments import Segments, add, match, softmax, weighted_sum

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
        torch.testing.assert_close(add(steps.clone(), x, segments())[part], steps[part] + x[row])
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
    assert torch.autograd.gradcheck(lambda steps, x: add(steps.clone(), x, there), (steps, x))
    assert torch.autograd.gradcheck(lambda steps, x: match(steps, x, there), (steps, x))
    assert torch.autograd.gradcheck(lambda steps, score: weighted_sum(steps, score, there), (steps, score))
    assert torch.autograd.gradcheck(lambda score: softmax(score, there), score)


def passes(steps, x, score, there):
    """Return what each pass over `there` gives for new leaves, and its gradients."""
    found = []
    for of, operands in (
        (lambda steps, x: add(steps.clone(), x, there), (steps, x)),
        (lambda steps, x: match(steps, x, there), (steps, x)),
        (lambda steps, score: weighted_sum(steps, score, there), (steps, score)),
    ):
        leaves = [operand.detach().clone().requires_grad_() for operand in operands]
        result = of(*leaves)
        found += [result, *torch.autograd.grad(result.sin().sum(), leaves)]
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(st.lists(st.integers(0, 4), max_size=6), st.integers(1, 9), st.booleans())
@settings(max_examples=40, deadline=None)
def test_compiled_agrees_with_torch(dtype, lengths, width, strided):
    shapes = (sum(lengths), width), (len(lengths), width), (sum(lengths),)
    operands, results = [random(*shape, seed=seed).to(dtype) for seed, shape in enumerate(shapes)], []
    if strided:
        operands = [torch.stack([operand, operand], -1)[..., 0] for operand in operands]
    for wanted in (False, True):
        with compiled(wanted):
            results.append(passes(*operands, segments(lengths)))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b)


def test_compiled_gives_the_same_bits_on_any_number_of_threads():
    lengths = [37, 0, 151] * 100
    steps, x, score = random(sum(lengths), 16), random(len(lengths), 16), random(sum(lengths))
    results = []
    for n_threads in (1, 2, 3):
        with compiled(True), limit_threads(n_threads):
            results.append(passes(steps, x, score, segments(lengths)))
    for others in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], others, strict=True))


def test_compiled_lets_nan_spread():
    steps, x, score = random(6, 3).detach(), random(5, 3).detach(), random(6).detach()
    steps[3, 1] = torch.nan
    with compiled(True):
        added, _, _, matched, *_, total, _, _ = passes(steps, x, score, segments())
    assert added.isnan().nonzero().tolist() == [[3, 1]]
    assert matched.isnan().nonzero().tolist() == [[3, 1], [3, 4]]
    assert total.isnan().nonzero().tolist() == [[2, 1]]
