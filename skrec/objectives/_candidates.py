"""Positives, and the same rows with other candidates, where a row has histories."""

from typing import Any

import numpy as np

from skrec._text import quoted
from skrec.data import CATEGORICAL, VocabularySurvey, check_equal, example
from skrec.engine import SampledRows, stream_of
from skrec.objectives._candidate_draws import CandidateDraws
from skrec.objectives._implicit import WithNegatives, positives
from skrec.objectives._memory import check_drawn
from skrec.objectives._objective import Streams


class SampledCandidates(WithNegatives):
    """Learn labels of rows with histories: each epoch draws other candidates for the positives.

    Parameters
    ----------
    labels : Classification
    n_negatives : int
        Of each positive.
    user : str or int, optional
        The user-id column, which is not a feature: none of the user's known positives is drawn.
    """

    def __init__(self, labels: Any, n_negatives: int, user: str | int | None = None) -> None:
        super().__init__(labels, n_negatives)
        self.user = user

    def streams(self, encoding: Any, train: Any, valid: Any, seed: int) -> Any:
        """Return the Streams of a run."""
        users = self._users(train, valid)
        stream, draws = stream_of(train, self._positives(encoding, users)), CandidateDraws(self, encoding, users)
        for rows in stream.chunks():
            draws.add(rows, is_catalogue=True)
        if self.has_positives_alone(valid, encoding.target.classes):
            valid = self._with_negatives(encoding, valid, draws, seed)
        draws.finish()
        draws.check(stream)

        def window(rows, number):
            check_drawn(self.n_negatives, len(rows))
            return SampledRows(
                rows,
                *self.target(encoding, rows),
                columns=draws.columns,
                draw=draws.of(rows),
                seed=seed + number,
            )

        return Streams(stream.drawn(window, 1 + self.n_negatives), valid, encoding.stream(valid))

    def scored_train(self, encoding: Any, streams: Any, train: Any, seed: int) -> Any:
        """Return the positives with negatives that are drawn once."""
        draws = CandidateDraws(self, encoding, self._users(train, None))
        for rows in stream_of(train, self._positives(encoding, draws.users)).chunks():
            draws.add(rows, is_catalogue=True)
        source = self._with_negatives(encoding, train, draws, seed)
        return source, stream_of(source, encoding.rows)

    def _users(self, train, valid):
        """Return the Vocabulary of the users of both sources, None without a user-id column."""
        if self.user is None:
            return None
        if valid is not None:
            where = f"Column {quoted(self.user)} of X_val"
            check_equal(example(valid.head[self.user]), example(train.head[self.user]), where)
        users = VocabularySurvey(self.user)
        for source in (train, valid) if valid else (train,):
            for chunk in source.chunks():
                users.add(chunk.frame[self.user])
        return users.result()

    def _positives(self, encoding, users):
        """Return what makes Rows of a Chunk of positives, whose weights stay as they are; their key is the user."""

        def rows(chunk):
            keys = () if users is None else (users.encode(chunk.frame[self.user]).astype(np.int64),)
            return positives(encoding, chunk, keys)

        return rows

    def _with_negatives(self, encoding, source, train_draws, seed):
        """Return the source of positives and, behind those of each chunk, their negatives, drawn once."""
        draws, read = train_draws.copy(), self._positives(encoding, train_draws.users)
        stream = stream_of(source, read)
        for rows in stream.chunks():
            draws.add(rows)
        draws.finish()
        draws.check(stream)
        fields = encoding.schema.of_role(CATEGORICAL)

        def add(chunk, number):
            n_rows, rows = chunk.n_rows, read(chunk)
            check_drawn(self.n_negatives, n_rows)
            draw, random = draws.of(rows), np.random.RandomState(seed + number)
            own = rows.inputs.codes[:, draws.columns].numpy()
            drawn = [draw(random.random_sample(n_rows)) for _ in range(self.n_negatives)]
            codes = np.concatenate([own, *drawn])
            chunk = chunk.take(np.tile(np.arange(n_rows), 1 + self.n_negatives))
            frame = chunk.frame.reset_index(drop=True)
            for column, its in zip(draws.columns, codes.T, strict=True):
                frame[fields[column].name] = encoding.schema.vocabularies[fields[column].vocabulary].decode(its)
            return chunk._replace(frame=frame, y=self.label(encoding.target.classes, n_rows))

        return source.map(add, 1 + self.n_negatives)
