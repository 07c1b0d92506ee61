"""An index in shards against one of all items; its folder, while it is read and after what goes wrong."""

import os
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from skrec import MFClassifier
from skrec._archive import write_arrays
from skrec.retrieval import ApproximateIndex, ExactIndex, Recommender, ShardedIndex

N_ITEMS, WIDTH = 250, 6
IDS = [f"item{i}" for i in range(N_ITEMS)]
RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(N_ITEMS, WIDTH)).astype(np.float32)
QUERIES = RNG.normal(size=(9, WIDTH)).astype(np.float32)
KINDS = [ExactIndex, lambda: ApproximateIndex(n_lists=4, n_probe=4)]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=["exact", "approximate"])


def parts(*lengths, ids=IDS, vectors=VECTORS):
    """Yield ids and vectors in parts of such lengths, the last of what is left."""
    start = 0
    for length in (*lengths, len(ids)):
        if start < len(ids):
            yield ids[start : start + length], vectors[start : start + length]
        start += length


def same(found, expected):
    np.testing.assert_array_equal(found.rows, expected.rows)
    np.testing.assert_array_equal(found.scores, expected.scores)


def is_mapped(array):
    while array is not None and not isinstance(array, np.memmap):
        array = getattr(array, "base", None)
    return array is not None


@given(
    seed=st.integers(0, 2**32 - 1),
    n_items=st.integers(1, 40),
    shard_size=st.integers(1, 50),
    levels=st.sampled_from([None, 1]),
    data=st.data(),
)
@settings(deadline=None, max_examples=60)
def test_shards_find_what_one_index_does(seed, n_items, shard_size, levels, data):
    """To the bit, with ties, exclusions and a filter, lists longer than a shard among them."""
    rng = np.random.default_rng(seed)
    draw = rng.normal if levels is None else lambda size: rng.integers(-levels, levels + 1, size)
    vectors, queries = draw(size=(n_items, 3)), draw(size=(4, 3))
    k = data.draw(st.integers(1, n_items))
    exclude = sparse.csr_array(rng.random((4, n_items)) < data.draw(st.sampled_from([0, 0.3, 1])))
    allowed = data.draw(st.sampled_from([None, rng.random(n_items) < 0.5, np.arange(n_items) < 3]))
    one, several = (cls.build(range(n_items), vectors) for cls in (ExactIndex(), ShardedIndex(shard_size=shard_size)))
    assert several.fingerprint == one.fingerprint
    assert len(several.shards) == -(-n_items // shard_size)
    np.testing.assert_array_equal(several.vectors, one.vectors)
    options = {"exclude": exclude, "filter": allowed}
    same(several.search(queries, k, **options), one.search(queries, k, **options))


def test_approximate_shards_are_merged():
    """Looking into all clusters finds all; into fewer, what the shards find, in one order."""
    exact = ExactIndex().build(IDS, VECTORS).search(QUERIES, 20)
    index = ShardedIndex(ApproximateIndex(n_lists=5, n_probe=5), shard_size=90).build(IDS, VECTORS)
    same(index.search(QUERIES, 20), exact)
    index.index.n_probe = 1
    found, of_shards = index.search(QUERIES, 20), []
    for place, start in enumerate(range(0, N_ITEMS, 90)):
        part = slice(start, start + 90)
        alone = index.shards[place]
        assert alone.n_probe == 1
        rows = alone.search(QUERIES, 20).rows
        of_shards.append(np.where(rows < 0, -1, rows + start))
        assert alone.ids.tolist() == IDS[part]
    for query, rows in enumerate(np.hstack(of_shards)):
        scores = (QUERIES[query].astype(float) * VECTORS[rows]).sum(1).astype(np.float32)
        assert found.rows[query].tolist() == rows[np.lexsort((rows, -scores))][:20].tolist()


@every_kind
@pytest.mark.parametrize("mmap_mode", [None, "r"])
def test_a_folder_comes_back(kind, mmap_mode, tmp_path):
    index = ShardedIndex(kind(), shard_size=100).build(IDS, VECTORS, fingerprint="mark")
    index.save(tmp_path / "items")
    found = ShardedIndex.load(str(tmp_path / "items"), fingerprint="mark", mmap_mode=mmap_mode)
    assert found.ids.tolist() == IDS
    assert found.shard_size == 100
    assert vars(found.index) == vars(index.index)
    assert [is_mapped(shard.vectors) for shard in found.shards] == [mmap_mode == "r"] * 3
    for other in (found, pickle.loads(pickle.dumps(found))):
        same(other.search(QUERIES, 150), index.search(QUERIES, 150))
    found.save(tmp_path / "items")  # over itself
    same(ShardedIndex.load(tmp_path / "items").search(QUERIES, 9), index.search(QUERIES, 9))


@every_kind
@pytest.mark.parametrize("lengths", [(), (100, 100), (1, 99, 120), (30,) * 8])
def test_parts_are_written_as_they_come(kind, lengths, tmp_path):
    index = ShardedIndex(kind(), shard_size=100)
    index.write(tmp_path, parts(*lengths))
    whole = ShardedIndex(kind(), shard_size=100).build(IDS, VECTORS)
    found = ShardedIndex.load(tmp_path, mmap_mode="r")
    same(found.search(QUERIES, 30), whole.search(QUERIES, 30))
    assert found.ids.equals(whole.ids)
    assert not hasattr(index, "shards")


def test_what_is_written_again_is_read_on(tmp_path):
    """Who has mapped the old index finds the old items; a new reader finds the new ones, in files of their own."""
    index = ShardedIndex(shard_size=100)
    index.write(tmp_path, parts(), fingerprint="old")
    old = ShardedIndex.load(tmp_path, mmap_mode="r")
    expected = old.search(QUERIES, 5)
    index.write(tmp_path, parts(vectors=-VECTORS), fingerprint="new")
    same(old.search(QUERIES, 5), expected)
    new = ShardedIndex.load(tmp_path, fingerprint="new", mmap_mode="r")
    same(new.search(-QUERIES, 5), expected)
    assert len(os.listdir(tmp_path)) == 4


def breaks():
    yield IDS[:120], VECTORS[:120]
    raise OSError("no more vectors")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (breaks, OSError, "no more vectors"),
        (lambda: parts(100, ids=[*IDS[:-1], "item3"]), ValueError, "Expected each id once, got 'item3' more than once"),
        (lambda: [(IDS[:3], VECTORS)], ValueError, "got 3 ids and 250 vectors"),
        (lambda: [(IDS[:9], VECTORS[:9]), (IDS[9:], VECTORS[9:, :3])], ValueError, "of 6 dimensions as before, got 3"),
        (lambda: [(IDS[:100], VECTORS[:100]), (IDS[100:], VECTORS[100:, :3])], ValueError, "of 6 dimensions as"),
        (lambda: [(IDS, VECTORS * np.nan)], ValueError, "vectors contains NaN"),
        (lambda: [([1.5, 2.5], VECTORS[:2])], TypeError, "Expected ids that are all strings or all integers"),
        (list, ValueError, "Expected parts with items, got none"),
    ],
)
def test_a_folder_stays_as_it_was(make, error, message, tmp_path):
    index = ShardedIndex(shard_size=100)
    index.write(tmp_path, parts())
    before, found = sorted(os.listdir(tmp_path)), ShardedIndex.load(tmp_path).search(QUERIES, 5)
    with pytest.raises(error, match=message):
        index.write(tmp_path, make())
    assert sorted(os.listdir(tmp_path)) == before
    same(ShardedIndex.load(tmp_path).search(QUERIES, 5), found)


