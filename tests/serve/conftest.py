"""`make serve` runs these, in an environment of its own: they need mlflow, or a C++ compiler."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("mlflow") else ["test_*.py"]
