"""Code of the guide that needs packages of this environment, behind the page's other code."""

import re

import matplotlib.pyplot as plt
import mlflow
import pytest

from tests.test_docs import DOCS, run

pytestmark = pytest.mark.filterwarnings("default")  # of these packages
PAGES = [path for path in sorted((DOCS / "guide").glob("*.md")) if "\n```py\n" in path.read_text(encoding="utf-8")]
BLOCK = re.compile(r"^```py(?:thon)?\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_code_of_pages_runs(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    mlflow.set_experiment("pages")
    run(BLOCK.findall(page.read_text(encoding="utf-8")), page.name)
    plt.close("all")
