"""Both indexes under one contract; the exact one against a plain sort, ties included."""

import sys

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from skrec.retrieval import ApproximateIndex, ExactIndex, _approximate, _exact
from skrec.retrieval._candidates import Candidates

pytestmark = pytest.mark.fast

INDEXES = [ExactIndex, ApproximateIndex]


def literal(vectors, queries, k, exclude=None, allowed=None):
    """Return rows and scores by sorting every item of every query."""
    rows, scores = np.full((len(queries), k), -1), np.full((len(queries), k), -np.inf, np.float32)
    for q, query in enumerate(queries):
        score = np.array([np.float32(sum(float(a) * float(b) for a, b in zip(query, v, strict=True))) for v in vectors])
        items = [i for i in range(len(vectors)) if (allowed is None or allowed[i])]
        items = [i for i in items if exclude is None or not exclude[q, i]]
        for place, i in enumerate(sorted(items, key=lambda i: (-score[i], i))[:k]):
            rows[q, place], scores[q, place] = i, score[i]
    return rows, scores


def some(n_items=60, n_queries=7, width=5, seed=0, levels=None):
    """Return ids, vectors and queries; with `levels` of few values, so that many scores tie."""
    rng = np.random.default_rng(seed)
    draw = (
        (lambda *shape: rng.integers(-levels, levels + 1, shape)) if levels else (lambda *shape: rng.normal(size=shape))
    )
    vectors, queries = draw(n_items, width).astype(np.float32), draw(n_queries, width).astype(np.float32)
    return [f"item{i}" for i in range(n_items)], vectors, queries


@given(
    seed=st.integers(0, 2**32 - 1),
    n_items=st.integers(1, 40),
    levels=st.sampled_from([None, 1, 3]),
    sizes=st.sampled_from([(128, 16384, 2**17), (2, 5, 1), (3, 8, 20)]),
    data=st.data(),
)
@settings(deadline=None)
def test_the_exact_index_is_a_plain_sort(seed, n_items, levels, sizes, data):
    """Whatever the blocks, with ties, exclusions and a filter."""
    rng = np.random.default_rng(seed)
    ids, vectors, queries = some(n_items, 5, 3, seed, levels)
    k = data.draw(st.integers(1, n_items))
    exclude = rng.random((5, n_items)) < data.draw(st.sampled_from([0, 0.3, 1]))
    allowed = data.draw(st.sampled_from([None, rng.random(n_items) < 0.5]))
    with pytest.MonkeyPatch.context() as patch:
        for name, size in zip(("QUERIES", "ITEMS", "PENDING"), sizes, strict=True):
            patch.setattr(_exact, name, size)
        found = ExactIndex().build(ids, vectors).search(queries, k, exclude=sparse.csr_array(exclude), filter=allowed)
    rows, scores = literal(vectors, queries, k, exclude, allowed)
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_array_equal(found.scores, scores)


def test_a_query_gets_the_same_alone_and_among_others():
    ids, vectors, queries = some(5000, 300, 33)
    vectors[2500:] = vectors[:2500]  # every score twice
    index = ExactIndex().build(ids, vectors)
    together = index.search(queries, 20)
    for q in (0, 128, 299):
        alone = index.search(queries[q : q + 1], 20)
        np.testing.assert_array_equal(alone.rows[0], together.rows[q])
        np.testing.assert_array_equal(alone.scores[0], together.scores[q])
    np.testing.assert_array_equal(together.rows[:, 1::2], together.rows[:, ::2] + 2500)


def test_equal_scores_do_not_pile_up(monkeypatch):
    """What a search holds is bounded, though no item is better than another."""
    held, prune = [], Candidates.prune
    monkeypatch.setattr(_exact, "ITEMS", 50)
    monkeypatch.setattr(_exact, "PENDING", 100)
    monkeypatch.setattr(Candidates, "prune", lambda kept: held.append(len(kept)) or prune(kept))
    found = ExactIndex().build(range(5000), np.ones((5000, 2))).search(np.ones((3, 2)), 4)
    assert max(held) <= 100 + 2 * 3 * 50
    assert (found.rows == np.arange(4)).all()


@pytest.mark.parametrize("cls", INDEXES)
def test_an_index_survives_its_file(cls, tmp_path):
    for ids in ([f"item{i}" for i in range(300)], list(range(10**15, 10**15 + 300))):
        _, vectors, queries = some(300)
        index = cls().build(ids, vectors, fingerprint="mark")
        index.save(tmp_path / "items.index")
        loaded = cls.load(tmp_path / "items.index", fingerprint="mark")
        assert loaded.ids.tolist() == ids
        joblib.dump(index, tmp_path / "items.joblib")
        for other in (loaded, joblib.load(tmp_path / "items.joblib")):
            for one, same in zip(index.search(queries, 9), other.search(queries, 9), strict=True):
                np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize("cls", INDEXES)
def test_excluded_and_filtered_items_are_never_found(cls):
    """Lists end where nothing is left."""
    ids, vectors, queries = some(300)
    exclude, allowed = np.zeros((7, 300), bool), np.arange(300) % 3 == 0
    exclude[0], exclude[1, :295], exclude[2, :100] = True, True, True
    found = cls().build(ids, vectors).search(queries, 50, exclude=sparse.csr_array(exclude), filter=allowed)
    lengths = (found.rows >= 0).sum(1)
    assert lengths.tolist() == [0, 1, 50, 50, 50, 50, 50]
    assert (found.scores[found.rows < 0] == -np.inf).all()
    for q, rows in enumerate(found.rows):
        rows = rows[rows >= 0]
        assert len(set(rows)) == len(rows)
        assert allowed[rows].all()
        assert not exclude[q, rows].any()


