"""What is learnt of all rows before training, from chunks that come one after another, in one process or in several."""

from typing import Any, Self

import numpy as np

from skrec._parallel import parallel_for
from skrec.data._columns import NUMERIC, SEQUENCE
from skrec.data._list_cells import weighted_tokens
from skrec.data._moments_survey import MomentsSurvey
from skrec.data._schema import Schema
from skrec.data._vocabulary_survey import VocabularySurvey
from skrec.data._weighted_cells import is_weighted


class Survey:
    """Learns vocabularies and scales.

    Parameters
    ----------
    roles : dict of {column name: role}
        The columns that the model sees, in order.
    shared : dict of {list column: categorical column}, optional
        Whose vocabulary a list column uses.
    declared : bool, default=False
        Let a vocabulary hold every category that a dtype declares, not only those that rows have.
    dtype : numpy dtype, default=float32
        Of the encoded numbers.
    n_threads : int, default=1
        That learn columns side by side.
    joined : bool, default=False
        Let the values of a list that shares a vocabulary be in it, not only those of the column that it shares with.

    Notes
    -----
    Vocabularies are the same whatever the chunks and their order; mean and scale but for rounding. A pickled Survey
    has no rows, only the distinct values of the columns and a few numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.data import CATEGORICAL, Survey
    >>> survey = Survey({"item": CATEGORICAL})
    >>> for item in ("b", "a", "b"):
    ...     survey = survey.add(pd.DataFrame({"item": [item]}))
    >>> list(survey.result().vocabularies[0].values)
    ['a', 'b']
    """

    def __init__(
        self,
        roles: Any,
        shared: Any = None,
        *,
        declared: bool = False,
        dtype: Any = np.float32,
        n_threads: int = 1,
        joined: bool = False,
    ) -> None:
        self.roles, self.shared, self.dtype, self.n_threads = roles, shared or {}, dtype, n_threads
        self.joined = joined
        self.weighted: set[Any] = set()
        self.columns = {
            name: MomentsSurvey() if role == NUMERIC else VocabularySurvey(name, declared=declared)
            for name, role in roles.items()
            if name not in self.shared
        }

    def add(self, frame: Any, weight: Any = None) -> Self:
        """Learn from a chunk.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)
        weight : ndarray of shape (n_rows,), float64, optional
            Positive weights of the rows, for mean and scale.

        Returns
        -------
        self : Survey
        """
        weight = np.ones(len(frame)) if weight is None else weight
        # made by this thread: a frame keeps a list of the Series that share its memory
        columns = [frame[name] for name in self.columns]
        roles = [self.roles[name] for name in self.columns]
        surveys = list(self.columns.values())
        n_cells = len(columns) * len(frame)
        parallel_for(_add_columns, len(columns), n_cells, self.n_threads, columns, roles, surveys, weight)
        for name, shared in self.shared.items() if self.joined else ():
            of_shared: Any = self.columns[shared]
            of_shared.add(weighted_tokens(frame[name])[0])
        lists = (name for name, role in self.roles.items() if role == SEQUENCE)
        self.weighted.update(name for name in lists if is_weighted(frame[name]))
        return self

    def merge(self, other: Any) -> None:
        """Learn what another Survey, of the same columns, has; it is left as it is."""
        for name, survey in self.columns.items():
            survey.merge(other.columns[name])
        self.weighted |= other.weighted

    def result(self) -> Any:
        """Return the Schema of all that came."""
        learnt = {name: survey.result() for name, survey in self.columns.items()}
        vocabularies = {name: vocabulary for name, vocabulary in learnt.items() if self.roles[name] != NUMERIC}
        scales = [learnt[name] for name, role in self.roles.items() if role == NUMERIC]
        return Schema.of(self.roles, self.shared, vocabularies, scales, self.dtype, self.weighted)


def _add_columns(first, last, columns, roles, surveys, weight):
    """Let the surveys of the columns from `first` to `last` learn from a chunk."""
    for j in range(first, last):
        if roles[j] == NUMERIC:
            surveys[j].add(columns[j], weight)
        else:
            surveys[j].add(weighted_tokens(columns[j])[0] if roles[j] == SEQUENCE else columns[j])
