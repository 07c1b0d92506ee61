"""The errors and warnings that the page of questions quotes: each is met here as a user meets it."""

import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skrec import FMClassifier, MFRegressor
from skrec._versions import without_versions
from skrec.retrieval import ApproximateIndex
from tests.samples import fitted, labels, mixed, small

pytestmark = pytest.mark.fast
PAGE = Path(__file__).parents[1] / "docs" / "faq.md"
QUOTED = re.findall(r"^### `(.*)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
FRAME = mixed()
Y = labels(FRAME)
IDS = pd.DataFrame({"user_id": pd.Categorical(range(10))}).sample(100, replace=True, random_state=0)


def fit(X=FRAME, y=Y, **params):
    return small(FMClassifier, **params).fit(X, y)


def with_ids():
    rows = pd.DataFrame({"user_id": np.arange(400) % 200, "item": ["tea", "jam"] * 200})
    return FMClassifier(max_epochs=1).fit(rows, [0, 1] * 200)


def with_texts():
    rows = pd.DataFrame({"name": [f"number {place}" for place in range(400)]})
    return FMClassifier(max_epochs=1).fit(rows, [0, 1] * 200)


def without_faiss():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "faiss", None)
        ApproximateIndex().build(np.arange(50), np.eye(50))


MET = [
    with_ids,
    with_texts,
    without_faiss,
    lambda: fit(categorical_features=["usre"]),
    lambda: fit(FRAME.assign(age=np.nan)),
    lambda: fitted(FMClassifier)[0].predict(FRAME.assign(age="old")),
    lambda: FMClassifier(max_epochs=1).fit(IDS, [0, 1] * 50).predict(IDS.astype(str)),
    lambda: fitted(FMClassifier)[0].predict(FRAME.drop(columns="user")),
    lambda: fit(y=["yes"] * len(FRAME)),
    lambda: fit().partial_fit(FRAME, np.where(Y == "yes", "new", Y)),
    lambda: fit(early_stopping=True, validation_fraction=0.001),
    lambda: MFRegressor().fit(FRAME, np.arange(len(FRAME))),
    lambda: without_versions({"_versions": {"skrec": "0.1.0"}}, "FMClassifier"),
]


def said(call):
    """Return the text of the error that a call ends in, or of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            call()
        except Exception as error:
            return [str(error)]
    return [str(one.message) for one in caught]


@pytest.fixture(scope="module")
def texts():
    return [text for call in MET for text in said(call)]


@pytest.mark.parametrize("quoted", QUOTED)
def test_is_what_a_user_reads(quoted, texts):
    """Parts that differ are an ellipsis in the quotation."""
    pattern = re.escape(quoted).replace(r"\.\.\.", ".*")
    assert [text for text in texts if re.search(pattern, text, re.DOTALL)], texts


def test_all_that_is_met_is_on_the_page():
    assert len(QUOTED) == len(MET)
