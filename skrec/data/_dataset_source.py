"""Rows of a Dataset, of which some are in memory at a time."""

from copy import copy
from functools import cached_property
from math import prod

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec.data._sample_survey import SampleSurvey
from skrec.data._weights import scaled


class DatasetSource:
    """Rows of a Dataset, read anew for each pass.

    Parameters
    ----------
    groups : RowGroups
    check : callable
        (frame, y, weight) to a Chunk.
    samples : bool, default=True
        Whether to keep a sample.

    Attributes
    ----------
    sample : Chunk or None
        Rows from everywhere, once all have been read.
    """

    sample = None

    def __init__(self, groups, check, *, samples=True):
        self.groups, self.check, self.samples = groups, check, samples
        self.maps: tuple = ()

    @property
    def n_groups(self):
        """Groups, whose order can be chosen."""
        return len(self.groups.groups)

    @cached_property
    def n_rows(self):
        """Number of rows."""
        factors = [factor for _, factor in self.maps]
        if None in factors:  # only who looks at the rows knows
            return sum(chunk.n_rows for chunk in self._read(None))
        return self.groups.n_rows * prod(factors)

    @property
    def n_targets(self):
        """Number of targets of a row."""
        return len(self.groups.targets)

    @property
    def head(self):
        """The columns of the first rows."""
        return self.groups.frame

    @property
    def exponent(self):
        """Weights are those that were given, divided by 2**exponent."""
        return self.groups.exponent

    def scaled_to(self, exponent):
        """Return the same rows, whose weights are divided by 2**exponent."""
        return self if exponent == self.exponent else self._with(groups=self.groups.scaled_to(exponent))

    def identity(self):
        """Return what other processes know the rows by: "Dataset", the number of groups, and a text for each."""
        return self.groups.identity()

    def part(self, rank, size):
        """Return the rows of one of some processes that have the same ones, of which none has been read."""
        return self._with(groups=self.groups.part(rank, size))

    def chunks(self, order=None):
        """Yield the rows in Chunks, the groups in `order`; the first pass over all keeps a sample."""
        if order is not None or self.sample is not None or not (self.samples and self.n_rows):
            yield from self._read(order)
            return
        survey = SampleSurvey(self.n_rows)
        for chunk in self._read(order):
            survey.add(chunk)
            yield chunk
        self.sample = survey.result()

    def _read(self, order):
        for number, (frame, y, weight) in enumerate(self.groups.parts(order)):
            chunk = self.check(frame, y, weight)
            if chunk.weight is not None:
                chunk = chunk._replace(weight=scaled(chunk.weight, self.groups.exponent))
            for function, _ in self.maps:
                if chunk.n_rows:
                    chunk = function(chunk, number)
            if chunk.n_rows:
                yield chunk

    def rows(self, encode, stream):
        """Return `stream` of itself."""
        return stream(self)

    def whole(self, refusal):
        """Raise `refusal`."""
        raise refusal

    def reading(self, names):
        """Return the same rows with the columns alone that `names`, a callable, says."""
        return self._with(groups=self.groups.reading(names()))

    def labels(self):
        """Return the labels that there are, each once, in any order; of rows as they are it reads no other column."""
        if self.maps:
            return pd.unique(np.concatenate([pd.unique(chunk.y) for chunk in self._read(None)]))
        kind = self.groups.schema.field(self.groups.targets[0]).type
        return np.asarray(pa.array(list(self.groups.labels()), kind).to_pandas())

    def where(self, mask):
        """Return the rows of which `mask`, a callable of a Chunk that returns (n_rows,) bool, is true."""
        return self._mapped(lambda chunk, _: chunk.take(np.flatnonzero(mask(chunk))), None)

    def only(self, label):
        """Return the rows of a label."""
        if self.maps or self.groups.label is not None:
            return self.where(lambda chunk: chunk.y == label)
        return self._with(groups=self.groups.only(label))

    def map(self, function, factor):
        """Return a source of what `function` makes of each Chunk and its number: `factor` times as many rows."""
        return self._mapped(function, factor)

    def can_hold_out(self, fraction):
        """Return whether a `fraction` is a group at least."""
        return self.groups.n_held(fraction) > 0

    def split(self, fraction, seed, *, by_label):
        """Return two sources in place of this: a random `fraction` of the groups, rounded down, is in the second."""
        return tuple(self._with(groups=part) for part in self.groups.split(fraction, seed, by_label=by_label))

    def _mapped(self, function, factor):
        return self._with(maps=(*self.maps, (function, factor)))

    def _with(self, **changes):
        other = copy(self)
        other.__dict__.pop("n_rows", None)
        vars(other).update(changes, sample=None)
        return other
