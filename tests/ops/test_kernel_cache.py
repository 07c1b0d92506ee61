"""Kernels run, right and with one warning, whatever has become of numba's cache or of numba."""

import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch

import skrec
from skrec.ops import _dispatch, compiled, kernels_load

SOURCE = """
def square(x):
    for i in range(len(x)):
        x[i] = x[i] * x[i] + 1

def cube(x):
    for i in range(len(x)):
        x[i] = x[i] * x[i] * x[i]
"""


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Return a function that does what a fresh process does: loads a kernel, calls it, gives results and warnings."""
    from skrec.ops._kernels import _cache  # these import numba
    from skrec.ops._kernels._compile import kernel

    path = tmp_path / "kernels.py"
    path.write_text(SOURCE)
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path / "cache"))

    def call(name="square", dtype=float):
        spec = importlib.util.spec_from_file_location("kernels", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setattr(_cache, "_warned", False)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function, x = kernel(getattr(module, name)), np.arange(4, dtype=dtype)
            function(x)
            function(x[:2])
        assert {warning.filename for warning in caught} <= {__file__}
        return x.tolist(), [str(warning.message) for warning in caught], function

    return call


EXPECTED = [2.0, 5.0, 5.0, 10.0]  # the first two twice


def files(folder, suffix):
    found = sorted(folder.rglob(f"*{suffix}"))
    assert found
    return found


@pytest.mark.needs_numba
def test_what_is_compiled_once_is_read_afterwards(call, tmp_path):
    result, said, function = call()
    assert (result, said, sum(function.stats.cache_hits.values())) == (EXPECTED, [], 0)
    result, said, function = call()
    assert (result, said, sum(function.stats.cache_hits.values())) == (EXPECTED, [], 1)
    assert len(files(tmp_path, ".nbi")) == len(files(tmp_path, ".nbc")) == 1
    call(dtype=int)
    assert len(files(tmp_path, ".nbc")) == 2


def turn(path):
    """Turn a bit in the middle: of a code file in the machine code, which numba would run."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)


def folder(path):
    path.unlink()
    path.mkdir()
    (path / "inside").touch()


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "text": lambda path: path.write_bytes(b"garbage"),
    "another pickle": lambda path: path.write_bytes(b"\x80\x04K\x01."),
    "turned": turn,
    "gone": Path.unlink,
    "folder": folder,
}


@pytest.mark.needs_numba
@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_written_anew(damage, suffix, call, tmp_path):
    call()
    for path in files(tmp_path, suffix):
        DAMAGES[damage](path)
    result, said, _ = call()
    assert result == EXPECTED
    assert len(said) <= 1
    assert all("numba cannot keep compiled code as it should" in text and "NUMBA_CACHE_DIR" in text for text in said)
    if damage in ("empty", "cut", "zeros", "text") or (damage, suffix) == ("turned", ".nbc"):
        assert said
    again, said, function = call()
    assert again == EXPECTED
    if damage != "folder":
        assert said == []
        assert sum(function.stats.cache_hits.values()) == 1


@pytest.mark.needs_numba
def test_code_of_another_kernel_is_not_run(call, tmp_path):
    call()
    call("cube")
    cube, square = files(tmp_path, ".nbc")
    assert "cube" in cube.name
    shutil.copy(cube, square)
    result, said, _ = call()
    assert result == EXPECTED
    assert "a file is of another kernel" in said[0]


@pytest.mark.needs_numba
def test_no_two_compiled_functions_have_a_name_in_common():
    """By which the linker tells them apart: of two that were kept by two processes it would take the first."""
    from numba.core.dispatcher import Dispatcher

    folder = Path(skrec.__file__).parent
    for path in folder.glob("*/_kernels/*.py"):
        import_module(".".join(["skrec", *path.relative_to(folder).with_suffix("").parts]))
    modules = [module for name, module in sys.modules.items() if "._kernels" in name and name.startswith("skrec.")]
    functions = {each for module in modules for each in vars(module).values() if isinstance(each, Dispatcher)}
    names = [f"{each.py_func.__module__}.{each.py_func.__qualname__}" for each in functions]
    assert len(names) > 50
    assert len(names) == len(set(names))
    assert not [name for name in names if "<locals>" in name]


