"""After work of two threads: what was fitted goes on in a forked child, and in a thread that outlives the main one."""

import os
import subprocess
import sys

import pytest

SETTING = """
import faulthandler, multiprocessing, os, threading, time
import numpy as np, pandas as pd, torch
faulthandler.dump_traceback_later(100, exit=True)
from skrec import DeepFMClassifier, FMClassifier, FMRegressor, TwoTowerClassifier
from skrec.estimators._base import _training
rng = np.random.default_rng(0)
n = 20_000
frame = pd.DataFrame({"u": rng.integers(0, 3000, n).astype(str), "x": rng.normal(size=n)})
frame["i"] = rng.integers(0, 50, n).astype(str)
y = (frame["x"] > 0).to_numpy()
model = DeepFMClassifier(max_epochs=1, early_stopping=False, random_state=0, n_threads=N_THREADS).fit(frame, y)
expected = model.predict_proba(frame)
np.dot(np.ones((999, 999)), np.ones((999, 999)))
"""
CHILD = """
def work(part=0):
    assert torch.get_num_threads() == 1
    assert np.abs(model.predict_proba(frame) - expected).max() < 1e-6
    again = DeepFMClassifier(max_epochs=1, early_stopping=False, random_state=0, n_threads=2).fit(frame, y)
    assert np.abs(again.predict_proba(frame) - expected).max() < 1e-3
    assert torch.get_num_threads() == 1
    FMRegressor(max_epochs=1, n_threads=2).fit(frame, frame["x"]).predict(frame)
    return part
"""
FORK = """
pid = os.fork()
if pid == 0:
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)
assert os.waitpid(pid, 0)[1] == 0
assert np.array_equal(model.predict_proba(frame), expected)  # the parent goes on with two
print("done", torch.get_num_threads())
"""
GRANDCHILD = FORK.replace("work()", "inner = os.fork(); work() if inner == 0 else os.waitpid(inner, 0)[1] and 1 / 0")
POOL = """
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(work, [0, 1, 2]) == [0, 1, 2]
print("done", torch.get_num_threads())
"""
EMBED = """
towers = TwoTowerClassifier(user_features=["u", "x"], max_epochs=1, random_state=0).fit(frame, y)
from skrec.retrieval import ApproximateIndex, ExactIndex, Recommender
items = frame[["i"]].drop_duplicates()
made = [Recommender(towers, items, user="u", item="i", index=cls()) for cls in (ExactIndex, ApproximateIndex)]
users = frame[["u", "x"]].drop_duplicates("u")
lists = [recommender.recommend(users, 5) for recommender in made]
def work():
    for recommender, before in zip(made, lists):
        now = recommender.recommend(users, 5)
        assert np.abs(now["score"] - before["score"]).max() < 1e-5
        recommender.index_.build(items["i"], recommender.index_.vectors)
"""


def run(*parts, n_threads=None):
    code = "".join(parts).replace("N_THREADS", str(n_threads))
    settings = {**os.environ, "OMP_NUM_THREADS": "2" if n_threads is None else "1"}
    done = subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("n_threads", [None, 2])
@pytest.mark.parametrize(
    "way",
    [
        pytest.param(FORK, id="fork"),
        pytest.param(GRANDCHILD, id="grandchild", marks=pytest.mark.slow),
        pytest.param(POOL, id="pool"),
    ],
)
def test_a_forked_child_predicts_and_fits(way, n_threads):
    """With OMP_NUM_THREADS=2, and with one thread that `n_threads` had raised."""
    assert run(SETTING, CHILD, way, n_threads=n_threads) == ["done", "2" if n_threads is None else "1"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("first", ["import torch\n", "import faiss\n"])  # which decides whose OpenMP faiss finds
def test_a_forked_child_recommends(first):
    assert run(first, SETTING, EMBED, FORK) == ["done", "2"]


OUTLIVES = """
def work():
    threading.main_thread().join()
    found = FMClassifier(max_epochs=1, n_threads=2).fit(frame, y).predict(frame)
    print("done", len(found))
threading.Thread(target=work).start()
"""


def test_a_thread_that_outlives_the_main_one_fits():
    assert run(SETTING.replace("20_000", "70_000"), OUTLIVES) == ["done", "70000"]
