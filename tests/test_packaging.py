"""What is said of the package in several places is the same in all."""

import re
import tomllib
from pathlib import Path

import pytest

import skrec

pytestmark = pytest.mark.fast
ROOT = Path(skrec.__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = ("fast", "datasets", "plot", "retrieval", "onnx", "progress")


def test_make_lowest_has_the_lower_bounds():
    needed = [*PROJECT["dependencies"], *(one for extra in EXTRAS for one in PROJECT["optional-dependencies"][extra])]
    bounds = dict(need.split(">=") for need in needed)
    lines = (ROOT / ".ci" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    tried = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert tried.keys() == {*bounds, "polars", "pyparsing", "scipy"}
    other = {name for name, bound in bounds.items() if not (tried[name] + ".").startswith(bound + ".")}
    assert other == {"torch"}


def test_the_version_is_the_same_everywhere():
    cited = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert cited == skrec.__version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[(\d.*?)\] - \d{4}-\d\d-\d\d$", changes, re.MULTILINE)[1] == skrec.__version__


def test_every_minor_version_of_python_in_ci_is_a_classifier():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    tested = re.findall(r'"([\d.]+)"', re.search(r"python: \[(.*)\]", workflow)[1])
    said = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert said == tested
