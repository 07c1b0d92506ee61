"""Cells to tokens: lists as they are, text cut at a separator or read as JSON."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from skrec._text import brief, quoted, shortened
from skrec.data import SEQUENCE, is_missing, role_of, tokens

_BLOCK_ROWS = 65536  # cells of JSON that are read at once


def token_array(column):
    """Return the values of a column, one a row, as an Arrow array: text, integers, booleans or floats."""
    try:
        cells = pa.array(column, from_pandas=True)
    except OverflowError as error:
        raise TypeError(
            f"Column {quoted(column.name)}: expected values that Arrow holds, got an integer beyond 64 bits; make it "
            "text, for instance with .astype(str)"
        ) from error
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_null(cells.type) or pa.types.is_large_string(cells.type) or pa.types.is_string_view(cells.type):
        return cells.cast(pa.string())
    whole = pa.types.is_floating(cells.type) and pc.all(pc.equal(pc.floor(cells), cells)).as_py()
    return cells.cast(pa.int64()) if whole else cells  # ids became floats beside a missing one


def read_tokens(column, text_format, separator):
    """Return the tokens of a column and where each row's begin.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)
        Lists, text, or single values, which are lists of one. A missing cell is an empty list.
    text_format : {"delimited", "json"}
    separator : str

    Returns
    -------
    flat : pyarrow.Array of shape (n_tokens,)
    offsets : ndarray of shape (n_rows + 1,), int64
    """
    if is_missing(column):
        return pa.array([], pa.string()), np.zeros(len(column) + 1, np.int64)
    if role_of(column) == SEQUENCE:
        values, offsets = tokens(column)
        return token_array(values), offsets
    cells = token_array(column)
    if not pa.types.is_string(cells.type):
        return cells.drop_null(), _offsets(cells.is_valid().to_numpy(zero_copy_only=False))
    cells = pc.utf8_trim_whitespace(cells)
    return _json(cells, column.name) if text_format == "json" else _delimited(cells, separator, column.name)


def integers_of(flat, name):
    """Return tokens of text as the integers that they share a vocabulary with."""
    try:
        return flat.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise TypeError(
            f"Column {quoted(name)}: expected integers, as in the column whose vocabulary it shares, got text "
            f"({shortened(error)}); make that column text, or mend these cells"
        ) from brief(error)


def _delimited(cells, separator, name):
    """Cut text at `separator`; what is empty between two of them is no token."""
    brackets = pc.and_(pc.starts_with(cells, "["), pc.ends_with(cells, "]"))
    if pc.all(pc.or_(brackets, pc.equal(cells, ""))).as_py() and pc.any(brackets).as_py():
        first = cells.filter(brackets)[0].as_py()
        raise ValueError(
            f"Column {quoted(name)}: expected text with {quoted(separator)} between its tokens, got JSON lists such "
            f"as {shortened(first)}; "
            'read them with text_format="json"'
        )
    parts = pc.split_pattern(cells, separator)
    flat = pc.utf8_trim_whitespace(pc.list_flatten(parts))
    kept = pc.not_equal(flat, "")
    rows = pc.list_parent_indices(parts).filter(kept)
    return flat.filter(kept), _offsets(np.bincount(rows, minlength=len(cells)))


def _json(cells, name):
    """Read text as JSON lists, all of them of strings, of integers or of booleans."""
    cells = pc.fill_null(pc.if_else(pc.equal(cells, ""), None, cells), "null")
    failed = {}
    for kind in (pa.string(), pa.int64(), pa.bool_()):
        try:
            blocks = [_json_block(cells[at : at + _BLOCK_ROWS], kind) for at in range(0, len(cells), _BLOCK_ROWS)]
        except pa.ArrowInvalid as error:
            failed[kind] = error
            continue
        lists = pa.chunked_array(blocks, pa.list_(kind))
        lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
        return pc.list_flatten(lists).combine_chunks(), _offsets(lengths)
    raise TypeError(
        f"Column {quoted(name)}: expected JSON lists of strings, of integers or of booleans in every cell, "
        f"got {quoted(cells[0].as_py())} and others ({shortened(failed[pa.string()])}); mend those cells, or make "
        "them missing"
    )


def _json_block(cells, kind):
    text = "\n".join(pc.binary_join_element_wise('{"c":', cells, "}", "").to_pylist()).encode()
    table = pj.read_json(
        io.BytesIO(text),
        pj.ReadOptions(use_threads=False, block_size=len(text)),
        pj.ParseOptions(pa.schema({"c": pa.list_(kind)}), newlines_in_values=True, unexpected_field_behavior="error"),
    )
    if len(table) != len(cells):
        raise pa.ArrowInvalid("brackets that do not match")
    return table["c"].combine_chunks()


def _offsets(lengths):
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
