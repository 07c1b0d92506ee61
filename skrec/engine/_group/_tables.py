"""Tables of which each process holds the rows ``id % size``: what a batch looks up comes and goes by the way of all.

Shape letters: n look-ups of a batch, U distinct rows among them, R rows that all processes ask this one for, W width.
"""

from typing import Any

import torch

from skrec.engine._group._channel import FETCH, SEND
from skrec.engine._optimizers import Slots, add_up, set_touched_rows, touched_rows
from skrec.engine._optimizers._zeros import lazy_zeros
from skrec.ops import embedding_lookup

__all__ = ["ShardedTables"]


class Fetched:
    """What a batch looks up of a table.

    Parameters
    ----------
    rows : Tensor of shape (U,), int64
        Distinct rows of the whole table.
    slots : Tensor of shape (N,), int32
        Has the place of each of them.
    table : Tensor of shape (U, W)
        Their vectors, whose gradient is wanted.
    l2_scale : Tensor of shape (U,), optional
    """

    def __init__(self, rows, slots, table, l2_scale):
        self.rows, self.slots, self.table, self.l2_scale = rows, slots, table, l2_scale

    def at(self, rows):
        """Return the table, the places in it of rows of the whole one, and the factors of its rows' penalty."""
        flat = rows.reshape(-1)
        places = self.slots.index_select(0, flat)
        if len(flat) and not (len(self.rows) and torch.equal(self.rows.index_select(0, places), flat.long())):
            raise RuntimeError(
                "Expected look-ups of the batch's own columns, got others, which were not fetched; a net whose tables "
                "are in several processes looks up what FieldEmbedding.rows_of names"
            )
        return self.table, places.view(rows.shape), self.l2_scale


class _Places:
    """Slots of one table, of which those of the last batch's rows alone are not zero.

    Parameters
    ----------
    n_rows : int
        Of the whole table.
    """

    def __init__(self, n_rows):
        self.slots = lazy_zeros((n_rows,), torch.int32, torch.device("cpu"))
        self.rows = torch.empty(0, dtype=torch.int64)

    def of(self, table, *, zeros=False):
        """Return the slots, as `Slots` does."""
        return self.slots

    def clear(self):
        """Make all zero."""
        self.slots[self.rows] = 0
        self.rows = self.rows[:0]

    def put(self, rows):
        """Say where each of some distinct rows is among them."""
        self.slots[rows] = torch.arange(len(rows), dtype=torch.int32)
        self.rows = rows


