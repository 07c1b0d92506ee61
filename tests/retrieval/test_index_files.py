"""Files of both indexes: what comes back, what is refused, what is never opened."""

import errno
import io
import os
import pickle
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import faiss
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skrec._archive import DIGEST, digest_of, write_arrays
from skrec.retrieval import ApproximateIndex, ExactIndex

INDEXES = [ExactIndex, ApproximateIndex]
every = pytest.mark.parametrize("cls", INDEXES)
WORDS = "is no index of skrec|is damaged; build it anew"


def some(n_items=300, width=6, seed=0):
    rng = np.random.default_rng(seed)
    return [f"item{i}" for i in range(n_items)], rng.normal(size=(n_items, width)).astype(np.float32)


def saved(cls, path, ids=None, **options):
    """Return an index that was saved at `path`."""
    names, vectors = some()
    index = cls(**options).build(names if ids is None else ids, vectors if ids is None else vectors[: len(ids)])
    index.save(path)
    return index


def same(found, index):
    """Assert that an index is another one to the bit."""
    assert found.ids.tolist() == index.ids.tolist()
    assert found.fingerprint == index.fingerprint
    np.testing.assert_array_equal(found.vectors, index.vectors)
    queries = np.random.default_rng(1).normal(size=(20, index.vectors.shape[1]))
    for one, other in zip(found.search(queries, 5), index.search(queries, 5), strict=True):
        np.testing.assert_array_equal(one, other)


