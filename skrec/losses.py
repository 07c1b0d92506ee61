"""Losses of single rows, and their weighted mean.

Of the sampled losses, a row's scores are those of its own item and of K negatives, minus infinity for accidental hits,
which do not count; `y` is not read.
"""

from math import e, log2

import torch
import torch.nn.functional as F

from skrec.ops import Scores, mean_sampled_loss, total_weight

__all__ = [
    "ContrastLoss",
    "ContrastiveRegularized",
    "WeightedLoss",
    "bayesian_personalized_ranking",
    "binary_cross_entropy",
    "cosine_contrastive",
    "cosine_contrastive_slopes",
    "cross_entropy",
    "sampled_softmax",
    "sampled_softmax_slopes",
    "squared_error",
    "weighted_mean",
]


def binary_cross_entropy(logits, y):
    """Return log(1 + exp(-s)), s the logit signed by the class.

    Parameters
    ----------
    logits : Tensor of shape (B, 1), float
    y : Tensor of shape (B,), 0 or 1

    Returns
    -------
    loss : Tensor of shape (B,)
    """
    return F.binary_cross_entropy_with_logits(logits[:, 0], y.to(logits.dtype), reduction="none")


def cross_entropy(logits, y):
    """Return minus the log of the softmax at the row's class.

    Parameters
    ----------
    logits : Tensor of shape (B, C), float
    y : Tensor of shape (B,), int64 in [0, C)

    Returns
    -------
    loss : Tensor of shape (B,)
    """
    return F.cross_entropy(logits, y, reduction="none")


def squared_error(outputs, y):
    """Return (output - y) squared.

    Parameters
    ----------
    outputs : Tensor of shape (B, 1), float
    y : Tensor of shape (B,), float

    Returns
    -------
    loss : Tensor of shape (B,)
    """
    return (outputs[:, 0] - y).square()


def sampled_softmax(scores, y=None):
    """Return minus the log of the own item's share in the softmax.

    Parameters
    ----------
    scores : Tensor of shape (B, 1 + K), float
        The own item's first.
    y : ignored

    Returns
    -------
    loss : Tensor of shape (B,)

    References
    ----------
    Yi et al. (2019), Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations, eq. 1-5.
    """
    return F.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.int64, device=scores.device), reduction="none")


def bayesian_personalized_ranking(scores, y=None):
    """Return minus the log of the sigmoid of own item minus negative, averaged over the negatives.

    Parameters
    ----------
    scores : Tensor of shape (B, 1 + K), float
        The own item's first.
    y : ignored

    Returns
    -------
    loss : Tensor of shape (B,)

    References
    ----------
    Rendle et al. (2009), BPR: Bayesian Personalized Ranking from Implicit Feedback, section 4.1.
    """
    own, negatives = scores[:, :1], scores[:, 1:]
    return _mean_of_counted(-F.logsigmoid(own - negatives), negatives)


def cosine_contrastive(scores, y=None, *, margin, negative_weight):
    r"""Return how far the own item is from one, and the negatives above the margin.

    .. math:: 1 - s_0 + \frac{w}{K} \sum_k \max(0, s_k - m)

    Parameters
    ----------
    scores : Tensor of shape (B, 1 + K), float
        Cosines, the own item's first.
    y : ignored
    margin : float
        m, what a negative's cosine may be.
    negative_weight : float
        w, what the negatives count together.

    Returns
    -------
    loss : Tensor of shape (B,)

    References
    ----------
    Mao et al. (2021), SimpleX: A Simple and Strong Baseline for Collaborative Filtering, eq. 1.
    """
    own, negatives = scores[:, 0], scores[:, 1:]
    return 1 - own + negative_weight * _mean_of_counted((negatives - margin).relu(), negatives)


def sampled_softmax_slopes(own, negatives):
    """Return the losses of `sampled_softmax` and their derivatives.

    Parameters
    ----------
    own : Tensor of shape (B,), float
        Scores of the own items.
    negatives : Tensor of shape (B, K), float
        Those of the negatives; overwritten with the derivatives by them.

    Returns
    -------
    losses, slopes : Tensor of shape (B,)
        The second the derivatives by `own`.
    """
    top = torch.maximum(negatives.amax(1), own)
    own_part = (own - top).exp()
    # to the base of two, for torch's own exp takes fifteen times as long where a fifth of the scores is minus infinity
    total = negatives.sub_(top[:, None]).mul_(log2(e)).exp2_().sum(1) + own_part
    negatives /= total[:, None]
    return total.log() - (own - top), own_part / total - 1


