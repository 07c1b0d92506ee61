"""The site: public names are in its reference, its links lead to pages and headings, its code runs."""

import importlib
import json
import re
import runpy
import tomllib

import matplotlib.pyplot as plt
import pytest

from tests.test_imports import ROOT

pytestmark = pytest.mark.fast
DOCS = ROOT.parent / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
EXAMPLES = ROOT.parent / "examples"
NOTEBOOKS = EXAMPLES / "notebooks"
EXTRA = re.compile(r"skrec-torch\[([\w,]+)\]")
PARTS = {"nets.layers", "objectives.samplers"}
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
RUN = [path for path in [ROOT.parent / "README.md", *PAGES] if BLOCK.search(path.read_text(encoding="utf-8"))]
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
    return sorted({"", "base", "distributed", "persistence"} | folders - INNER | PARTS)


@pytest.mark.parametrize("room", rooms())
def test_every_public_name_is_in_the_reference(room):
    module = importlib.import_module(f"skrec.{room}".rstrip("."))
    names = [name for name in module.__all__ if name != "__version__"]
    assert not [name for name in names if id(getattr(module, name)) not in listed()], "add it to docs/reference"


def anchors(page):
    """Return what links to headings of a page are called, as on GitHub."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_nowhere(page, link):
    path, _, anchor = link.partition("#")
    target = page.parent / (path or page.name)
    if target.parent.name in ("gallery", "images"):  # is built, of the examples
        return not (EXAMPLES / f"{re.sub(r'^sphx_glr_|_[0-9]{3}$', '', target.stem)}.py").exists()
    if not any(target.with_suffix(end).exists() for end in (".md", ".rst")):
        return True
    return bool(anchor) and anchor not in anchors(target.with_suffix(".md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_relative_links_lead_to_a_page_and_a_heading(page):
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    for block in re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        links += [line for line in block.splitlines() if line and not line.startswith((":", "gallery/"))]
    links += re.findall(r"^:link: (.*)$", text, re.MULTILINE)
    assert not [link for link in links if leads_nowhere(page, link)]


def test_extras_of_the_pages_are_those_of_the_package():
    extras = set(tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    named = {one for page in [ROOT.parent / "README.md", *PAGES] for one in EXTRA.findall(page.read_text("utf-8"))}
    assert {extra for several in named for extra in several.split(",")} <= extras
    table = re.findall(r"^\| `(\w+)` \|", (DOCS / "install.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(table) == extras - {"all", "docs", "test"}


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
    run(BLOCK.findall(page.read_text(encoding="utf-8")), page.name)
    plt.close("all")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_run(path, movielens):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    run(["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"], path.name)
