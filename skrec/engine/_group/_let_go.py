"""What torch would keep of a group after its end."""

import sys

import torch.distributed as dist

__all__ = ["keep_no_group"]


def keep_no_group():
    """Import torch.distributed.nn, as torch's optimizers and checkpoints do, without the group that is there.

    The default arguments of its functions are the default group of when they are imported. `destroy_process_group` then
    ends no thread of it, and one of gloo's may let go of a tensor when Python has already ended: "terminate called
    without an active exception". Imported without a group, the functions take the default one of when they are called.
    """
    if "torch.distributed.nn.functional" in sys.modules:
        return
    world, dist.group.WORLD = dist.group.WORLD, None
    try:
        import torch.distributed.nn.functional  # noqa: F401
    finally:
        dist.group.WORLD = world
