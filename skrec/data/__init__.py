"""From frames and datasets to codes: roles, vocabularies, scales, and what is learnt of rows that come in chunks."""

from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE
from skrec.data._crosses import Cross
from skrec.data._schema import Field, Ragged, Schema, Table
from skrec.data._survey import Survey
from skrec.data._vocabulary import UNKNOWN, Vocabulary

__all__ = [
    "CATEGORICAL",
    "NUMERIC",
    "SEQUENCE",
    "UNKNOWN",
    "Cross",
    "Field",
    "Ragged",
    "Schema",
    "Survey",
    "Table",
    "Vocabulary",
]
