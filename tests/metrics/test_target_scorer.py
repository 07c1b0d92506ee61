"""Scores of single targets, against scikit-learn on the rows that have them."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, log_loss, make_scorer, r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline

from skrec import MMoEClassifier, MMoERegressor
from skrec.metrics import target_scorer
from tests.several import fitted_on_two


@pytest.fixture(scope="module")
def clicks():
    return fitted_on_two(MMoEClassifier, missing=True, n_rows=60)


def test_one_target_and_the_mean(clicks):
    model, frame, y = clicks
    there = y["buy"].notna().to_numpy()
    click, buy = (part[:, 1] for part in model.predict_proba(frame))
    expected = [roc_auc_score(y["click"], click), roc_auc_score(y["buy"][there], buy[there])]
    for target in ("buy", 1):
        assert target_scorer("roc_auc", target=target)(model, frame, y) == pytest.approx(expected[1])
    assert target_scorer("roc_auc")(model, frame, y) == pytest.approx(np.mean(expected))
    by_position = target_scorer("roc_auc", target=1)(make_pipeline(model), frame, y.to_numpy())
    assert by_position == pytest.approx(expected[1])


def test_weights_and_scorers_of_any_kind(clicks):
    model, frame, y = clicks
    weight = np.random.default_rng(0).random(60)
    there = y["buy"].notna().to_numpy()
    expected = -log_loss(y["buy"][there], model.predict_proba(frame)[1][there], sample_weight=weight[there])
    made = make_scorer(log_loss, greater_is_better=False, response_method="predict_proba")
    for scoring in ("neg_log_loss", get_scorer("neg_log_loss"), made):
        scorer = pickle.loads(pickle.dumps(target_scorer(scoring, target="buy")))
        assert scorer(model, frame, y, sample_weight=weight) == pytest.approx(expected)
    assert repr(target_scorer("roc_auc", target="buy")) == "target_scorer('roc_auc', target='buy')"


def test_numbers():
    model, frame, y = fitted_on_two(MMoERegressor, missing=True, n_rows=60)
    there = y["minutes"].notna()
    expected = r2_score(y["minutes"][there], model.predict(frame)["minutes"][there])
    assert target_scorer("r2", target="minutes")(model, frame, y) == pytest.approx(expected)


def test_a_single_target_of_any_estimator():
    X = np.random.default_rng(0).normal(size=(50, 2))
    y = pd.DataFrame({"y": (X[:, 0] > 0).astype(float)}).where(np.arange(50)[:, None] % 4 > 0)
    model = LogisticRegression().fit(X, X[:, 0] > 0)
    assert target_scorer("roc_auc", target="y")(model, X, y) == 1


def test_targets_that_are_not_there(clicks):
    model, frame, y = clicks
    with pytest.raises(ValueError, match=r"Expected target='like' among the targets of y, got \['click', 'buy'\]"):
        target_scorer("roc_auc", target="like")(model, frame, y)
    with pytest.raises(ValueError, match="Target 'buy' is missing in all rows of y; leave it out"):
        target_scorer("roc_auc")(model, frame, y.assign(buy=np.nan))
