"""Columns of later tables, found by their names."""

from typing import Any

from skrec._text import nearest, quoted
from skrec.data._containers import select


def by_name(frame: Any, names: Any) -> Any:
    """Return the columns `names` of a frame that may have others, and any order.

    Parameters
    ----------
    frame : DataFrame
    names : list

    Raises
    ------
    ValueError
        If it has not all of them.
    """
    given = frame.columns.tolist()
    if given == names:
        return frame
    check_there(given, names)
    return select(frame, names)


def having(frame: Any, names: Any) -> Any:
    """Return a frame as it is, others among its columns or not; `by_name` without the selection."""
    given = frame.columns.tolist()
    if given != names:
        check_there(given, names)
    return frame


def check_there(given: Any, needed: Any, remedy: str = "") -> None:
    """Raise a ValueError that names what of `needed` is not `given`, what is perhaps its name, and a further remedy."""
    there = set(given)
    missing = [name for name in needed if name not in there]
    if missing:
        others = [name for name in given if name not in needed]
        near = [name for name in (nearest(name, others) for name in missing[:10]) if name]
        hint = f" (did you mean {', '.join(near)}?)" if near else ""
        raise ValueError(
            f"Expected the columns of fit, got a frame without {quoted(missing)}{hint}; "
            f"add or rename them, or fit again{remedy}"
        )
