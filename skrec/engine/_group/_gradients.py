"""The gradient of a batch of which each process has a part.

Shape letters: U distinct rows of a table that a process has looked up, N table rows, W width.
"""

from math import prod

import torch

from skrec.engine._group._channel import STEP
from skrec.engine._optimizers import Slots, add_up, is_table, set_touched_rows, touched_rows

__all__ = ["Gradients"]

_INTEGER = {torch.float32: torch.int32, torch.float64: torch.int64}  # of as many bits


class Gradients:
    """Adds up gradients: dense ones in one sum, of tables the distinct rows of each process, sent to all others.

    Parameters
    ----------
    channel : Channel

    Notes
    -----
    Sums of all processes come in the same order on each, so that all have the same bits.
    """

    def __init__(self, channel):
        self.channel, self.slots = channel, Slots()
        self.tables: frozenset[int] = frozenset()  # places of those that some process has looked up so far

    def reduce(self, parameters, weight):
        """Give parameters the gradient of all processes' rows; `weight` (B,) is that of this process's.

        Returns
        -------
        shares : list of float
            The part of the batch's weight that each process has.
        """
        tables = {place for place, p in enumerate(parameters) if is_table(p)}
        message = self._packed(parameters, sorted(tables))
        own = float(weight.sum(dtype=torch.float64))
        said, weights = self.channel.announce(STEP, len(message), int(not tables <= self.tables), own)
        if any(new for _, new in said):
            self.tables = self.tables.union(*self.channel.gather(tables | self.tables))
        total = sum(weights)
        shares = [each / total if total else 0.0 for each in weights]
        self._reduce_dense([p for place, p in enumerate(parameters) if place not in self.tables], shares)
        parts = self.channel.spread(message, [n for n, _ in said])
        self._reduce_tables(parameters, parts, shares)
        self.channel.done()
        return shares

    def _reduce_dense(self, parameters, shares):
        """Give dense parameters the mean of their gradients; one that no process has looked at keeps none."""
        if not parameters:
            return
        share = shares[self.channel.rank]
        flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad * share).flatten() for p in parameters])
        there = torch.tensor([p.grad is not None for p in parameters], dtype=flat.dtype, device=flat.device)
        flat = self.channel.sum(torch.cat([flat, there]))
        sizes = [p.numel() for p in parameters]
        *parts, there = flat.split([*sizes, len(sizes)])
        for p, part, counted in zip(parameters, parts, there.tolist(), strict=True):
            p.grad = part.view_as(p).to(p.dtype) if counted else None

    def _packed(self, parameters, tables):
        """Return of each of some tables its place, how many rows, which, and their gradients: integers, side by side.

        Numbers travel as integers of the same bits, in one message with the rows.
        """
        parts = []
        for place in tables:
            p = parameters[place]
            rows, total = touched_rows(p, self.slots)
            kind = _INTEGER[p.dtype]
            head = torch.tensor([place, len(rows)], dtype=kind, device=rows.device)
            parts += [head, rows.to(kind), total.contiguous().view(kind).flatten()]
        return torch.cat(parts) if parts else torch.empty(0, dtype=_INTEGER[parameters[0].dtype])

    def _reduce_tables(self, parameters, messages, shares):
        """Give tables the mean of the gradients in the processes' messages."""
        found: dict[int, list[tuple[torch.Tensor, torch.Tensor]]] = {}
        for message, share in zip(messages, shares, strict=True):
            while len(message):
                place, n_rows = message[:2].tolist()
                p = parameters[place]
                width = prod(p.shape[1:])
                _, rows, values, message = message.split(
                    [2, n_rows, n_rows * width, len(message) - 2 - n_rows * (1 + width)]
                )
                values = values.view(p.dtype).view(n_rows, width).to(p.device) * share
                found.setdefault(place, []).append((rows.to(p.device, torch.int64), values))
        for place, parts in found.items():
            p = parameters[place]
            rows, values = (torch.cat(of_all) for of_all in zip(*parts, strict=True))
            if len(rows):
                rows, values = add_up(rows, values, p, self.slots)
            set_touched_rows(p, rows, values.view(-1, *p.shape[1:]))
