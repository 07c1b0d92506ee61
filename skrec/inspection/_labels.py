"""Text that comes from data, on a picture."""

import unicodedata
from textwrap import wrap

import numpy as np

LIMIT = 80  # characters of a label
POINTS, WIDE = 72, 0.6  # of an inch; how wide a character is, of its size
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


def cut(label, length):
    """Return a label cut in the middle: names often differ at their end."""
    return label if len(label) <= length else f"{label[: length // 2]}…{label[len(label) - (length - 1) // 2 :]}"


def in_room(ax, label, *, size=10, side="width"):
    """Return a label in at most three lines that are no longer than the axes, for a text of a size in points."""
    points = getattr(ax.get_window_extent(), side) * POINTS / ax.figure.dpi
    return "\n".join(wrap(label, max(int(points / (WIDE * size)), 12), max_lines=3, placeholder="…"))


def put_title(ax, *labels):
    """Write the title, each label in lines of its own, as wide as the axes are; smaller where two are not enough."""
    for size in (12, 8):
        lines = [in_room(ax, as_label(label), size=size) for label in labels]
        if all(text.count("\n") < 2 for text in lines):
            break
    ax.set_title("\n".join(lines), fontsize=size, **AS_WRITTEN)


def name_bars(ax, places, called, share):
    """Write names beside bars, in a size for which there is room, every n-th where there is none for all.

    `called` returns them at most so many characters long; they take at most a `share` of the width. All other text is
    on the axes already; what is as wide as they are can be written anew afterwards.
    """
    ax.set_yticks([])
    ax.figure.canvas.figure.draw_without_rendering()  # lays out, without names
    box, points = ax.get_window_extent(), POINTS / ax.figure.dpi
    room = box.height * points / max(len(places), 1)  # of a bar
    size = float(np.clip(0.8 * room, 5, 10))
    step = int(np.ceil(size / room))
    names = called(max(int(share * box.width * points / (WIDE * size)), 5))
    ax.set_yticks(places[::step], names[::step], fontsize=size, **AS_WRITTEN)
    ax.figure.canvas.figure.draw_without_rendering()
