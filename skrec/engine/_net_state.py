"""What a trained net has learnt, as plain arrays, numbers and text, and a new net that takes it over."""

from itertools import groupby
from typing import Any

import numpy as np
import torch
from skorch.history import History

from skrec._readonly import unlocked
from skrec._text import quoted

__all__ = ["give_state", "state_of", "weights_of"]

_SETTINGS = ("lr", "max_epochs", "batch_size", "embedding_l2", "autocast", "verbose", "shows", "seed")
_FEW = 16  # an array takes as much room as so many numbers


def state_of(net: Any) -> Any:
    """Return the weights of a net, its moments, its history and its settings: no module, no class, nothing of skorch.

    Returns
    -------
    state : dict
        ``weights`` and ``moments`` are of the module's parameters by name and of the optimizer's by place,
        ``criterion`` is what the criterion learns; arrays share their memory with the net.
    """
    module, optimizer = net.module_, net.optimizer_
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state = {
        "weights": {name: _array(tensor) for name, tensor in module.state_dict().items()},
        "settings": {name: getattr(net, name) for name in _SETTINGS},
        "history": _runs_of(net.history),
    }
    if own := net.criterion_.state_dict():
        state["criterion"] = {name: _array(tensor) for name, tensor in own.items()}
    if optimizer.state:
        moments = {place: optimizer.state[p] for place, p in enumerate(parameters) if p in optimizer.state}
        state["moments"] = {
            place: {name: _array(value) if torch.is_tensor(value) else value for name, value in of.items()}
            for place, of in moments.items()
        }
    options = [
        {name: value for name, value in group.items() if name != "params" and value != optimizer.defaults.get(name)}
        for group in optimizer.param_groups
    ]
    if more := {name: _array(tensor) for name, tensor in _more_of(module).items()}:
        state["more"] = more
    frozen = [name for name, p in module.named_parameters() if not p.requires_grad]
    return {**state, "options": options} | ({"frozen": frozen} if frozen else {})


def weights_of(state: Any) -> Any:
    """Return the weights of a state as tensors by their names; ValueError if they are no arrays."""
    return {name: _tensor(value) for name, value in state["weights"].items()}


def give_state(net: Any, state: Any) -> None:
    """Give a new net the `state` of a trained one of the same structure.

    Raises
    ------
    ValueError
        If arrays are missing, or are not of the shape and the dtype that they have here.
    """
    module, optimizer = net.module_, net.optimizer_
    weights = weights_of(state)
    _check(weights, module.state_dict())
    module.load_state_dict(weights)
    if "more" in state:
        more, own = {name: _tensor(value) for name, value in state["more"].items()}, _more_of(module)
        _check(more, own)
        for name, tensor in more.items():
            path, _, attribute = name.rpartition(".")
            setattr(module.get_submodule(path), attribute, tensor.clone())
    if "criterion" in state:
        own = {name: _tensor(value) for name, value in state["criterion"].items()}
        _check(own, net.criterion_.state_dict())
        net.criterion_.load_state_dict(own)
    frozen = set(state.get("frozen", ()))
    for name, p in module.named_parameters():
        p.requires_grad_(name not in frozen)
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for place, values in state.get("moments", {}).items():
        p = parameters[place]
        moments = {name: _moment(value, p, name) for name, value in values.items()}
        optimizer.state[p] = moments
    for group, options in zip(optimizer.param_groups, state["options"], strict=True):
        group.update({name: value for name, value in options.items() if name != "params"})
    for name in _SETTINGS:
        setattr(net, name, state["settings"][name])
    net.history = History(_epochs_of(state["history"]))


def _more_of(module):
    """Return {path: tensor} of what is in no state_dict: buffers that are not persistent, and attributes.

    Those of our own layers are not among them: they follow from the columns, and a file has no say in them.
    """
    found = {}
    for path, part in module.named_modules():
        if not type(part).__module__.startswith("skrec."):
            kept = {**part._buffers, **vars(part)}
            names = [name for name, value in kept.items() if isinstance(value, torch.Tensor)]
            names = [name for name in names if name not in part._buffers or name in part._non_persistent_buffers_set]
            found.update({f"{path}.{name}" if path else name: kept[name] for name in names})
    return found


def _array(tensor):
    return tensor.detach().cpu().numpy()


def _tensor(array):
    if not isinstance(array, np.ndarray) or array.dtype == np.dtype(object):
        raise ValueError(f"Expected weights as arrays of numbers, got {type(array).__name__}; the file is damaged")
    return torch.from_numpy(unlocked(array))


def _moment(value, p, name):
    """Return a moment of a parameter, in memory of its own."""
    if not isinstance(value, np.ndarray):
        return value
    if value.shape not in ((), tuple(p.shape)):
        raise ValueError(
            f"Expected moments of the shape of their weights, {tuple(p.shape)}, got {quoted(name)} of {value.shape}; "
            "the file is damaged, fit anew"
        )
    return _tensor(value).clone()


def _check(weights, own):
    """Raise ValueError unless the weights of a file are those that a module has."""
    for name in dict.fromkeys([*own, *weights]):
        found, expected = (
            f"{str(tensors[name].dtype).removeprefix('torch.')} {tuple(tensors[name].shape)}"
            if name in tensors
            else "none"
            for tensors in (weights, own)
        )
        if found != expected:
            raise ValueError(
                f"Expected weights that fit the parameters and columns beside them, got {quoted(name)} as {found}, "
                f"here {expected}; the file is damaged or of another version, fit anew"
            )


def _runs_of(history):
    """Return epochs as columns, once for each run of epochs that have the same ones; epochs are many, and alike."""
    runs = []
    for epochs in (list(group) for _, group in groupby(history, key=list)):
        runs.append({name: _column([epoch[name] for epoch in epochs]) for name in epochs[0]})
    return runs


def _column(values):
    kinds = {type(value) for value in values}
    if len(values) > _FEW and (kinds <= {float} or kinds <= {int} or kinds <= {bool}):
        array = np.array(values)
        return array if array.dtype.kind in "fib" else values
    if kinds <= {list} and not any(part for value in values for part in value):  # the batches, of which none is kept
        return {"empty": _column([len(value) for value in values])}
    return values


def _epochs_of(runs):
    """Return what `_runs_of` was given."""
    epochs = []
    for run in runs:
        columns = {name: _values(column) for name, column in run.items()}
        epochs += [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return epochs


def _values(column):
    if isinstance(column, dict):
        return [[{} for _ in range(n)] for n in _values(column["empty"])]
    return column.tolist() if isinstance(column, np.ndarray) else column
