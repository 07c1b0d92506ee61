"""How the house is built, read from its sources and its classes: seams that no later change may blur unseen."""

import ast
import importlib
import inspect
import re
from collections import Counter
from functools import cache

import pytest

from tests.discovery import predictors
from tests.test_imports import FILES, ROOT, imports_of, room_of

pytestmark = pytest.mark.fast

ESTIMATORS = predictors()
every = pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)

# modules that another room may import past its `__init__`, and why they are not among what that exports
PAST_THE_DOOR = {
    "skrec.estimators._base": "skrec.base is its door, to what is no estimator but makes one",
    "skrec.estimators._columns": "the same",
    "skrec.preprocessing._tokens": "the room is public, and how text is cut is asked by what cuts it for a file",
    "skrec.sampling._exclusion": "the room is public, and promises functions of frames alone",
    "skrec.nets.layers._table_part": "the room is public, and which rows a process has is an estimator's affair",
    "skrec.nets.layers._size": "the room is public, and what a net takes of memory is nobody's but an estimator's",
    "skrec.ops._kernels": "numba is imported where kernels run",
}


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def names_in(node):
    """Return all names and attributes in an expression."""
    return {getattr(part, "id", getattr(part, "attr", None)) for part in ast.walk(node)}


def calls_in(path, name):
    """Return the calls of a function, whatever it is an attribute of, in a file."""
    calls = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    return [call for call in calls if name in (getattr(call.func, "id", None), getattr(call.func, "attr", None))]


def test_one_module_alone_asks_whether_rows_are_in_memory():
    kinds = {"Dataset", "FrameSource", "DatasetSource", "StreamedRows"}
    asking = set()
    for path in FILES:
        asks = calls_in(path, "is_dataset")
        asks += [call for call in calls_in(path, "isinstance") if names_in(call.args[1]) & kinds]
        asking |= {str(path.relative_to(ROOT)) for _ in asks}
    assert asking == {"data/_source.py", "data/_containers.py"}  # the latter has `is_dataset` itself


def test_both_sources_answer_the_same_questions():
    from skrec.data._dataset_source import DatasetSource
    from skrec.data._frame_source import FrameSource

    questions = [
        {name: value for name, value in vars(cls).items() if name[0] != "_"} for cls in (FrameSource, DatasetSource)
    ]
    assert set(questions[0]) <= set(questions[1])
    assert set(questions[1]) - set(questions[0]) == {"n_groups", "sample"}  # what a stream of chunks needs beside
    for name, value in questions[0].items():
        if inspect.isfunction(value):
            assert inspect.signature(value) == inspect.signature(questions[1][name]), name


def test_a_parameter_is_declared_once():
    """But for its default, and for a group whose text says more."""
    declared = Counter()
    for path in FILES:
        fields = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.AnnAssign)]
        declared.update(node.target.id for node in fields if node.value in calls_in(path, "parameter"))
    assert declared["n_negatives"] == 1
    assert declared["loss"] == 1


def our_classes(cls):
    return [parent for parent in cls.__mro__ if parent.__module__.startswith("skrec.")]


@every
def test_no_method_is_handed_up_more_than_twice(cls):
    classes = our_classes(cls)
    for name in sorted({name for parent in classes for name in vars(parent)}):
        own = [inspect.unwrap(vars(parent)[name]) for parent in classes if inspect.isfunction(vars(parent).get(name))]
        calls = [method for method in own if "super" in method.__code__.co_names]
        assert len(calls) <= 2, f"{cls.__name__}.{name} calls super() in {len(calls)} classes"


def docstrings():
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and (text := ast.get_docstring(node)):
                yield path, text


def test_no_class_must_stand_at_a_place_among_the_bases():
    places = re.compile(r"list of bases|(before|behind|after) other bases|[Mm]ixin\b")
    assert not [(path.name, text) for path, text in docstrings() if places.search(text)]


@every
def test_help_begins_with_the_models_own_parameters(cls):
    """What a person reads first is what makes this model another than the next one."""
    from skrec.estimators._base._groups import ORDER

    shown = list(inspect.signature(cls).parameters)
    own = {name for parent in cls.__mro__ if parent not in ORDER for name in vars(parent).get("_declares", ())}
    assert set(shown[: len(own)]) == own
    documented = re.findall(r"^(\w+) : .*, default=", cls.__doc__, re.MULTILINE)
    assert documented == shown


def test_nets_know_no_training():
    """Nor columns, nor objectives: a net is a function of tensors."""
    for path in FILES:
        if room_of(path) in ("nets", "ops", "losses"):
            rooms = {name.module.split(".")[1] for name in imports_of(path) if name.module.startswith("skrec.")}
            assert not rooms & {"engine", "objectives", "estimators", "data"}, path


def rooms():
    """Return {room: rooms that its files import}."""
    found = {}
    for path in FILES:
        imported = {name.module.split(".")[1] for name in imports_of(path) if name.module.startswith("skrec.")}
        found.setdefault(room_of(path), set()).update(imported - {room_of(path)})
    return found


def test_rooms_import_each_other_in_no_circle():
    left = rooms()
    while left:
        bottom = {room for room, imported in left.items() if not imported & left.keys()}
        assert bottom, f"a circle is among {sorted(left)}"
        left = {room: imported for room, imported in left.items() if room not in bottom}


def past_the_door():
    """Yield file, module and name of each import of another room's private module."""
    for path in FILES:
        for name in imports_of(path):
            parts = name.module.split(".")
            private = [place for place, part in enumerate(parts[:-1]) if part.startswith("_") and place > 1]
            if parts[0] == "skrec" and private and parts[1] != room_of(path):
                yield path, ".".join(parts[: private[0] + 1]), parts[-1]


def test_other_rooms_are_entered_by_their_door():
    for path, module, name in past_the_door():
        room = importlib.import_module(".".join(module.split(".")[:2]))
        assert name not in room.__all__, f"{path.name} imports {name} past {room.__name__}"
        assert module in PAST_THE_DOOR, f"{path.name} imports {name} of {module}"


def test_exceptions_are_needed():
    assert {module for _, module, _ in past_the_door()} == set(PAST_THE_DOOR)
