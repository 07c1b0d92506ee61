"""Training in several processes, of a torch.distributed group."""

from skrec.engine._group._group import Group
from skrec.engine._group._let_go import keep_no_group
from skrec.engine._group._sharded import ShardedGroup

__all__ = ["Group", "ShardedGroup", "keep_no_group"]
