"""Rows of which some are drawn anew in each pass."""

from typing import Any

import torch

from skrec._inputs import take
from skrec.engine._rows import Batch, Rows


class SampledRows(Rows):
    """Positives, and behind them the same rows with some of their codes drawn by each training pass.

    Parameters
    ----------
    positives : Rows
        Of the other rows only what is drawn is held.
    target, weight : ndarray of shape (n_rows,)
        Of positives and drawn rows; n_rows is a multiple of the positives' number.
    columns : list of int
        Categorical columns whose codes are drawn.
    draw : callable
        Given random numbers in [0, 1), an array of shape (n_positives,), returns codes of shape
        (n_positives, n_columns), for each positive those of a negative.
    seed : int
        Of the draws of a pass that is not training.
    """

    def __init__(self, positives: Any, target: Any, weight: Any, *, columns: Any, draw: Any, seed: int) -> None:
        self.inputs, self.keys = positives.inputs, ()
        self.target = torch.from_numpy(target)
        self.weight = torch.from_numpy(weight).to(self.inputs.numeric.dtype)
        self.columns, self.draw, self.seed = torch.tensor(columns), draw, seed
        self._drawn: Any = None

    @property
    def drawn(self) -> Any:
        """Codes of shape (n_rows, n_columns), the positives' own first."""
        if self._drawn is None:
            self.redraw(torch.Generator().manual_seed(self.seed))
        return self._drawn

    def __getitem__(self, rows: Any) -> Any:
        """Return the Batch of `rows`, a slice or a tensor of positions."""
        if isinstance(rows, slice):
            rows = torch.arange(len(self), device=self.target.device)[rows]
        inputs = self.inputs.take(rows % len(self.inputs.codes))
        inputs.codes.index_copy_(1, self.columns, take(self.drawn, rows))
        return Batch(inputs, (take(self.target, rows), take(self.weight, rows)))

    def redraw(self, generator: torch.Generator | None) -> None:
        """Draw the codes again; what comes depends on the generator alone."""
        n_positives = len(self.inputs.codes)
        if self._drawn is None:
            own = self.inputs.codes[:, self.columns]
            self._drawn = own.repeat(len(self) // n_positives, 1)
        for part in self._drawn.split(n_positives)[1:]:
            uniform = torch.rand(n_positives, dtype=torch.float64, generator=generator)
            part.copy_(torch.from_numpy(self.draw(uniform.numpy())))

    def to(self, device: Any) -> Any:
        """Move all tensors to `device` and return self."""
        self.columns = self.columns.to(device)
        self._drawn = None if self._drawn is None else self._drawn.to(device)
        return super().to(device)
