"""What messages quote: values and names of the user's data, made short, and the name that was probably meant."""

from difflib import get_close_matches
from reprlib import Repr

import numpy as np
import pandas as pd

_ITEMS, _LETTERS = 10, 80
_CAUSE = 300  # characters of another library's message


class _Brief(Repr):
    """Writes what `repr` does, ten items of a container and eighty characters of anything else."""

    def __init__(self):
        super().__init__()
        self.maxlevel = 3
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = self.maxdeque = _ITEMS
        self.maxarray = _ITEMS
        self.maxstring = self.maxlong = self.maxother = _LETTERS


_BRIEF = _Brief()


def quoted(value):
    """Return what `repr` does, cut in the middle: at most 80 characters of a value, and ten of a container.

    Parameters
    ----------
    value : object
        A value of data, or many: an array and an Index are quoted as lists, a numpy scalar as what it holds.

    Returns
    -------
    text : str
    """
    if isinstance(value, (np.ndarray, pd.Index)):
        value = value[:11].tolist()  # an eleventh becomes "..."
    return _BRIEF.repr(value.item() if isinstance(value, np.generic) else value)


def cause(error):
    """Return the message of another library's error, cut in the middle."""
    text = str(error)
    half = _CAUSE // 2
    return text if len(text) <= _CAUSE else f"{text[:half]}...{text[-half:]}"


def nearest(name, names):
    """Return the one of `names` that `name` resembles, quoted; None if there is none."""
    if len(str(name)) > _CAUSE:  # to compare takes the product of the lengths
        return None
    near = get_close_matches(str(name), [text for other in names if len(text := str(other)) <= _CAUSE], n=1)
    return quoted(near[0]) if near else None
