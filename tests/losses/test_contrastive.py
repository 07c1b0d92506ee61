import pytest
import torch

from skrec.losses import ContrastiveRegularized, binary_cross_entropy, weighted_mean

pytestmark = pytest.mark.fast


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
