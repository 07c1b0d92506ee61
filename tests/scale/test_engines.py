"""The example under every engine that is there: one digest of predictions for all, in `make scale`."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.scale
EXAMPLE = Path(__file__).parents[2] / "examples" / "11_beyond_one_process.py"
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
SECONDS = 600


def run(folder, *arguments, before=()):
    """Return the digest of predictions that the example prints."""
    environment = {**os.environ, "TMPDIR": str(folder), "GLOO_SOCKET_IFNAME": "lo", "RAY_TRAIN_V2_ENABLED": "1"}
    command = [sys.executable, *before, str(EXAMPLE), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return re.search(r"digest of predictions (\w+)", done.stdout)[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def expected(folder):
    return run(folder)


def test_torchrun(folder, expected):
    assert run(folder, "torchrun", before=TORCHRUN) == expected


@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_engine(folder, expected, engine):
    package = {"dask": "distributed"}.get(engine, engine)
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs {engine}, which `make scale` installs")
    assert run(folder, engine) == expected
