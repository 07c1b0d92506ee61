"""Labels of rows that stand together, such as those of a page."""

from typing import Any

import numpy as np

from skrec._text import quoted
from skrec.data import factorize
from skrec.engine import GroupRows, stream_of
from skrec.losses import GroupCriterion
from skrec.objectives._classification import Classification
from skrec.objectives._objective import Streams


class GroupedLabels(Classification):
    """Learn which rows of a group are positives, from the scores of all of them.

    Parameters
    ----------
    name : str
        Of the estimator, for errors.
    groups : str or int
        The column that says of which group a row is, which is no feature.
    loss : GroupLoss
    """

    by_label = False

    def __init__(self, name: str, groups: str | int, loss: Any) -> None:
        super().__init__(name, only_two=True)
        self.groups, self.loss = groups, loss
        self.together = f"groups={quoted(groups)}"

    def select(self, source: Any, classes: Any) -> Any:
        """Return the source, which is a frame, and the classes."""
        source.whole(self._refusal("a Dataset, which is read a part at a time; pass a frame"))
        return source, classes

    def criterion(self, target: Any) -> Any:
        """Return the loss of groups."""
        return GroupCriterion(self.loss)

    def hold_out(self, source: Any, fraction: float, seed: int) -> Any:
        """Return two sources in place of one: a random `fraction` of the groups is in the second."""
        codes = self._codes(source.head)
        n_groups = codes.max() + 1
        n_held = int(np.ceil(fraction * n_groups))
        if n_held >= n_groups:
            raise ValueError(f"there are {n_groups} groups, of which one at least trains")
        held = np.zeros(n_groups, bool)
        held[np.random.RandomState(seed).permutation(n_groups)[:n_held]] = True
        parts = (source.where(lambda chunk, part=part: part[self._codes(chunk.frame)]) for part in (~held, held))
        return tuple(parts)

    def streams(self, encoding: Any, train: Any, valid: Any, seed: int) -> Any:
        """Return the Streams of a run."""
        return Streams(self._grouped(encoding, train), valid, valid and self._grouped(encoding, valid))

    def scored_train(self, encoding: Any, streams: Any, train: Any, seed: int) -> Any:
        """Return the training rows in their own order."""
        return train, stream_of(train, encoding.rows)

    def scored_valid(self, encoding: Any, streams: Any) -> Any:
        """Return the validation rows in their own order."""
        return stream_of(streams.valid, encoding.rows)

    def _grouped(self, encoding, source):
        """Return the GroupRows of a source."""
        chunk = source.whole(self._refusal("validation rows in a Dataset; pass a frame"))
        codes = self._codes(chunk.frame)
        rows = encoding.rows(chunk)
        positives = np.bincount(codes, rows.target.numpy() == 1)
        if not ((positives > 0) & (positives < np.bincount(codes))).any():
            raise ValueError(
                f"{self.together} of {self.name} learns from groups with a positive and another row, got none among "
                f"{len(positives)} groups of {len(codes)} rows; name the column that rows of one page, list or query "
                "have in common"
            )
        return GroupRows(rows, codes)

    def _codes(self, frame):
        """Return codes of the rows' groups, (n_rows,), int64."""
        codes = factorize(frame[self.groups])[0]
        if (codes < 0).any():
            raise self._refusal(
                f"{int((codes < 0).sum())} rows without a value in column {quoted(self.groups)}; drop them, or give "
                "each a value of its own"
            )
        return np.unique(codes, return_inverse=True)[1].astype(np.int64)

    def _refusal(self, got):
        return ValueError(f"{self.together} of {self.name} learns from the rows of a group together, got {got}")
