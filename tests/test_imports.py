"""Imports go one way, read from the sources; importing skrec does nothing and loads nothing heavy."""

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import skrec

ROOT = Path(skrec.__file__).parent

# what the files of a room may import of skrec, themselves always; a room that is not here may import nothing
ALLOWED = {
    "skrec/__init__.py": {"_late", "_show_versions", "_version", "estimators"},
    "_late": set(),
    "_show_versions": {"engine"},
    "_site": set(),
    "_text": set(),
    "_warn": set(),
    "_learnt": set(),
    "_versions": {"_warn"},
    "_readonly": set(),
    "_parallel": set(),
    "_files": set(),
    "_archive": {"_files", "_text"},
    "data": {"_parallel", "_text", "_warn"},
    "_validation": {"_text", "data"},
    "ops": {"_parallel", "_warn"},
    "_inputs": {"ops"},
    "_memory": set(),
    "losses": {"ops"},
    "nets": {"_inputs", "_late", "_memory", "ops"},
    "sampling": {"_text", "_validation", "_warn", "data"},
    "engine": {"_files", "_inputs", "_parallel", "_readonly", "_text", "_warn", "data", "ops"},
    "objectives": {"_inputs", "_memory", "_text", "_validation", "data", "engine", "losses", "sampling"},
    "estimators": {
        *("_late", "_learnt", "_memory", "_readonly", "_site", "_text", "_validation", "_versions", "_warn"),
        *("data", "engine", "inspection", "losses", "nets", "objectives", "ops"),
    },
    "baselines": {"_learnt", "_memory", "_site", "_text", "_validation", "_versions", "data", "estimators"},
    "base": {"estimators"},
    "distributed": {"estimators"},
    "preprocessing": {"_learnt", "_site", "_text", "_validation", "_versions", "_warn", "data"},
    "datasets": {"_text", "_validation"},
    "inspection": {"_text", "_validation", "data", "metrics"},
    "metrics": {"_text", "_validation", "_warn", "data"},
    "model_selection": {"_text", "_validation", "_warn", "data"},
    "persistence": {"baselines", "estimators", "losses", "objectives", "preprocessing", "retrieval"},
    "retrieval": {"_archive", "_readonly", "_text", "_validation", "_versions", "_warn", "data"},
    "export": {"_files", "_inputs", "_text", "_validation", "data", "engine", "preprocessing"},
}
TORCH_FREE = {
    *("_archive", "_files", "_late", "_learnt", "_memory", "_parallel", "_readonly", "_text", "_validation"),
    *("_versions", "_warn"),
    *("data", "datasets", "inspection", "metrics", "model_selection", "preprocessing", "sampling"),
}
OPTIONAL = {
    *("numba", "llvmlite", "matplotlib", "pooch", "category_encoders", "polars", "faiss"),
    *("onnx", "onnxscript", "onnxruntime"),
}
KERNELS = {ROOT / room / "_kernels" for room in ("ops", "engine")}


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Import(NamedTuple):
    module: str
    at_top: bool


@cache
def imports_of(path):
    """Return every import of a file, at its top or inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(node) for scope in ast.walk(tree) if isinstance(scope, FUNCTIONS) for node in ast.walk(scope)}
    found = []
    for node in ast.walk(tree):
        at_top = id(node) not in inside
        if isinstance(node, ast.Import):
            found += [Import(alias.name, at_top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(ROOT.parent).with_suffix("").parts[: -node.level] if node.level else ()
            base = ".".join((*package, *([node.module] if node.module else [])))
            found += [Import(f"{base}.{alias.name}", at_top) for alias in node.names]
    return found


def room_of(path):
    """Return the folder or the module of skrec that a file belongs to."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "skrec/__init__.py" if parts == ("__init__",) else parts[0]


FILES = sorted(ROOT.rglob("*.py"))
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


@every_file
def test_imports_go_one_way(path):
    room = room_of(path)
    own = [name.module.split(".") for name in imports_of(path) if name.module.split(".")[0] == "skrec"]
    imported = {parts[1] for parts in own if len(parts) > 1} - {room}
    assert imported <= ALLOWED.get(room, set()), f"{room} may import {sorted(ALLOWED.get(room, set()))}"


