import pickle

import numpy as np
import pandas as pd
import pytest

from skrec.data._moments_survey import MomentsSurvey


def survey_of(*chunks):
    survey = MomentsSurvey()
    for chunk in chunks:
        survey.add(pd.Series(chunk), np.ones(len(chunk)))
    return survey


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_chunks_without_rows_change_nothing(dtype):
    chunk, nothing = np.arange(5, dtype=dtype), np.array([], dtype)
    assert survey_of(nothing, chunk, nothing).result() == survey_of(chunk).result() == (2.0, 2**0.5)


def test_what_is_constant_in_all_chunks():
    assert survey_of([7.0], [7.0, 7.0], [7.0]).result() == (7.0, 0.0)
    single = np.float32([0.1, 0.1]) + np.spacing(np.float32(0.1)) * np.arange(2, dtype=np.float32)
    assert survey_of(single[:1], single).result()[1] == 0
    merged = survey_of(np.float64([0.1]))
    merged.merge(pickle.loads(pickle.dumps(survey_of(single))))
    assert merged.result()[1] == 0


def test_constants_of_two_chunks_are_two_numbers():
    assert survey_of([1.0, 1.0], [3.0, 3.0]).result() == (2.0, 1.0)


def test_what_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="expected finite numbers, got NaN"):
        survey_of([1.0], [np.nan])
