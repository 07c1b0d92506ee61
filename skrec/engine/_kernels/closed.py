"""Whole steps of training in compiled code: rows to gradients in the first phase of a step, updates in the second.

Each of T parts of a batch sums up its own gradients; afterwards each of T parts of the table rows is moved. So the
bits depend on T, and not on which thread does what, or when.
"""

from skrec._parallel import together
from skrec.engine._kernels.field_aware import score_field_aware, send_back_field_aware
from skrec.engine._kernels.learn import learner
from skrec.engine._kernels.moves import update
from skrec.engine._kernels.pairs import score_pairs, send_back_pairs
from skrec.ops._kernels._compile import kernel, uncounted
from skrec.ops._kernels._tasks import end_task, new_tasks, next_task

__all__ = ["train"]


def train(kind, n_threads, n_parts, *arguments):
    """Take some steps of training.

    Parameters
    ----------
    kind : {"pairs", "field_aware"}
    n_threads, n_parts : int
        Upper bound on the threads of this call, and parts T of a batch.
    first, last : int
        The steps.
    rule : {ADAM, ADAGRAD, SGD}
    loss, rows, bent, table, dense, steps, scratch : tuples of arrays
        See `skrec.engine._closed._arrays`.
    """
    tasks = new_tasks()
    together(_TRAIN[kind], [(tasks, n_parts, *arguments)] * n_threads, n_threads)


_learn_pairs = learner("learn_pairs", score_pairs, send_back_pairs)
_learn_field_aware = learner("learn_field_aware", score_field_aware, send_back_field_aware)


@kernel
def _train_pairs(tasks, n_parts, first, last, rule, loss, rows, bent, table, dense, steps, scratch):
    while True:
        step, updates, part = _next(tasks, n_parts, first, last)
        if step == last:
            return
        if updates:
            update(step, part, n_parts, rule, table, dense, steps, scratch)
        else:
            begin, end = _ends(steps, step, part, n_parts)
            _learn_pairs(steps.order[begin:end], part, loss, rows, bent, table, dense.values, scratch)
        end_task(tasks)


@kernel
def _train_field_aware(tasks, n_parts, first, last, rule, loss, rows, bent, table, dense, steps, scratch):
    while True:
        step, updates, part = _next(tasks, n_parts, first, last)
        if step == last:
            return
        if updates:
            update(step, part, n_parts, rule, table, dense, steps, scratch)
        else:
            begin, end = _ends(steps, step, part, n_parts)
            _learn_field_aware(steps.order[begin:end], part, loss, rows, bent, table, dense.values, scratch)
        end_task(tasks)


_TRAIN = {"pairs": _train_pairs, "field_aware": _train_field_aware}


@uncounted
def _next(tasks, n_parts, first, last):
    """Return the step of the next task, `last` if none is left, whether it is an update, and its part."""
    phase, part = next_task(tasks, n_parts, 2 * (last - first))
    return first + phase // 2, phase % 2 == 1, part


@uncounted
def _ends(steps, step, part, n_parts):
    """Return where in the order of the rows a part of a batch begins and ends."""
    begin, size = steps.starts[step], steps.stops[step] - steps.starts[step]
    return begin + size * part // n_parts, begin + size * (part + 1) // n_parts