def cosine_contrastive_slopes(own, negatives, *, margin, negative_weight):
    """Return the losses of `cosine_contrastive` and their derivatives, as `sampled_softmax_slopes` does."""
    factor = negative_weight / (negatives > -torch.inf).sum(1).clamp(min=1).to(own.dtype)
    excess = negatives.sub_(margin).relu_().sum(1)
    negatives.sign_().mul_(factor[:, None])
    return 1 - own + factor * excess, torch.full_like(own, -1.0)


def _mean_of_counted(losses, negatives):
    """Return the mean of `losses` (B, K) over the negatives that count; of those that do not they are zero."""
    counted = (negatives > -torch.inf).sum(1).clamp(min=1)
    return losses.sum(1) / counted


def weighted_mean(losses, weight):
    """Return sum(w * l) / sum(w), so that a weight of two is the same as the row twice.

    Parameters
    ----------
    losses, weight : Tensor of shape (B,), float

    Returns
    -------
    loss : Tensor of shape ()
    """
    return (losses * weight).sum() / total_weight(weight)


class WeightedLoss(torch.nn.Module):
    """The criterion of a training step: the weighted mean of a loss over the batch.

    Parameters
    ----------
    loss : callable
        Of this module: (outputs (B, C), y (B,)) to losses (B,).
    """

    def __init__(self, loss):
        super().__init__()
        self.loss = loss

    def extra_repr(self):
        return getattr(self.loss, "func", self.loss).__name__

    def forward(self, outputs, target):
        """Return the mean loss; `target` is a pair, y and weight, both of shape (B,)."""
        y, weight = target
        return weighted_mean(self.loss(outputs, y), weight)


class ContrastLoss(WeightedLoss):
    """The criterion of positives that are held against negatives.

    Parameters
    ----------
    loss : callable
        Of this module: scores (B, 1 + K) to losses (B,).
    slopes : callable or None
        The same with derivatives in closed form, for training against negatives that all rows share.
    """

    def __init__(self, loss, slopes=None):
        super().__init__(loss)
        self.slopes = slopes

    def forward(self, outputs, target):
        """Return the mean loss of the Scores `outputs`; `target` is a pair, of which the weights (B,) are read."""
        if self.slopes is not None and outputs.shared and torch.is_grad_enabled():
            return mean_sampled_loss(outputs, self.slopes, target[1])
        return super().forward(outputs.dense(), target)


class ContrastiveRegularized(torch.nn.Module):
    r"""The weighted binary cross entropy, and how far users are from the items they like beside those that others like.

    .. math::

        \frac{\sum_b w_b \ell_b}{\sum_b w_b} + \lambda \frac{\sum_{b \in P} w_b c_b}{\sum_{b \in P} w_b}, \quad
        c_b = \log \frac{\sum_{j \in P} w_j \exp(\cos(u_b, v_j) / \tau)}{\sum_{j \in P} w_j} - \cos(u_b, v_b) / \tau

    with :math:`\ell` the cross entropy, P the batch's rows of class 1, u and v their users' and items' vectors.

    Parameters
    ----------
    weight : float
        Lambda.
    temperature : float
        Tau.

    References
    ----------
    Li et al. (2022), IntTower, section 3.4.
    """

    def __init__(self, weight, temperature):
        super().__init__()
        self.weight, self.temperature = weight, temperature

    def extra_repr(self):
        return f"weight={self.weight:g}, temperature={self.temperature:g}"

    def forward(self, outputs, target):
        """Return the loss of outputs (B, 1), or (B, 1 + 2 W) with the vectors of users and items behind the logit."""
        y, weight = target
        loss = weighted_mean(binary_cross_entropy(outputs[:, :1], y), weight)
        liked = (y == 1) & (weight > 0)
        if outputs.shape[1] == 1 or self.weight == 0 or not liked.any():
            return loss
        users, items = (F.normalize(part, dim=1, eps=1e-6) for part in outputs[liked, 1:].chunk(2, 1))
        weight, places = weight[liked], torch.arange(len(users), device=users.device)
        log_share = (weight / total_weight(weight)).clamp(min=torch.finfo(weight.dtype).tiny).log()
        # a softmax in which an item counts by its share; the own one is there already: an accidental hit
        scores = Scores(users / self.temperature, items, items, True, (-log_share, -log_share), (places, places))
        contrast = ContrastLoss(sampled_softmax, sampled_softmax_slopes)(scores, (y[liked], weight))
        return loss + self.weight * (contrast + weighted_mean(log_share, weight))
