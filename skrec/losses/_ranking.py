"""Losses that rank an item above negatives: what each of them says of itself, and the criterion of a batch.

Shape letters: B rows, K negatives.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

import torch

from skrec.losses._weighted import weighted_mean
from skrec.ops import mean_sampled_loss


@dataclass(frozen=True)
class RankingLoss:
    """Base of the losses of a positive beside negatives; a subclass is one file, and an export of `skrec.losses`.

    Its fields are parameters; an estimator that has parameters of these names sets them.
    """

    name: ClassVar[str]  # the parameter `loss` that asks for it; one of your own may leave it out, and is its class's
    per_row: ClassVar[bool] = False  # whether each row has negatives of its own, not those of its batch
    of_cosines: ClassVar[bool] = False  # whether scores are cosines
    corrects_frequency: ClassVar[bool] = False  # whether scores are freed of how often an item comes up
    compares: ClassVar[str] = ""  # what it takes of a positive and its negatives, in a few words of the docstring
    slopes: ClassVar[Any] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in vars(cls):
            cls.name = cls.__name__

    def losses(self, scores: Any) -> Any:
        """Return the loss of each row.

        Parameters
        ----------
        scores : Tensor of shape (B, 1 + K), float
            The own item's first; minus infinity for a negative that does not count.

        Returns
        -------
        losses : Tensor of shape (B,)
        """
        raise NotImplementedError

    def losses_among(self, scores: Any, n_items: int) -> Any:
        """Return the loss of each row, (B,), whose negatives are drawn from `n_items`, which few losses ask."""
        return self.losses(scores)

    # Where the negatives are those of all rows, a subclass may add the derivatives in closed form, which never hold
    # scores and gradients side by side: slopes(own (B,), negatives (B, K)) returns losses and derivatives by `own`,
    # and overwrites `negatives` with the derivatives by them.

    @classmethod
    def of(cls, settings: Any) -> Any:
        """Return the loss with the parameters that `settings` has for it."""
        return cls(**{field.name: getattr(settings, field.name) for field in fields(cls)})


MANY = 4096  # negatives, whose scores with a batch need not fit into memory


class RankingCriterion(torch.nn.Module):
    """The criterion of a training step: the weighted mean of a ranking loss over the batch.

    Parameters
    ----------
    loss : RankingLoss
    """

    def __init__(self, loss: Any) -> None:
        super().__init__()
        self.loss = loss

    def extra_repr(self) -> Any:
        """Return which loss it is."""
        return repr(self.loss)

    def forward(self, outputs: Any, target: Any) -> Any:
        """Return the mean loss of the Scores `outputs`; `target` is a pair, of which the weights (B,) are read."""
        # a matrix of all scores is made of few negatives alone, where no gradient is asked for
        in_blocks = torch.is_grad_enabled() or len(outputs.negatives) >= MANY
        if self.loss.slopes is not None and outputs.shared and in_blocks:
            return mean_sampled_loss(outputs, self.loss.slopes, target[1])
        scores = outputs.dense()
        some = outputs.n_items is not None
        losses = self.loss.losses_among(scores, outputs.n_items) if some else self.loss.losses(scores)
        return weighted_mean(losses, target[1])


def mean_of_counted(losses, negatives):
    """Return the mean of `losses` (B, K) over the negatives that count; of those that do not they are zero."""
    counted = (negatives > -torch.inf).sum(1).clamp(min=1)
    return losses.sum(1) / counted