def swap(folder):
    one, other, *_ = sorted(folder.glob("*-*.index"))
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def flip(folder):
    path = min(folder.glob("*-*.index"))
    content = bytearray(path.read_bytes())
    place = content.index(VECTORS[7].tobytes())
    content[place] ^= 1
    path.write_bytes(content)


def rename(folder):
    write_arrays(folder / "shards.index", {"kind": np.array("ShardedIndex"), "format": np.array(2)})


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (swap, ValueError, "it is a shard of another index"),
        (flip, ValueError, "is damaged; build it anew"),
        (rename, ValueError, "is damaged; build it anew"),
        (lambda folder: (folder / "shards.index").unlink(), ValueError, "has no index in shards, no shards.index"),
        (lambda folder: min(folder.glob("*-*.index")).unlink(), FileNotFoundError, "00000.index"),
    ],
)
@pytest.mark.parametrize("mmap_mode", [None, "r"])
def test_damage_is_noticed(damage, error, message, mmap_mode, tmp_path):
    ShardedIndex(shard_size=100).write(tmp_path, parts())
    damage(tmp_path)
    with pytest.raises(error, match=message):
        ShardedIndex.load(tmp_path, mmap_mode=mmap_mode)


def test_other_indexes_are_named(tmp_path):
    ExactIndex().build(IDS, VECTORS).save(tmp_path / "one")
    with pytest.raises(ValueError, match=r"Expected a file of ShardedIndex, got one of ExactIndex; load it with Exact"):
        ShardedIndex.load(tmp_path / "one")
    ShardedIndex().build(IDS, VECTORS).save(tmp_path / "several")
    with pytest.raises(ValueError, match="is no index of skrec"):
        ExactIndex.load(tmp_path / "several")
    with pytest.raises(ValueError, match="Expected an index of this model and these items, fingerprint x"):
        ShardedIndex.load(tmp_path / "several", fingerprint="x")
    with pytest.raises(ValueError, match="Expected mmap_mode as None or 'r', got 'w'"):
        ExactIndex.load(tmp_path / "one", mmap_mode="w")
    with pytest.raises(FileNotFoundError):
        ShardedIndex.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"index": "exact"}, TypeError, r"Expected index as an ExactIndex\(\) or an ApproximateIndex\(\), got 'exact'"),
        ({"index": ExactIndex().build(IDS, VECTORS)}, ValueError, "Expected an index that is not built yet"),
        ({"shard_size": 0}, ValueError, "Expected shard_size as an int of at least 1, got 0"),
        ({"shard_size": True}, ValueError, "Expected shard_size as an int of at least 1, got True"),
    ],
)
def test_bad_parameters(arguments, error, message):
    with pytest.raises(error, match=message):
        ShardedIndex(**arguments)


