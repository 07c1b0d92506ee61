"""Rows of which some are drawn anew in each pass."""

import torch

from skrec.engine._rows import Rows


class SampledRows(Rows):
    """Positives, and behind them rows of the same users whose items each training pass draws.

    Parameters
    ----------
    table : Table
        The positives, whose codes are user and item, once or more often: the repetitions keep the users alone.
    target, weight : ndarray of shape (n_rows,)
        As in `Rows`, of positives and drawn rows.
    n_positives : int
        Rows that stay as they are; n_rows is a multiple of it.
    draw : callable
        Given user codes and random numbers in [0, 1), arrays of shape (n_positives,), returns item codes.
    generator : torch.Generator
        Of the first draw.
    """

    def __init__(self, table, target, weight, *, n_positives, draw, generator):
        super().__init__(table, target, weight)
        self.users, self.draw = table.codes[:n_positives, 0], draw
        self.redraw(generator)

    def redraw(self, generator):
        """Draw the items again; what comes depends on the generator alone."""
        items, n_positives = self.inputs.codes[:, 1], len(self.users)
        for start in range(n_positives, len(items), n_positives):
            uniform = torch.rand(n_positives, dtype=torch.float64, generator=generator)
            items[start : start + n_positives] = torch.from_numpy(self.draw(self.users, uniform.numpy()))
