"""Arrays come back as they were, or the file is said to be damaged."""

import io
import pickle
import struct
import zipfile

import numpy as np
import pytest

from skrec._archive import BadFile, digest_of, read_arrays, write_arrays

ARRAYS = {
    "text": np.array(["tea", "", "é\ud800"]),
    "word": np.array("word"),
    "none": np.zeros((0, 3), np.float32),
    "numbers": np.arange(12, dtype=np.uint64).reshape(3, 4) + np.uint64(2**63),
    "columns": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "swapped": np.arange(3, dtype=">i2"),
}


def same(found, expected):
    assert found.keys() == {*expected, "digest"}
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


def test_arrays_come_back(tmp_path):
    write_arrays(tmp_path / "a", ARRAYS)
    found = read_arrays(tmp_path / "a")
    same(found, ARRAYS)
    assert [found[name].dtype for name in ARRAYS] == [array.dtype.newbyteorder("=") for array in ARRAYS.values()]
    with np.load(tmp_path / "a") as plain:  # an ordinary npz
        same({name: np.asarray(plain[name]) for name in plain}, ARRAYS)


def test_no_pickles_are_written(tmp_path):
    with pytest.raises(TypeError, match="Expected arrays of numbers or text, got object as 'ids'"):
        write_arrays(tmp_path / "a", {"ids": np.array([1, "a"], object)})
    assert not (tmp_path / "a").exists()


def changed(**arrays):
    """Return the bytes of a file with other arrays under the old digest."""
    content = io.BytesIO()
    np.savez(content, **{**ARRAYS, "digest": np.array(digest_of(ARRAYS)), **arrays})
    return content.getvalue()


def npy(header, data=b""):
    """Return an archive with one member that says whatever `header` says."""
    text = header.encode().ljust(118) + b"\n"
    return zipped({"a.npy": b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + data})


def zipped(members, compression=zipfile.ZIP_STORED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


class Touch:
    """Writes a file when its pickle is read."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"no archive", "it begins with b'no a'"),
        (pickle.dumps({}), "it begins with"),
        (b"PK\3\4", "BadZipFile"),
        (changed(word=np.array("wors")), "its digest is another"),
        (changed(numbers=ARRAYS["numbers"].astype(np.int64)), "its digest is another"),
        (changed(more=np.zeros(1)), "its digest is another"),
        (zipped({"a.npy": bytes(2**24)}, zipfile.ZIP_DEFLATED), "are longer than the file|compressed"),
        (zipped({"a.npy": b"abc" * 9}, zipfile.ZIP_DEFLATED), "compressed or encrypted"),
        (zipped({"a.npy": b"text"}), "a.npy|ValueError"),
        (zipped({"a.npy": b""}), "ValueError"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}"), "is not as long as it says"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -1)}", bytes(4)), "of shape"),
        (npy("{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,)}"), "has <U0"),
        (npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", pickle.dumps([1])), "has object"),
        (npy("{'descr': '<U1', 'fortran_order': False, 'shape': ()}", b"\xff\xff\xff\xff"), "text that is none"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9999999999999999999)}"), "Error"),
        (npy("(" * 110), "Error"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # a zip has the time in its bytes
)
def test_what_is_no_archive_is_refused(content, reason, tmp_path):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(BadFile, match=reason) as caught:
        read_arrays(tmp_path / "a")
    assert caught.value.known == content.startswith(b"PK\3\4")


def test_a_pickle_is_not_read(tmp_path):
    content, mark = io.BytesIO(), tmp_path / "mark"
    np.savez(content, a=np.array([Touch(mark)], object))
    mark.unlink(missing_ok=True)
    (tmp_path / "a").write_bytes(content.getvalue())
    with pytest.raises(BadFile):
        read_arrays(tmp_path / "a")
    assert not mark.exists()


def test_a_member_that_is_there_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("a.npy", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.npy", "2")
    with pytest.raises(BadFile, match="twice"):
        read_arrays(tmp_path / "a")


def test_a_folder_and_nothing_are_no_files(tmp_path):
    with pytest.raises(BadFile, match="it is no file"):
        read_arrays(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_arrays(tmp_path / "nowhere")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_damaged_the_arrays_are_right_or_refused(seed, tmp_path):
    rng = np.random.default_rng(seed)
    write_arrays(tmp_path / "a", ARRAYS)
    whole = (tmp_path / "a").read_bytes()
    n_refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        start, length = rng.integers(len(whole)), int(rng.choice([1, 1, 8, 100]))
        kind = rng.integers(4)
        if kind == 0:
            damaged[start : start + length] = rng.bytes(min(length, len(whole) - start))
        elif kind == 1:
            del damaged[start : start + length]
        elif kind == 2:
            damaged[start:start] = rng.bytes(length)
        else:
            damaged[start] ^= 1 << rng.integers(8)
        (tmp_path / "a").write_bytes(damaged)
        try:
            found = read_arrays(tmp_path / "a")
        except BadFile:
            n_refused += 1
        else:
            if "digest" in found:
                same(found, ARRAYS)
    assert n_refused > 75
