"""The site: public names are in its reference, its links lead to pages, it quotes errors as they are, its code runs."""

import importlib
import json
import re
import runpy

import pytest

from tests.test_imports import ROOT

pytestmark = pytest.mark.fast
DOCS = ROOT.parent / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
RUN = [ROOT.parent / "README.md", DOCS / "index.md", DOCS / "reference" / "meta_estimators.md"]
RUN += sorted(path for room in ("guide", "migrate") for path in (DOCS / room).glob("*.md"))
NOTEBOOKS = ROOT.parent / "examples" / "notebooks"
PARTS = {"nets.layers", "objectives.samplers"}
INNER = {"data", "engine", "estimators", "ops"}  # not for users; the estimators are those of skrec itself


def listed():
    """Return the objects of all names in the lists of the reference."""
    found = []
    for path in (DOCS / "reference").glob("*.rst"):
        text = path.read_text(encoding="utf-8")
        module = importlib.import_module(re.search(r"^.. currentmodule:: (.*)$", text, re.MULTILINE)[1])
        found += [getattr(module, name) for name in re.findall(r"^   (\w+)$", text, re.MULTILINE)]
        found += [getattr(module, name) for name in re.findall(r"^.. autodata:: (\w+)$", text, re.MULTILINE)]
    return {id(what) for what in found}


def rooms():
    folders = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    return sorted({"", "base", "persistence"} | folders - INNER | PARTS)


@pytest.mark.parametrize("room", rooms())
def test_every_public_name_is_in_the_reference(room):
    module = importlib.import_module(f"skrec.{room}".rstrip("."))
    names = [name for name in module.__all__ if name != "__version__"]
    assert not [name for name in names if id(getattr(module, name)) not in listed()], "add it to docs/reference"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_relative_links_lead_to_a_page(page):
    text = page.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    for block in re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        links += [line for line in block.splitlines() if line and not line.startswith((":", "gallery/"))]  # is built
    links += re.findall(r"^:link: (.*)$", text, re.MULTILINE)
    found = [page.parent / (link or page.name) for link in links]
    assert not [path for path in found if not any(path.with_suffix(end).exists() for end in (".md", ".rst"))]


def test_quoted_errors_are_those_of_the_code():
    """Parts that a value is put into are an ellipsis in the quotation."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    sources = re.sub(r'"\s*\n\s*f?"', "", sources)  # a text that goes on in the next line
    quoted = re.findall(r"^## `(.*)`$", (DOCS / "faq.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(quoted) >= 8
    assert not [text for text in quoted if not all(part.strip() in sources for part in text.split("..."))]


@pytest.fixture
def movielens(monkeypatch):
    """MovieLens of generated ratings, as the wheel is tried with, for code that would download it."""
    small = runpy.run_path(str(ROOT.parent / ".ci" / "try_wheel.py"))["movielens"]
    monkeypatch.setattr("skrec.datasets.fetch_movielens", small)


def run(blocks, name):
    names = {"__name__": "example"}
    for block in blocks:
        exec(compile(block, name, "exec"), names)


@pytest.mark.parametrize("page", RUN, ids=lambda path: path.stem)
def test_code_of_pages_runs(page, monkeypatch, tmp_path, movielens):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run(re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE), page.name)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_run(path, movielens):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    run(["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"], path.name)
