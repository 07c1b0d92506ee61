"""Where a data set is looked for, against a server on this machine."""

import errno
import functools
import hashlib
import os
import shutil
import sys
import threading
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from skrec.datasets import _movielens, fetch_movielens
from tests.datasets.published import files_100k, write_folder, write_zip


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Serve the miniature in place of the publisher; return the server and the cache's folder."""
    monkeypatch.delenv("SKREC_DATA", raising=False)
    folder = tmp_path / "site"
    folder.mkdir()
    path = write_zip(folder / "ml-100k.zip", "ml-100k", files_100k())
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    published = replace(
        _movielens.PUBLISHED["100k"],
        url=f"http://127.0.0.1:{server.server_port}/ml-100k.zip",
        known_hash="md5:" + hashlib.md5(path.read_bytes()).hexdigest(),
    )
    monkeypatch.setitem(_movielens.PUBLISHED, "100k", published)

    def stop():
        server.shutdown()
        server.server_close()
        thread.join()

    yield stop, tmp_path / "cache"
    stop()


def test_downloads_once(served):
    stop, cache = served
    first = fetch_movielens(data_home=cache)
    stop()
    again = fetch_movielens(data_home=cache, download_if_missing=False)
    assert len(first.ratings) == len(again.ratings) == 4
    assert again.filename == str(cache / "skrec" / "ml-100k.zip")


def test_the_users_folder_comes_before_cache_and_network(served, tmp_path, monkeypatch):
    _, cache = served
    write_folder(tmp_path / "mine" / "ml-100k", files_100k())
    monkeypatch.setenv("SKREC_DATA", str(tmp_path / "mine"))
    assert fetch_movielens(data_home=cache).filename == str(tmp_path / "mine" / "ml-100k")
    assert not cache.exists()


def test_another_checksum_is_refused_and_not_kept(served, monkeypatch):
    _, cache = served
    published = replace(_movielens.PUBLISHED["100k"], known_hash="md5:" + "0" * 32)
    monkeypatch.setitem(_movielens.PUBLISHED, "100k", published)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"must have the checksum md5:0+, got another"):
            fetch_movielens(data_home=cache)
    with pytest.raises(FileNotFoundError):
        fetch_movielens(data_home=cache, download_if_missing=False)


def test_a_cached_file_that_was_cut_short_is_fetched_anew(served):
    _, cache = served
    fetch_movielens(data_home=cache)
    cached = cache / "skrec" / "ml-100k.zip"
    cached.write_bytes(cached.read_bytes()[:100])
    with pytest.raises(FileNotFoundError, match="has another checksum than the published file"):
        fetch_movielens(data_home=cache, download_if_missing=False)
    assert len(fetch_movielens(data_home=cache).ratings) == 4


def test_offline_error_says_what_to_do(served):
    stop, cache = served
    stop()
    with pytest.raises(
        ConnectionError, match=r"Set SKREC_DATA to a folder that holds ml-100k/.*, or connect"
    ) as caught:
        fetch_movielens(data_home=cache)
    assert isinstance(caught.value.__cause__, OSError)


def test_nothing_is_downloaded_unasked(served):
    _, cache = served
    with pytest.raises(FileNotFoundError, match=r"download_if_missing=False\. Set SKREC_DATA"):
        fetch_movielens(data_home=cache, download_if_missing=False)


def test_a_folder_that_is_none(monkeypatch):
    monkeypatch.setenv("SKREC_DATA", "nowhere")
    with pytest.raises(FileNotFoundError, match="SKREC_DATA must name an existing folder, got 'nowhere'"):
        fetch_movielens()


def test_without_pooch_the_error_names_the_extra(served, monkeypatch):
    _, cache = served
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"skrec-torch\[datasets\]"):
        fetch_movielens(data_home=cache)


def test_published_files_are_known_by_sha256():
    for published in _movielens.PUBLISHED.values():
        algorithm, _, digest = published.known_hash.partition(":")
        assert (algorithm, len(digest)) == ("sha256", 64)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_full_disk_is_no_lack_of_a_connection(number, served, monkeypatch):
    _, cache = served

    def full(*arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(shutil, "move", full)
    with pytest.raises(OSError, match=r"could not be kept; make room there, or pass another data_home") as caught:
        fetch_movielens(data_home=cache)
    assert not isinstance(caught.value, ConnectionError)
    assert (caught.value.errno, caught.value.filename) == (number, str(cache / "skrec" / "ml-100k.zip"))
    assert list((cache / "skrec").iterdir()) == []


def test_a_folder_in_place_of_the_file(served):
    _, cache = served
    (cache / "skrec" / "ml-100k.zip").mkdir(parents=True)
    for download in (True, False):
        with pytest.raises(
            IsADirectoryError, match=r"ml-100k\.zip must be the published file, got a folder; remove it"
        ):
            fetch_movielens(data_home=cache, download_if_missing=download)


def test_a_file_in_place_of_the_folder(served):
    _, cache = served
    cache.mkdir()
    (cache / "skrec").touch()
    with pytest.raises(OSError, match=r"could not be kept.*ml-100k\.zip") as caught:
        fetch_movielens(data_home=cache)
    assert not isinstance(caught.value, ConnectionError)
