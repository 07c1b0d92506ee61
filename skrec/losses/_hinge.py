"""The pairwise hinge."""

from typing import Any

from skrec.losses._ranking import RankingLoss, mean_of_counted


class PairwiseHinge(RankingLoss):
    r"""By how much the own item is not a whole margin above a negative, averaged over the negatives.

    .. math:: \frac{1}{K} \sum_{k=1}^K \max(0, 1 - s_0 + s_k)

    References
    ----------
    Weston, Bengio, Usunier (2011), WSABIE: Scaling Up to Large Vocabulary Image Annotation: the margin ranking loss.

    Notes
    -----
    Unlike the paper's own loss, which weighs a pair by the rank of its positive, all pairs count the same. A pair that
    is a margin apart has no gradient.
    """

    name = "hinge"
    compares = "each pair that is not a margin of 1 apart"
    per_row = True

    def losses(self, scores: Any) -> Any:
        """Return the loss of each row, (B,)."""
        own, negatives = scores[:, :1], scores[:, 1:]
        return mean_of_counted((1 - own + negatives).relu(), negatives)
