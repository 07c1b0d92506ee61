"""How the examples are run when the site is built: as `python NAME.py`, one of them for some of its models."""

import shutil
from pathlib import Path

FEW = ["MFClassifier", "LRClassifier", "FMClassifier", "DeepFMClassifier"]  # of a quarter of an hour, a minute


def copied(folder, to):
    """Copy the examples alone, for a folder with a README would be a part of the gallery; return where they are."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for path in [*folder.glob("*.py"), folder / "GALLERY_HEADER.rst"]:
        shutil.copy(path, to)
    return str(to)


def arguments(conf, script_vars):
    """Return the arguments of the command line for an example."""
    return FEW if Path(script_vars["src_file"]).name == "03_compare_models.py" else []
