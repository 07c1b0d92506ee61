"""What torch would keep of a group after its end."""

import sys

import torch.distributed as dist

__all__ = ["keep_no_group"]


def keep_no_group():
    """Let the functions of torch.distributed.nn, which torch's optimizers import, not keep the group that is there.

    Their default arguments are the default group of when they are imported. `destroy_process_group` then ends no thread
    of it, and gloo's may let go of a tensor when Python has already ended: "terminate called without an active
    exception" was the end of every fifth process that had nothing to do after its fit. Imported without a group, they
    take the default one of when they are called.
    """
    if "torch.distributed.nn.functional" in sys.modules:
        return
    world, dist.group.WORLD = dist.group.WORLD, None
    try:
        import torch.distributed.nn.functional  # noqa: F401
    finally:
        dist.group.WORLD = world
