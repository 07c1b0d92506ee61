"""What is printed of a schema."""

import numpy as np
import pandas as pd
import pytest

from skrec import DeepFMClassifier, MFRegressor
from skrec.data._survey import Survey
from tests.contract.cases import every
from tests.samples import fitted, mixed


def test_a_schema_is_a_line_a_column():
    model, frame = fitted(DeepFMClassifier)
    expected = [
        "Schema of 4 columns, float32:",
        "  'user'     categorical  6 values",
        "  'item'     categorical  6 values",
        "  'history'  sequence     6 values, those of 'item'",
        f"  'age'      numeric      mean {frame['age'].mean():.6g}, scale {frame['age'].std(ddof=0):.6g}",
    ]
    assert repr(model.schema_).splitlines() == str(model.schema_).splitlines() == expected


@every
def test_the_schema_of_every_model_is_short(cls):
    model, _ = fitted(cls)
    lines = repr(model.schema_).splitlines()
    assert len(lines) == 1 + len(model.schema_.fields)
    assert all(repr(field.name) in line for field, line in zip(model.schema_.fields, lines[1:], strict=True))
    assert max(map(len, lines)) < 80


def learn(rows, names, dtype):
    return Survey(dict.fromkeys(names, "numeric"), dtype=dtype).add(pd.DataFrame(rows, columns=names)).result()


def test_constants_own_lists_arrays_and_many_columns():
    frame = mixed().assign(fixed=7.0)
    model = DeepFMClassifier(max_epochs=1).fit(frame[["history", "fixed"]], frame["age"] > 40)
    lines = repr(model.schema_).splitlines()
    assert lines[1:] == ["  'history'  sequence     6 values", "  'fixed'    numeric      constant 7"]
    wide = learn(np.zeros((3, 1000)), range(1000), np.float64)
    lines = repr(wide).splitlines()
    assert lines[0] == "Schema of 1000 columns, float64:"
    assert (len(lines), lines[-1]) == (62, "  ... and 940 more")
    long = learn([[1.0]], ["x" * 10_000], np.float32)
    assert len(repr(long)) < 200


def test_a_schema_still_knows_what_it_is_made_of():
    model, _ = fitted(MFRegressor)
    assert [field.name for field in model.schema_.fields] == ["user", "item"]
    with pytest.raises(AttributeError):
        model.schema_.fields = ()
