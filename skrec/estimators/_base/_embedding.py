"""What a model has learnt about each value of a column."""

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.data import NUMERIC, column_of
from skrec.nets import FieldEmbedding
from skrec.nets.layers._table_part import is_in_parts


def embedding_frame(layer, schema, column):
    """Return the vectors of a column's values, a row a value, with their linear weights.

    Parameters
    ----------
    layer : FieldEmbedding
        What the net has as `embedding`; None if nothing.
    schema : Schema
    column : str or int
        Its name in `fit`.
    """
    if not isinstance(layer, FieldEmbedding):
        raise TypeError(
            f"embedding reads the FieldEmbedding that a net has as its attribute embedding, got {quoted(layer)}; call "
            "it so in the net"
        )
    if is_in_parts(layer):
        raise ValueError(
            "Expected a whole table, got the part that this process holds; gather them by skrec.distributed.gather"
        )
    known = pd.DataFrame(columns=[field.name for field in schema.fields])
    field = schema.field(column_of(known, column, "embedding"))
    if field.role == NUMERIC:
        raise ValueError(f"Expected a categorical or list column, got {quoted(column)}, which is numeric")
    vocabulary = schema.vocabularies[field.vocabulary]
    start = layer.fields.starts[field.vocabulary]
    block = layer.table.detach().numpy()[start : start + len(vocabulary)]
    n_linear = block.shape[1] - layer.embedding_dim
    linear = ["bias"] if n_linear == 1 else [f"bias_{i}" for i in range(n_linear)]
    index = pd.Index([*vocabulary.values, np.nan], dtype=object, name=column)
    return pd.DataFrame(np.roll(block, -1, axis=0), index=index, columns=[*range(layer.embedding_dim), *linear])
