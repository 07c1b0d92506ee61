"""A file is there whole, the old one or the new one, whatever happens."""

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from skrec import _files
from skrec._files import replacing

posix = pytest.mark.skipif(os.name != "posix", reason="of POSIX systems alone")


def write(path, content=b"new", then=None):
    with replacing(path) as file:
        file.write(content)
        if then is not None:
            then()


def alone(folder):
    """Return whether nothing but `idx` is left in the folder."""
    return sorted(os.listdir(folder)) == ["idx"]


@pytest.mark.parametrize("kind", [str, Path, os.fsencode, "relative"])
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_file_is_written(kind, old, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "idx"
    if old is not None:
        path.write_bytes(old)
    write("idx" if kind == "relative" else kind(path))
    assert path.read_bytes() == b"new"
    assert alone(tmp_path)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
@pytest.mark.parametrize("old", [None, b"old"])
def test_an_error_changes_nothing(error, old, tmp_path):
    def fail():
        raise error

    path = tmp_path / "idx"
    if old is not None:
        path.write_bytes(old)
    with pytest.raises(error):
        write(path, b"half of it", fail)
    assert (path.read_bytes() if path.exists() else None) == old
    assert len(os.listdir(tmp_path)) == (old is not None)


def run_beside(code, path):
    """Start `code`, which imports the module without its package and thus without torch, with a path."""
    command = [sys.executable, "-c", f"import sys; sys.path[0] = {str(Path(_files.__file__).parent)!r}\n{code}"]
    return subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE, text=True)


LIMITED = """
import resource, signal, sys
from _files import replacing
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
try:
    with replacing(sys.argv[1]) as file:
        file.write(bytes({size}))
except OSError as error:
    print(type(error).__name__, error)
"""


@posix
@pytest.mark.parametrize("size", [2**16 + 1, 2**20])
def test_no_room_is_an_error_with_the_path(size, tmp_path):
    path = tmp_path / "idx"
    path.write_bytes(b"old")
    with run_beside(LIMITED.format(size=size), path) as process:
        said = process.stdout.read()
    assert said == f"OSError [Errno {errno.EFBIG}] File too large (nothing has changed): {str(path)!r}\n"
    assert path.read_bytes() == b"old"
    assert alone(tmp_path)


@pytest.mark.parametrize("step", ["flush", "fsync", "replace"])
def test_no_room_at_any_step(step, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "idx"
    path.write_bytes(b"old")
    if step != "flush":
        monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match=r"No space left on device \(nothing has changed\)") as caught:
        write(path, then=full if step == "flush" else None)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert alone(tmp_path)


def test_an_error_of_another_file_stays_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError, match="other") as caught:
        write(tmp_path / "idx", then=(tmp_path / "other").read_bytes)
    assert caught.value.filename == str(tmp_path / "other")


KILLED = """
import sys, time
from _files import replacing
with replacing(sys.argv[1]) as file:
    file.write(bytes(2**20))
    file.flush()
    print("go", flush=True)
    time.sleep(60)
"""


def test_a_process_that_is_killed_leaves_the_old_file(tmp_path):
    path = tmp_path / "idx"
    path.write_bytes(b"old")
    with run_beside(KILLED, path) as process:
        process.stdout.readline()
        process.kill()
    assert path.read_bytes() == b"old"


def test_readers_meet_whole_files_alone(tmp_path):
    path, met, done = tmp_path / "idx", set(), threading.Event()
    write(path, b"a" * 2**16)

    def read():
        while not done.is_set():
            met.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for letter in b"bcdefgh" * 5:
        write(path, bytes([letter]) * 2**16)
        time.sleep(0.001)
    done.set()
    reader.join()
    assert all(len(content) == 2**16 and len(set(content)) == 1 for content in met)


@posix
@pytest.mark.parametrize("there", [False, True])
def test_a_link_stays_one(there, tmp_path):
    target, link = tmp_path / "data" / "idx", tmp_path / "link"
    target.parent.mkdir()
    if there:
        target.write_bytes(b"old")
    link.symlink_to(Path("data", "idx"))
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert alone(target.parent)


@posix
@pytest.mark.parametrize(("before", "umask", "mode"), [(None, 0o022, 0o644), (None, 0o077, 0o600), (0o640, 0, 0o640)])
def test_permissions_are_those_of_open(before, umask, mode, tmp_path):
    path = tmp_path / "idx"
    if before is not None:
        path.touch()
        path.chmod(before)
    old = os.umask(umask)
    try:
        write(path)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
def test_a_file_that_may_not_be_written_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "idx"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *arguments: False)  # root may write everything
    with pytest.raises(PermissionError, match="idx"):
        write(path)
    assert path.read_bytes() == b"old"


def test_folders_are_no_files(tmp_path):
    with pytest.raises(OSError, match=str(tmp_path.name)):
        write(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"nothing has changed.*nowhere") as caught:
        write(tmp_path / "nowhere" / "idx")
    assert caught.value.filename == str(tmp_path / "nowhere" / "idx")
    assert os.listdir(tmp_path) == []


@posix
def test_a_pipe_is_written_to(tmp_path):
    os.mkfifo(tmp_path / "idx")
    found = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / "idx").read_bytes()))
    reader.start()
    write(tmp_path / "idx")
    reader.join()
    assert found == [b"new"]
    assert stat.S_ISFIFO((tmp_path / "idx").stat().st_mode)


@posix
def test_a_signal_that_ends_the_process_leaves_nothing(tmp_path):
    with run_beside(KILLED, tmp_path / "idx") as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
    assert os.listdir(tmp_path) == []
