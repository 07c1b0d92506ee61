"""Fits in several processes: whether this is one, what all have to have the same, and what cannot be learnt so."""

import os
from importlib.util import find_spec

import torch.distributed as dist
from skorch.callbacks import Callback, Checkpoint, LoadInitState
from torch.nn.modules.batchnorm import _NormBase

from skrec._text import quoted, shortened
from skrec._versions import versions
from skrec._warn import warn
from skrec.engine import Group, ShardedGroup, SingleProcess, keep_no_group
from skrec.losses import AuxiliaryLoss, TargetsLoss, WeightedLoss

OF_A_PROCESS = {"callbacks", "data_parallel", "device", "n_threads", "random_state", "verbose"}  # may differ
ALONE = "or fit in one process, data_parallel=False"


def strategy_of(estimator):
    """Return where an estimator is fitted: a Group where torch.distributed has one of several processes.

    Raises
    ------
    ValueError
        If tables are to be shared out and there is no group.
    """
    has_group = dist.is_available() and dist.is_initialized()
    if has_group:
        keep_no_group()
    if estimator.data_parallel is not False and dist.is_available():
        if has_group:
            if dist.get_world_size() == 1:
                return SingleProcess()
            return ShardedGroup() if estimator.data_parallel == "sharded" else Group()
        if "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", 1)) > 1:
            warn(
                f"torchrun has started {os.environ['WORLD_SIZE']} processes, and this {type(estimator).__name__} is "
                "fitted in each of them alone, for they have no group; call torch.distributed.init_process_group() "
                "first, or set data_parallel=False"
            )
    if estimator.data_parallel == "sharded":
        raise ValueError(
            f"data_parallel='sharded' of {type(estimator).__name__} keeps a part of each table in each process of a "
            "group, got no group; call torch.distributed.init_process_group() first, or set 'auto'"
        )
    return SingleProcess()


def facts_of(estimator, rows, validation, classes=None):
    """Return what all processes have to have the same before rows are read, as texts."""
    parameters = {
        name: _said(value) for name, value in estimator.get_params(deep=False).items() if name not in OF_A_PROCESS
    }
    given = {"X_val": _said(None if validation is None else ...)}
    for name, value in (("y", rows[1]), ("sample_weight", rows[2])):
        given[name] = _said(value if value is None or isinstance(value, str) else ...)
    installed = {f"version of {name}": version for name, version in versions().items()}
    earlier = f"{len(estimator.net_.history)} epochs" if hasattr(estimator, "net_") else "none"
    return {
        "estimator": type(estimator).__name__,
        **installed,
        "numba": str(find_spec("numba") is not None),
        "sharding of tables": str(estimator.data_parallel == "sharded"),
        **parameters,
        **given,
        "earlier fit": earlier,
        "classes": "none" if classes is None else shortened(repr(list(classes))),
    }


def facts_of_columns(estimator, source, roles):
    """Return what all have to have the same once columns have roles, as texts."""
    seen, shared = roles
    columns = {f"column {quoted(name)}": role for name, role in seen.items()}
    return {
        "order of columns": quoted(list(seen)),
        **columns,
        "sequence_features": quoted(shared),
        "number of targets": str(source.n_targets),
        "kind of X": "a typed frame" if estimator._typed_ else f"an array of {source.head.dtypes.iloc[0]}",
    }


def refuse_partial_fit(estimator):
    """Raise ValueError for what a group of processes would do each for itself."""
    if not isinstance(strategy_of(estimator), SingleProcess):
        raise ValueError(
            f"partial_fit of {type(estimator).__name__} learns in one process, got a group of "
            f"{dist.get_world_size()}; use fit, {ALONE}"
        )


def refuse_objective(estimator, objective, strategy):
    """Raise ValueError for what cannot be learnt in parts of a batch, as far as parameters say."""
    if isinstance(strategy, SingleProcess):
        return
    name = type(estimator).__name__
    if objective.implicit:
        raise ValueError(
            f"{name}({objective.implicit}) holds positives against items of all rows, which no process of a group "
            f"has; learn labels, loss='bce' and n_negatives=0, {ALONE}"
        )
    if objective.together:
        raise ValueError(
            f"{name}({objective.together}) learns from the rows of a group together, of which each process has some; "
            f"learn labels of single rows, groups=None, {ALONE}"
        )
    if hasattr(estimator, "net_") and estimator.new_values == "grow":
        raise ValueError(f"new_values='grow' of {name} needs all new rows in one process; set 'unknown', {ALONE}")
    for callback in estimator.callbacks or ():
        if isinstance(callback, Checkpoint) and callback.load_best:
            raise ValueError(
                f"{type(callback).__name__}(load_best=True) of {name} restores weights in one process alone; set "
                f"early_stopping=True, which restores the best epoch in all, {ALONE}"
            )


def refuse_sharded(estimator, strategy):
    """Raise ValueError for what needs a whole table in one process, where each has a part."""
    if strategy.part == (0, 1):
        return
    name = type(estimator).__name__
    for wanted, what in (
        (
            estimator.scoring not in (None, "loss"),
            f"scoring={quoted(estimator.scoring)}, which process 0 computes of all rows",
        ),
        (estimator.warm_start, "warm_start=True, which goes on from a net in one process"),
        (estimator.device != "cpu", f"device={quoted(estimator.device)}; tables are shared out on CPUs so far"),
    ):
        if wanted:
            raise ValueError(
                f"data_parallel='sharded' of {name} keeps a part of each table in each process, got {what}; leave it "
                "out, or set data_parallel='auto'"
            )
    for callback in estimator.callbacks or ():
        looks = getattr(type(callback), "on_grad_computed", None) is not Callback.on_grad_computed
        if looks or isinstance(callback, (Checkpoint, LoadInitState)):
            raise ValueError(
                f"data_parallel='sharded' of {name} keeps a part of each table in each process, got a callback that "
                f"takes a part for the whole, {type(callback).__name__}; leave it out, or set data_parallel='auto'"
            )


def refuse_module(estimator, module, criterion, strategy):
    """Raise ValueError for a net in which what is learnt of a row depends on the batch's other rows."""
    if isinstance(strategy, SingleProcess):
        return
    found = next((type(part).__name__ for part in module.modules() if isinstance(part, _NormBase)), None)
    remedy = "set batch_norm=False and an activation other than 'dice'"
    if found is None and not isinstance(criterion, (WeightedLoss, TargetsLoss)):
        found = type(criterion).__name__
        remedy = "set auxiliary_weight=0" if isinstance(criterion, AuxiliaryLoss) else "choose another model"
    if found is not None:
        raise ValueError(
            f"{type(estimator).__name__} has {found}, which looks at all rows of a batch, and a process of a group has "
            f"a part of them; {remedy}, {ALONE}"
        )


def _said(value):
    if value is ...:
        return "given"
    text = repr(value)
    return type(value).__name__ if " at 0x" in text else shortened(text)