@pytest.mark.parametrize("path", sorted((ROOT / "nets" / "layers").glob("*.py")), ids=lambda path: path.name)
def test_layers_know_no_net(path):
    nets = [name.module for name in imports_of(path) if name.module.startswith("skrec.nets")]
    assert all(module.startswith("skrec.nets.layers") for module in nets)


@every_file
def test_columns_and_encoders_know_no_torch(path):
    roots = {name.module.split(".")[0] for name in imports_of(path)}
    assert room_of(path) not in TORCH_FREE or not roots & {"torch", "skorch"}


@every_file
def test_nets_and_operations_know_no_frames(path):
    roots = {name.module.split(".")[0] for name in imports_of(path)}
    torch_alone = room_of(path) in ("ops", "nets", "losses", "_inputs")
    assert not torch_alone or not roots & {"pandas", "pyarrow", "sklearn", "skorch"}
    needs_numpy = room_of(path) == "ops" and (path.parent in KERNELS or path.name == "_empty.py")
    assert not torch_alone or needs_numpy or "numpy" not in roots


@every_file
def test_optional_packages_wait_for_their_use(path):
    imports = [name for name in imports_of(path) if name.module.split(".")[0] in OPTIONAL]
    if path.parent in KERNELS:
        assert {name.module.split(".")[0] for name in imports} <= {"numba", "llvmlite"}
    else:
        assert not [name.module for name in imports if name.at_top]
        assert not [name.module for name in imports if name.module.split(".")[0] in ("numba", "llvmlite")]


@every_file
def test_the_kernels_are_imported_where_they_run(path):
    assert path.parent in KERNELS or not [n for n in imports_of(path) if "_kernels" in n.module.split(".") and n.at_top]


@every_file
def test_only_operations_have_hand_written_gradients_and_kernels(path):
    source = path.read_text(encoding="utf-8")
    assert room_of(path) == "ops" or not any(word in source for word in ("autograd.Function", "once_differentiable"))
    assert room_of(path) in ("ops", "engine") or "_kernels" not in source


def test_imports_are_read(tmp_path, monkeypatch):
    """The reader of this file sees what it has to."""
    folder = tmp_path / "skrec" / "engine"
    folder.mkdir(parents=True)
    source = "import a.b\nfrom . import c\nfrom ..d import e\nif x:\n    import f\ndef g():\n    import numba\n"
    (folder / "_net.py").write_text(source)
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path / "skrec")
    assert imports_of(folder / "_net.py") == [
        Import("a.b", True),
        Import("skrec.engine.c", True),
        Import("skrec.d.e", True),
        Import("f", True),
        Import("numba", False),
    ]


def public_modules():
    names = [module.name for module in pkgutil.walk_packages(skrec.__path__, "skrec.")]
    return ["skrec", *(name for name in names if not any(part.startswith("_") for part in name.split(".")))]


@pytest.mark.parametrize("name", public_modules())
def test_public_names_exist(name):
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} says nothing of itself"
    assert len(set(module.__all__)) == len(module.__all__) > 0
    missing = [public for public in module.__all__ if not hasattr(module, public)]
    assert not missing


LOOK = """
import json, random, sys
import numpy, sklearn.metrics, torch  # the second imports rich where that is installed, which draws
def states():
    kind, keys, *rest = numpy.random.get_state()
    return [random.getstate(), kind, keys.tolist(), rest, torch.get_rng_state().tolist(), torch.get_num_threads()]
before = states()
import {modules}
print(json.dumps([states() == before, sorted(sys.modules)]))
"""


def test_import_does_nothing():
    """Of skrec, and of every public module after it."""
    command = [sys.executable, "-c", LOOK.format(modules=", ".join(public_modules()))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    untouched, loaded = json.loads(done.stdout)
    assert untouched, "the import drew from a global generator or set the threads"
    assert not OPTIONAL & set(loaded)
    assert done.stdout.count("\n") == 1
    assert not done.stderr
