"""Rows of which some are drawn anew in each pass."""

import torch

from skrec.engine._rows import Rows


class SampledRows(Rows):
    """Positives, and behind them the same rows with some of their codes drawn by each training pass.

    Parameters
    ----------
    table : Table
        The positives, once or more often: all but the first are drawn.
    target, weight : ndarray of shape (n_rows,)
        As in `Rows`, of positives and drawn rows.
    n_positives : int
        Rows that stay as they are; n_rows is a multiple of it.
    columns : list of int
        Categorical columns whose codes are drawn.
    draw : callable
        Given random numbers in [0, 1), an array of shape (n_positives,), returns codes of shape
        (n_positives, n_columns), for each positive those of a negative.
    generator : torch.Generator
        Of the first draw.
    """

    def __init__(self, table, target, weight, *, n_positives, columns, draw, generator):
        super().__init__(table, target, weight)
        self.n_positives, self.columns, self.draw = n_positives, columns, draw
        self.redraw(generator)

    def redraw(self, generator):
        """Draw the codes again; what comes depends on the generator alone."""
        codes = self.inputs.codes
        for part in codes.split(self.n_positives)[1:]:
            uniform = torch.rand(self.n_positives, dtype=torch.float64, generator=generator)
            part[:, self.columns] = torch.from_numpy(self.draw(uniform.numpy())).to(codes)
