"""Rows of which some are drawn anew in each pass."""

import torch

from skrec._inputs import take
from skrec.engine._rows import Batch, Rows


class SampledRows(Rows):
    """Positives, and behind them the same rows with some of their codes drawn by each training pass.

    Parameters
    ----------
    table : Table
        The positives. Of the other rows only what is drawn is held.
    target, weight : ndarray of shape (n_rows,)
        As in `Rows`, of positives and drawn rows; n_rows is a multiple of the positives' number.
    columns : list of int
        Categorical columns whose codes are drawn.
    draw : callable
        Given random numbers in [0, 1), an array of shape (n_positives,), returns codes of shape
        (n_positives, n_columns), for each positive those of a negative.
    generator : torch.Generator
        Of the first draw.
    """

    def __init__(self, table, target, weight, *, columns, draw, generator):
        super().__init__(table, target, weight)
        self.columns, self.draw = torch.tensor(columns), draw
        own = self.inputs.codes[:, columns]
        self.drawn = own.repeat(len(self) // len(own), 1)  # (n_rows, n_columns), the positives' own first
        self.redraw(generator)

    def __getitem__(self, rows):
        """Return the Batch of `rows`, a slice or a tensor of positions."""
        if isinstance(rows, slice):
            rows = torch.arange(len(self), device=self.target.device)[rows]
        inputs = self.inputs.take(rows % len(self.inputs.codes))
        inputs.codes.index_copy_(1, self.columns, take(self.drawn, rows))
        return Batch(inputs, (take(self.target, rows), take(self.weight, rows)))

    def redraw(self, generator):
        """Draw the codes again; what comes depends on the generator alone."""
        n_positives = len(self.inputs.codes)
        for part in self.drawn.split(n_positives)[1:]:
            uniform = torch.rand(n_positives, dtype=torch.float64, generator=generator)
            part.copy_(torch.from_numpy(self.draw(uniform.numpy())))

    def to(self, device):
        """Move all tensors to `device` and return self."""
        self.columns, self.drawn = self.columns.to(device), self.drawn.to(device)
        return super().to(device)
