from math import exp, log

import pytest
import torch

from skrec.losses import GroupCriterion, GroupLoss, GroupSoftmax, ListNet, group_losses
from skrec.losses._groups import log_shares

GROUPS = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2])
Y = torch.tensor([1, 0, 1, 0, 0, 1, 0, 0])


def by_loop(loss, scores, y, weight, groups):
    """Return the loss, row by row."""
    total = 0.0
    for i, (score, label, own, group) in enumerate(zip(scores, y, weight, groups, strict=True)):
        rows = [j for j in range(len(y)) if groups[j] == group]
        share = exp(score) / sum(weight[j] * exp(scores[j]) for j in rows)
        count = own * label
        if isinstance(loss, ListNet) and label:
            count *= sum(weight[j] for j in rows) / sum(weight[j] * y[j] for j in rows)
        total -= count * log(share)
        assert i in rows
    return total / sum(weight)


@pytest.mark.parametrize("loss", [GroupSoftmax(), ListNet()], ids=lambda loss: loss.name)
def test_is_its_formula(loss):
    scores = torch.randn(8, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    weight = torch.tensor([1, 2, 0.5, 1, 1, 3, 1, 1], dtype=torch.float64)
    found = GroupCriterion(loss)(scores[:, None], (Y, weight, GROUPS))
    lists = [part.tolist() for part in (scores, Y, weight, GROUPS)]
    assert found.item() == pytest.approx(by_loop(loss, *lists), rel=1e-12)
    found.backward()
    for place in range(8):
        moved = [list(lists[0]) for _ in range(2)]
        moved[0][place] += 1e-6
        moved[1][place] -= 1e-6
        slope = (by_loop(loss, moved[0], *lists[1:]) - by_loop(loss, moved[1], *lists[1:])) / 2e-6
        assert scores.grad[place].item() == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("loss", [GroupSoftmax(), ListNet()], ids=lambda loss: loss.name)
def test_a_weight_of_two_is_the_row_twice_and_what_a_group_has_in_common_does_not_count(loss):
    scores = torch.randn(8, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    times = torch.tensor([2, 1, 1, 1, 3, 1, 2, 1])
    criterion = GroupCriterion(loss)
    weighted = criterion(scores, (Y, times.double(), GROUPS))
    rows = torch.repeat_interleave(times)
    repeated = criterion(scores[rows], (Y[rows], torch.ones(len(rows), dtype=torch.float64), GROUPS[rows]))
    torch.testing.assert_close(weighted, repeated)
    shifted = scores + torch.tensor([5.0, -700.0, 300.0], dtype=torch.float64)[GROUPS][:, None]
    torch.testing.assert_close(criterion(shifted, (Y, times.double(), GROUPS)), weighted)


def test_a_batch_without_positives_costs_nothing():
    for loss in (GroupSoftmax(), ListNet()):
        scores = torch.zeros(8, 1, requires_grad=True)
        found = GroupCriterion(loss)(scores, (torch.zeros(8), torch.ones(8), GROUPS))
        found.backward()
        assert found.item() == 0
        assert not scores.grad.any()


def test_shares_add_up_to_one():
    weight = torch.tensor([1.0, 1e-20, 3, 1, 1, 1, 1, 1])
    shares = log_shares(torch.tensor([90.0, -90, 88, 0, 1, 2, 3, 4]), weight, GROUPS, 3).exp() * weight
    torch.testing.assert_close(torch.zeros(3).index_add(0, GROUPS, shares), torch.ones(3))


def test_a_loss_of_ones_own_is_called_by_its_class():
    class Own(GroupLoss):
        pass

    assert Own.name == "Own"
    assert group_losses() == {"softmax": GroupSoftmax, "listnet": ListNet}
    with pytest.raises(NotImplementedError):
        Own().counts(Y, Y, GROUPS, 3)
