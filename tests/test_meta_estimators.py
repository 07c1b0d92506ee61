"""Which meta-estimators of scikit-learn take frames is what docs/reference/meta_estimators.md says."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - what follows needs it
from sklearn.feature_selection import RFE, RFECV, SelectFromModel, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import PartialDependenceDisplay, permutation_importance
from sklearn.metrics import RocCurveDisplay
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    LearningCurveDisplay,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from sklearn.semi_supervised import SelfTrainingClassifier

from skrec import FMClassifier, FMRegressor
from skrec.preprocessing import TableEncoder
from tests.samples import mixed, scores
from tests.test_docs import DOCS

PAGE = (DOCS / "reference" / "meta_estimators.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("| ").split("|")] for line in PAGE.splitlines() if re.match(r"\| `", line)]
TYPED = mixed(60)
RAW = TYPED.assign(item=TYPED["item"].astype(object), age=TYPED["age"].round().astype(int))
RAW.loc[::7, "item"] = None
NUMBERS = scores(TYPED)
YES = (NUMBERS > 0).astype(int)
CLASSES = np.where(np.arange(60) % 5 == 0, 2, YES)
SOME = np.where(np.arange(60) % 4 == 0, -1, YES)
TWO = {"cv": 2, "error_score": "raise"}
COLUMNS = 4


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def searched(e):
    return {"fmclassifier__lr" if hasattr(e, "steps") else "lr": [0.01, 0.1]}


def ones(_):
    return np.arange(COLUMNS)


# each takes a classifier, a regressor and rows
CASES = {
    "GridSearchCV": lambda c, r, X: GridSearchCV(c, searched(c), **TWO).fit(X, YES).predict(X),
    "RandomizedSearchCV": lambda c, r, X: RandomizedSearchCV(c, searched(c), n_iter=1, **TWO).fit(X, YES).predict(X),
    "HalvingGridSearchCV": lambda c, r, X: HalvingGridSearchCV(c, searched(c), **TWO).fit(X, YES).predict(X),
    "cross_val_score": lambda c, r, X: cross_val_score(c, X, YES, **TWO),
    "cross_val_predict": lambda c, r, X: cross_val_predict(c, X, YES, cv=2, method="predict_proba"),
    "learning_curve": lambda c, r, X: learning_curve(c, X, YES, train_sizes=[0.5, 1.0], **TWO),
    "validation_curve": lambda c, r, X: validation_curve(
        c, X, YES, param_name=next(iter(searched(c))), param_range=[0.01], **TWO
    ),
    "permutation_test_score": lambda c, r, X: permutation_test_score(c, X, YES, cv=2, n_permutations=1),
    "permutation_importance": lambda c, r, X: permutation_importance(c.fit(X, YES), X, YES, n_repeats=1),
    "CalibratedClassifierCV": lambda c, r, X: CalibratedClassifierCV(c, cv=2).fit(X, YES).predict(X),
    "FixedThresholdClassifier": lambda c, r, X: FixedThresholdClassifier(c, threshold=0.4).fit(X, YES).predict(X),
    "TunedThresholdClassifierCV": lambda c, r, X: TunedThresholdClassifierCV(c, cv=2).fit(X, YES).predict(X),
    "FrozenEstimator": lambda c, r, X: CalibratedClassifierCV(FrozenEstimator(c.fit(X, YES))).fit(X, YES).predict(X),
    "VotingClassifier": lambda c, r, X: VotingClassifier([("a", c), ("b", c)]).fit(X, YES).predict(X),
    "StackingClassifier": lambda c, r, X: StackingClassifier([("a", c)], cv=2).fit(X, YES).predict(X),
    "StackingClassifier(passthrough=True)": lambda c, r, X: (
        StackingClassifier([("a", c)], cv=2, passthrough=True).fit(X, YES).predict(X)
    ),
    "OneVsRestClassifier": lambda c, r, X: OneVsRestClassifier(c).fit(X, CLASSES).predict(X),
    "OutputCodeClassifier": lambda c, r, X: OutputCodeClassifier(c, random_state=0).fit(X, CLASSES).predict(X),
    "OneVsOneClassifier": lambda c, r, X: OneVsOneClassifier(c).fit(X, CLASSES).predict(X),
    "MultiOutputClassifier": lambda c, r, X: MultiOutputClassifier(c).fit(X, np.c_[YES, 1 - YES]).predict(X),
    "MultiOutputRegressor": lambda c, r, X: MultiOutputRegressor(r).fit(X, np.c_[NUMBERS, NUMBERS]).predict(X),
    "ClassifierChain": lambda c, r, X: ClassifierChain(c).fit(X, np.c_[YES, 1 - YES]).predict(X),
    "RegressorChain": lambda c, r, X: RegressorChain(r).fit(X, np.c_[NUMBERS, NUMBERS]).predict(X),
    "TransformedTargetRegressor": lambda c, r, X: (
        TransformedTargetRegressor(r, func=np.arcsinh, inverse_func=np.sinh).fit(X, NUMBERS).predict(X)
    ),
    "BaggingClassifier": lambda c, r, X: BaggingClassifier(c, n_estimators=2, random_state=0).fit(X, YES).predict(X),
    "AdaBoostClassifier": lambda c, r, X: AdaBoostClassifier(c, n_estimators=2, random_state=0).fit(X, YES).predict(X),
    "SelfTrainingClassifier": lambda c, r, X: SelfTrainingClassifier(c, max_iter=1).fit(X, SOME).predict(X),
    "RFE": lambda c, r, X: RFE(c, importance_getter=ones).fit(X, YES).predict(X),
    "RFECV": lambda c, r, X: RFECV(c, cv=2, importance_getter=ones).fit(X, YES).predict(X),
    "SelectFromModel": lambda c, r, X: SelectFromModel(c, importance_getter=ones).fit(X, YES).transform(X),
    "SequentialFeatureSelector": lambda c, r, X: SequentialFeatureSelector(c, cv=2).fit(X, YES).transform(X),
    "RocCurveDisplay": lambda c, r, X: RocCurveDisplay.from_estimator(c.fit(X, YES), X, YES),
    "CalibrationDisplay": lambda c, r, X: CalibrationDisplay.from_estimator(c.fit(X, YES), X, YES),
    "LearningCurveDisplay": lambda c, r, X: LearningCurveDisplay.from_estimator(
        c, X, YES, train_sizes=[0.5, 1.0], **TWO
    ),
    "PartialDependenceDisplay": lambda c, r, X: PartialDependenceDisplay.from_estimator(
        c.fit(X, YES), X, ["item", "history"], categorical_features=["item", "history"]
    ),
}


def models(**options):
    options = {"embedding_dim": 2, "max_epochs": 1, "random_state": 0, **options}
    return FMClassifier(**options), FMRegressor(**options)


def of_raw():
    encoder = TableEncoder(categorical=["user", "item"], numeric=["age"], sequence=["history"])
    return [make_pipeline(encoder, model) for model in models()]


def test_the_page_has_a_line_of_each():
    assert [re.sub("`", "", row[0]) for row in ROWS] == list(CASES)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.parametrize("kind", ["typed", "raw"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_it_takes_frames_as_the_page_says(row, kind):
    X, (classifier, regressor) = (TYPED, models()) if kind == "typed" else (RAW, of_raw())
    call = CASES[row[0].strip("`")]
    assert row[1] in ("yes", "no")
    if row[1] == "yes":
        call(classifier, regressor, X)
    else:
        assert row[2]
        with pytest.raises((ValueError, TypeError)):
            call(classifier, regressor, X)


@pytest.mark.parametrize("row", [row for row in ROWS if "(#codes)" in row[-1]], ids=lambda row: row[0].strip("`"))
def test_codes_go_where_frames_do_not(row):
    X = np.c_[OrdinalEncoder().fit_transform(TYPED[["user", "item"]]), TYPED["age"]]
    CASES[row[0].strip("`")](*models(categorical_features=[0, 1]), X)
