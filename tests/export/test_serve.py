"""The example that serves a pipeline runs, on the loopback, and its graph is quick."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "08_serve.py"


@pytest.mark.slow
def test_all_files_answer_the_same():
    done = subprocess.run([sys.executable, EXAMPLE], check=True, capture_output=True, text=True, timeout=600)
    assert float(re.search(r"largest difference of 100 rows: (\S+)", done.stdout).group(1)) < 1e-5
    assert set(re.findall(r"^(\w+) .* ms a call", done.stdout, re.MULTILINE)) == {"skops", "onnx"}
    assert float(re.search(r", (\d+) times as fast", done.stdout).group(1)) >= 10
    assert "lists of 5 items for 100 users, the same as here" in done.stdout
    assert ("loaded and scored, equal" in done.stdout) == bool(find_spec("mlflow"))
