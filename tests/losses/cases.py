"""Losses that rank, each against its formula in loops."""

import math

import pytest
import torch

# the own item's score, then those of negatives; accidental hits, at minus infinity, do not count
SCORES = [[0.7, -0.2, 0.9], [-0.4, -math.inf, 0.1], [0.3, -math.inf, -math.inf]]


def counted(row):
    return [score for score in row[1:] if score > -math.inf]


def mean(values):
    return sum(values) / max(len(values), 1)


def assert_is_per_row(loss, formula):
    """Check a RankingLoss against `formula` of the own score and a list of the negatives' that count."""
    scores = torch.tensor(SCORES, dtype=torch.float64, requires_grad=True)
    losses = loss.losses(scores)
    assert losses.tolist() == pytest.approx([formula(row[0], counted(row)) for row in SCORES], rel=1e-12)
    losses.sum().backward()
    assert scores.grad.isfinite().all()
    assert not scores.grad[scores == -math.inf].any()
