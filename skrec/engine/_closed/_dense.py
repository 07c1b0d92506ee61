"""Dense parameters as one array, and what their optimizer keeps of them as others."""

import torch

from skrec.engine._closed._arrays import DenseArrays
from skrec.ops import as_arrays

__all__ = ["Dense"]


class Dense:
    """Dense parameters, one behind the other, lent to compiled steps.

    Parameters
    ----------
    optimizer : RowOptimizer
    parameters : list of Parameter
        All move in each step.
    """

    def __init__(self, optimizer, parameters):
        self.parameters = parameters
        self.moments = optimizer.dense_moments(parameters)  # of each one a list
        self.values = _joined(parameters)
        self.lent = [_joined(of_one) for of_one in zip(*self.moments, strict=True)]
        self.states = [optimizer.state[p] for p in parameters if "step" in optimizer.state.get(p, {})]
        self._before = int(self.states[0]["step"]) if self.states else 0
        self.counted = {"step": self._before}  # goes on as the count in a state does

    def __len__(self):
        return len(self.values)

    @property
    def arrays(self):
        """The DenseArrays, whose memory is the one lent."""
        decays = torch.cat([torch.full((p.numel(),), p.ndim >= 2) for p in self.parameters])
        return DenseArrays(*as_arrays(*(self.values, *self.lent, self.values, self.values)[:3], decays))

    def give_back(self):
        """Write what was learnt into the parameters, their moments and their counts of steps."""
        sizes = [p.numel() for p in self.parameters]
        together = [self.parameters, *zip(*self.moments, strict=True)]
        for lent, tensors in zip((self.values, *self.lent), together, strict=True):
            for part, tensor in zip(lent.split(sizes), tensors, strict=True):
                tensor.copy_(part.view_as(tensor))
        for state in self.states:
            state["step"] += self.counted["step"] - self._before


def _joined(tensors):
    return torch.cat([tensor.detach().flatten() for tensor in tensors])
