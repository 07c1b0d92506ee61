import pickle

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec.data import _vocabulary_survey
from skrec.data._containers import as_pandas
from skrec.data._vocabulary import Vocabulary
from skrec.data._vocabulary_survey import VocabularySurvey


def values_of(survey):
    return survey.result().values.tolist()


def survey_of(*columns, declared=False):
    survey = VocabularySurvey("c", declared=declared)
    for column in columns:
        survey.add(column)
    return survey


def test_a_column_that_never_has_a_value():
    missing = pd.Series([None, None], dtype=pd.ArrowDtype(pa.string()))
    assert values_of(survey_of(missing)) == values_of(survey_of(missing, missing)) == values_of(survey_of()) == []


def test_rows_of_a_single_chunk_are_recoded_without_hashing():
    column = pd.Series(["b", "a"], dtype="category")
    survey = survey_of(column)
    assert survey.result().recoding(column)[1] is survey.result()._learnt[1]
    pickle.dumps(survey)
    merged = survey_of()
    merged.merge(survey)
    assert merged.result() is survey.result()


def test_declared_categories_of_all_chunks():
    chunks = [pd.Series(pd.Categorical(["b"], categories=values)) for values in (["c", "b"], ["b", "d"])]
    assert values_of(survey_of(*chunks)) == ["b"]
    assert values_of(survey_of(*chunks, declared=True)) == ["b", "c", "d"]


def test_values_are_combined_when_they_are_as_many_as_the_known(monkeypatch):
    monkeypatch.setattr(_vocabulary_survey, "PENDING_VALUES", 4)
    survey, held = survey_of(), []
    for start in range(20):
        survey.add(pd.Series([start, start + 1, start + 2]))
        held.append(len(survey.known) + survey.n_pending)
        assert survey.n_pending <= max(4, len(survey.known))
    assert values_of(survey) == list(range(22))
    assert max(held) <= 2 * 22


def enum(*values):
    return as_pandas(pl.DataFrame({"c": pl.Series(values, dtype=pl.Enum(["30", "4", "20"]))}))["c"]


def test_chunks_of_an_enum_are_one():
    whole = Vocabulary.learn(enum("30", "4", "20"))
    single = survey_of(enum("4", "20", "30"))
    for survey in (survey_of(enum("30"), enum("4", "20")), pickle.loads(pickle.dumps(single))):
        vocabulary = survey.result()
        assert vocabulary.values.tolist() == whole.values.tolist() == ["4", "20", "30"]
        assert vocabulary.encode(pd.Series([30, 4])).tolist() == [3, 1]
    mixed = survey_of(enum("30", "4"), pd.Series(["20"])).result()
    assert (mixed.values.tolist(), mixed.by_text) == (["20", "30", "4"], False)


@pytest.mark.parametrize(
    "chunks",
    [(pd.Series([1, 2]), pd.Series(["a"])), [pd.cut(pd.Series([1.0, 2.0]), 2)] * 2],
    ids=["two types", "intervals"],
)
def test_chunks_that_cannot_be_compared_are_refused(chunks):
    message = r"^Column 'c': expected categories of one type in all chunks, text, numbers or booleans, got others \("
    with pytest.raises(TypeError, match=message):
        survey_of(*chunks).result()


@pytest.mark.parametrize(
    "values",
    [[3, 1, 2], [True, False], [2**63 + 1, 2**63], [1.5, 0.5], ["b", "a"], pd.date_range("2020", periods=3)[::-1]],
    ids=["integers", "booleans", "unsigned", "floats", "text", "dates"],
)
def test_categories_of_every_type(values):
    column = pd.Series(values, dtype="category")
    expected, *others = (survey_of(*[column] * n).result().values for n in (1, 2, 3))
    for found in others:
        pd.testing.assert_index_equal(found, expected)