class ShardedTables:
    """The tables of one net.

    Parameters
    ----------
    channel : Channel
    module : Module
        Whose `FieldEmbedding` hold parts of their tables.
    """

    def __init__(self, channel, module):
        self.channel, self.module = channel, module
        self.embeddings = [part for part in module.modules() if getattr(part, "part", (0, 1))[1] > 1]
        self.held = {id(embedding.table) for embedding in self.embeddings}
        for embedding in self.embeddings:
            embedding.table.in_parts = True  # to the optimizer
        self.widths = torch.tensor([embedding.table.shape[1] for embedding in self.embeddings])
        self._places = [_Places(sum(embedding.fields.vocabulary_sizes)) for embedding in self.embeddings]
        self._scratch = Slots()
        self._asked: Any = None  # of the last batch: which rows each process wants of this one, and how many of each

    def fetch(self, inputs):
        """Give each embedding the rows that `inputs` look up; None, or inputs without rows, look nothing up."""
        if not self.embeddings:
            return
        channel, size = self.channel, self.channel.size
        channel.announce(FETCH)
        own = [self._distinct(place, inputs) for place in range(len(self.embeddings))]
        n_own = torch.stack([torch.bincount(rows % size, minlength=size) for rows in own], 1)  # (size, tables)
        each = [len(own)] * size
        n_asked = channel.trade(n_own.flatten(), each, each).view(size, -1)
        ids = channel.trade(_by_process(own, n_own), n_own.sum(1).tolist(), n_asked.sum(1).tolist())
        asked = _by_table(ids, n_asked, torch.ones_like(self.widths))
        dtype = self.embeddings[0].table.dtype
        with torch.no_grad():
            found = [
                embedding_lookup(embedding.table, torch.div(rows, size, rounding_mode="floor"))
                for embedding, rows in zip(self.embeddings, asked, strict=True)
            ]
        message = _by_process([vectors.to(dtype) for vectors in found], n_asked)
        numbers = channel.trade(message, *((n * self.widths).sum(1).tolist() for n in (n_asked, n_own)))
        channel.done()
        self._asked = asked, n_asked, n_own
        for place, vectors in enumerate(_by_table(numbers, n_own, self.widths)):
            embedding, rows, places = self.embeddings[place], own[place], self._places[place]
            places.put(rows)
            scale = embedding.l2_scale
            table = vectors.view(len(rows), int(self.widths[place]))
            table.requires_grad_(torch.is_grad_enabled())
            embedding.fetched = Fetched(rows, places.slots, table, None if scale is None else scale[rows])

    def send(self, shares):
        """Give each process the gradients of its rows; `shares` are the parts of the batch's weight that all have."""
        if not self.embeddings:
            return
        asked, n_asked, n_own = self._asked
        touched = [self._gradient(embedding.fetched) for embedding in self.embeddings]
        bits = [1 << min(place, 62) for place in range(len(touched))]  # of an integer that all hear
        own = sum({bit for bit, (_, flag) in zip(bits, touched, strict=True) if flag.any()})
        said, _ = self.channel.announce(SEND, own, int(all(bool(flag.all()) for _, flag in touched)))
        whole = all(flag for _, flag in said)
        marked = [
            gradient if whole else torch.cat([gradient, flag[:, None].to(gradient.dtype)], 1)
            for gradient, flag in touched
        ]
        widths = self.widths + (not whole)
        sizes = [(n * widths).sum(1).tolist() for n in (n_own, n_asked)]
        numbers = self.channel.trade(_by_process(marked, n_own), *sizes)
        self.channel.done()
        factors = torch.tensor(shares, dtype=numbers.dtype)
        for place, found in enumerate(_by_table(numbers, n_asked, widths)):
            embedding, rows = self.embeddings[place], asked[place]
            gradient = found.view(len(rows), int(widths[place]))
            share = factors.repeat_interleave(n_asked[:, place])
            if not whole:
                there = gradient[:, -1] > 0
                rows, gradient, share = rows[there], gradient[there, :-1], share[there]
            if any(some & bits[place] for some, _ in said):  # else it is no step of this table, as in one process
                rows = torch.div(rows, self.channel.size, rounding_mode="floor")
                self._set(embedding.table, rows, gradient * share[:, None])
            embedding.fetched = None

    def forget(self):
        """Drop what the last batch looked up."""
        for embedding in self.embeddings:
            embedding.fetched = None

    def _distinct(self, place, inputs):
        """Return the rows of a table that inputs look up, each once, those of process 0 first, and so on."""
        places, embedding = self._places[place], self.embeddings[place]
        places.clear()
        ids = torch.empty(0, dtype=torch.int64)
        if inputs is not None and len(inputs.codes):
            ids = embedding.rows_of(inputs)
        if not len(ids):
            return ids
        nothing = torch.empty(len(ids), 0, dtype=embedding.table.dtype)
        rows, _ = add_up(ids, nothing, places.slots, places)
        return rows[(rows % self.channel.size).argsort(stable=True)]

    def _gradient(self, fetched):
        """Return the gradient of what was fetched, (U, W), and which of its rows have one, (U,) bool."""
        table = fetched.table
        gradient, there = torch.zeros_like(table.detach()), torch.zeros(len(table), dtype=torch.bool)
        if table.grad is not None:
            rows, total = touched_rows(table, self._scratch)
            gradient[rows], there[rows] = total, True
        return gradient, there

    def _set(self, p, rows, gradient):
        """Give a part of a table its gradient of rows, some of which come several times."""
        if len(rows):
            rows, gradient = add_up(rows, gradient, p, self._scratch)
        set_touched_rows(p, rows, gradient)


def _by_process(tables, counts):
    """Return what tables have for each process, (size, tables) of `counts` rows, end to end: process by process."""
    parts = [table.split(n.tolist()) for table, n in zip(tables, counts.T, strict=True)]
    return torch.cat([part.flatten() for of_process in zip(*parts, strict=True) for part in of_process])


def _by_table(message, counts, widths):
    """Return what `_by_process` was given, of each table its numbers end to end."""
    sizes = counts * widths  # (size, tables)
    parts = message.split(sizes.flatten().tolist())
    n_tables = counts.shape[1]
    return [torch.cat(parts[table::n_tables]) for table in range(n_tables)]
