"""Histories: list columns of what came before a candidate."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from skrec._text import quoted
from skrec.data import CATEGORICAL, SEQUENCE
from skrec.estimators._columns._all import AllColumns


@dataclass(kw_only=True)
class HistoryColumns(AllColumns):
    """All columns, of which the lists in `sequence_features` are histories, each beside a candidate's column."""

    def ids(self) -> Any:
        """Return None, for rows say nothing of who it is, and the column of the candidate, None without histories."""
        return None, next(iter((self.sequence_features or {}).values()), None)

    def histories_by_name(self) -> Any:
        """Return for each history its list columns, each with the candidate's column that it goes with."""
        seen: Counter = Counter()
        histories: list[dict[str, str]] = []
        for name, candidate in (self.sequence_features or {}).items():
            if seen[candidate] == len(histories):
                histories.append({})
            histories[seen[candidate]][name] = candidate
            seen[candidate] += 1
        return histories

    def histories(self, schema: Any) -> Any:
        """Return the histories as the net takes them: pairs of a list and a categorical column, by their places."""
        lists, categorical = (
            {field.name: place for place, field in enumerate(schema.of_role(role))} for role in (SEQUENCE, CATEGORICAL)
        )
        return [
            [(lists[name], categorical[candidate]) for name, candidate in history.items()]
            for history in self.histories_by_name()
        ]

    def candidates(self, schema: Any) -> Any:
        """Return the places of the candidate's columns among the categorical ones, the item first, and histories."""
        names = [field.name for field in schema.of_role(CATEGORICAL)]
        columns = [names.index(name) for name in dict.fromkeys(self.sequence_features.values())]
        return columns, self.histories(schema)

    def finish(self, table: Any, schema: Any) -> Any:
        """Return the Table of some rows, in which lists of the same steps are equally long."""
        fields = schema.of_role(SEQUENCE)
        names = [field.name for field in fields]
        for (first, _), *others in self.histories(schema):
            for place, _ in ((first, None), *others):
                if fields[place].weighted:
                    raise TypeError(
                        f"Column {quoted(names[place])}: expected a history, whose steps come in order, got weights, "
                        "{value: weight}; give plain lists, or leave the column out of sequence_features, so that it "
                        "is pooled by weight"
                    )
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
