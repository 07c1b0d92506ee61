"""Binary cross entropy of an item and of its negatives, each by itself."""

from torch import Tensor
from torch.nn.functional import softplus

from skrec.losses._ranking import RankingLoss, mean_of_counted


class SampledBinaryCrossEntropy(RankingLoss):
    r"""The cross entropy of two classes, the own item of one and the negatives of the other, which count as much.

    .. math:: -\log \sigma(s_0) - \frac{1}{K} \sum_{k=1}^K \log (1 - \sigma(s_k))

    References
    ----------
    Kang, McAuley (2018), Self-Attentive Sequential Recommendation, section III.E, with one negative.
    """

    name = "sampled_bce"
    compares = "each of them with zero"

    def losses(self, scores: Tensor) -> Tensor:
        """Return the loss of each row, (B,)."""
        own, negatives = scores[:, 0], scores[:, 1:]
        return softplus(-own) + mean_of_counted(softplus(negatives), negatives)
