"""What a model learns from a row: the base of all objectives."""

from typing import Any, NamedTuple

import numpy as np

from skrec.engine import Rows, stream_of


class Encoding(NamedTuple):
    """How an estimator makes codes of its columns and of its target, once both are learnt.

    Parameters
    ----------
    schema : Schema
    table : callable
        A frame to its Table, checked.
    target : Classes, Numbers or Targets
    columns : Columns
        Which columns the model sees, and what they are to it.
    """

    schema: Any
    table: Any
    target: Any
    columns: Any

    def rows(self, chunk: Any) -> Any:
        """Return the Rows of a Chunk."""
        target, weight = self.target.encode(chunk.y, chunk.weight, self.schema.dtype)
        return Rows(self.table(chunk.frame), target, weight)

    def stream(self, source: Any) -> Any:
        """Return the rows of a source of validation rows, of which all have been looked at; of None it is None.

        What is wrong with a row is said before training, not after an epoch of it.
        """
        stream = source and stream_of(source, self.rows)
        for _ in stream.chunks() if source else ():
            pass
        return stream


class Streams(NamedTuple):
    """What a run reads: training rows, validation rows as a source and as they are read; the latter two may be None."""

    train: Any
    valid: Any
    rows_valid: Any


class Objective:
    """What is learnt from a row: here its label or number, of all rows as they are.

    A subclass says what a target is (`Classification`, `Regression`), or learns from implicit feedback
    (`SampledNegatives`, `SampledCandidates`, `Ranking`). It is made of an estimator's parameters for one fit.
    """

    implicit = ""  # the parameter by which rows that are no positives are ignored, as text; "" where all rows count
    by_label = False  # whether rows are held out by their labels
    together = ""  # the parameter by which rows are learnt from together, as text; "" where each is by itself
    several = False  # whether a row may have several targets
    learns_lists = False  # whether values of lists are learnt where they share a vocabulary

    def as_rows(self, X: Any, y: Any, sample_weight: Any, *, training: bool) -> tuple[Any, Any, Any]:
        """Return the rows that a fit was given, training or validation rows, as rows of the columns that it learns."""
        return X, y, sample_weight

    def check_target(self, y: Any) -> Any:
        """Return `y` of shape (n_rows,), of several targets (n_rows, n_targets), checked."""
        raise NotImplementedError

    def survey(self) -> Any:
        """Return what looks through targets and weights before `learn`."""
        raise NotImplementedError

    def select(self, source: Any, classes: Any) -> Any:
        """Return the source of the rows that count, and the classes as far as they are known already, else None.

        Parameters
        ----------
        source : FrameSource or DatasetSource
        classes : ndarray of shape (n_classes,) or None
            What was given, or learnt by an earlier fit.
        """
        return source, classes

    def hold_out(self, source: Any, fraction: float, seed: int) -> Any:
        """Return two sources in place of one: a random `fraction` of the rows is in the second.

        Raises
        ------
        ValueError
            If that cannot be.
        """
        return source.split(fraction, seed, by_label=self.by_label)

    def left_out(self, frame: Any, new: Any, ids: Any) -> Any:
        """Return the rows, (n_rows,) bool, from which a fit that goes on learns nothing.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)
        new : dict of {column: mask}
            The rows with a value that the first fit had not.
        ids : pair of str or None
            Names of the columns that say who, and what it is.
        """
        return np.zeros(len(frame), bool)

    def learn(self, y: Any, weight: Any, classes: Any = None) -> Any:
        """Return what `y` means, Classes or Numbers, and the output of a row of which nothing is known, (n_outputs,).

        Parameters
        ----------
        y, weight : ndarray of shape (n_rows,)
            Few rows that stand for all.
        classes : ndarray of shape (n_classes,), optional
            All labels that will come; those that there are if not given.
        """
        raise NotImplementedError

    def criterion(self, target: Any) -> Any:
        """Return the module that is minimised; `target` is what `learn` returned."""
        raise NotImplementedError

    def streams(self, encoding: Any, train: Any, valid: Any, seed: int) -> Any:
        """Return the Streams of a run.

        Parameters
        ----------
        encoding : Encoding
        train, valid : source
            The latter None without validation rows.
        seed : int
            Of what is drawn.
        """
        return Streams(stream_of(train, encoding.rows), valid, encoding.stream(valid))

    def scored_train(self, encoding: Any, streams: Any, train: Any, seed: int) -> Any:
        """Return the training rows that are scored, as a source and encoded."""
        return train, streams.train

    def scored_valid(self, encoding: Any, streams: Any) -> Any:
        """Return the validation rows that are scored, encoded."""
        return streams.rows_valid
