"""When rows happened: a column of times as numbers that compare."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec._text import brief, quoted, shortened

_NUMBERS, _DATES, _ZONED = "numbers", "dates without a time zone", "dates with a time zone"


class Times(NamedTuple):
    """The times of rows, and what kind they are: only times of one kind compare."""

    values: np.ndarray  # (n_rows,) int64, float64 or datetime64[us]
    kind: str


def read_times(column: Any) -> Any:
    """Return the times of a column.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)
        Numbers or dates, in any order, pandas, Arrow or objects.

    Returns
    -------
    times : Times
        Dates in microseconds, of UTC where they have a time zone. Finer digits are cut off: what was not before a
        time does not come before it.

    Raises
    ------
    TypeError
        If the column has text, lists, or anything else that is neither a number nor a date.
    ValueError
        If a time is missing.
    """
    try:
        cells = pa.array(column, from_pandas=True)
    except OverflowError as error:
        raise _refused(column, "an integer beyond 64 bits", "clip it, or drop those rows") from error
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise _refused(column, f"cells of mixed types ({shortened(error)})", "give it one type") from brief(error)
    if cells.null_count:
        raise ValueError(
            f"Column {quoted(column.name)}: expected a time in every row, got {cells.null_count} missing; drop those "
            "rows"
        )
    kind = _kind(cells.type)
    if kind is None:
        text = pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)
        got = f"text such as {quoted(next(iter(column), ''))}" if text else f"{cells.type}"
        raise _refused(column, got, "convert it with pandas.to_datetime, or to numbers")
    if kind == _ZONED:
        cells = cells.cast(pa.timestamp("us", "UTC"), safe=False)
    if kind != _NUMBERS:
        cells = cells.cast(pa.timestamp("us"), safe=False)
    else:
        cells = cells.cast(pa.int64() if pa.types.is_signed_integer(cells.type) else pa.float64(), safe=False)
    return Times(np.asarray(cells), kind)


def check_same_kind(kind: Any, other: Any, where: Any, elsewhere: Any) -> None:
    """Raise a ValueError unless times of two kinds compare."""
    if kind != other:
        raise ValueError(
            f"Expected times of one kind, got {kind} in {where} and {other} in {elsewhere}; convert one of them"
        )


def moment_after(last: Any, kind: str) -> Any:
    """Return the first moment after a time, as `read_times` would read it again.

    Parameters
    ----------
    last : number, datetime64[us] or None
        A time; None gives a moment of that kind.
    kind : str

    Returns
    -------
    moment : int, float or pandas.Timestamp
    """
    if kind == _NUMBERS:
        if last is None:
            return 0
        if isinstance(last, np.integer):
            return min(int(last) + 1, np.iinfo(np.int64).max)
        return float(max(last + 1, np.nextafter(last, np.inf)))
    stamp = pd.Timestamp(0 if last is None else last).as_unit("us") + pd.Timedelta(1, "us")
    return stamp if kind == _DATES else stamp.tz_localize("UTC")


def _kind(dtype):
    if pa.types.is_integer(dtype) or pa.types.is_floating(dtype) or pa.types.is_decimal(dtype):
        return _NUMBERS
    if pa.types.is_date(dtype):
        return _DATES
    if pa.types.is_timestamp(dtype):
        return _DATES if dtype.tz is None else _ZONED
    return None


def _refused(column, got, remedy):
    return TypeError(f"Column {quoted(column.name)}: expected times as numbers or dates, got {got}; {remedy}")
