"""The HTML representation of what is ours links to a page that the site has, and links of the site are looked at."""

import re
import runpy
import tomllib

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr

from skrec import FMClassifier
from skrec._site import SITE
from skrec.preprocessing import TableEncoder
from tests.discovery import public_estimators
from tests.test_imports import ROOT

pytestmark = pytest.mark.fast


def pages():
    """Return the pages that autosummary writes: of each name in a list, below its module."""
    found = set()
    for path in (ROOT.parent / "docs" / "reference").glob("*.rst"):
        text = path.read_text(encoding="utf-8")
        module = re.search(r"^.. currentmodule:: (.*)$", text, re.MULTILINE)[1]
        for block in re.findall(
            r"^.. autosummary::\n   :toctree: (\w+)\n(.*?)(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE
        ):
            names = re.findall(r"^   (\w+)$", block[1], re.MULTILINE)
            found |= {f"{SITE}reference/{block[0]}/{module}.{name}.html" for name in names}
    return found


@pytest.mark.parametrize("cls", public_estimators(), ids=lambda cls: cls.__name__)
def test_the_link_is_that_of_a_page_that_the_site_has(cls):
    link = cls()._get_doc_link()
    assert link in pages()
    assert f'href="{link}"' in estimator_html_repr(cls())


def test_in_a_pipeline_each_step_has_its_own():
    html = estimator_html_repr(make_pipeline(TableEncoder(), FMClassifier()))
    assert {"skrec.FMClassifier.html", "skrec.preprocessing.TableEncoder.html"} <= {
        link.rpartition("/")[2] for link in re.findall(r'href="([^"]*)"', html)
    }


def test_a_model_of_somebody_else_has_no_page():
    class Mine(FMClassifier):
        pass

    assert Mine()._get_doc_link() == ""


def test_the_site_is_where_the_package_says():
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"]["Documentation"] == SITE


def test_dead_links_and_what_is_loaded_from_elsewhere_are_found(tmp_path):
    check = runpy.run_path(str(ROOT.parent / ".ci" / "check_site.py"))["check"]
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "other.html").write_text('<h2 id="here">Here</h2> <a href="../index.html#top">up</a>')
    links = [
        "to/other.html#here",
        "to/other.html#there",
        "gone.html",
        "https://elsewhere.org/",
        "to/other.html",
        "#one",
    ]
    (tmp_path / "index.html").write_text(
        '<script src="https://elsewhere.org/a.js"></script><link rel="canonical" href="https://elsewhere.org/">'
        + "".join(f'<a href="{link}">{link}</a>' for link in links)
    )
    wrong, n_pages, n_links = check(tmp_path)
    assert wrong == [
        "index.html loads https://elsewhere.org/a.js",
        "index.html links to #one, which has no such anchor",
        "index.html links to gone.html, which is not there",
        "index.html links to to/other.html#there, which has no such anchor",
    ]
    assert (n_pages, n_links) == (2, 6)
