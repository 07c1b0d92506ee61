"""Vocabularies that take values which came after they were learnt."""

from dataclasses import replace

import pandas as pd

from skrec.data._columns import NUMERIC, SEQUENCE
from skrec.data._list_cells import weighted_tokens
from skrec.data._vocabulary import UNKNOWN, Vocabulary
from skrec.data._vocabulary_survey import VocabularySurvey


def grown(schema, chunks):
    """Return a schema that knows the values of some rows too, behind its own, whose codes stay.

    Parameters
    ----------
    schema : Schema
    chunks : iterable of Chunk
        The rows.

    Returns
    -------
    schema : Schema
        Itself if nothing is new.
    """
    fields = [field for field in schema.fields if field.role != NUMERIC]
    surveys = {field.vocabulary: VocabularySurvey(field.name) for field in fields}
    for chunk in chunks:
        for field in fields:
            column = chunk.frame[field.name]
            surveys[field.vocabulary].add(weighted_tokens(column)[0] if field.role == SEQUENCE else column)
    vocabularies = [
        _with_values(known, surveys[place].result(), surveys[place].name) if place in surveys else known
        for place, known in enumerate(schema.vocabularies)
    ]
    if all(new is known for new, known in zip(vocabularies, schema.vocabularies, strict=True)):
        return schema
    return replace(schema, vocabularies=tuple(vocabularies))


def _with_values(known, other, name):
    """Return a Vocabulary of the values that are `known` and, behind them, of those of another that are not."""
    values = other.values
    new = values[known.encode(pd.Series(values, name=name)) == UNKNOWN]
    if not len(new):
        return known
    if not len(known.values):
        return Vocabulary(new, known.by_text)
    own = new.astype(known.values.dtype) if _has_values_of(new, known.values.dtype) else new
    return Vocabulary(known.values.append(own), known.by_text)


def _has_values_of(values, dtype):
    """Whether a dtype holds the values of an Index as they are."""
    try:
        return bool((pd.Index(values.astype(dtype)) == values).all())
    except (TypeError, ValueError):
        return False
