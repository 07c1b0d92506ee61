"""What errors about dates tell to do works: skrub's step turns them into numbers."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import skrub
from sklearn.pipeline import make_pipeline

from skrec import FMClassifier
from skrec.preprocessing import TableEncoder

FRAME = pd.DataFrame({"when": pd.date_range("2024-01-01", periods=40, freq="7h"), "user": list("abcd") * 10})
LABELS = np.arange(40) % 2


@pytest.mark.parametrize("container", [pd.DataFrame, pl.from_pandas], ids=["pandas", "polars"])
def test_the_step_that_the_error_names(container):
    frame, end = container(FRAME), [TableEncoder(), FMClassifier(max_epochs=1, random_state=0)]
    with pytest.raises(TypeError, match=r"Column 'when': .*turn a date into numbers") as error:
        make_pipeline(*end).fit(frame, LABELS)
    step = str(error.value).partition("before this one does, ")[2].partition(", or drop it")[0]
    pipe = make_pipeline(eval(step, {"skrub": skrub}), *end).fit(frame, LABELS)
    assert {"when_month", "when_hour"} <= set(pipe[:-1].transform(frame))
    assert pipe.predict_proba(frame).shape == (40, 2)


def test_objects_of_dates_become_dates_first():
    frame = FRAME.assign(when=FRAME["when"].dt.date)
    with pytest.raises(TypeError, match=r"objects of type date; make it dates with pandas\.to_datetime, and turn"):
        TableEncoder().fit(frame)
    dates = frame.assign(when=pd.to_datetime(frame["when"]))
    step = skrub.ApplyToCols(skrub.DatetimeEncoder(), cols=["when"])
    assert "when_day" in make_pipeline(step, TableEncoder()).fit(dates).transform(dates)
