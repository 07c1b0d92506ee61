"""Crossed columns beside all others."""

from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skrec._text import quoted
from skrec.data import CATEGORICAL, Cross, Table, column_of
from skrec.estimators._columns._all import AllColumns


@dataclass(kw_only=True)
class CrossedColumns(AllColumns):
    """All columns, and a category for each combination of values in some of them.

    Parameters
    ----------
    crossed_columns : list of tuples or None
        Names or positions of categorical columns.
    """

    crossed_columns: Any = None
    crosses: list = field(default_factory=list)  # of Cross, once they are learnt

    def learn(self, frame: Any, typed: Any, name: str) -> Any:
        """Return {column: role} of the columns that the net sees, and {list column: column it shares with}."""
        self._names = [self._check(frame, names, name) for names in self.crossed_columns or ()]
        return super().learn(frame, typed, name)

    def learn_codes(self, schema: Any, source: Any, merge: Any = None) -> None:
        """Learn the combinations that rows have."""
        fields = {field.name: field for field in schema.of_role(CATEGORICAL)}
        for name in (name for names in self._names for name in names):
            if name not in fields:
                role = schema.field(name).role
                raise ValueError(
                    f"crossed_columns takes categorical columns, got {quoted(name)}, which is {role}; "
                    "cut a number into categories, or name it in categorical_features"
                )
        vocabularies = {name: schema.vocabularies[field.vocabulary] for name, field in fields.items()}
        order = list(fields)
        learners = [
            Cross.learner(tuple(map(order.index, names)), tuple(len(vocabularies[name]) for name in names))
            for names in self._names
        ]
        for chunk in source.chunks() if learners else ():
            for names, learner in zip(self._names, learners, strict=True):
                learner.add([vocabularies[name].encode(chunk.frame[name]) for name in names])
        self.crosses = [(merge(learner) if merge else learner).result() for learner in learners]

    def grown(self, schema: Any, source: Any) -> Any:
        """Return the columns with the combinations that rows of a `source` have beside, in a `schema` that grew."""
        if not self.crosses:
            return self
        fields = schema.of_role(CATEGORICAL)
        vocabularies = [schema.vocabularies[field.vocabulary] for field in fields]

        def codes(positions):
            for chunk in source.chunks():
                yield [vocabularies[j].encode(chunk.frame[fields[j].name]) for j in positions]

        columns = copy(self)
        columns.crosses = [
            cross.grown(tuple(len(vocabularies[j]) for j in cross.positions), codes(cross.positions))
            for cross in self.crosses
        ]
        sizes = [[(len(cross.vocabulary), *cross.sizes) for cross in of.crosses] for of in (self, columns)]
        return self if sizes[0] == sizes[1] else columns

    def finish(self, table: Any, schema: Any) -> Any:
        """Return the Table of some rows, with the codes of their combinations behind the others."""
        codes = np.column_stack([table.codes, *(cross.encode(table.codes) for cross in self.crosses)])
        return Table(codes, table.numeric, table.lists)

    def _check(self, frame, names, estimator):
        """Return the columns of a cross, which are there, two or more, and different."""
        listed = isinstance(names, (tuple, list))
        columns = [column_of(frame, name, "crossed_columns") for name in names] if listed else []
        if len(set(columns)) < 2 or len(set(columns)) < len(columns):
            raise ValueError(
                f"The 'crossed_columns' parameter of {estimator} must be a list of tuples, each of two or "
                f"more different columns. Got {quoted(names)} in it."
            )
        return columns
