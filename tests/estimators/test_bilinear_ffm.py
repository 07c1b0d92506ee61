"""Bilinear factorization machine: matrices between the vectors make them field-aware."""

import numpy as np
import pytest

from skrec import BilinearFFMClassifier, BilinearFFMRegressor, FMRegressor
from tests.estimators.test_ffm import field_aware
from tests.samples import fitted, mixed, small, target

PARAMS = {
    "numeric_embedding": None,
    "embedding_dim": 2,
    "embedding_l2": 0,
    "lr": 0.05,
    "max_epochs": 30,
    "random_state": 0,
}


def test_a_matrix_for_each_pair_learns_a_field_aware_interaction_that_an_fm_of_the_same_width_cannot():
    frame, y = field_aware()
    train, test = slice(0, 600), slice(600, None)
    assert BilinearFFMRegressor(**PARAMS).fit(frame[train], y[train]).score(frame[test], y[test]) > 0.98
    assert FMRegressor(**PARAMS).fit(frame[train], y[train]).score(frame[test], y[test]) < 0.7


@pytest.mark.parametrize("params", [{"layer_norm": True}, {"bilinear_type": "each"}, {"bilinear_type": "all"}])
def test_learns_clicks_and_three_classes_with_every_option(params):
    frame, y = field_aware(600)
    for labels in (y > 0, np.digitize(y, [-0.5, 1.5])):
        estimator = BilinearFFMClassifier(**{**PARAMS, "embedding_dim": 8}, **params).fit(frame[:400], labels[:400])
        assert estimator.score(frame[400:], labels[400:]) > 0.97


def test_options_reach_the_net():
    estimator, _ = fitted(BilinearFFMClassifier, bilinear_type="each", layer_norm=True, embedding_dim=3)
    module = estimator.net_.module_
    assert module.bilinear.weight.shape == (3, 3, 3)
    assert module.norm.normalized_shape == (3,)


def test_a_norm_of_one_number_is_refused():
    frame = mixed()
    estimator = small(BilinearFFMRegressor, embedding_dim=1, layer_norm=True)
    message = "layer_norm=True of BilinearFFMRegressor leaves nothing of a vector of a single number; raise"
    with pytest.raises(ValueError, match=message):
        estimator.fit(frame, target(estimator, frame))


def test_one_column_and_another_type_are_refused():
    frame = mixed()
    y = target(BilinearFFMClassifier(), frame)
    message = r"1 feature\(s\).*while a minimum of 2 is required by BilinearFFMClassifier"
    with pytest.raises(ValueError, match=message):
        BilinearFFMClassifier().fit(frame[["user"]], y)
    message = "The 'bilinear_type' parameter of BilinearFFMClassifier must be a str among .* Got 'pair' instead"
    with pytest.raises(ValueError, match=message):
        BilinearFFMClassifier(bilinear_type="pair").fit(frame, y)