@pytest.mark.parametrize("cls", INDEXES)
def test_no_queries_find_nothing(cls):
    ids, vectors, queries = some()
    assert [part.shape for part in cls().build(ids, vectors).search(queries[:0], 3)] == [(0, 3), (0, 3)]


@pytest.mark.parametrize("cls", INDEXES)
def test_an_index_of_another_model_is_refused(cls, tmp_path):
    ids, vectors, _ = some()
    index = cls().build(ids, vectors)
    index.save(tmp_path / "items.index")
    assert cls.load(tmp_path / "items.index", fingerprint=index.fingerprint).fingerprint == index.fingerprint
    for other in (cls().build(ids, vectors + 1), cls().build(ids[::-1], vectors)):
        with pytest.raises(ValueError, match="Expected an index of this model and these items"):
            cls.load(tmp_path / "items.index", fingerprint=other.fingerprint)


@pytest.mark.parametrize("cls", INDEXES)
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda index: index.build([1, 2, 1], np.eye(3)), "Expected each id once, got 1 more than once"),
        (lambda index: index.build([1, None, 3], np.eye(3)), "Expected an id for each vector, got missing ones"),
        (lambda index: index.build([1, 2], np.eye(3)), "got 2 ids and 3 vectors"),
        (lambda index: index.build([1, 2], [[1, np.nan], [0, 1]]), "vectors contains NaN"),
        (lambda index: index.search(np.eye(5), 61), "Expected k of at most the 60 items of the catalogue, got 61"),
        (lambda index: index.search(np.eye(5), 0), "Expected k as an int of at least 1, got 0"),
        (lambda index: index.search(np.eye(4), 1), "Expected queries of 5 dimensions as the index has, got 4"),
        (lambda index: index.search(np.full((1, 5), np.inf), 1), "vectors contains"),
        (lambda index: index.search(np.eye(5), 1, filter=[True]), "Expected filter as 60 booleans"),
        (lambda index: index.search(np.eye(5), 1, filter=np.ones(60)), "got float64 of shape"),
        (lambda index: index.search(np.eye(5), 1, exclude=sparse.csr_array((5, 4))), r"exclude of shape \(5, 60\)"),
    ],
)
def test_bad_input(cls, call, message):
    ids, vectors, _ = some()
    with pytest.raises(ValueError, match=message):
        call(cls().build(ids, vectors))


@pytest.mark.parametrize("cls", INDEXES)
def test_what_is_not_built_says_so(cls):
    with pytest.raises(ValueError, match=r"is not built yet; call build\(ids, vectors\) first"):
        cls().search(np.eye(2), 1)


def test_the_class_of_the_file_is_checked(tmp_path):
    ids, vectors, _ = some()
    ExactIndex().build(ids, vectors).save(tmp_path / "items.index")

    class Other(ExactIndex):
        pass

    with pytest.raises(ValueError, match="Expected a file of Other, got one of ExactIndex; load it with ExactIndex"):
        Other.load(tmp_path / "items.index")


def test_ids_that_are_no_text_and_no_integers_are_not_saved(tmp_path):
    index = ExactIndex().build([("a", 1), "b"], np.eye(2))
    with pytest.raises(TypeError, match="Expected ids that are all strings or all integers"):
        index.save(tmp_path / "items.index")


def test_arrays_that_cannot_be_written_are_searched():
    ids, vectors, queries = some()
    vectors.flags.writeable = queries.flags.writeable = False
    np.testing.assert_array_equal(
        ExactIndex().build(ids, vectors).search(queries, 3).rows, literal(vectors, queries, 3)[0]
    )


def clustered(n_items=4000, n_queries=50, width=16):
    """Return vectors in clusters, and queries near them."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(40, width))
    near = [centres[rng.integers(40, size=n)] + 0.5 * rng.normal(size=(n, width)) for n in (n_items, n_queries)]
    return [part.astype(np.float32) for part in near]


def test_the_approximate_index_finds_most_with_the_same_scores():
    """More clusters looked into find more, all of them everything."""
    vectors, queries = clustered()
    exact = ExactIndex().build(range(4000), vectors).search(queries, 20)
    recalls = []
    for n_probe in (1, 4, 63):
        found = ApproximateIndex(n_probe=n_probe).build(range(4000), vectors).search(queries, 20)
        np.testing.assert_array_equal(found.scores, np.sort(found.scores, axis=1)[:, ::-1])
        common = [set(a) & set(b) for a, b in zip(found.rows, exact.rows, strict=True)]
        recalls.append(sum(map(len, common)) / exact.rows.size)
        same = found.rows == exact.rows
        np.testing.assert_array_equal(found.scores[same], exact.scores[same])
    assert recalls[0] < recalls[1] < recalls[2]
    assert recalls[1] > 0.9
    assert recalls[2] > 0.999


def test_the_approximate_index_takes_some_queries_at_a_time():
    vectors, queries = clustered()
    index, exclude = ApproximateIndex().build(range(4000), vectors), sparse.random_array((50, 4000), rng=0)
    expected = index.search(queries, 20, exclude=exclude)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_approximate, "QUERIES", 7)
        found = index.search(queries, 20, exclude=exclude)
    np.testing.assert_array_equal(found.rows, expected.rows)


@pytest.mark.parametrize("options", [{"n_lists": 0}, {"n_lists": "many"}, {"n_probe": 1.5}])
def test_bad_settings(options):
    name = next(iter(options))
    with pytest.raises(ValueError, match=f"Expected {name} as an int of at least 1"):
        ApproximateIndex(**options)


def test_the_approximate_index_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError, match=r'pip install "skrec-torch\[retrieval\]"'):
        ApproximateIndex().build([1, 2], np.eye(2))
