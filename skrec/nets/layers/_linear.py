"""An affine map that starts from a generator."""

from typing import Any

from torch import nn

from skrec.nets.layers._block import counted


class Linear(nn.Linear):
    """Affine map whose initial values come from a generator, not from the global state."""

    def __init__(self, n_in: int, n_out: int, *, bias: bool = True, generator: Any = None) -> None:
        self._generator = generator
        super().__init__(n_in, n_out, bias=bias)
        del self._generator

    def reset_parameters(self) -> None:
        """Draw weights as torch's own layer does: U(-1/sqrt(n_in), 1/sqrt(n_in)); the bias is zero."""
        bound = self.in_features**-0.5 if self.in_features else 0.0
        nn.init.uniform_(self.weight, -bound, bound, generator=self._generator)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def extra_repr(self) -> str:
        bias = "" if self.bias is not None else ", no bias"
        return f"{self.in_features} -> {self.out_features}{bias}; {counted(self)}"
