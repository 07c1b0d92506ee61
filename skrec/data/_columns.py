"""What a column is: its role by dtype."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api import types

from skrec._text import quoted, shortened
from skrec.data._containers import as_arrow

CATEGORICAL, NUMERIC, SEQUENCE = "categorical", "numeric", "sequence"

_OBJECT_ROLES = {
    "string": CATEGORICAL,
    "boolean": CATEGORICAL,
    "empty": CATEGORICAL,
    "integer": NUMERIC,
    "floating": NUMERIC,
    "mixed-integer-float": NUMERIC,
    "decimal": NUMERIC,
}
_REMEDY = "make it one of: category or str (categorical), int or float (numeric), a list column (sequence)"
_DATES, _TIMES = ("datetime", "datetime64", "date"), ("time", "timedelta", "timedelta64")
_SPANS = "turn a time of day or a span of time into numbers, such as .dt.total_seconds(), or drop it"
LISTS = (
    "a sequence column holds a list in every cell, empty where there is nothing; skrec.preprocessing.SequenceEncoder "
    "makes lists of text"
)


def role_of(column: Any) -> Any:
    """Return the role that a column's dtype gives it.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)

    Returns
    -------
    role : {"categorical", "numeric", "sequence"}

    Raises
    ------
    TypeError
        If the dtype has no role (datetime, sparse, ...) or the column mixes types.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        raise refused(column, f"sparse dtype {dtype}", "convert it with .sparse.to_dense()")
    if isinstance(dtype, pd.ArrowDtype):
        role = arrow_role(dtype.pyarrow_dtype)
    elif isinstance(dtype, (pd.CategoricalDtype, pd.StringDtype)) or types.is_bool_dtype(dtype):
        role = CATEGORICAL
    elif types.is_object_dtype(dtype):
        return _object_role(column)
    else:
        role = NUMERIC if types.is_any_real_numeric_dtype(dtype) else None
    if role is None and len(column) and column.isna().all():  # missing dates say nothing
        return CATEGORICAL
    if role is None:
        raise refused(column, f"dtype {dtype}", _remedy(dtype, column.name))
    return role


def is_enum(dtype: Any) -> Any:
    """Whether a column is a polars Enum: a dictionary that is ordered, as `as_pandas` lets no other one be."""
    return (
        isinstance(dtype, pd.ArrowDtype)
        and pa.types.is_dictionary(dtype.pyarrow_dtype)
        and dtype.pyarrow_dtype.ordered
        and _is_arrow_text(dtype.pyarrow_dtype.value_type)
    )


def is_text(dtype):
    """Whether a column or an Index holds strings as Arrow does, or can."""
    return isinstance(dtype, pd.StringDtype)


def is_missing(column: Any) -> Any:
    """Whether a column has no cell but missing ones, of which no dtype tells what they are."""
    if isinstance(column.dtype, pd.ArrowDtype):  # whose NaN is a number to pandas
        return bool(pc.all(pc.is_null(as_arrow(column), nan_is_null=True), min_count=0).as_py())
    return bool(column.isna().all())


def is_coded_by_arrow(dtype):
    """Whether a column has strings, or a dictionary of any values, as Arrow holds them."""
    if isinstance(dtype, pd.ArrowDtype):
        # dictionaries by hand too, for pandas refuses the unsigned indices that polars gives
        dtype = dtype.pyarrow_dtype
        return pa.types.is_dictionary(dtype) or pa.types.is_string(dtype) or pa.types.is_large_string(dtype)
    return isinstance(dtype, pd.StringDtype)


def arrow_role(dtype):
    """Return the role that an Arrow type gives a column, None where it has none."""
    if pa.types.is_dictionary(dtype):
        dtype = dtype.value_type
        return CATEGORICAL if pa.types.is_integer(dtype) else arrow_role(dtype)
    if is_list(dtype) or pa.types.is_map(dtype):
        return SEQUENCE
    if _is_arrow_text(dtype) or pa.types.is_boolean(dtype) or pa.types.is_null(dtype):
        return CATEGORICAL
    numeric = pa.types.is_integer(dtype) or pa.types.is_floating(dtype) or pa.types.is_decimal(dtype)
    return NUMERIC if numeric else None


def is_list(dtype):
    """Whether an Arrow type is that of lists."""
    return pa.types.is_list(dtype) or pa.types.is_large_list(dtype) or pa.types.is_fixed_size_list(dtype)


def check_values(column, dtype):
    """Raise TypeError unless values of lists, of an Arrow type, can be categories."""
    if arrow_role(dtype) != CATEGORICAL and not pa.types.is_integer(dtype):
        remedy = "a sequence column holds lists of strings, integers or booleans"
        raise refused(column, f"lists of {dtype}", remedy)


def refused(column, got, remedy):
    """Return the error that speaks of a column whose cells have no role."""
    return TypeError(
        f"Column {quoted(column.name)}: expected categories, numbers or lists, got {shortened(got)}; {remedy}"
    )


def date_remedy(name):
    """Return what to do about a column of dates."""
    return (
        "turn a date into numbers (year, hour, days since), as a step before this one does, "
        f"skrub.ApplyToCols(skrub.DatetimeEncoder(), cols=[{quoted(name)}]), or drop it"
    )


def _remedy(dtype, name):
    """Return what to do about a column of a dtype without a role."""
    if isinstance(dtype, pd.PeriodDtype):
        return f"make it dates with .dt.to_timestamp(), and {date_remedy(name)}"
    dated, timed = dtype.kind == "M", dtype.kind == "m"
    if isinstance(dtype, pd.ArrowDtype):
        held = dtype.pyarrow_dtype
        held = held.value_type if pa.types.is_dictionary(held) else held
        timed = pa.types.is_time(held) or pa.types.is_duration(held)
        dated = pa.types.is_temporal(held) and not timed
    if dated:
        return date_remedy(name)
    return _SPANS if timed else _REMEDY


def _object_role(column):
    kind = types.infer_dtype(column, skipna=True)
    if kind in _OBJECT_ROLES:
        return _OBJECT_ROLES[kind]
    present = column[column.map(types.is_list_like) | column.notna()]
    if not len(present):
        return CATEGORICAL
    listed = present.map(types.is_list_like)
    if listed.all():
        return SEQUENCE
    if kind.startswith("mixed"):
        found = sorted({type(value).__name__ for value in present})
        if len(found) == 1:
            raise refused(column, f"objects of type {found[0]}", "give it values of text, for instance .astype(str)")
        remedy = LISTS if listed.any() else "give it one type, for instance with .astype(str)"
        raise refused(column, f"mixed types ({', '.join(found)})", remedy)
    remedy = _SPANS if kind in _TIMES else _REMEDY
    if kind in _DATES:
        remedy = f"make it dates with pandas.to_datetime, and {date_remedy(column.name)}"
    raise refused(column, f"objects of type {kind}", remedy)


def _is_arrow_text(dtype):
    return pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype)
