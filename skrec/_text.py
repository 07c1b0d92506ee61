"""What messages quote: values and names of the user's data, made short, and the name that was probably meant."""

from difflib import get_close_matches
from reprlib import Repr

import numpy as np
import pandas as pd

_ITEMS, _LETTERS = 10, 80
_MESSAGE = 300  # characters of another library's message


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
    plain = isinstance(value, np.generic) and not isinstance(value, (np.datetime64, np.timedelta64))
    return _BRIEF.repr(value.item() if plain else value)


def shortened(text):
    """Return a text, or the message of an error of another library, which may quote a value, cut in the middle."""
    text, half = str(text), _MESSAGE // 2
    return text if len(text) <= _MESSAGE else f"{text[:half]}...{text[-half:]}"


def brief(error):
    """Return another library's error, or in place of one that quotes a long value a short one, to be a cause."""
    return error if len(str(error)) <= _MESSAGE else ValueError(shortened(error))


def nearest(name, names):
    """Return the one of `names` that `name` resembles, quoted; None if there is none."""
    if len(str(name)) > _MESSAGE:  # to compare takes the product of the lengths
        return None
    near = get_close_matches(str(name), [text for other in names if len(text := str(other)) <= _MESSAGE], n=1)
    return quoted(near[0]) if near else None
