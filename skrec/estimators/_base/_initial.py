"""A net before its first step."""

import numpy as np
import torch

from skrec._text import quoted
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE, warn_of_positive, warn_of_strangers
from skrec.engine import NewFloats
from skrec.estimators._base._build import FEW_ROWS, build_net, draw_net, try_net
from skrec.estimators._base._memory import check_net
from skrec.estimators._base._numeric import numeric_embedding
from skrec.estimators._base._training import batch_size
from skrec.nets import Fields
from skrec.nets.layers._table_part import part_of_tables


def fields_of(settings, embedding):
    """Return the Fields of the columns that an estimator has learnt; `embedding` is its NumericEmbedding or None."""
    schema, pooling = settings.schema_, getattr(settings, "pooling", "mean")
    weighted = [field.name for field in schema.of_role(SEQUENCE) if field.weighted]
    if pooling == "max" and weighted:
        raise ValueError(
            f"pooling='max' of {type(settings).__name__} takes the largest number of all values of a list, which no "
            f"weight changes, got column {quoted(weighted[0])} with weights, {{value: weight}}; choose pooling='mean', "
            "'sum' or 'root', or give plain lists"
        )
    return Fields(
        categorical=tuple(field.vocabulary for field in schema.of_role(CATEGORICAL)),
        vocabulary_sizes=tuple(len(vocabulary) for vocabulary in schema.vocabularies),
        sequences=tuple(field.vocabulary for field in schema.of_role(SEQUENCE)),
        n_numeric=len(schema.of_role(NUMERIC)),
        pooling=pooling,
        numeric_embedding=embedding,
    )


def initial_module(work, objective, rows, bias, seed, strategy):
    """Return the module of an estimator that has learnt its columns and its target, with its initial values.

    Parameters
    ----------
    work : NetEstimator
    objective : Objective
    rows : Rows or StreamedRows
        Training rows.
    bias : ndarray of shape (n_outputs,)
        The output of a row of which nothing is known.
    seed : int
    strategy : Strategy
    """
    schema = work.schema_
    if objective.implicit:  # once, before what may take hours, after all that may refuse the rows
        warn_of_positive(work.classes_, f"{type(work).__name__}({objective.implicit})")
    shared = getattr(work._columns_, "sequence_features", None) or {}
    warn_of_strangers(schema, rows.inputs.lists, shared)
    embedding = numeric_embedding(work, rows, strategy)
    work._edges_ = [] if embedding is None else [np.array(edges) for edges in embedding.edges]
    fields = fields_of(work, embedding)
    with part_of_tables(*strategy.part):
        check_net(
            work,
            lambda: build_net(work, fields, len(bias), None),
            sum(fields.vocabulary_sizes),
            min(batch_size(work.batch_size, len(rows)), len(rows)),
            rows.inputs.numeric.element_size(),
        )
        with NewFloats():
            module = draw_net(work, fields, len(bias), seed)
        with torch.no_grad():
            module.bias.copy_(torch.from_numpy(bias))
        module = module.to(rows.inputs.numeric.dtype)
        strategy.fetch(module, rows.inputs.take(slice(0, FEW_ROWS)))
        try_net(work, module, rows.inputs, len(bias))
        work._start(module, objective.criterion(work._target_), rows, seed)
    return module