@every
@pytest.mark.parametrize("name", [str, Path, "relative"])
def test_an_index_comes_back_to_the_bit(cls, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = "items.index" if name == "relative" else name(tmp_path / "items.index")
    index = saved(cls, path)
    same(cls.load(path), index)
    found = cls.load(path)
    found.save(path)  # over itself
    same(cls.load(path), index)
    assert os.listdir(tmp_path) == ["items.index"]


@pytest.mark.parametrize("options", [{}, {"n_lists": 7, "n_probe": 3}, {"n_lists": 2**62, "n_probe": 2**62}])
def test_settings_come_back(options, tmp_path):
    index = saved(ApproximateIndex, tmp_path / "a", **options)
    found = ApproximateIndex.load(tmp_path / "a")
    same(found, index)
    assert (found.n_lists, found.n_probe) == (index.n_lists, index.n_probe)
    lists, kept = found._lists, index._lists
    assert lists.nlist == kept.nlist
    for number in range(lists.nlist):
        assert lists.invlists.list_size(number) == kept.invlists.list_size(number)
    same(pickle.loads(pickle.dumps(found)), index)


IDS = {
    "text": ["a", "a\0", "", "\0", "é", "日本", "\U0001f600", "a b\n"],
    "lone surrogates": ["\ud800", "a\udfff", "b"],
    "numbers as text": ["1", "01", "1.0"],
    "large": [2**63, 2**64 - 1, 0],
    "negative": [-(2**63), 2**63 - 1, -1],
    "one": ["alone"],
}


@every
@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_ids_come_back(cls, ids, tmp_path):
    index = saved(cls, tmp_path / "a", pd.Index(ids, dtype=object))
    found = cls.load(tmp_path / "a")
    assert found.ids.tolist() == ids
    assert [type(value) for value in found.ids.tolist()] == [type(value) for value in ids]
    assert found.fingerprint == index.fingerprint


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
@pytest.mark.parametrize("kind", [np.dtype, "nullable", "arrow", "category"])
def test_integers_keep_their_dtype(dtype, kind, tmp_path):
    limits = np.iinfo(dtype)
    ids = pd.Series(np.array([limits.max, limits.min, 5], dtype))
    if kind == "nullable":
        ids = ids.astype(pd.api.types.pandas_dtype(np.dtype(dtype).name.replace("i", "I").replace("u", "U", 1)))
    elif kind == "arrow":
        ids = ids.astype(pd.ArrowDtype(pa.from_numpy_dtype(dtype)))
    elif kind == "category":
        ids = ids.astype("category")
    saved(ExactIndex, tmp_path / "a", ids)
    found = ExactIndex.load(tmp_path / "a").ids
    assert found.dtype == dtype
    assert found.tolist() == [limits.max, limits.min, 5]


@pytest.mark.parametrize("dtype", [object, "str", "string", "category", pd.ArrowDtype(pa.string()), "large", "codes"])
def test_text_comes_back_from_every_dtype(dtype, tmp_path):
    if dtype == "large":
        dtype = pd.ArrowDtype(pa.large_string())
    elif dtype == "codes":
        dtype = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    ids = ["b", "a\0", "é"]
    saved(ExactIndex, tmp_path / "a", pd.Series(ids).astype(dtype))
    assert ExactIndex.load(tmp_path / "a").ids.tolist() == ids


@pytest.mark.parametrize(
    ("ids", "kind"),
    [
        ([True, False], "boolean"),
        ([1.0, 2.5], "floating"),
        (["a", 1], "mixed-integer"),
        ([b"a", b"b"], "bytes"),
        (pd.Series([1.5, 2.5], dtype="category"), "floating"),
        (pd.to_datetime(["2020-01-01", "2020-01-02"]), "datetime64"),
        ([2**64, 1], "larger integers"),
        ([-1, 2**63], "larger integers"),
    ],
    ids=str,
)
def test_other_ids_are_not_saved(ids, kind, tmp_path):
    saved(ExactIndex, tmp_path / "a")
    before = (tmp_path / "a").read_bytes()
    index = ExactIndex().build(ids, np.eye(2))
    with pytest.raises(TypeError, match=f"Expected ids .*{kind}.*joblib.dump"):
        index.save(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == before


@every
def test_what_is_written_is_plain(cls, tmp_path):
    saved(cls, tmp_path / "a")
    with np.load(tmp_path / "a", allow_pickle=False) as arrays:
        assert {arrays[name].dtype.kind for name in arrays} <= set("iufU")


# What else may lie at the path, {name: bytes}


def npz(compressed=False, **arrays):
    content = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(content, **arrays)
    return content.getvalue()


def npy(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


OTHERS = {
    "nothing": b"",
    "text": b"item,score\na,1\n",
    "an array": npy(np.eye(3)),
    "a pickle": pickle.dumps({"ids": [1]}),
    "other arrays": npz(x=np.eye(2)),
    "objects": npz(kind=np.array("ExactIndex"), ids=np.array([1, "a"], object)),
    "a compressed one": npz(True, kind=np.array("ExactIndex"), vectors=np.zeros((1000, 1000))),
    "a kind that is no name": npz(kind=np.array("no name")),
    "a kind that is a number": npz(kind=np.arange(3)),
}


@every
@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_another_file_is_refused(cls, content, tmp_path):
    path = tmp_path / "other.file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))} ({WORDS})"):
        cls.load(path)


@every
def test_a_folder_is_refused_and_nothing_is_not_found(cls, tmp_path):
    with pytest.raises(ValueError, match=rf"{re.escape(str(tmp_path))} is no index of skrec \(it is no file\)"):
        cls.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        cls.load(tmp_path / "nowhere")


def changed(path, to, keep_digest=False, **arrays):
    """Write a saved index with other arrays, or with None without them, under a digest that agrees unless kept."""
    with np.load(path) as old:
        new = {**{name: old[name] for name in old}, **arrays}
    new = {name: array for name, array in new.items() if array is not None}
    if not keep_digest and DIGEST in new:
        new[DIGEST] = np.array(digest_of(new))
    with open(to, "wb") as file:
        np.savez(file, **new)


NAMES = {
    ExactIndex: ["format", "kind", "fingerprint", "ids", "id_offsets", "vectors", DIGEST],
    ApproximateIndex: ["n_lists", "n_probe", "centres", "ranges", "list_of", "codes", "vectors", "id_offsets"],
}


@pytest.mark.parametrize(("cls", "name"), [(cls, name) for cls, names in NAMES.items() for name in names])
@pytest.mark.parametrize("keep_digest", [False, True])
def test_a_member_that_is_missing(cls, name, keep_digest, tmp_path):
    saved(cls, tmp_path / "a")
    changed(tmp_path / "a", tmp_path / "b", keep_digest, **{name: None})
    with pytest.raises(ValueError, match=WORDS if name != "format" else "damaged|format"):
        cls.load(tmp_path / "b")


def arrays_of(cls, n_items=300, width=6):
    ids, vectors = some(n_items, width)
    index = cls().build(ids, vectors)
    return {"vectors": vectors, **index._arrays()}


def nan_at(array, *place):
    array = array.copy()
    array[place] = np.nan
    return array


WRONG = {
    "float ids": (ExactIndex, lambda a: {"ids": np.arange(300.0), "id_offsets": None}),
    "ids in two dimensions": (ExactIndex, lambda a: {"ids": np.arange(300).reshape(3, 100), "id_offsets": None}),
    "too few ids": (ExactIndex, lambda a: {"ids": np.arange(299), "id_offsets": None}),
    "ids twice": (ExactIndex, lambda a: {"ids": np.arange(300) % 299, "id_offsets": None}),
    "text twice": (ExactIndex, lambda a: {"ids": np.zeros(300, "u1"), "id_offsets": np.arange(301)}),
    "no UTF-8": (ExactIndex, lambda a: {"ids": np.full(300, 255, "u1"), "id_offsets": np.arange(301)}),
    "offsets down": (ExactIndex, lambda a: {"ids": np.zeros(2, "u1"), "id_offsets": np.array([0, 5, 2])}),
    "offsets beyond": (ExactIndex, lambda a: {"ids": np.zeros(2, "u1"), "id_offsets": np.array([0, 1, 9])}),
    "offsets before": (ExactIndex, lambda a: {"ids": np.zeros(2, "u1"), "id_offsets": np.array([-1, 1, 2])}),
    "no offsets": (ExactIndex, lambda a: {"ids": np.zeros(0, "u1"), "id_offsets": np.zeros(0, int)}),
    "float64 vectors": (ExactIndex, lambda a: {"vectors": a["vectors"].astype(float)}),
    "flat vectors": (ExactIndex, lambda a: {"vectors": a["vectors"].ravel()}),
    "a number for vectors": (ExactIndex, lambda a: {"vectors": np.float32(3)}),
    "text for vectors": (ExactIndex, lambda a: {"vectors": np.array("abc")}),
    "NaN": (ExactIndex, lambda a: {"vectors": nan_at(a["vectors"], 3, 2)}),
    "infinite": (ExactIndex, lambda a: {"vectors": np.full_like(a["vectors"], np.inf)}),
    "none": (ExactIndex, lambda a: {"vectors": a["vectors"][:0], "ids": np.arange(0), "id_offsets": None}),
    "no width": (ExactIndex, lambda a: {"vectors": a["vectors"][:, :0]}),
    "a fingerprint of numbers": (ExactIndex, lambda a: {"fingerprint": np.arange(3)}),
    "n_probe 0": (ApproximateIndex, lambda a: {"n_probe": np.array(0)}),
    "n_probe -1": (ApproximateIndex, lambda a: {"n_probe": np.array(-1)}),
    "n_probe huge": (ApproximateIndex, lambda a: {"n_probe": np.array(2**64 - 1, np.uint64)}),
    "n_probe 1.5": (ApproximateIndex, lambda a: {"n_probe": np.array(1.5)}),
    "n_probe twice": (ApproximateIndex, lambda a: {"n_probe": np.array([1, 2])}),
    "n_lists -1": (ApproximateIndex, lambda a: {"n_lists": np.array(-1)}),
    "a list that is not there": (ApproximateIndex, lambda a: {"list_of": a["list_of"] + np.int32(1)}),
    "a list below 0": (ApproximateIndex, lambda a: {"list_of": a["list_of"] - np.int32(1)}),
    "lists of other ints": (ApproximateIndex, lambda a: {"list_of": a["list_of"].astype(np.int64)}),
    "lists of some": (ApproximateIndex, lambda a: {"list_of": a["list_of"][:-1]}),
    "codes of some": (ApproximateIndex, lambda a: {"codes": a["codes"][:-1]}),
    "narrow codes": (ApproximateIndex, lambda a: {"codes": a["codes"][:, :-1]}),
    "float codes": (ApproximateIndex, lambda a: {"codes": a["codes"].astype(np.float32)}),
    "narrow centres": (ApproximateIndex, lambda a: {"centres": a["centres"][:, :-1]}),
    "no centres": (ApproximateIndex, lambda a: {"centres": a["centres"][:0]}),
    "a number for centres": (ApproximateIndex, lambda a: {"centres": np.float32(3)}),
    "NaN centres": (ApproximateIndex, lambda a: {"centres": nan_at(a["centres"], 0, 0)}),
    "NaN ranges": (ApproximateIndex, lambda a: {"ranges": nan_at(a["ranges"], 0, 0)}),
    "flat ranges": (ApproximateIndex, lambda a: {"ranges": a["ranges"].ravel()}),
    "more centres than items": (
        ApproximateIndex,
        lambda a: {"centres": np.tile(a["centres"], (30, 1)), "list_of": a["list_of"]},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_load_checks_what_build_checks(name, tmp_path):
    """Under a digest that agrees: somebody wrote it so."""
    cls, change = WRONG[name]
    saved(cls, tmp_path / "a")
    changed(tmp_path / "a", tmp_path / "b", **change(arrays_of(cls)))
    with pytest.raises(ValueError, match=rf"{re.escape(str(tmp_path / 'b'))} is damaged; build it anew \("):
        cls.load(tmp_path / "b")


def test_members_of_another_index_are_noticed(tmp_path):
    saved(ExactIndex, tmp_path / "a")
    changed(tmp_path / "a", tmp_path / "b", keep_digest=True, vectors=some(seed=1)[1])
    with pytest.raises(ValueError, match=r"is damaged; build it anew \(its digest is another"):
        ExactIndex.load(tmp_path / "b")


def test_a_format_to_come_is_said_to_be_one(tmp_path):
    saved(ExactIndex, tmp_path / "a")
    changed(tmp_path / "a", tmp_path / "b", format=np.array(3))
    with pytest.raises(ValueError, match="in a format that this skrec does not read; build it anew, or load it with"):
        ExactIndex.load(tmp_path / "b")


@pytest.mark.parametrize("ids", [np.arange(300) - 5, np.array(some()[0])], ids=["integers", "text"])
def test_the_first_format_is_read(ids, tmp_path):
    vectors = some()[1]
    first = {"kind": np.array("ExactIndex"), "ids": ids, "vectors": vectors, "fingerprint": np.array("mark")}
    (tmp_path / "a").write_bytes(npz(**first))
    found = ExactIndex.load(tmp_path / "a", fingerprint="mark")
    assert found.ids.tolist() == ids.tolist()
    np.testing.assert_array_equal(found.vectors, vectors)
    for other in ({"ids": np.arange(300.0)}, {"vectors": nan_at(vectors, 0, 0)}, {"ids": ids[:-1]}):
        (tmp_path / "a").write_bytes(npz(**{**first, **other}))
        with pytest.raises(ValueError, match="is damaged; build it anew"):
            ExactIndex.load(tmp_path / "a")


def test_nothing_of_a_file_reaches_the_reader_of_faiss(tmp_path, monkeypatch):
    """Its lists may name a file, which is opened for writing."""
    index = saved(ApproximateIndex, tmp_path / "a")
    monkeypatch.setattr(faiss, "deserialize_index", lambda *arguments: pytest.fail("faiss reads the file"))
    monkeypatch.setattr(faiss, "read_index", lambda *arguments: pytest.fail("faiss reads the file"))
    same(ApproximateIndex.load(tmp_path / "a"), index)
    lists, victim = faiss.clone_index(index._lists), tmp_path / "victim"
    kept = lists.invlists
    disk = faiss.OnDiskInvertedLists(lists.nlist, lists.code_size, str(victim))
    for number in range(lists.nlist):
        disk.add_entries(number, kept.list_size(number), kept.get_ids(number), kept.get_codes(number))
    lists.replace_invlists(disk)
    evil = faiss.serialize_index(lists)
    victim.unlink()
    for others in ({}, {"format": None, DIGEST: None}):
        changed(tmp_path / "a", tmp_path / "evil", lists=evil, **others)
        if others:
            with pytest.raises(ValueError, match="in a format that this skrec does not read; build it anew"):
                ApproximateIndex.load(tmp_path / "evil")
        else:
            same(ApproximateIndex.load(tmp_path / "evil"), index)  # a member that nobody asks for
    assert not victim.exists()


def damages(whole, rng):
    """Yield the bytes of a file with something amiss."""
    while True:
        damaged, kind = bytearray(whole), rng.integers(6)
        start, length = int(rng.integers(len(whole))), int(rng.choice([1, 4, 64, 1000]))
        if kind == 0:
            damaged[start] ^= 1 << rng.integers(8)
        elif kind == 1:
            damaged[start : start + length] = rng.bytes(len(damaged[start : start + length]))
        elif kind == 2:
            damaged[start : start + length] = bytes(len(damaged[start : start + length]))
        elif kind == 3:
            del damaged[start:]
        elif kind == 4:
            del damaged[start : start + length]
        else:
            damaged[start:start] = rng.bytes(length)
        yield bytes(damaged)


def reordered(whole, rng):
    """Yield archives whose members have other names, or lack some, with right checksums."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    while True:
        names = list(members)
        one, other = rng.choice(names, 2, replace=False)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name in names:
                if rng.integers(2) or name not in (one, other):
                    archive.writestr({one: other, other: one}.get(name, name), members[name])
        yield content.getvalue()


@every
@pytest.mark.parametrize("make", [damages, reordered])
def test_a_damaged_file_is_refused_or_loads_as_it_was(cls, make, tmp_path):
    index, rng, n_refused = saved(cls, tmp_path / "a"), np.random.default_rng(0), 0
    for content, _ in zip(make((tmp_path / "a").read_bytes(), rng), range(300), strict=False):
        (tmp_path / "a").write_bytes(content)
        try:
            found = cls.load(tmp_path / "a")
        except ValueError as error:
            assert re.search(f"{WORDS}|Expected a file of|in a format that", str(error))  # noqa: PT017 some load
            n_refused += 1
        else:
            same(found, index)
    assert n_refused > 150


@every
def test_a_header_that_claims_much_takes_no_memory(cls, tmp_path):
    saved(cls, tmp_path / "a")
    whole = (tmp_path / "a").read_bytes()
    told = whole.replace(b"(300, 6)", b"(9**15,)"[:8].ljust(8)).replace(b"'shape': (300,", b"'shape': (9" + b"9" * 3)
    huge = re.sub(rb"\(300, 6\), }   ", rb"(99999999999, 6), }"[:15].ljust(15), told)
    for content in (told, huge):
        (tmp_path / "a").write_bytes(content)
        with pytest.raises(ValueError, match=WORDS):
            cls.load(tmp_path / "a")


# Saving and building keep what was there


@every
def test_a_full_disk_keeps_the_old_index(cls, tmp_path, monkeypatch):
    index = saved(cls, tmp_path / "a")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    other = cls().build(*some(seed=3))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left on device") as caught:
            other.save(tmp_path / "a")
    assert caught.value.filename == str(tmp_path / "a")
    same(cls.load(tmp_path / "a"), index)
    assert os.listdir(tmp_path) == ["a"]


KILLED = """
import sys, numpy as np
from skrec.retrieval import ExactIndex
index = ExactIndex().build(np.arange(10**5), np.ones((10**5, 64), np.float32))
print("go", flush=True)
while True:
    index.save(sys.argv[1])
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_process_keeps_an_index(tmp_path):
    saved(ExactIndex, tmp_path / "a")
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "a")], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        for _ in range(20):
            assert len(ExactIndex.load(tmp_path / "a").ids) in (300, 10**5)
        process.send_signal(signal.SIGKILL)
    assert len(ExactIndex.load(tmp_path / "a").ids) in (300, 10**5)


@every
@pytest.mark.parametrize("fault", ["ids", "vectors", "fingerprint", "inside"])
def test_a_build_that_fails_leaves_the_index(cls, fault, monkeypatch):
    ids, vectors = some()
    index = cls().build(ids, vectors)
    before = dict(vars(index))
    new = {"ids": ids[:50], "vectors": vectors[:50] + 1, "fingerprint": "other"}

    def fail(self, vectors):
        raise KeyboardInterrupt

    if fault == "inside":
        monkeypatch.setattr(cls, "_prepare", fail)
    else:
        new |= {"ids": {"ids": [1] * 50}, "vectors": {"vectors": [[np.nan]] * 50}, "fingerprint": {"fingerprint": 3}}[
            fault
        ]
    with pytest.raises((ValueError, TypeError, KeyboardInterrupt)):
        index.build(**new)
    assert vars(index).keys() == before.keys()
    assert all(vars(index)[name] is value for name, value in before.items())


@pytest.mark.parametrize("n_probe", [0, -1, 1.5, True, "all", 2**64])
def test_settings_changed_for_the_worse_are_refused(n_probe, tmp_path):
    index = saved(ApproximateIndex, tmp_path / "a")
    index.n_probe = n_probe
    for call in (lambda: index.search(index.vectors[:2], 3), lambda: index.save(tmp_path / "a")):
        with pytest.raises(ValueError, match=f"Expected n_probe as an int of at least 1, got {n_probe!r}"):
            call()
    assert ApproximateIndex.load(tmp_path / "a").n_probe == 16


def test_a_digest_that_agrees_is_not_enough(tmp_path):
    write_arrays(tmp_path / "a", {"kind": np.array("ExactIndex")})
    with pytest.raises(ValueError, match=r"is damaged; build it anew \(it has no format"):
        ExactIndex.load(tmp_path / "a")
