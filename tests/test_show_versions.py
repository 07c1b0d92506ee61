"""What a report of a bug says."""

import importlib.metadata

import pytest

import skrec
from skrec import _show_versions

pytestmark = pytest.mark.fast


def test_it_names_packages_processor_and_choices(capsys):
    skrec.show_versions()
    said = dict(line.strip().split(": ", 1) for line in capsys.readouterr().out.splitlines() if ": " in line)
    assert said["skrec-torch"] == importlib.metadata.version("skrec-torch")
    assert said["pandas"] == importlib.metadata.version("pandas")
    assert int(said["threads of torch"]) >= 1
    assert said['precision="auto"'] in ("float32", "bfloat16 in fits large enough")
    assert {"python", "machine", "units", "GPUs", "kernels"} <= said.keys()


def test_what_is_not_there_is_said(capsys, monkeypatch):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(_show_versions.importlib.metadata, "version", version)
    skrec.show_versions()
    out = capsys.readouterr().out
    assert "    polars: not installed\n" in out
    assert "    kernels: not compiled, numba is not installed\n" in out
