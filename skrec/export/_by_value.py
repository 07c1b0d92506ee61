"""What an encoder makes of the values of single columns, found out by asking it about all that it knows."""

from itertools import count

import numpy as np
import pandas as pd

from skrec.export._columns import Imputed, Mapped, Raw, refused


def by_value(encode, columns, known, step, gaps=None):
    """Return the columns that an encoder gives, each of which depends on one raw column alone, as Mapped.

    Parameters
    ----------
    encode : callable
        Returns numbers (n_rows, n_outputs) of a frame of the columns.
    columns : dict of {str: Raw or Imputed}
        What it was given.
    known : list of pandas.Index
        For each of them the values that it knows, none missing.
    step : str
        What an error calls the encoder.
    gaps : list, optional
        For each column what is missing there; NaN if not given.
    """
    gaps = [np.nan] * len(known) if gaps is None else gaps
    for name, column in columns.items():
        if not isinstance(column, (Raw, Imputed)):
            raise refused(f"{step} of {name!r} behind another encoder", "encode in one step")
    base = [values[:1] if len(values) else pd.Index([None], dtype=object) for values in known]
    tables, others, missing = [], [], []
    for place, values in enumerate(known):
        ask = _Question(encode, list(columns), base, place)
        tables.append(ask(values) if len(values) else ask(base[place]))
        others.append(ask.or_nan(_other(values)))
        missing.append(ask.or_nan(pd.Index([gaps[place]], dtype=float if values.dtype.kind in "if" else object)))
    n_outputs, out = tables[0].shape[1], []
    for k in range(n_outputs):
        answers = zip(tables, others, missing, strict=True)
        rows = [np.append(table[:, k], [other[k], gap[k]]) for table, other, gap in answers]
        varying = [place for place, row in enumerate(rows) if _varies(row)]
        if len(varying) > 1:
            raise refused(f"{step}, whose outputs depend on several columns at once", "run it before what is exported")
        place = varying[0] if varying else 0
        row = rows[place]
        outputs, other, gap = row[: len(known[place])], row[-2], row[-1]
        column = list(columns.values())[place]
        if isinstance(column, Imputed):
            found = known[place].get_indexer([column.value])[0]
            gap = outputs[found] if found >= 0 else other
        out.append(Mapped(column.name, known[place], outputs, float(other), float(gap)))
    return out


class _Question:
    """What the encoder gives where one column has certain values, and all others the first that it knows."""

    def __init__(self, encode, names, base, place):
        self.encode, self.names, self.base, self.place = encode, names, base, place

    def __call__(self, values):
        pairs = zip(self.names, self.base, strict=True)
        columns = [pd.Series(first.repeat(len(values)), name=name) for name, first in pairs]
        columns[self.place] = pd.Series(values, name=self.names[self.place])
        out = self.encode(pd.concat(columns, axis=1))
        return np.asarray(out.toarray() if hasattr(out, "toarray") else out, np.float64)

    def or_nan(self, values):
        """Return the outputs (n_outputs,) of one value, NaN where it is refused."""
        try:
            return self(values)[0]
        except (TypeError, ValueError):
            return np.full(self(self.base[self.place]).shape[1], np.nan)


def _other(values):
    """Return a value that is not known, of the same type."""
    taken = set(values.tolist())
    if values.dtype.kind in "iufb":
        return pd.Index([next(n for n in count(2) if n not in taken)]).astype("int64")
    return pd.Index([next(text for text in map("\x7f".__mul__, count(1)) if text not in taken)])


def _varies(row):
    there = row[~np.isnan(row)]
    return len(there) > 0 and bool((there != there[0]).any())
