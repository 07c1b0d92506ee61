"""numba's cache on disk, which only saves time: where it fails, one warning says so and work goes on."""

import hashlib
import pickle
from functools import cache
from pathlib import Path

from numba.core.serialize import dumps

from skrec._warn import warn

__all__ = ["keep"]


def keep(dispatcher):
    """Let a kernel be kept on disk, as ``cache=True`` does, unless that fails."""
    if not hasattr(dispatcher, "enable_caching"):  # NUMBA_DISABLE_JIT
        return
    try:
        dispatcher.enable_caching()
    except Exception as error:  # no folder, or one that cannot be looked at
        _warn(error)
    else:
        dispatcher._cache = _Kept(dispatcher._cache)  # not public; but a damaged file would end a fit


class _Kept:
    """The cache of one kernel: what cannot be read is written anew, and what cannot be written is left alone."""

    def __init__(self, cache):
        self._cache = cache
        cache._cache_file._source_stamp = cache._cache_file._source_stamp, _stamp()  # numba's has its own file alone
        cache._cache_file = _Checked(cache._cache_file)

    def __getattr__(self, name):
        return getattr(self._cache, name)

    def load_overload(self, signature, context):
        """Return the compiled kernel, or None where there is none that can be used."""
        try:
            return self._cache.load_overload(signature, context)
        except Exception as error:  # a pickle that is damaged may say anything
            _warn(error)
            self._attempt(self._cache.flush)
            return None

    def save_overload(self, signature, compiled):
        """Write a compiled kernel, if that can be done."""
        self._attempt(self._cache.save_overload, signature, compiled)

    def _attempt(self, function, *arguments):
        try:
            function(*arguments)
        except Exception as error:
            _warn(error)
            self._cache.disable()


@cache
def _stamp():
    """Return when the files of all kernels changed, and their sizes: a compiled kernel has in it what it calls."""
    files = sorted(Path(__file__).parents[2].glob("*/_kernels/*.py"))
    return [(path.name, path.stat().st_mtime, path.stat().st_size) for path in files]


class _Checked:
    """The files of one kernel, with a digest of the machine code, which numba would run whatever it is."""

    def __init__(self, file):
        self._file = file

    def __getattr__(self, name):
        return getattr(self._file, name)

    def save(self, key, data):
        content = dumps((key, data))
        self._file.save(key, (hashlib.sha256(content).digest(), content))

    def load(self, key):
        found = self._file.load(key)
        if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], bytes)):
            return None  # nothing, or what numba wrote by itself
        digest, content = found
        if hashlib.sha256(content).digest() != digest:
            raise ValueError("a digest does not agree")
        of, data = pickle.loads(content)
        if of != key:
            raise ValueError("a file is of another kernel")
        return data


_warned = False


def _warn(error):
    """Say once a process what is amiss with the cache."""
    global _warned
    if not _warned:
        _warned = True
        warn(
            f"numba cannot keep compiled code as it should ({type(error).__name__}: {error}); kernels are compiled in "
            "this process, which takes seconds; make room in the folder of its cache, or name another one in "
            "NUMBA_CACHE_DIR"
        )
