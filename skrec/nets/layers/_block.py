"""What every net, and every block of one, says of itself."""

from torch import nn


class Block(nn.Module):
    """A module whose repr has the shapes of its own parameters, and how many it has with those of its parts."""

    def extra_repr(self) -> str:
        own = [f"{name} {tuple(parameter.shape)}" for name, parameter in self.named_parameters(recurse=False)]
        return "; ".join([*([", ".join(own)] if own else []), counted(self)])


def counted(module: nn.Module) -> str:
    """Return how many parameters a module has, in words."""
    n = sum(parameter.numel() for parameter in module.parameters())
    return f"{n:,} parameter{'' if n == 1 else 's'}"
