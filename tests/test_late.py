"""Models are loaded when asked for, and whatever looks at the packages still finds them all."""

import ast
import importlib
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import skrec
from tests.test_imports import public_modules

pytestmark = pytest.mark.fast

PACKAGES = ["skrec.estimators", "skrec.nets"]


def run(code):
    """Return what the code prints as JSON, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_skrec_alone_loads_nothing_heavy():
    loaded = run("import json, sys, skrec; dir(skrec); print(json.dumps(sorted(sys.modules)))")
    assert not {"numpy", "pandas", "scipy", "skorch", "sklearn", "torch"} & set(loaded)


def test_one_model_loads_no_other():
    loaded = run("import json, sys, skrec; skrec.FMClassifier; print(json.dumps(sorted(sys.modules)))")
    models = [name for name in loaded if name.startswith("skrec.estimators._")]
    files = {name.split(".")[2] for name in models} - {"_base", "_columns", "_pair_strengths", "_vectors"}
    assert files == {"_fm"}
    assert not [name for name in loaded if name.startswith("skrec.nets._")]  # the net comes with the first fit
    heavy = {"matplotlib", "numba", "torch._dynamo", "torch._inductor", "sklearn.ensemble", "sklearn.linear_model"}
    assert not heavy & set(loaded)


def test_rooms_are_found_without_an_import_of_their_own():
    names = [name.removeprefix("skrec.") for name in public_modules() if name.count(".") == 1]
    assert set(names) <= {"estimators", *dir(skrec)}
    assert run(f"import json, skrec; print(json.dumps([getattr(skrec, name).__name__ for name in {names}]))")


@pytest.mark.parametrize("name", PACKAGES)
def test_editors_see_what_is_there(name):
    """The imports that only type checkers read are those that happen."""
    package = importlib.import_module(name)
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    (static,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name: line.module for line in static.body for alias in line.names}
    there = {public: getattr(package, public).__module__ for public in package.__all__}
    assert seen == {public: home for public, home in there.items() if home.startswith(f"{name}._")}
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("name", ["skrec", *PACKAGES])
def test_an_unknown_name_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'FNClassifier'"):
        importlib.import_module(name).FNClassifier  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name"):
        exec(f"from {name} import FNClassifier")


def test_star_imports_are_whole():
    space: dict = {}
    exec("from skrec import *", space)
    assert set(skrec.__all__) <= set(space)


def test_a_pickle_is_read_where_nothing_is_loaded_yet():
    encoder = pickle.dumps(skrec.preprocessing.CategoryEncoder())
    assert run(f"import json, pickle; print(json.dumps(type(pickle.loads({encoder})).__name__))") == "CategoryEncoder"
