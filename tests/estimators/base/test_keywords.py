"""Keywords of other libraries get an answer, and signatures stay."""

import inspect

import pytest

from skrec import FMClassifier, MFRegressor
from tests.contract.cases import every
from tests.samples import labels, mixed, small, target, unchanged

FIT = {
    "validation_data": "pass X_val=..., y_val=...",
    "eval_set": "pass X_val=..., y_val=...",
    "X_valid": "pass X_val=..., y_val=...",
    "sample_weight_eval_set": "pass sample_weight_val=...",
    "sample_weights": "pass sample_weight=...",
    "validation_split": r"a parameter of the estimator, CLASS\(validation_fraction=...\)",
    "epochs": r"a parameter of the estimator, CLASS\(max_epochs=...\)",
    "early_stopping_rounds": r"a parameter of the estimator, CLASS\(n_iter_no_change=...\)",
    "callbacks": r"a parameter of the estimator, CLASS\(callbacks=...\)",
    "batch_size": r"a parameter of the estimator, CLASS\(batch_size=...\)",
    "X_vall": "did you mean 'X_val'",
    "max_epoch": "did you mean 'max_epochs'",
    "xyz" * 99: "; fit takes X, y",
}


@every
def test_fit_says_what_is_meant(cls):
    frame, estimator = mixed(), small(cls)
    y = target(estimator, frame)
    for name, advice in FIT.items():
        advice = advice.replace("CLASS", cls.__name__)
        message = rf"{cls.__name__}.fit\(\) got an unexpected keyword argument .*{advice}"
        with unchanged(estimator), pytest.raises(TypeError, match=message) as caught:
            estimator.fit(frame, y, **{name: 1})
        assert str(caught.value).endswith(" fit takes X, y, sample_weight, X_val, y_val, sample_weight_val")
        assert len(str(caught.value)) < 300
    told = {
        **dict.fromkeys(("validation_data", "X_val"), "fit takes X_val=..., y_val=..."),
        "epochs": r"a parameter of the estimator, \w+\(max_epochs=...\)",
    }
    for name, words in told.items():
        with pytest.raises(TypeError, match=rf"{cls.__name__}.partial_fit\(\) got .*{words}"):
            estimator.partial_fit(frame, y, **{name: 1})


def test_signatures_and_other_errors_are_those_of_the_methods():
    assert list(inspect.signature(FMClassifier.fit).parameters)[1:] == [
        "X", "y", "sample_weight", "X_val", "y_val", "sample_weight_val",
    ]  # fmt: skip
    assert list(inspect.signature(FMClassifier().partial_fit).parameters) == ["X", "y", "classes", "sample_weight"]
    assert list(inspect.signature(MFRegressor().partial_fit).parameters) == ["X", "y", "sample_weight"]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'y'"):
        FMClassifier().fit(mixed())
    with pytest.raises(TypeError, match="multiple values for argument 'y'"):
        FMClassifier().fit(mixed(), labels(mixed()), y=1)
