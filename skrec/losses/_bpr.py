"""Bayesian personalized ranking."""

from typing import Any

import torch.nn.functional as F

from skrec.losses._ranking import RankingLoss, mean_of_counted


class BayesianPersonalizedRanking(RankingLoss):
    r"""How likely it is not that the own item is above a negative, averaged over the negatives.

    .. math:: -\frac{1}{K} \sum_{k=1}^K \log \sigma(s_0 - s_k)

    References
    ----------
    Rendle et al. (2009), BPR: Bayesian Personalized Ranking from Implicit Feedback, section 4.1.
    """

    name = "bpr"
    compares = "each pair"
    per_row = True

    def losses(self, scores: Any) -> Any:
        """Return the loss of each row, (B,)."""
        return bayesian_personalized_ranking(scores)


def bayesian_personalized_ranking(scores: Any, y: Any = None) -> Any:
    """Return minus the log of the sigmoid of own item minus other, averaged over the negatives.

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
    return mean_of_counted(-F.logsigmoid(own - negatives), negatives)
