"""How the examples are run when the site is built: as `python examples/NAME.py`, one of them for some of its models."""

from pathlib import Path

FEW = ["MFClassifier", "LRClassifier", "FMClassifier", "DeepFMClassifier"]  # of a quarter of an hour, a minute


def arguments(conf, script_vars):
    """Return the arguments of the command line for an example."""
    return FEW if Path(script_vars["src_file"]).name == "03_compare_models.py" else []
