"""When steps of training can run in compiled code."""

from skorch.callbacks import Callback

from skrec.engine._optimizers import RowOptimizer
from skrec.engine._rows import Rows
from skrec.engine._schedule import Schedule
from skrec.engine._strategy import SingleProcess
from skrec.ops import can_be_arrays, can_compile, kernels_load

__all__ = ["batch_callbacks", "closed_form"]

_UNKNOWN = ("momentum", "lr_decay", "maximize", "amsgrad", "nesterov")  # options that compiled steps have not
_OF_BATCHES = ("on_batch_begin", "on_batch_end", "on_grad_computed")


def closed_form(net, rows):
    """Return the ClosedForm by which a net can learn rows in compiled steps, or None where torch takes the steps.

    Parameters
    ----------
    net : Net
    rows : Rows or StreamedRows
    """
    if not (_compiles(net.optimizer_) and hasattr(net.module_, "closed_form")):
        return None
    form = net.module_.closed_form()
    sample = getattr(rows, "sample", rows)  # of rows that are read anew in each pass
    if form is None or getattr(net.criterion_, "closed", None) is None or not _is_alone(net) or not _are_plain(sample):
        return None
    inputs, parameters = sample.inputs, list(net.module_.parameters())
    arrays = [form.embedding.table, inputs.codes, inputs.numeric, sample.weight]
    return form if can_be_arrays(arrays) and all(p.requires_grad for p in parameters) else None


def _compiles(optimizer):
    """Return whether an optimizer moves tables by kernels, and has no option that compiled steps have not."""
    if not (isinstance(optimizer, RowOptimizer) and optimizer.compiled and can_compile() and kernels_load()):
        return False
    return len(optimizer.param_groups) == 1 and not any(optimizer.param_groups[0].get(name) for name in _UNKNOWN)


def _is_alone(net):
    """Return whether nobody looks at single batches, changes them, or has to do with their gradients."""
    looking = [callback for callback in batch_callbacks(net) if not isinstance(callback, Schedule)]
    return not (looking or net.shows or net.autocast or net.unknown_rate) and type(net.strategy) is SingleProcess


def _are_plain(rows):
    """Return whether rows are learnt as they are, and without lists."""
    return type(rows) is Rows and not rows.inputs.lists


def batch_callbacks(net):
    """Return the callbacks of a net that are called at each batch."""
    return [
        callback
        for _, callback in net.callbacks_
        if any(getattr(type(callback), name) is not getattr(Callback, name) for name in _OF_BATCHES)
    ]
