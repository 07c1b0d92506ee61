import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._target_survey import LabelSurvey, NumberSurvey


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
