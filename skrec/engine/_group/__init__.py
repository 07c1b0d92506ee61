"""Training in several processes, of a torch.distributed group."""

from skrec.engine._group._group import Group

__all__ = ["Group"]
