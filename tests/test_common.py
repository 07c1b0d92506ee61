"""Every check of scikit-learn, on every public class that is there."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from tests.discovery import public_estimators


@parametrize_with_checks([cls() for cls in public_estimators()])
def test_scikit_learn(estimator, check):
    """Default parameters, nothing expected to fail."""
    check(estimator)
