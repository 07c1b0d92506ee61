"""Models with histories: list columns of what came before a candidate."""

from collections import Counter
from numbers import Real
from typing import Any

import numpy as np

from skrec._text import quoted
from skrec.data._columns import CATEGORICAL, SEQUENCE
from skrec.estimators._mlp import WithMLP
from skrec.estimators._parameters import one_of, parameter, positive


class WithHistories(WithMLP):
    """Base of the models that hold a candidate against list columns of what came before it."""

    activation: str = parameter(
        "prelu",
        '{"relu", "prelu", "dice"}',
        """Units of the hidden layers: "prelu" has a slope to learn on its negative side, "dice" bends at the mean of
        the batch.""",
        one_of("relu", "prelu", "dice"),
    )
    init_scale: float = parameter(0.05, "float", "Standard deviation of the initial vectors.", positive(Real))
    sequence_features: Any = parameter(
        None,
        "dict or None",
        """Which list columns are histories, and of which column of the candidate:
        ``{"hist_item": "item_id", "hist_category": "category_id"}``. A list shares vocabulary and vectors of its
        candidate column. Lists of different candidate columns are attributes of the same steps, and as long as each
        other in every row; a second list of the same column belongs to a second history, in the order given. Other
        list columns are pooled.""",
        dict,
        None,
    )

    def _histories_by_name(self):
        """Return for each history its list columns, each with the candidate's column that it goes with."""
        seen: Counter = Counter()
        histories: list[dict[str, str]] = []
        for name, candidate in (self.sequence_features or {}).items():
            if seen[candidate] == len(histories):
                histories.append({})
            histories[seen[candidate]][name] = candidate
            seen[candidate] += 1
        return histories

    def _histories(self):
        """Return the histories as the net takes them: pairs of a list and a categorical column, by their places."""
        lists, categorical = (
            {field.name: place for place, field in enumerate(self.schema_.of_role(role))}
            for role in (SEQUENCE, CATEGORICAL)
        )
        return [
            [(lists[name], categorical[candidate]) for name, candidate in history.items()]
            for history in self._histories_by_name()
        ]

    def _table(self, frame):
        table = super()._table(frame)
        names = [field.name for field in self.schema_.of_role(SEQUENCE)]
        for (first, _), *others in self._histories():
            lengths = np.diff(table.lists[first].offsets)
            for other, _ in others:
                found = np.diff(table.lists[other].offsets)
                if (found != lengths).any():
                    row = int((found != lengths).argmax())
                    raise ValueError(
                        f"Columns {quoted(names[first])} and {quoted(names[other])}: expected lists of equal length, "
                        f"as they are of the same steps, got {lengths[row]} and {found[row]} values in row {row}; "
                        "mark what is missing in a list by None"
                    )
        return table
