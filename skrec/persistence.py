"""Files that are safe to open: which types skops may load, as none of them can run anything.

An encoder of category_encoders learns series and frames, and skops writes nothing of pandas: as a step of its own it is
refused when the file is written, with a TypeError. As ``TableEncoder(statistics=encoder)`` it is written, as arrays.

Examples
--------
>>> import pandas as pd
>>> import skops.io
>>> from skrec import MFClassifier
>>> from skrec.persistence import TRUSTED_TYPES
>>> log = pd.DataFrame({"user_id": list("aabbccdd"), "item_id": list("uvuvuwvw")})
>>> model = MFClassifier(n_negatives=1, random_state=0).fit(log, [1] * 8)
>>> data = skops.io.dumps(model)  # dump(model, path) writes a file
>>> again = skops.io.loads(data, trusted=TRUSTED_TYPES)
>>> bool((again.predict_proba(log) == model.predict_proba(log)).all())
True
"""

from skrec import baselines, estimators, preprocessing, retrieval
from skrec.losses import ranking_losses
from skrec.objectives.samplers import negative_samplings

__all__ = ["TRUSTED_TYPES"]

_PUBLIC = [getattr(room, name) for room in (baselines, estimators, preprocessing) for name in room.__all__]
_PUBLIC += [retrieval.ApproximateIndex, retrieval.ExactIndex, retrieval.Recommender, retrieval.ShardedIndex]
_PUBLIC += [*ranking_losses().values(), *negative_samplings().values()]  # parameters that may be objects
# by their names, as files have them: what the public ones have learnt
_LEARNT = [
    *("data._crosses.Cross", "data._packed.PackedIndex", "data._packed_frame.PackedFrame"),
    *("data._packed_tokens.PackedTokens", "data._schema.Schema"),
    *("data._several_targets.Targets", "data._targets.Classes", "data._targets.Numbers"),
    "data._vocabulary.Vocabulary",
    *("estimators._columns._all.AllColumns", "estimators._columns._crossed.CrossedColumns"),
    *("estimators._columns._histories.HistoryColumns", "estimators._columns._ids.IdColumns"),
    *("estimators._columns._sequences.SequenceColumns", "estimators._columns._sides.SideColumns"),
    *("preprocessing._events.Events", "preprocessing._numeric.NumericBlock"),
    *("preprocessing._packed_encoder.PackedEncoder", "preprocessing._statistics.StatisticsBlock"),
    *("retrieval._prepared_items.PreparedItems", "retrieval._scores.Crossed", "retrieval._scores.Popular"),
    *("retrieval._scores.Represented", "retrieval._snapshot.Snapshot"),
]
# to import them takes a second, and is for who has one in a pipeline
_CATEGORY_ENCODERS = [
    *("backward_difference.BackwardDifferenceEncoder", "basen.BaseNEncoder", "binary.BinaryEncoder"),
    *("cat_boost.CatBoostEncoder", "count.CountEncoder", "count_target.CountTargetEncoder", "gray.GrayEncoder"),
    *("hashing.HashingEncoder", "helmert.HelmertEncoder", "james_stein.JamesSteinEncoder"),
    *("leave_one_out.LeaveOneOutEncoder", "m_estimate.MEstimateEncoder", "multi_hot.MultiHotEncoder"),
    *("one_hot.OneHotEncoder", "ordinal.OrdinalEncoder", "polynomial.PolynomialEncoder"),
    *("quantile_encoder.QuantileEncoder", "quantile_encoder.SummaryEncoder", "rankhot.RankHotEncoder"),
    *("sum_coding.SumEncoder", "target_encoder.TargetEncoder", "woe.WOEEncoder"),
]

#: Names of types, for ``skops.io.load(path, trusted=TRUSTED_TYPES)`` and for ``skops_trusted_types`` of mlflow: what
#: estimators, transformers and pipelines of them have in a file beside what skops trusts by itself. Their state is
#: arrays, numbers and text, of which nothing is executed. Callables that a user gives as a parameter, such as a scorer
#: or a callback, are not among them, and refused unless named.
TRUSTED_TYPES = [
    *sorted(f"{kind.__module__}.{kind.__qualname__}" for kind in _PUBLIC),
    *(f"skrec.{name}" for name in _LEARNT),
    *(f"category_encoders.{name}" for name in _CATEGORY_ENCODERS),
    "numpy.dtype",
]
