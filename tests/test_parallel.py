import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrec import _parallel
from skrec._parallel import parallel_for, together


@given(st.integers(0, 50), st.integers(1, 5), st.booleans())
def test_each_row_is_in_one_part(n_rows, n_threads, large):
    def count(first, last, counts):
        counts[first:last] += 1

    counts = np.zeros(n_rows)
    parallel_for(count, n_rows, 2**20 if large else 0, n_threads, counts)
    assert (counts == 1).all()


def test_little_work_stays_in_this_thread():
    threads = []
    parallel_for(lambda first, last: threads.append(threading.get_ident()), 10, 2**17 - 1, 4)
    assert threads == [threading.get_ident()]


@pytest.mark.parametrize("here", [False, True])
def test_an_error_is_raised_when_all_that_have_begun_have_ended(here):
    both, ended = threading.Barrier(2), []

    def work(part):
        both.wait(10)
        if (threading.current_thread() is threading.main_thread()) == here:
            raise ValueError("bad part")
        time.sleep(0.05)
        ended.append(part)

    with pytest.raises(ValueError, match="bad part"):
        together(work, [(0,), (1,)], 2)
    assert len(ended) == 1


def test_a_thread_that_has_not_begun_is_not_waited_for(monkeypatch):
    begin, done = threading.Event(), []
    workers = ThreadPoolExecutor(1)
    monkeypatch.setattr(_parallel, "_workers", lambda: workers)
    other = workers.submit(begin.wait, 60)  # who is at other work
    together(done.append, [(part,) for part in range(5)], 2)
    assert done == [0, 1, 2, 3, 4]
    assert not other.done()
    begin.set()
    workers.shutdown()
    assert len(done) == 5


@pytest.mark.parametrize("n_begun", [0, 1])
def test_without_threads_the_caller_does_it_all(n_begun, monkeypatch):
    """As when the main thread has ended, or the system gives no more threads."""

    class Workers(ThreadPoolExecutor):
        def submit(self, *arguments):
            if self.n_left == 0:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self.n_left -= 1
            return super().submit(*arguments)

    done, workers = [], Workers(4)
    workers.n_left = n_begun
    monkeypatch.setattr(_parallel, "_workers", lambda: workers)
    together(lambda part: done.append(part), [(part,) for part in range(20)], 4)
    assert sorted(done) == list(range(20))
    workers.shutdown()


@pytest.fixture(params=["awake", "asleep"])
def waiting(request, monkeypatch):
    """Threads that wait awake for a good while, or not at all."""

    def wait(bell, value):
        end = time.perf_counter() + 0.2
        while bell[0] == value and time.perf_counter() < end:
            time.sleep(0)
        return bell[0] != value

    if request.param == "awake":
        monkeypatch.setattr(_parallel, "_wait_awake", wait)
    return request.param


def test_calls_one_after_the_other_are_helped(waiting):
    """By the same thread, if it has stayed awake; never by none that begins and is not waited for."""
    helpers = set()
    for _ in range(20):
        both, done = threading.Barrier(2), []

        def work(part, both=both, done=done):
            both.wait(10)
            done.append((part, threading.get_ident()))

        together(work, [(0,), (1,)], 2)
        assert sorted(part for part, _ in done) == [0, 1]
        helpers |= {thread for _, thread in done} - {threading.get_ident()}
    if waiting == "awake":
        assert len(helpers) == 1


def test_many_callers_at_once_each_have_their_work_done(waiting):
    def call(caller):
        for _ in range(50):
            done = []
            together(done.append, [(part,) for part in range(6)], 3)
            assert sorted(done) == list(range(6))
        return caller

    with ThreadPoolExecutor(6) as callers:
        assert list(callers.map(call, range(6))) == list(range(6))


def test_a_kernel_waits_for_another_thread_without_the_interpreter():
    pytest.importorskip("numba")
    from skrec.ops._kernels.wait import wait_awake

    bell = np.zeros(1, np.int64)
    assert not wait_awake(bell, 0)  # in vain
    bell[0] = 1
    assert wait_awake(bell, 0)
    rung = threading.Timer(0.02, bell.fill, (2,))
    rung.start()
    for _ in range(10_000):
        if wait_awake(bell, 1):
            break
    assert bell[0] == 2
    rung.join()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_help_comes_from_another_core():
    cores, allowed = [], os.sched_getaffinity(0)

    def stay(core):
        _parallel._leave(core)
        cores.append((core, _parallel._core()))
        assert os.sched_getaffinity(0) == allowed

    stay(_parallel._core())
    if cores[0][0] is not None and len(allowed) > 1:
        assert cores[0][0] != cores[0][1]
