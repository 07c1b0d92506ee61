"""Write sklearn.inv: the public names of the installed scikit-learn, so that links to its site resolve offline.

    .venv-docs/bin/python docs/_inventories/make.py

Labels and terms that its docstrings, inherited by our estimators, refer to are added by hand.
"""

from pathlib import Path

import sklearn
import sklearn.model_selection
from sklearn.utils.discovery import all_displays, all_estimators, all_functions
from sphobjinv import DataObjStr, Inventory, compress

LABELS = {
    "accuracy_score": "modules/model_evaluation.html#accuracy-score",
    "metadata_routing": "metadata_routing.html#metadata-routing",
    "r2_score": "modules/model_evaluation.html#r2-score-the-coefficient-of-determination",
}
TERMS = {"meta-estimator": "glossary.html#term-meta-estimator"}


def public(module):
    """Return the name of the module that users import from, which no private part is in."""
    return ".".join(part for part in module.split(".") if not part.startswith("_"))


def entry(name, domain, role, uri, title="-"):
    return DataObjStr(name=name, domain=domain, role=role, priority="1", uri=uri, dispname=title)


inventory = Inventory()
inventory.project, inventory.version = "scikit-learn", sklearn.__version__
inventory.objects += [entry(name, "std", "label", uri, name.replace("_", " ")) for name, uri in LABELS.items()]
inventory.objects += [entry(name, "std", "term", uri) for name, uri in TERMS.items()]
page = "modules/generated/{0}.html#{0}"
found = {
    "sklearn.set_config": "function",
    "sklearn.utils.Bunch": "class",
    "sklearn.utils.metadata_routing.MetadataRequest": "class",
}
for role, listed in (("class", all_estimators() + all_displays()), ("function", all_functions())):
    found |= {f"{public(what.__module__)}.{name}": role for name, what in listed}
splitters = [name for name in sklearn.model_selection.__all__ if name.endswith(("Split", "Fold", "Out"))]
found |= {f"sklearn.model_selection.{name}": "class" for name in splitters}
inventory.objects += [entry(name, "py", role, page.format(name)) for name, role in sorted(found.items())]
Path(__file__).with_name("sklearn.inv").write_bytes(compress(inventory.data_file()))
print(len(inventory.objects), "names of scikit-learn", sklearn.__version__)
