"""Passes over rows in compiled steps.

Weights, moments and counts of steps are what the steps of torch would leave, to rounding.
"""

from time import perf_counter

import numpy as np
import torch
from torch.autograd.graph import increment_version

from skrec.engine._closed._arrays import StepArrays
from skrec.engine._closed._borrow import bent_arrays, loss_arrays, row_arrays, scratch_for, table_arrays
from skrec.engine._closed._dense import Dense
from skrec.engine._closed._pace import pace_of
from skrec.engine._closed._when import batch_callbacks

__all__ = ["train_closed"]

_NUMBERS_A_PART = 2**13  # of a batch; below, two threads wait for each other longer than they save


def train_closed(net, form, iterator):
    """Take the steps of a pass over the rows of an iterator.

    Parameters
    ----------
    net : Net
    form : ClosedForm
        As `closed_form` returns it for these rows.
    iterator : Batches
        With a generator of orders.

    Returns
    -------
    total, weight : float
        The sum of the losses, each times the weight of its row, and the sum of the weights.
    """
    total = np.zeros(2)
    with torch.no_grad():
        for rows, order in iterator.rows.orders(iterator.batch_size, iterator.generator):
            total += _train_window(net, form, rows, order, iterator.batch_size)
    return tuple(total.tolist())


def _train_window(net, form, rows, order, size):
    """Take the steps of rows in memory, in an order of theirs; return the sums of losses and weights."""
    table, dense, arrays = table_arrays(net, form), Dense(net.optimizer_, form.dense), row_arrays(rows, form)
    bent = bent_arrays(net, rows, form)
    starts, stops = _batches(rows.weight, order, size)
    constants = _constants(net, form, dense, len(starts), table.values.dtype)
    n_numbers = min(size, len(order)) * (arrays.codes.shape[1] + arrays.numeric.shape[1]) * table.values.shape[1]
    n_parts = max(1, min(torch.get_num_threads(), n_numbers // _NUMBERS_A_PART))
    scratch = scratch_for(n_parts, size, arrays, bent, table, len(dense))
    steps = StepArrays(order.numpy(), starts, stops, *constants)
    how = pace_of(net, n_parts), form.kind, n_parts, net.optimizer_.table_rule.kernel
    _run(*how, loss_arrays(net, form), arrays, bent, table, dense.arrays, steps, scratch)
    increment_version(form.embedding.table)
    dense.give_back()
    return scratch.total.sum(0)


def _batches(weight, order, size):
    """Return where in an order the batches with weight start and stop, two arrays of shape (n_steps,)."""
    starts = np.arange(0, len(order), size)
    if not weight.all():
        has_weight = [bool(weight.index_select(0, part).any()) for part in order.split(size)]
        starts = starts[has_weight]
    return starts, np.minimum(starts + size, len(order))


def _constants(net, form, dense, n_steps, dtype):
    """Count the steps, and return the numbers of each, for the table, the dense parameters and what decays."""
    optimizer, schedules, p = net.optimizer_, batch_callbacks(net), form.embedding.table
    rule, state, (group,) = optimizer.table_rule, optimizer.state[p], optimizer.param_groups
    of_table, of_dense, decay = np.zeros((n_steps, 6)), np.zeros((n_steps, 6)), np.ones(n_steps)
    for step in range(n_steps):
        for schedule in schedules:
            schedule.on_batch_begin(net, training=True)
        for of, counted in ((of_table, state if len(p) else None), (of_dense, dense.counted)):
            if counted is not None:
                constants = rule.constants(counted, group)
                of[step, : len(constants)] = constants
        decay[step] = 1 - float(group["lr"]) * group["weight_decay"]
    return of_table.astype(dtype), of_dense.astype(dtype), decay.astype(dtype)


def _run(pace, kind, n_parts, rule, loss, rows, bent, table, dense, steps, scratch):
    """Take all steps, in calls short enough for an interrupt to be heard."""
    from skrec.engine._kernels import closed
    from skrec.engine._kernels import rows as rules

    arguments = getattr(rules, rule), loss, rows, bent, table, dense, steps, scratch
    closed.train(kind, 1, n_parts, 0, 0, *arguments)  # no step: what is to be compiled is not timed
    first, n_steps = 0, len(steps.starts)
    while first < n_steps:
        n_threads, n_at_once = pace.next()
        last, start = min(first + n_at_once, n_steps), perf_counter()
        closed.train(kind, n_threads, n_parts, first, last, *arguments)
        pace.note(n_threads, last - first, perf_counter() - start)
        first = last
