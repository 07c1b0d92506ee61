"""The next item of a history above all others."""

from typing import Any

import numpy as np
import torch

from skrec._inputs import Inputs
from skrec.data import is_whole, last_apart
from skrec.engine import SequencePairRows
from skrec.objectives._ranking import Ranking


class NextItem(Ranking):
    """Learn to rank the item that came next above others, of rows of a history and that item, or of whole sequences.

    Of a frame of whole sequences, whose lists have no item beside them, every position after the first is a positive,
    and a step of training computes a sequence once for all of them: the net is causal, and its method `contrast` takes
    Pairs with what `following` has.

    Parameters
    ----------
    labels, loss, **options
        As in `Ranking`.
    histories : dict of {list column: column of the item}
    max_length : int
        Newest steps of a history that are read.
    """

    def __init__(self, labels: Any, loss: Any, *, histories: dict[str, str], max_length: int, **options: Any) -> None:
        super().__init__(labels, loss, **options)
        self.histories, self.max_length = histories, max_length
        self.whole = False
        self.whole_valid: bool | None = None

    def as_rows(self, X: Any, y: Any, sample_weight: Any, *, training: bool) -> tuple[Any, Any, Any]:
        """Return rows of histories and next items, those of whole sequences with the last item as the next one."""
        whole = is_whole(X, self.histories)
        if training:
            self.whole = self.learns_lists = whole
        else:
            self.whole_valid = whole
        return last_apart(X, self.histories, y, sample_weight) if whole else (X, y, sample_weight)

    def _reader(self, encoding, user, item, train):
        read = super()._reader(encoding, user, item, train)
        side = encoding.columns.side(encoding.schema, 1)
        lists = {own: place for history in encoding.columns.histories(encoding.schema) for place, own in history}
        self.has_users = read.user_id is not None or read.user is not None
        if self.whole or self.whole_valid:
            self.attributes = [(lists[own], own) for own in side.categorical]
            self.item = side.categorical.index(read.item)
        return read

    def _taken(self, encoding, rows, *, training):
        if not self._is_whole(training):
            return super()._taken(encoding, rows, training=training)
        lists, own = rows.inputs.lists, rows.inputs.codes
        columns = [torch.cat([lists[place].codes, own[:, column]]) for place, column in self.attributes]
        codes = torch.stack(columns, 1)
        items = codes[:, self.item].numpy().astype(np.int64)
        users = items
        if self.has_users:
            of_rows = rows.keys[0].numpy()
            lengths = lists[self.attributes[0][0]].offsets.diff().numpy()
            users = np.concatenate([np.repeat(of_rows, lengths), of_rows])
        return users, items, Inputs(codes, rows.inputs.numeric.new_zeros(len(codes), 0))

    def _paired(self, sampler, n_items, *, training):
        if not self._is_whole(training):
            return super()._paired(sampler, n_items, training=training)
        options = {
            "attributes": self.attributes,
            "item": self.item,
            "max_length": self.max_length,
            "has_users": self.has_users,
        }
        return lambda rows, _: SequencePairRows(rows, sampler, n_items, **options)

    def _is_whole(self, training):
        """Return whether training rows, or validation rows, are whole sequences; rows held out are as the others."""
        return self.whole if training or self.whole_valid is None else self.whole_valid
