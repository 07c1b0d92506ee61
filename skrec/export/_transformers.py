"""What scikit-learn's transformers make of columns."""

from numbers import Real

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from skrec._text import quoted
from skrec.export._arithmetic import Bin, Clip, Equals, Fill, Missing, Normal, Rank, Scale
from skrec.export._by_value import by_value
from skrec.export._columns import Imputed, Raw, refused

_FAR = 5.19933758270342  # where QuantileTransformer ends the normal distribution
_MARGIN = 1e-7


def _scaled(centers, scales):
    def scale(step, columns):
        pairs = zip(columns.values(), centers(step), scales(step), strict=True)
        return [column.number().then(Scale(float(center), float(scale))) for column, center, scale in pairs]

    return scale


def _zeros(step):
    return np.zeros(step.n_features_in_)


def _standard(step, columns):
    scale = _scaled(
        lambda step: step.mean_ if step.with_mean else _zeros(step),
        lambda step: step.scale_ if step.with_std else 1 + _zeros(step),
    )
    return scale(step, columns)


def _robust(step, columns):
    scale = _scaled(
        lambda step: step.center_ if step.with_centering else _zeros(step),
        lambda step: step.scale_ if step.with_scaling else 1 + _zeros(step),
    )
    return scale(step, columns)


def _min_max(step, columns):
    low, high = step.feature_range
    scale = _scaled(lambda step: step.data_min_ - low / step.scale_, lambda step: 1 / step.scale_)
    out = scale(step, columns)
    return [number.then(Clip(low, high)) for number in out] if step.clip else out


def _impute(step, columns):
    if not (isinstance(step.missing_values, float) and np.isnan(step.missing_values)):
        raise refused(f"SimpleImputer(missing_values={step.missing_values!r})", "use NaN for what is missing")
    out = []
    for column, value in zip(columns.values(), step.statistics_, strict=True):
        is_number = isinstance(value, Real)
        if is_number and pd.isna(value) and not step.keep_empty_features:
            continue  # a column without any number, which it drops
        if is_number:
            out.append(column.number().then(Fill(float(value))))
        elif isinstance(column, Raw):
            out.append(Imputed(column.name, value))
        else:
            raise refused(f"SimpleImputer of {quoted(column.name)} behind another step", "impute first")
    if step.indicator_ is not None:
        given = list(columns.values())
        out += [given[place].number().then(Missing()) for place in step.indicator_.features_]
    return out


def _bins(step, columns):
    if step.encode not in ("ordinal", "onehot-dense"):
        raise refused(f"KBinsDiscretizer(encode={step.encode!r})", 'use encode="ordinal" or "onehot-dense"')
    out = []
    for column, edges, n_bins in zip(columns.values(), step.bin_edges_, step.n_bins_, strict=True):
        number = column.number().then(Bin(np.asarray(edges[1:-1], np.float64)))
        out += [number] if step.encode == "ordinal" else [number.then(Equals(bin)) for bin in range(n_bins)]
    return out


def _quantiles(step, columns):
    out = []
    for column, quantiles in zip(columns.values(), step.quantiles_.T, strict=True):
        is_normal = step.output_distribution == "normal"
        number = column.number().then(Rank(quantiles, step.references_, _MARGIN if is_normal else 0.0))
        out.append(number.then(Normal()).then(Clip(-_FAR, _FAR)) if is_normal else number)
    return out


def _categories(step, columns):
    known, gaps = [], []
    for categories in step.categories_:
        categories = list(categories)
        missing = [value for value in categories if pd.isna(value)]
        known.append(pd.Index([value for value in categories if not pd.isna(value)]))
        gaps.append(missing[0] if missing else np.nan)
    return by_value(step.transform, columns, known, type(step).__name__, gaps)


# what each makes of columns, {name: Column}: a list of Column in the order of its output
TRANSFORMERS = {
    StandardScaler: _standard,
    RobustScaler: _robust,
    MaxAbsScaler: _scaled(_zeros, lambda step: step.scale_),
    MinMaxScaler: _min_max,
    SimpleImputer: _impute,
    KBinsDiscretizer: _bins,
    QuantileTransformer: _quantiles,
    OneHotEncoder: _categories,
    OrdinalEncoder: _categories,
    TargetEncoder: _categories,
}
