"""Which modules have their docstrings run: all, but for kernels where numba is missing, which cannot be imported."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("numba") else ["skrec/*/_kernels/*"]
