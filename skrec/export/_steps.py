"""Which steps of a pipeline can be written into a graph, and what they make of raw columns."""

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from skrec._text import quoted
from skrec.data import CATEGORICAL, NUMERIC
from skrec.export._columns import EncodedColumns, Number, RawColumns
from skrec.preprocessing import CategoryEncoder, TableEncoder


def split_pipeline(model):
    """Return what columns are made of before the last step, as RawColumns, and that step."""
    if not isinstance(model, Pipeline):
        return RawColumns(), model
    *steps, (_, estimator) = model.steps
    steps = [(name, step) for name, step in steps if step not in (None, "passthrough")]
    for name, step in steps:
        if type(step) not in (TableEncoder, CategoryEncoder):
            raise _refused(f"the step {quoted(name)}, {type(step).__name__}", "run it before what is exported")
    if len(steps) > 1:
        raise _refused(f"the step {quoted(steps[1][0])} behind another encoder", "encode in one step")
    if not steps:
        return RawColumns(), estimator
    step = steps[0][1]
    if type(step) is CategoryEncoder:
        return EncodedColumns(dict(zip(step.get_feature_names_out(), step.categories_, strict=True))), estimator
    return _of_table(step), estimator


def _of_table(encoder):
    """Return the columns that a TableEncoder makes."""
    if encoder.statistics_ is not None:
        raise _refused(f"statistics={encoder.statistics}", "leave them out, or run the encoder before what is exported")
    names, categories = encoder.roles_[CATEGORICAL], encoder.categorical_encoder_
    if categories is not None and type(categories) is not CategoryEncoder:
        remedy = "use CategoryEncoder, whose values are known"
        raise _refused(f"categorical_encoder={type(categories).__name__}", remedy)
    kept = {} if categories is None else dict(zip(names, categories.categories_, strict=True))
    return EncodedColumns(kept, _numbers(encoder))


def _numbers(encoder):
    """Return {output column: Number} of a TableEncoder's numeric columns and their indicators."""
    names, imputer = encoder.roles_[NUMERIC], encoder.imputer_
    if not names:
        return {}
    scaled = _scaling(encoder.numeric_transformer_, len(names))
    numbers = {
        name: Number(name, float(fill), steps=tuple(steps))
        for name, fill, steps in zip(names, imputer.statistics_, scaled, strict=True)
    }
    first = len(encoder.roles_[CATEGORICAL]) + len(names)
    of = imputer.indicator_.features_
    indicators = encoder.get_feature_names_out()[first : first + len(of)]
    return numbers | {name: Number(names[i], is_indicator=True) for name, i in zip(indicators, of, strict=True)}


def _scaling(transformer, n_columns):
    """Return of each column the steps that a transformer takes."""
    zeros, ones = np.zeros(n_columns), np.ones(n_columns)
    if transformer is None or transformer == "passthrough":
        return [[] for _ in range(n_columns)]
    if type(transformer) is StandardScaler:
        center, scale = transformer.mean_ if transformer.with_mean else zeros, transformer.scale_
    elif type(transformer) is RobustScaler:
        center, scale = transformer.center_, transformer.scale_
    elif type(transformer) is MaxAbsScaler:
        center, scale = zeros, transformer.scale_
    elif type(transformer) is MinMaxScaler and not transformer.clip:
        low = transformer.feature_range[0]
        center, scale = transformer.data_min_ - low / transformer.scale_, 1 / transformer.scale_
    else:
        remedy = "use StandardScaler, RobustScaler, MaxAbsScaler, MinMaxScaler that does not clip, or none"
        raise _refused(f"numeric_transformer={transformer}", remedy)
    center, scale = (default if given is None else given for given, default in ((center, zeros), (scale, ones)))
    return [[(float(a), float(b))] for a, b in zip(center, scale, strict=True)]


def _refused(what, remedy):
    return ValueError(f"Expected steps that can be written into a graph, got {what}; {remedy}")
