import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._target_survey import ChainSurvey, LabelSurvey, NumberSurvey, TargetsSurvey


def survey_of(kind, y, weight):
    survey = kind()
    survey.add(y, weight)
    return survey


@pytest.mark.parametrize("kind", [LabelSurvey, NumberSurvey])
def test_a_single_chunk_stays_as_it_is(kind):
    y, weight = np.array([1, 0, 1]), np.array([0.1, 0.2, 0.3])
    survey = survey_of(kind, y, weight)
    assert survey.result()[0] is y
    assert survey.result()[1] is weight
    merged = kind()
    merged.merge(survey)
    merged.merge(kind())
    assert merged.result()[0] is y


@pytest.mark.parametrize("labels", [[0, 1, 2], [True, False], ["b", "a", "c"]], ids=["integers", "booleans", "text"])
def test_labels_keep_the_weight_of_each(labels):
    rng = np.random.default_rng(0)
    y, weight = rng.choice(labels, 90), rng.random(90)
    first, second, third = (survey_of(LabelSurvey, y[part::3], weight[part::3]) for part in range(3))
    third.add(y[:0], weight[:0])
    second.merge(pickle.loads(pickle.dumps(third)))
    first.merge(second)
    found, weights = pickle.loads(pickle.dumps(first)).result()
    assert found.dtype == y.dtype
    assert dict(zip(found.tolist(), weights, strict=True)) == pytest.approx(
        {label: weight[y == label].sum() for label in sorted(labels)}
    )


numbers = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.1, 10)), min_size=1, max_size=30)


@given(st.lists(numbers, min_size=1, max_size=4), st.randoms())
@settings(deadline=None)
def test_numbers_keep_mean_and_spread_in_any_order(chunks, random):
    surveys = [survey_of(NumberSurvey, *np.array(chunk).T) for chunk in chunks]
    random.shuffle(surveys)
    survey = NumberSurvey()
    for other in surveys:
        survey.merge(pickle.loads(pickle.dumps(other)))
    y, weight = survey.result()
    values, weights = np.concatenate([np.array(chunk) for chunk in chunks]).T
    assert len(y) <= 6
    assert (weight >= 0).all()
    size = np.abs(values).max() or 1.0
    assert weight.sum() == pytest.approx(weights.sum())
    np.testing.assert_allclose([y.min(), y.max()], [values.min(), values.max()], atol=1e-9 * size)
    mean, expected = np.average(y, weights=weight), np.average(values, weights=weights)
    assert mean == pytest.approx(expected, abs=1e-9 * size)
    spread = np.average((y - mean) ** 2, weights=weight)
    assert spread == pytest.approx(np.average((values - expected) ** 2, weights=weights), rel=1e-6, abs=1e-9 * size**2)


def parts_of(y, weight, make):
    """Return surveys of three parts of the rows, pickled in between."""
    surveys = []
    for part in range(3):
        survey = make()
        survey.add(y[part::3], weight[part::3])
        surveys.append(pickle.loads(pickle.dumps(survey)))
    first, second, third = surveys
    second.merge(third)
    first.merge(second)
    return first


@pytest.mark.parametrize("kind", [LabelSurvey, NumberSurvey])
def test_several_targets_are_each_a_survey_of_the_rows_that_have_it(kind):
    rng = np.random.default_rng(0)
    y, weight = rng.integers(0, 2, (90, 2)).astype(float), rng.random(90)
    y[rng.random(90) < 0.4, 1] = np.nan
    columns, total = parts_of(y, weight, lambda: TargetsSurvey(kind)).result()
    assert total == pytest.approx(weight.sum())
    for (few, own), column in zip(columns, y.T, strict=True):
        there = ~np.isnan(column)
        assert own.sum() == pytest.approx(weight[there].sum())
        assert np.average(few, weights=own) == pytest.approx(np.average(column[there], weights=weight[there]))


def test_one_target_is_surveyed_as_it_is_alone():
    y, weight = np.array([1, 0, 1]), np.array([0.1, 0.2, 0.3])
    survey = TargetsSurvey(LabelSurvey)
    survey.add(y, weight)
    assert survey.result()[0] is y


def test_a_chain_counts_the_kinds_of_rows():
    rng = np.random.default_rng(0)
    y, weight = rng.integers(0, 2, (90, 2)).astype(float), rng.random(90)
    y[rng.random(90) < 0.4, 1] = np.nan
    kinds, numbers = parts_of(y, weight, ChainSurvey).result()
    found = {str(kind.tolist()): tuple(own) for kind, own in zip(kinds, numbers, strict=True)}
    expected = {}
    for row, own in zip(y.tolist(), weight, strict=True):
        total, count = expected.get(str(row), (0, 0))
        expected[str(row)] = total + own, count + 1
    assert found == {kind: pytest.approx(numbers) for kind, numbers in expected.items()}
