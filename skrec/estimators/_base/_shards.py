"""An estimator whose tables are in several processes: put together, saved and loaded."""

import os
import warnings
from typing import Any

import joblib
import numpy as np
import torch
import torch.distributed as dist

from skrec._validation import check_is_fitted
from skrec._versions import with_versions
from skrec.engine import ShardedGroup, keep_no_group
from skrec.estimators._base._state import state_with_net
from skrec.nets.layers._table_part import is_in_parts, part_of_tables

ESTIMATOR = "estimator.joblib"
ROWS = 2**20  # of a table that are put together at a time


def gather(estimator: Any) -> Any:
    """Return an ordinary estimator with whole tables in process 0; all processes of the group call it.

    Parameters
    ----------
    estimator : fitted estimator
        Fitted with ``data_parallel="sharded"``; with whole tables it is returned as it is, in all processes.

    Returns
    -------
    whole : estimator or None
        None in other processes.

    Raises
    ------
    RuntimeError
        If the process is in no group, or another one has failed or is gone.
    """
    check_is_fitted(estimator)
    if not is_in_parts(estimator.net_.module_):
        return estimator
    _check_group(estimator)
    state, weights = _state(estimator)
    with ShardedGroup() as group:
        for name, n_rows in tables_of(estimator).items():
            weights[name] = group.whole(weights[name], n_rows, ROWS)
    return _restored(type(estimator), state) if group.leads else None


def save(estimator: Any, folder: Any) -> None:
    """Save an estimator whose tables are in several processes; all of the group call it.

    Each process writes its part by torch.distributed.checkpoint; process 0 writes all else, by joblib.

    Parameters
    ----------
    estimator : fitted estimator
        Fitted with ``data_parallel="sharded"``.
    folder : str or path-like
        The same in all processes, on a disk that all see.

    Raises
    ------
    ValueError
        If the estimator has whole tables.
    RuntimeError
        If the process is in no group.
    OSError
        If a file cannot be written.
    """
    check_is_fitted(estimator)
    if not is_in_parts(estimator.net_.module_):
        raise ValueError(
            f"Expected a {type(estimator).__name__} fitted with data_parallel='sharded', got one with whole tables; "
            "save it by joblib.dump in one process"
        )
    _check_group(estimator)
    state, weights = _state(estimator)
    rank, size = dist.get_rank(), dist.get_world_size()
    tables = {name: weights.pop(name) for name in tables_of(estimator)}
    folder = os.fsdecode(folder)
    with ShardedGroup() as group:
        if group.leads:
            os.makedirs(folder, exist_ok=True)
            shapes = {
                name: (n_rows, tables[name].shape[1], str(tables[name].dtype))
                for name, n_rows in tables_of(estimator).items()
            }
            joblib.dump(
                {"class": type(estimator), "state": state, "size": size, "tables": shapes},
                os.path.join(folder, ESTIMATOR),
            )
        group.total(0)  # the folder is there
        _checkpoint().save(
            {_key(name, rank): torch.from_numpy(table) for name, table in tables.items()}, checkpoint_id=folder
        )


def load(folder: Any) -> Any:
    """Return an estimator that `save` wrote: in a group with a part of its tables, else an ordinary one.

    A group may have another number of processes than the one that saved it. Whoever loads a file by joblib runs what it
    says: load none from strangers.

    Parameters
    ----------
    folder : str or path-like

    Returns
    -------
    estimator : fitted estimator
        In a group all of whose processes call it, predictions are made by all together.

    Raises
    ------
    OSError
        If the folder has no such files.
    """
    folder = os.fsdecode(folder)
    saved = joblib.load(os.path.join(folder, ESTIMATOR))
    together = dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1
    rank, size = (dist.get_rank(), dist.get_world_size()) if together else (0, 1)
    state = saved["state"]
    for name, (n_rows, width, dtype) in saved["tables"].items():
        own = np.empty((len(range(rank, n_rows, size)), width), dtype)
        for first in range(saved["size"]):
            rows = np.arange(first, n_rows, saved["size"])
            mine = rows % size == rank
            if mine.any():
                part = torch.empty(len(rows), width, dtype=torch.from_numpy(own).dtype)
                _read({_key(name, first): part}, folder)
                own[rows[mine] // size] = part.numpy()[mine]
        state["net_"]["weights"][name] = own
    with part_of_tables(rank, size):
        estimator = _restored(saved["class"], state)
    if together:
        estimator.net_.strategy = ShardedGroup()
    return estimator


def tables_of(estimator):
    """Return the names of the tables in parts among a net's weights, and how many rows the whole ones have."""
    return {
        f"{path}.table" if path else "table": sum(part.fields.vocabulary_sizes)
        for path, part in estimator.net_.module_.named_modules()
        if getattr(part, "part", (0, 1))[1] > 1
    }


def _state(estimator):
    """Return the plain state of an estimator, and its weights in it, of tables the parts."""
    state = with_versions(state_with_net(dict(vars(estimator)), estimator))
    weights = state["net_"]["weights"] = dict(state["net_"]["weights"])
    return state, weights


def _restored(cls, state):
    estimator = object.__new__(cls)
    estimator.__setstate__(state)
    return estimator


def _read(tensors, folder):
    """Fill tensors with those of their names in a checkpoint; each process reads by itself."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.distributed is disabled", UserWarning)
        _checkpoint().load(tensors, checkpoint_id=folder, no_dist=True)


def _checkpoint():
    """Return torch.distributed.checkpoint, which imports what would keep the group."""
    keep_no_group()
    from torch.distributed import checkpoint

    return checkpoint


def _key(name, number):
    return f"{name}.{number}"


def _check_group(estimator):
    if not (dist.is_available() and dist.is_initialized()):
        raise RuntimeError(
            f"Expected a group of processes that hold the tables of this {type(estimator).__name__}, got none; call "
            "this in all processes before destroy_process_group"
        )
