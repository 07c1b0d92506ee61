"""Steps whose batch the threads of a process share.

Shape letters: B rows of a batch, n lookups, N table rows, W width.
"""

import copy
from contextvars import copy_context
from time import perf_counter, thread_time
from typing import Any

import numpy as np
import torch
from torch import nn

from skrec._parallel import together
from skrec.engine._optimizers import is_table
from skrec.engine._rows import Batch
from skrec.ops import total_weight

__all__ = ["SplitSteps"]


class SplitSteps:
    """Losses and gradients of batches, of which each thread computes a part by a replica of the module.

    Replicas have the memory of the module's weights, and gradients of their own. Those are added up in the order of
    the parts, dense ones by value, those of tables one behind the other, so that a number of parts has the same bits
    in each run, whichever thread takes which part.

    Parameters
    ----------
    net : Net
    n_parts : int, at least 2
        Also the most threads that are used.

    Notes
    -----
    This is no `Strategy`: processes have rows of their own and agree on what comes of them, while threads have one
    loop, one batch and one optimizer, and share the work between two lines of the loop.

    Two halves of a batch with one meeting a step keep two cores busy where kernels in two threads do not: these are
    shorter than it takes a core to wake up.
    """

    def __init__(self, net, n_parts):
        self.net = net
        self.modules = [net.module_, *(replica(net.module_) for _ in range(1, n_parts))]
        self.generators = [torch.Generator() for _ in self.modules[1:]]
        for module, generator in zip(self.modules[1:], self.generators, strict=True):
            module.train()
            for part in module.modules():
                if hasattr(part, "generator"):
                    part.generator = generator
        self.help, self.n_threads = Help(), torch.get_num_threads()
        self.parameters = list(zip(*(module.parameters() for module in self.modules), strict=True))

    def seed(self, *words):
        """Seed what replicas draw for dropout, by words that name the epoch."""
        for part, generator in enumerate(self.generators, 1):
            generator.manual_seed(int(np.random.SeedSequence([*words, part]).generate_state(1)[0]))

    def step(self, batch):
        """Return the loss and the outputs of a batch, gradients computed."""
        n_rows, n_parts = len(batch.target[0]), len(self.modules)
        ends = [n_rows * part // n_parts for part in range(n_parts + 1)]
        weight = total_weight(batch.target[1])
        results: list[Any] = [None] * n_parts
        helped = self.help.is_wanted()
        self.net.optimizer_.n_threads = self.n_threads if helped else 1
        start = perf_counter()
        together(
            _in_context,
            # whether kernels run is asked of the context
            [
                (copy_context(), self._part, part, batch, slice(*ends[part : part + 2]), weight, results)
                for part in range(n_parts)
            ],
            n_parts if helped else 1,
        )
        if helped:
            self.help.note(perf_counter() - start, sum(result[2] for result in results))
        self._add_gradients()
        losses, outputs, _ = zip(*results, strict=True)
        return {"loss": torch.stack(losses).sum(), "y_pred": torch.cat(outputs)}

    def _part(self, part, batch, rows, weight, results):
        """Compute what some rows add to loss and gradients: their mean counts by its share of the batch's `weight`."""
        if torch.get_num_threads() != 1:  # of a helper; the loop has limited its own
            torch.set_num_threads(1)
        start = thread_time()
        inputs, target = part_of(batch, rows)
        share = target[1].sum() / weight
        with torch.enable_grad():
            outputs = self.net.outputs_of(self.modules[part], inputs)
            loss = self.net.criterion_(outputs, target)
            loss.backward(share)
        results[part] = loss.detach() * share, outputs.detach(), thread_time() - start

    def _add_gradients(self):
        """Give the module the gradients of the whole batch, and the replicas none."""
        for p, *others in self.parameters:
            of_parts = [each.grad for each in (p, *others) if each.grad is not None]
            for each in others:
                each.grad = None
            if len(of_parts) > 1:
                p.grad = of_parts[0]
                if is_table(p):
                    p.grad = _one_behind_the_other(of_parts)
                else:
                    for grad in of_parts[1:]:
                        p.grad.add_(grad)
            elif of_parts:
                (p.grad,) = of_parts


class Help:
    """Whether other threads help: not for a while after some steps in which they saved nothing.

    That is where other work keeps the cores busy. The parts are the same then, and this thread computes them all.
    """

    FEW, FIRST, MOST = 4, 50, 800  # steps that are looked at; steps without help after them, each time twice as many
    WORTH = 0.9  # of the processors' time for the parts

    def __init__(self):
        self.shares: list[float] = []
        self.n_alone, self.next = 0, self.FIRST

    def is_wanted(self):
        """Return whether they help in this step."""
        self.n_alone = max(0, self.n_alone - 1)
        return self.n_alone == 0

    def note(self, seconds, of_processors):
        """Note how long the parts took with help, and how much time of the processors."""
        self.shares.append(seconds / max(of_processors, 1e-9))
        if len(self.shares) < self.FEW:
            return
        # the median: a step can be the first that runs a kernel
        if sorted(self.shares)[self.FEW // 2] > self.WORTH:
            self.n_alone, self.next = self.next, min(2 * self.next, self.MOST)
        else:
            self.next = self.FIRST
        self.shares.clear()


def _in_context(context, function, *arguments):
    context.run(function, *arguments)


def replica(module):
    """Return a module of the same weights in the same memory, whose parameters have gradients of their own."""
    memo = {}
    for part in module.modules():
        for value in vars(part).values():
            if isinstance(value, torch.Tensor):
                memo[id(value)] = value
        for buffer in part.buffers(recurse=False):
            memo[id(buffer)] = buffer
        for p in part.parameters(recurse=False):
            memo[id(p)] = nn.Parameter(p.detach(), requires_grad=p.requires_grad)
        if getattr(part, "generator", None) is not None:
            memo[id(part.generator)] = part.generator
    return copy.deepcopy(module, memo)


def part_of(batch, rows):
    """Return the Batch of some rows, a slice, of a Batch, penalised as there."""
    inputs, (target, weight) = batch
    decay = None if inputs.decay is None else inputs.decay[rows]
    return Batch(inputs.take(rows).with_decay(decay), (target[rows], weight[rows]))


def _one_behind_the_other(gradients):
    """Return the sparse gradient with the rows, (n,), and the values, (n, W), of several."""
    rows = torch.cat([gradient._indices() for gradient in gradients], 1)
    values = torch.cat([gradient._values() for gradient in gradients])
    return torch.sparse_coo_tensor(rows, values, gradients[0].shape, check_invariants=False)