TRAINS = """
import sys
import numpy as np
import torch
from tests.engine.test_closed import FFM, FM, make_module, make_net, make_rows
for name in sys.argv[1:]:
    net = make_net(make_module({"FM": FM, "FFM": FFM}[name], dtype=torch.float32))
    print(net.partial_fit(make_rows(60, dtype=np.float32)).module_.bias.item())
"""


@pytest.mark.slow
@pytest.mark.needs_numba
def test_steps_that_two_processes_have_compiled_are_both_right_in_a_third(tmp_path):
    def trained(*names, folder):
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
        command, root = [sys.executable, "-c", TRAINS, *names], Path(__file__).parents[2]
        done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.split()

    alone = [trained(name, folder=tmp_path / name) for name in ("FM", "FFM")]  # as if each came first
    for name in ("FM", "FFM"):
        shutil.copytree(tmp_path / name, tmp_path / "both", dirs_exist_ok=True)
    assert trained("FM", "FFM", folder=tmp_path / "both") == [*alone[0], *alone[1]]


@pytest.mark.needs_numba
@pytest.mark.parametrize("function", ["replace", "makedirs"])
def test_a_folder_without_room_is_done_without(function, call, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, function, full)
        patch.setattr("numba.config.CACHE_LOCATOR_CLASSES", "UserProvidedCacheLocator", raising=False)
        result, said, _ = call()
    assert result == EXPECTED
    assert len(said) == 1
    assert "No space left on device" in said[0] or "no locator available" in said[0]


@pytest.mark.needs_numba
def test_a_function_that_is_not_compiled_is_not_kept():
    """As all are under NUMBA_DISABLE_JIT."""
    from skrec.ops._kernels import _cache

    _cache.keep(print)


FIT = """
import sys, warnings
import numpy as np, torch
from skrec.engine import RowAdam
from skrec.ops import compiled, embedding_lookup
table = torch.nn.Parameter(torch.arange(12.0).reshape(6, 2))
optimizer = RowAdam([table], lr=0.1, compiled=True)
with warnings.catch_warnings(record=True) as caught, compiled(True):
    warnings.simplefilter("always")
    for _ in range(3):
        optimizer.zero_grad()
        (embedding_lookup(table, torch.tensor([[1, 2], [1, 5]])) ** 2).sum().backward()
        optimizer.step()
print([str(warning.message) for warning in caught])
print(table.detach().double().numpy().tolist())
"""


def run(cache, **settings):
    """Return warnings and weights of a fit in a fresh process with its cache in a folder."""
    settings = {**os.environ, "NUMBA_CACHE_DIR": str(cache), **settings}
    command = [sys.executable, "-c", FIT]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return map(eval, done.stdout.splitlines())


@pytest.mark.needs_numba
def test_a_fit_goes_on(tmp_path):
    """As after a power cut."""
    said, expected = run(tmp_path)
    assert said == []
    for path in files(tmp_path, ".nbi"):
        path.write_bytes(b"")
    said, weights = run(tmp_path)
    assert len(said) == 1
    assert "EOFError" in said[0]
    assert weights == expected


def test_a_fit_does_without_a_numba_that_is_broken(tmp_path):
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text("raise ImportError('Numba needs NumPy 1.0 or less')")
    said, weights = run(tmp_path, PYTHONPATH=os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])]))
    assert len(said) == 1
    assert "numba is installed and cannot be imported (ImportError: Numba needs NumPy 1.0 or less)" in said[0]
    assert np.shape(weights) == (6, 2)


@pytest.mark.parametrize("error", [ImportError("no llvmlite"), AttributeError("numpy.no_such_name"), OSError("no .so")])
def test_broken_packages_are_spoken_of_once(error, monkeypatch):
    def fail(name):
        raise error

    kernels_load.cache_clear()
    monkeypatch.setattr(_dispatch, "import_module", fail)
    monkeypatch.setattr(_dispatch, "can_compile", lambda: True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            with compiled(True):
                assert not _dispatch.kernels_are_wanted()
    assert ["cannot be imported" in str(warning.message) for warning in caught] == [True]
    kernels_load.cache_clear()
    monkeypatch.setattr(_dispatch, "can_compile", lambda: False)
    with compiled(True):  # nothing is said of what was never installed
        assert torch.is_grad_enabled()
    kernels_load.cache_clear()
