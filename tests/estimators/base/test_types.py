"""What type checkers see of constructors, ours and those of a class outside of the package."""

import re
import subprocess
import sys

from tests.test_imports import ROOT

SNIPPET = """
from numbers import Integral
from skrec import DeepFMRegressor, FMClassifier
from skrec.base import ColumnParameters, NetClassifier, parameter, positive

class Mine(ColumnParameters, NetClassifier):
    width: int = parameter(8, "int", "Width.", positive(Integral))
    lr: float = 0.5

Mine()
Mine(width=3, lr=0.1, pooling="sum", class_weight=None).fit([[0.0]], [1]).history_
Mine(wdth=3)  # Unexpected keyword argument "wdth" for "Mine"; did you mean "width"?
Mine(width="three")  # Argument "width" to "Mine" has incompatible type "str"; expected "int"
FMClassifier(embedding_dim=3, lr=0.1).set_params(lr=0.2).score([[0.0]], [1])
FMClassifier(embeding_dim=3)  # Unexpected keyword argument "embeding_dim" for "FMClassifier"; did you mean
FMClassifier(max_epochs="ten")  # Argument "max_epochs" to "FMClassifier" has incompatible type "str"; expected "int"
FMClassifier(3)  # Too many positional arguments for "FMClassifier"
DeepFMRegressor(class_weight="balanced")  # Unexpected keyword argument "class_weight" for "DeepFMRegressor"
"""


def test_a_wrong_keyword_is_an_error_before_anything_runs(tmp_path):
    """Ten seconds where `make types` has left no cache, else one."""
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPET)
    options = ["--config-file", ROOT.parent / "setup.cfg", "--cache-dir", ROOT.parent / ".mypy_cache", path]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options], capture_output=True, text=True, check=False, cwd=ROOT.parent
    )
    found = dict(re.findall(r"snippet.py:(\d+): error: (.*)", done.stdout))
    expected = {
        str(number): line.partition("  # ")[2] for number, line in enumerate(SNIPPET.splitlines(), 1) if "  # " in line
    }
    assert found.keys() == expected.keys(), done.stdout + done.stderr
    assert all(message in found[line] for line, message in expected.items())
