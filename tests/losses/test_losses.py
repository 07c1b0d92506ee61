import math
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.losses import (
    ContrastiveRegularized,
    RankingLoss,
    SampledSoftmax,
    WeightedLoss,
    bayesian_personalized_ranking,
    binary_cross_entropy,
    cosine_contrastive,
    cosine_contrastive_slopes,
    cross_entropy,
    ranking_losses,
    sampled_softmax,
    sampled_softmax_slopes,
    squared_error,
    weighted_mean,
)

pytestmark = pytest.mark.fast


def column(values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


@pytest.mark.parametrize("dtype", [torch.int64, torch.float32, torch.float64])
def test_binary_cross_entropy_is_its_formula(dtype):
    logits, y = [-3.0, -0.5, 0.0, 2.0], [0, 1, 1, 0]
    expected = [math.log(1 + math.exp(-s if label else s)) for s, label in zip(logits, y, strict=True)]
    losses = binary_cross_entropy(column(logits), torch.tensor(y, dtype=dtype))
    assert losses.tolist() == pytest.approx(expected, rel=1e-12)


def test_binary_cross_entropy_of_a_huge_logit_is_finite():
    losses = binary_cross_entropy(column([1e4, -1e4]), torch.tensor([0, 0]))
    assert losses.tolist() == [1e4, 0]


def test_cross_entropy_is_its_formula():
    logits, y = [[0.5, -1.0, 2.0], [1.0, 1.0, 1.0]], [1, 2]
    expected = [math.log(sum(map(math.exp, row))) - row[label] for row, label in zip(logits, y, strict=True)]
    losses = cross_entropy(torch.tensor(logits, dtype=torch.float64), torch.tensor(y))
    assert losses.tolist() == pytest.approx(expected, rel=1e-12)


def test_two_classes_agree_with_the_binary_loss():
    logits, y = column([-1.5, 0.3, 4.0]), torch.tensor([1, 0, 0])
    both = torch.cat([torch.zeros_like(logits), logits], 1)
    torch.testing.assert_close(cross_entropy(both, y), binary_cross_entropy(logits, y))


def test_squared_error_is_its_formula():
    losses = squared_error(column([1.0, -2.0]), torch.tensor([3.0, -2.5], dtype=torch.float64))
    assert losses.tolist() == [4.0, 0.25]


def test_losses_keep_a_row_a_loss():
    """Outputs (B, 1) against a target (B,) must not broadcast to (B, B)."""
    assert squared_error(torch.zeros(3, 1), torch.arange(3.0)).shape == (3,)
    assert binary_cross_entropy(torch.zeros(3, 1), torch.arange(3) % 2).shape == (3,)
    assert cross_entropy(torch.zeros(3, 4), torch.arange(3)).shape == (3,)


@given(
    st.lists(st.tuples(st.floats(-9, 9), st.integers(0, 4)), min_size=1).filter(lambda rows: any(w for _, w in rows))
)
@settings(deadline=None)
def test_weighted_mean_equals_repeated_rows(rows):
    losses, weight = (torch.tensor(part, dtype=torch.float64) for part in zip(*rows, strict=True))
    repeated = losses.repeat_interleave(weight.long())
    assert float(weighted_mean(losses, weight)) == pytest.approx(float(repeated.mean()), abs=1e-12)


def test_weighted_loss_of_a_batch_and_its_gradient():
    outputs = column([1.0, -2.0]).requires_grad_()
    target = torch.tensor([3.0, 0.0], dtype=torch.float64), torch.tensor([1.0, 3.0], dtype=torch.float64)
    loss = WeightedLoss(squared_error)(outputs, target)
    loss.backward()
    assert float(loss.detach()) == (1 * 4 + 3 * 4) / 4
    assert outputs.grad.flatten().tolist() == [1 * 2 * -2 / 4, 3 * 2 * -2 / 4]


# the own item's score, then those of negatives; accidental hits, at minus infinity, do not count
SCORES = [[0.7, -0.2, 0.9], [-0.4, -math.inf, 0.1], [0.3, -math.inf, -math.inf]]


def counted(row):
    return [score for score in row[1:] if score > -math.inf]


def assert_is_per_row(loss, formula):
    scores = torch.tensor(SCORES, dtype=torch.float64, requires_grad=True)
    losses = loss(scores, None)
    assert losses.tolist() == pytest.approx([formula(row[0], counted(row)) for row in SCORES], rel=1e-12)
    losses.sum().backward()
    assert scores.grad.isfinite().all()
    assert not scores.grad[scores == -math.inf].any()


def test_sampled_softmax_is_its_formula():
    assert_is_per_row(
        sampled_softmax, lambda own, negatives: -math.log(math.exp(own) / sum(map(math.exp, [own, *negatives])))
    )


def test_bayesian_personalized_ranking_is_its_formula():
    assert_is_per_row(
        bayesian_personalized_ranking,
        lambda own, negatives: sum(math.log(1 + math.exp(s - own)) for s in negatives) / max(len(negatives), 1),
    )


def test_cosine_contrastive_is_its_formula():
    assert_is_per_row(
        lambda scores, y: cosine_contrastive(scores, y, margin=0.05, negative_weight=7.0),
        lambda own, negatives: 1 - own + 7 * sum(max(0.0, s - 0.05) for s in negatives) / max(len(negatives), 1),
    )


CONTRASTIVE = {"margin": 0.05, "negative_weight": 7.0}


@pytest.mark.parametrize(
    ("loss", "slopes"),
    [
        (sampled_softmax, sampled_softmax_slopes),
        (partial(cosine_contrastive, **CONTRASTIVE), partial(cosine_contrastive_slopes, **CONTRASTIVE)),
    ],
)
def test_slopes_are_the_derivatives_of_the_loss(loss, slopes):
    scores = torch.tensor([*SCORES, [1e3, -1e3, 0], [-1e3, 1e3, 0]], dtype=torch.float64, requires_grad=True)
    expected = loss(scores)
    expected.sum().backward()
    negatives = scores.detach()[:, 1:].clone()
    losses, slope = slopes(scores.detach()[:, 0], negatives)
    torch.testing.assert_close(losses, expected.detach())
    torch.testing.assert_close(torch.cat([slope[:, None], negatives], 1), scores.grad)


def test_ranking_losses_of_huge_scores_are_finite():
    scores = torch.tensor([[1e4, -1e4], [-1e4, 1e4]])
    assert sampled_softmax(scores).tolist() == [0, 2e4]
    assert bayesian_personalized_ranking(scores).tolist() == [0, 2e4]


def test_the_contrastive_regulariser_is_its_formula_and_is_added():
    rng = torch.Generator().manual_seed(0)
    outputs = torch.randn(5, 7, dtype=torch.float64, generator=rng).requires_grad_()
    y, weight = torch.tensor([1, 0, 1, 1, 0]), torch.tensor([1.0, 2, 3, 0.5, 1], dtype=torch.float64)
    plain = weighted_mean(binary_cross_entropy(outputs[:, :1], y), weight)

    def cosine(b, j):
        u, v = outputs[b, 1:4], outputs[j, 4:]
        return u @ v / (u @ u).sqrt() / (v @ v).sqrt()

    liked = [0, 2, 3]
    share = {j: weight[j] / sum(weight[i] for i in liked) for j in liked}
    contrast = sum(
        share[b] * (sum(share[j] * (cosine(b, j) / 0.3).exp() for j in liked).log() - cosine(b, b) / 0.3) for b in liked
    )
    loss = ContrastiveRegularized(0.7, 0.3)(outputs, (y, weight))
    torch.testing.assert_close(loss, plain + 0.7 * contrast)
    loss.backward()
    assert outputs.grad[liked, 1:].abs().min() > 0
    assert not outputs.grad[[1, 4], 1:].any()


@pytest.mark.parametrize(("weight", "y", "width"), [(0.0, [1, 0], 5), (1.0, [0, 0], 5), (1.0, [1, 0], 1)])
def test_without_likes_or_vectors_the_cross_entropy_is_alone(weight, y, width):
    outputs, target = torch.ones(2, width), (torch.tensor(y), torch.ones(2))
    loss = ContrastiveRegularized(weight, 0.1)(outputs, target)
    torch.testing.assert_close(loss, binary_cross_entropy(outputs[:, :1], target[0]).mean())


def test_the_contrastive_regulariser_of_a_weight_of_two_is_that_of_the_row_twice():
    outputs = torch.randn(3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    loss, y = ContrastiveRegularized(1.0, 0.2), torch.tensor([1, 1, 0])
    weighted = loss(outputs, (y, torch.tensor([2.0, 1, 1], dtype=torch.float64)))
    twice = [0, 0, 1, 2]
    torch.testing.assert_close(weighted, loss(outputs[twice], (y[twice], torch.ones(4, dtype=torch.float64))))


def test_a_loss_of_ones_own_is_called_by_its_class():
    class Squared(RankingLoss):
        def losses(self, scores):
            return (scores[:, 0] - 1).square()

    assert Squared().name == "Squared"
    assert SampledSoftmax().name == "softmax"
    assert "Squared" not in ranking_losses()
