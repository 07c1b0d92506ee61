import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrec._parts import in_parts, together


@given(st.integers(0, 50), st.integers(1, 5), st.booleans())
def test_each_row_is_in_one_part(n_rows, n_threads, large):
    def count(first, last, counts):
        counts[first:last] += 1

    counts = np.zeros(n_rows)
    in_parts(count, n_rows, 2**20 if large else 0, n_threads, counts)
    assert (counts == 1).all()


def test_little_work_stays_in_this_thread():
    threads = []
    in_parts(lambda first, last: threads.append(threading.get_ident()), 10, 2**17 - 1, 4)
    assert threads == [threading.get_ident()]


@pytest.mark.parametrize("bad", [0, 1])
def test_an_error_is_raised_when_all_have_ended(bad):
    ended = []

    def work(part):
        if part == bad:
            raise ValueError(f"part {part}")
        time.sleep(0.05)
        ended.append(part)

    with pytest.raises(ValueError, match=f"part {bad}"):
        together(work, [(0,), (1,)])
    assert ended == [1 - bad]
