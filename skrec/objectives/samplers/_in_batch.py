"""Negatives that cost nothing: the items of the batch's other rows."""

from typing import Any, Self

from skrec._inputs import Pairs, take


class InBatch:
    """Holds each row of a batch against the items of the others.

    Parameters
    ----------
    hits : AccidentalHits
    log_q : Tensor of shape (n_items,), optional
        What is taken off an item's score for how often it is in a batch.
    """

    def __init__(self, hits: Any, log_q: Any = None) -> None:
        self.hits, self.log_q = hits, log_q

    def pairs(self, inputs: Any, users: Any, items: Any, generator: Any) -> Any:
        """Return the Pairs of a batch: its Inputs, and the codes of its users and items, (B,)."""
        log_q = None if self.log_q is None else (take(self.log_q, items), take(self.log_q, items))
        return Pairs(inputs, None, log_q=log_q, accidental_hits=self.hits.find(users, items))

    def to(self, device: Any) -> Self:
        """Move all tensors to `device` and return self."""
        self.hits.to(device)
        self.log_q = None if self.log_q is None else self.log_q.to(device)
        return self
