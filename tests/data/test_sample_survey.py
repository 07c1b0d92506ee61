from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data import _sample_survey
from skrec.data._chunk import Chunk
from skrec.data._sample_survey import SampleSurvey

N_ROWS = 100


def chunk(first, last):
    rows = np.arange(first, last)
    return Chunk(pd.DataFrame({"row": rows}), rows, rows + 0.5)


def check(sample, step):
    rows = np.arange(0, N_ROWS, step)
    assert sample.frame["row"].tolist() == sample.y.tolist() == rows.tolist()
    assert sample.weight.tolist() == (rows + 0.5).tolist()


@given(st.sets(st.integers(1, N_ROWS - 1), max_size=9), st.integers(10, 200), st.randoms())
@settings(deadline=None)
def test_every_kth_row_whatever_the_chunks(cuts, most, random):
    ends, step = [0, *sorted(cuts), N_ROWS], -(-N_ROWS // most)
    chunks = list(pairwise(ends))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sample_survey, "SAMPLE_ROWS", most)
        one, *several = (SampleSurvey(N_ROWS) for _ in range(3))
    for first, last in chunks:
        one.add(chunk(first, last))
    check(one.result(), step)
    random.shuffle(chunks)
    for first, last in chunks:
        random.choice(several).add(chunk(first, last), first)
    several[0].merge(several[1])
    check(several[0].result(), step)
