"""A fit in all processes of a group, each of which holds a part of every table."""

from typing import Any

import numpy as np

from skrec.engine._group._group import Group
from skrec.engine._group._tables import ShardedTables

__all__ = ["ShardedGroup"]


class ShardedGroup(Group):
    """The processes of the default group: dense parameters are the same in all, rows of tables are in one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.part = self.channel.rank, self.channel.size
        self._tables: Any = None

    def fetch(self, module: Any, inputs: Any) -> None:
        """Give a net the rows of its tables that inputs look up, which may be None."""
        if self._tables is None or self._tables.module is not module:
            self._tables = ShardedTables(self.channel, module)
        self._tables.fetch(inputs)

    def evaluated(self, module: Any, batches: Any) -> Any:
        """Yield the batches, whose rows of tables are fetched; all processes go on until none has any left."""
        n_left = self.largest(len(batches))
        for batch in batches:
            self.fetch(module, batch.inputs)
            yield batch
            n_left -= 1
        for _ in range(n_left):
            self.fetch(module, None)
        if self._tables is not None:
            self._tables.forget()

    def after_fit(self) -> Any:
        """Return where predictions are made: in all processes together."""
        if self._tables is not None:
            self._tables.forget()
        return ShardedGroup()

    def reduce_gradients(self, parameters: Any, weight: Any) -> None:
        """Give every parameter the gradient of the whole batch, a part of a table that of its rows."""
        shares = self.gradients.reduce([p for p in parameters if id(p) not in self._tables.held], weight)
        self._tables.send(shares)

    def whole(self, part: Any, n_rows: int, n_at_once: int) -> Any:
        """Return a table of `n_rows` rows, (N, W), on the process that leads, None on others.

        Parameters
        ----------
        part : ndarray
            The rows of this process.
        n_rows, n_at_once : int
            Rows of the table, and of a part that are sent at a time.
        """
        size = self.part[1]
        found = np.empty((n_rows, part.shape[1]), part.dtype) if self.leads else None
        for start in range(0, -(-n_rows // size), n_at_once):
            for other, rows in enumerate(self.channel.gather(part[start : start + n_at_once], to=0)):
                if found is not None:
                    found[other::size][start : start + n_at_once] = rows
        return found

    def _compared(self, module: Any) -> Any:
        held = {id(part.table) for part in module.modules() if getattr(part, "part", (0, 1))[1] > 1}
        return [p for p in module.parameters() if id(p) not in held]
