"""How a file is written: beside its place, then moved there, so that nobody meets half of it."""

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress

__all__ = ["replacing"]


@contextmanager
def replacing(path):
    """Give a binary file to write, which takes the place of `path` when the block ends.

    Until then, and after an error in the block or on the disk, what was at `path` is as it was; a reader finds the old
    file or the new one. A process that is killed leaves at most a ``.skrec-*.tmp`` beside it. As with ``open``, a link
    goes on pointing where it points, a file keeps its permissions, a new one has those of the umask, and a pipe or a
    device is written to.

    Parameters
    ----------
    path : str or path-like

    Raises
    ------
    OSError
        With the reason and `path`: no room, no such folder, a file or a folder that may not be written.
    """
    name = os.fsdecode(path)
    target = os.path.realpath(name)
    try:
        before = os.stat(target)
    except FileNotFoundError:
        before = None
    if before is not None and not stat.S_ISREG(before.st_mode):
        with open(name, "wb") as file:
            yield file
        return
    if before is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f".skrec-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            if before is not None:
                _give(temporary, before)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.errno is not None and error.filename in (None, temporary):
            raise OSError(error.errno, f"{error.strerror} (nothing has changed)", name) from error
        raise
    _sync(folder)


def _give(path, before):
    """Give a file the owner and the permissions of another, the owner where that is allowed."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(path, before.st_uid, before.st_gid)
    os.chmod(path, stat.S_IMODE(before.st_mode))


def _sync(folder):
    """Let a power cut not undo a move in `folder`, where the system can be told so."""
    if os.name == "posix":
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
