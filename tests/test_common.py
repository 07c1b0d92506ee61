"""Every check of scikit-learn, on every public class that is there."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from tests.discovery import REPRESENTATIVES, public_estimators

NOISY = {"dropout": 0.2, "batch_norm": True, "hidden_layer_sizes": (16, 8), "lr": 0.01, "max_epochs": 10}


def noisy(*, represent):
    """Return the estimators that have dropout and batch normalization, with both on: representatives, or all others."""
    classes = [cls for cls in public_estimators() if NOISY.keys() <= cls().get_params().keys()]
    return [cls(**NOISY) for cls in classes if (cls.__name__ in REPRESENTATIVES) == represent]


def not_by_weight(estimator):
    """Name the check of weight two against the row twice: a row is drawn and normalised as often as it is there."""
    reason = "dropout draws by row, and the variance of a batch counts rows"
    return {"check_sample_weight_equivalence_on_dense_data": reason}


# targets of scikit-learn's checks are no chain, of which ESMM warns
no_chain = pytest.mark.filterwarnings("ignore:ESMMClassifier. .* rows have a target without the one before:UserWarning")


@no_chain
@parametrize_with_checks([cls() for cls in public_estimators()])
def test_scikit_learn(estimator, check):
    """Default parameters, nothing expected to fail."""
    check(estimator)


@no_chain
@parametrize_with_checks(noisy(represent=True), expected_failed_checks=not_by_weight)
def test_scikit_learn_with_dropout_and_batch_norm(estimator, check):
    """One check is expected to fail, and has to."""
    check(estimator)


@no_chain
@pytest.mark.slow
@parametrize_with_checks(noisy(represent=False), expected_failed_checks=not_by_weight)
def test_scikit_learn_with_dropout_and_batch_norm_of_all_others(estimator, check):
    check(estimator)
