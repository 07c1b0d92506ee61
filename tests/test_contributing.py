"""CONTRIBUTING.md says what the tests and the Makefile hold."""

import re

import pytest

from tests.test_imports import ALLOWED, ROOT

pytestmark = pytest.mark.fast

TEXT = (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT.parent / "Makefile").read_text(encoding="utf-8")
FOLDERS = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
ROOMS = FOLDERS | {"losses"} & set(ALLOWED)


def table(title):
    """Return the rows of the first table below a heading, as lists of cells."""
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE).group(1)
    lines = [line.strip("| ").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def test_every_room_is_on_the_map_with_what_it_may_import():
    above = set()
    for room, _, *imports in table("Rooms"):
        (name,) = code(room)
        imported = set(code(imports[0])) if imports else set()
        assert imported == ALLOWED[name] & ROOMS, f"{name}: correct its line in CONTRIBUTING.md"
        assert imported <= above, f"{name} stands above a room that it imports"
        above.add(name)
    assert above == ROOMS


def test_every_command_is_there():
    commands = {command for row in table("Set up and test") for command in code(row[0]) if command.startswith("make ")}
    assert commands == {f"make {name}" for name in ("docs", "fast", "test", "lowest", "scale", "serve", "slow")}
    for command in commands:
        assert re.search(rf"^{command.removeprefix('make ')}:", MAKEFILE, re.MULTILINE)


def test_words_are_in_order_and_there_once():
    words = [row[0].lower() for row in table("Words")]
    assert words == sorted(set(words))
    assert 25 <= len(words) <= 45


def test_the_glossary_of_the_site_says_the_same():
    text = (ROOT.parent / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = dict(row[:2] for row in table("Words"))
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines() if line[:2] == "| "][
        1:
    ]
    assert len(rows) >= 25
    assert not [row for row in rows if words.get(row[0]) != row[1]]


def test_every_room_has_fast_tests():
    """`make fast` collects the files with this mark alone."""
    tests = ROOT.parent / "tests"
    files = [path for path in tests.rglob("test_*.py") if "mark.fast" in path.read_text(encoding="utf-8")]
    assert {path.parent.name for path in files} >= FOLDERS | {"contract"}


def test_files_that_are_named_are_there():
    """All but those that a reader is to write, which have "my" in their names."""
    folders = ("skrec", "tests", "examples", "docs")
    files = [path.as_posix() for folder in folders for path in (ROOT.parent / folder).rglob("*.py")]
    named = {path for path in re.findall(r"`([\w/]+\.py)`", TEXT) if not re.search(r"\bmy|_my", path)}
    assert len(named) > 8
    assert not [path for path in named if not any(file.endswith(f"/{path}") for file in files)]
