"""Text that comes from data, on a picture."""

import unicodedata
from textwrap import wrap

LIMIT = 80  # characters of a label
AS_WRITTEN = {"parse_math": False, "usetex": False}  # properties of a matplotlib Text: $ and \ are characters
UNDRAWN = {"Cc", "Cs", "Cn"}  # control characters, surrogates that are alone, code points without a character


def as_label(value):
    """Return `value` as a line that any font can draw: cut after `LIMIT` characters, others than printable replaced."""
    text = str(value)
    text = text if len(text) <= LIMIT else text[: LIMIT - 1] + "…"
    return "".join(" " if c.isspace() else "\ufffd" if unicodedata.category(c) in UNDRAWN else c for c in text)


def in_lines(label, length):
    """Return a label in lines of at most `length` characters."""
    return "\n".join(wrap(label, length))
