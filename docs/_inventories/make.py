"""Write inventories of the packages that our pages link to, so that the links resolve offline.

    .venv-docs/bin/python docs/_inventories/make.py

Of scikit-learn they hold all public names of the installed version, for our estimators inherit its docstrings; labels
and terms that these refer to are added by hand. Of pandas, torch and skorch they hold what our own docstrings name.
"""

from importlib import import_module
from itertools import takewhile
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
PANDAS = ("DataFrame", "Index", "Series")
OTHERS = {  # {package: {class: its page}}
    "pandas": {f"pandas.{name}": f"reference/api/pandas.{name}.html#pandas.{name}" for name in PANDAS},
    "torch": {
        "torch.Generator": "generated/torch.Generator.html#torch.Generator",
        "torch.Tensor": "tensors.html#torch.Tensor",
        "torch.nn.Module": "generated/torch.nn.Module.html#torch.nn.Module",
    },
    "skorch": {"skorch.NeuralNet": "net.html#skorch.net.NeuralNet"},
}


def public(module):
    """Return the name of the module that users import from, above the first private one."""
    return ".".join(takewhile(lambda part: not part.startswith("_"), module.split(".")))


def entry(name, domain, role, uri, title="-"):
    return DataObjStr(name=name, domain=domain, role=role, priority="1", uri=uri, dispname=title)


def write(name, project, version, objects):
    inventory = Inventory()
    inventory.project, inventory.version = project, version.partition("+")[0]
    inventory.objects += objects
    Path(__file__).with_name(f"{name}.inv").write_bytes(compress(inventory.data_file()))
    print(len(objects), "names of", project, version)


def of_sklearn():
    objects = [entry(name, "std", "label", uri, name.replace("_", " ")) for name, uri in LABELS.items()]
    objects += [entry(name, "std", "term", uri) for name, uri in TERMS.items()]
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
    return objects + [entry(name, "py", role, page.format(name)) for name, role in sorted(found.items())]


def of_package(pages):
    """Return an entry a class, which has to be there."""
    for name in pages:
        module, _, cls = name.rpartition(".")
        getattr(import_module(module), cls)
    return [entry(name, "py", "class", uri) for name, uri in pages.items()]


write("sklearn", "scikit-learn", sklearn.__version__, of_sklearn())
for package, pages in OTHERS.items():
    write(package, package, import_module(package).__version__, of_package(pages))
