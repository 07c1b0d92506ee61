"""Whether what an estimator is asked for fits into memory, before any of it is made."""

from collections.abc import Sequence
from dataclasses import fields as dataclass_fields
from reprlib import repr as short

import torch

from skrec._memory import check_bytes
from skrec.estimators._base._groups import TrainingParameters
from skrec.nets.layers._size import GRADIENT, Size

MOMENTS = {"adam": 2, "adagrad": 1, "sgd": 0}
NUMERIC_SIZES = {"bent": "n_bins", "piecewise": "n_bins", "periodic": "n_frequencies"}


def check_net(estimator, build, n_values, n_rows, n_bytes):
    """Raise MemoryError if a net, its moments and what a batch computes do not fit into memory.

    Parameters
    ----------
    estimator : NetEstimator
    build : callable
        Returns the net; called on torch's meta device, on which numbers take no memory.
    n_values : int
        Rows of its tables.
    n_rows : int
        Of a batch.
    n_bytes : int
        Of a number.
    """
    what = f"this {type(estimator).__name__}"
    try:
        with torch.device("meta"):
            size = Size.of(build())
    except NotImplementedError:  # a net that reads its own numbers while it is built, which has to be built to know
        return
    except RuntimeError as error:
        if "meta" in str(error):  # the same, of torch's item() and others
            return
        if "overflow" in str(error):  # of the 64 bits that count bytes
            check_bytes(2**63, what, "weights, or more", "lower " + _sizes(estimator))
        raise
    moments = MOMENTS[estimator.optimizer]
    parts = {
        "tables": max(1 + moments, 2) * size.tables,  # they are drawn, then laid out
        "dense": (1 + moments + 1) * size.dense,
        "batch": GRADIENT * n_rows * size.per_row,
    }
    largest = max(parts, key=lambda name: parts[name])
    mostly, remedy = {
        "tables": (
            f"weights and moments, most of them in tables of {n_values:,} values",
            f"lower {_sizes(estimator, ('embedding_dim',))}, or let columns have fewer values by "
            "CategoryEncoder(min_frequency=...) or HashEncoder of skrec.preprocessing",
        ),
        "dense": ("weights and moments, most of them in dense layers", f"lower {_sizes(estimator)}, or drop columns"),
        "batch": (
            f"numbers, most of them what a batch of {n_rows:,} rows computes",
            f"lower batch_size={estimator.batch_size!r} or {_sizes(estimator)}, or drop columns",
        ),
    }[largest]
    check_bytes(n_bytes * sum(parts.values()), what, mostly, remedy)


def _sizes(estimator, first=()):
    """Return the parameters that say how large the net is, those `first` if it has them, else the largest."""
    unused = {"n_negatives", "pretrain_epochs", "n_bins", "n_frequencies"}
    if (kind := getattr(estimator, "numeric_embedding", None)) in NUMERIC_SIZES:
        unused.remove(NUMERIC_SIZES[kind])
    found = {}
    for field in dataclass_fields(estimator):
        kind, value = field.metadata["kind"], getattr(estimator, field.name)
        if field.name in TrainingParameters.__dataclass_fields__ or not kind.startswith(("int", "tuple of int")):
            continue
        if value is not None and field.name not in unused:
            found[field.name] = max(map(int, value), default=0) if isinstance(value, Sequence) else int(value)
    names = [name for name in first if name in found] or sorted(found, key=lambda name: -found[name])[:2]
    if "embedding_dim" in found and "embedding_dim" not in names:
        names.append("embedding_dim")
    return ", ".join(f"{name}={short(getattr(estimator, name))}" for name in names) or "the number of columns"
