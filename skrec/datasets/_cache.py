"""Where a published data set is looked for: the user's folder, the cache, the network."""

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from sklearn.datasets import get_data_home

from skrec._text import quoted

_OF_THE_DISK = {
    getattr(errno, name, None)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EIO", "ENOTDIR", "EISDIR", "EEXIST")
} - {None}


@dataclass(frozen=True)
class Published:
    """A file as its publisher offers it, and the places in `$SKREC_DATA` where a copy of it may lie."""

    file_name: str
    url: str
    known_hash: str  # "algorithm:hex digest"
    local: tuple[str, ...]  # relative to $SKREC_DATA, in the order they are tried
    holds: str  # what such a local copy holds, for the error's remedy


def find(published: Published, data_home: str | os.PathLike | None, download_if_missing: bool) -> Path:
    """Return the path of the data: in `$SKREC_DATA` first, then in the cache, then downloaded to the cache."""
    if root := os.environ.get("SKREC_DATA"):
        if not Path(root).is_dir():
            raise FileNotFoundError(
                f"SKREC_DATA must name an existing folder, got {quoted(root)}; correct it, or unset it to use the "
                "cache."
            )
        for local in published.local:
            if (path := Path(root) / local).exists():
                return path

    cached = Path(get_data_home(data_home)) / "skrec" / published.file_name
    if cached.is_dir():
        raise IsADirectoryError(
            f"{cached} must be the published file, got a folder; remove it, and the file is downloaded in its place"
        )
    if cached.exists() and _matches(cached, published.known_hash):
        return cached
    remedy = (
        f"Set SKREC_DATA to a folder that holds {published.holds}, or put the file from {published.url} at {cached}"
    )
    if not download_if_missing:
        found = "has another checksum than the published file" if cached.exists() else "does not exist"
        raise FileNotFoundError(f"{cached} {found}, and download_if_missing=False. {remedy}, or let it be downloaded.")
    return _download(published, cached, remedy)


def _matches(path: Path, known_hash: str) -> bool:
    algorithm, _, digest = known_hash.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == digest


def _download(published: Published, cached: Path, remedy: str) -> Path:
    try:
        import pooch
    except ImportError as error:
        raise ImportError(
            f"Downloading {published.file_name} needs pooch, which is not installed: "
            f'`pip install "skrec-torch[datasets]"`. {remedy}.'
        ) from error
    try:
        pooch.retrieve(published.url, published.known_hash, fname=cached.name, path=cached.parent)
    except OSError as error:  # requests' errors are OSErrors, those without a number
        if error.errno in _OF_THE_DISK:
            raise OSError(
                error.errno,
                f"{error.strerror}, so that {published.file_name} could not be kept; make room there, or pass another "
                "data_home",
                str(cached),
            ) from error
        raise ConnectionError(
            f"{published.file_name} could not be downloaded from {published.url}. {remedy}, or connect and try again."
        ) from error
    except ValueError as error:  # pooch's word for another checksum
        raise ValueError(
            f"The file downloaded from {published.url} must have the checksum {published.known_hash}, got another: "
            f"it was cut short or has changed, and was not kept. Try again. {remedy}."
        ) from error
    return cached
