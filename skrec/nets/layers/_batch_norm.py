"""Batch normalization that knows what a single row is."""

from torch import Tensor, nn
from torch.nn import functional

from skrec.nets.layers._block import counted


class BatchNorm(nn.BatchNorm1d):
    """Batch normalization that treats a row alone, or none, as in prediction: it has no variance of its own."""

    def forward(self, x: Tensor) -> Tensor:
        if self.training and len(x) < 2:
            return functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        return super().forward(x)

    def extra_repr(self) -> str:
        return f"{self.num_features}; {counted(self)}"
