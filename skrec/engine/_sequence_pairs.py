"""Whole sequences, each of whose steps is a positive."""

from typing import Any

import torch

from skrec._inputs import Inputs, take
from skrec.engine._pairs import PairRows
from skrec.engine._rows import Batch


class SequencePairRows(PairRows):
    """Rows of a history and its next item, in whose batches every step of a history has the next one for a positive.

    Parameters
    ----------
    rows, sampler, n_items
        As in `PairRows`.
    attributes : list of pairs (int, int)
        Of each categorical column of the item, in their order, the place of its list and its own place.
    item : int
        Which of the attributes is the item's id.
    max_length : int
        Newest steps of a history that are read.
    has_users : bool
        Whether the rows' users are told from each other by what the first key says.
    """

    def __init__(
        self,
        rows: Any,
        sampler: Any,
        n_items: int,
        *,
        attributes: list[tuple[int, int]],
        item: int,
        max_length: int,
        has_users: bool,
    ) -> None:
        super().__init__(rows, sampler, n_items)
        self.attributes, self.item, self.has_users = attributes, item, has_users
        histories = {place for place, _ in attributes}
        lists = enumerate(self.inputs.lists)
        kept = (jagged.newest(max_length) if place in histories else jagged for place, jagged in lists)
        self.inputs = self.inputs._replace(lists=tuple(kept))

    def batch(self, part: Any, generator: torch.Generator | None) -> Any:
        """Return the Batch of `part`, whose target has a number and a weight for each of the S steps."""
        inputs, (target, weight) = self[part]
        offsets = inputs.lists[self.attributes[0][0]].offsets
        whose = torch.repeat_interleave(offsets.diff())  # (S,)
        codes = torch.stack(
            [_following(inputs.lists[place], inputs.codes[:, own]) for place, own in self.attributes], 1
        )
        items = codes[:, self.item].long()
        users = take(take(self.keys[0], part), whose) if self.has_users else items
        if generator is None:
            generator = torch.Generator().manual_seed(part.start)
        pairs = self.sampler.pairs(inputs, users, items, generator)
        following = Inputs(codes, inputs.numeric.new_zeros(len(codes), 0))
        pairs = pairs._replace(n_items=self.n_items, following=following, whose=whose)
        # nothing is learnt of an item that is missing or unknown
        return Batch(pairs, (take(target, whose), take(weight, whose) * (items > 0)))


def _following(history, last):
    """Return what follows each step of the histories (S,), behind the newest one `last` (B,)."""
    following = history.codes.roll(-1)
    following[history.offsets[1:] - 1] = last
    return following