def test_what_is_not_built_says_so(tmp_path):
    for call in (lambda index: index.search(QUERIES, 1), lambda index: index.save(tmp_path)):
        with pytest.raises(ValueError, match=r"This ShardedIndex is not built yet; call build\(ids, vectors\) first"):
            call(ShardedIndex())


def test_a_failed_build_leaves_the_index(tmp_path):
    index = ShardedIndex(shard_size=100).build(IDS, VECTORS)
    before = index.search(QUERIES, 5)
    with pytest.raises(ValueError, match="Expected each id once"):
        index.build([1, 2, 1], np.eye(3))
    same(index.search(QUERIES, 5), before)


@pytest.mark.parametrize("cls", [ExactIndex, ApproximateIndex])
def test_one_file_is_mapped_too(cls, tmp_path):
    index = cls().build(IDS, VECTORS)
    index.save(tmp_path / "one")
    found = cls.load(tmp_path / "one", mmap_mode="r")
    assert is_mapped(found.vectors)
    assert found.vectors.ctypes.data % 64 == 0
    same(found.search(QUERIES, 5), index.search(QUERIES, 5))


def test_files_of_older_versions_are_read_into_memory(tmp_path, monkeypatch):
    """Their arrays lie anywhere in the file."""
    from skrec import _archive

    monkeypatch.setattr(_archive, "_ALIGNMENT", 1)
    path = tmp_path / "an older index"
    ids = next(IDS[:n] for n in range(1, 9) if saved_at(path, IDS[:n]) % 4)
    found = ExactIndex.load(path, mmap_mode="r")
    assert not is_mapped(found.vectors)
    np.testing.assert_array_equal(found.vectors, VECTORS[: len(ids)])


def saved_at(path, ids):
    """Save an index, and return where in the file its vectors begin."""
    ExactIndex().build(ids, VECTORS[: len(ids)], fingerprint="f").save(path)
    return path.read_bytes().index(VECTORS[: len(ids)].tobytes())


def test_a_recommender_over_shards(tmp_path):
    log = pd.DataFrame({"user_id": list("aabbccdd"), "item_id": list("uvuvuwvw")})
    model = MFClassifier(n_negatives=1, max_epochs=1, random_state=0).fit(log, [1] * 8)
    items = pd.DataFrame({"item_id": list("uvw")})
    expected = Recommender(model, items)
    recommender = Recommender(model, items, index=ShardedIndex(shard_size=2))
    recommender.index_.save(tmp_path)
    loaded = Recommender(model, items, index=ShardedIndex.load(tmp_path, mmap_mode="r"))
    for other in (recommender, loaded):
        pd.testing.assert_frame_equal(other.recommend(["a", "c"], 2), expected.recommend(["a", "c"], 2))
        pd.testing.assert_frame_equal(other.similar_items(["u"], 2), expected.similar_items(["u"], 2))
