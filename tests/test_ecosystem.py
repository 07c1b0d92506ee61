"""The real pipeline in scikit-learn's hands: one promise a test."""

import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import estimator_html_repr

from skrec import DeepFMClassifier, MFRegressor
from skrec.preprocessing import CategoryEncoder, TableEncoder

try:
    from sklearn.callback import FitCallback
except ImportError:
    FitCallback = None

needs_callbacks = pytest.mark.skipif(FitCallback is None, reason="scikit-learn 1.9 brought callbacks")

GENRES = ["war", "love", "sea", "wit"]


def raw(n_rows=240, seed=0):
    """A frame as it comes: integer ids, text, a number with holes, lists, and a column that must not be used."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "user_id": rng.integers(0, 10, n_rows) + 2**53,
            "gender": rng.choice(["F", "M", None], n_rows, p=[0.45, 0.45, 0.1]),
            "age": np.where(rng.random(n_rows) < 0.1, np.nan, rng.normal(40, 12, n_rows)),
            "genres": [list(rng.choice(GENRES, rng.integers(0, 3), replace=False)) for _ in range(n_rows)],
        }
    )
    likes = np.array(["war" in genres for genres in frame["genres"]]) == (frame["user_id"] % 2 == 0)
    frame["rating"] = likes.astype(int) * 4 + 1  # gives the answer away
    return frame, likes.to_numpy()


def table_encoder():
    return TableEncoder(categorical=["user_id", "gender"], numeric=["age"], sequence=["genres"])


def pipeline(**params):
    model = DeepFMClassifier(
        **{
            "embedding_dim": 4,
            "hidden_layer_sizes": (16,),
            "lr": 0.02,
            "max_epochs": 30,
            "random_state": 0,
            **params,
        }
    )
    return make_pipeline(table_encoder(), model)


@pytest.fixture(scope="module")
def fitted():
    X, y = raw()
    return pipeline().fit(X, y)


@pytest.fixture(scope="module")
def test_rows():
    return raw(200, seed=1)


def test_pipeline_learns(fitted, test_rows):
    X, y = test_rows
    assert fitted.score(X, y) > 0.9
    assert set(fitted[-1].feature_names_in_) == {"user_id", "gender", "age", "age_missing", "genres"}


def test_cross_val_score():
    X, y = raw()
    scores = cross_val_score(pipeline(), X, y, scoring="roc_auc", cv=3)
    assert scores.shape == (3,)
    assert scores.min() > 0.9


def test_nested_set_params():
    pipe = pipeline().set_params(
        deepfmclassifier__embedding_dim=8, tableencoder__categorical_encoder__min_frequency=40, deepfmclassifier__lr=0.1
    )
    X, y = raw()
    pipe.fit(X, y)
    assert pipe[-1].lr == 0.1
    assert pipe[-1].embedding("gender").shape[1] == 9
    assert len(pipe[-1].embedding("user_id")) == 1  # each of the ten users is rarer than forty
    with pytest.raises(ValueError, match="Invalid parameter 'embeding_dim' for estimator DeepFMClassifier"):
        pipe.set_params(deepfmclassifier__embeding_dim=8)


def test_clone_of_the_fitted_pipeline_is_unfitted_and_learns_the_same(fitted, test_rows):
    X, y = raw()
    copy = clone(fitted)
    assert not hasattr(copy[-1], "net_")
    np.testing.assert_array_equal(
        copy.fit(X, y).decision_function(test_rows[0]), fitted.decision_function(test_rows[0])
    )


def test_grid_search_under_loky(test_rows):
    X, y = raw()
    grid = [
        {"deepfmclassifier__max_epochs": [1]},
        {"deepfmclassifier__max_epochs": [30], "tableencoder__categorical_encoder": [CategoryEncoder()]},
    ]
    with joblib.parallel_backend("loky"):
        search = GridSearchCV(pipeline(), grid, n_jobs=2, cv=2, scoring="roc_auc", error_score="raise").fit(X, y)
    assert search.best_params_["deepfmclassifier__max_epochs"] == 30
    assert search.score(*test_rows) > 0.9
    alone = GridSearchCV(pipeline(), grid, cv=2, scoring="roc_auc", error_score="raise").fit(X, y)
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])


def test_calibration(test_rows):
    X, y = raw()
    calibrated = CalibratedClassifierCV(pipeline(lr=0.1, max_epochs=60), cv=3).fit(X, y)
    probability = calibrated.predict_proba(test_rows[0])
    np.testing.assert_allclose(probability.sum(1), 1)
    assert roc_auc_score(test_rows[1], probability[:, 1]) > 0.9


def test_permutation_importance(fitted, test_rows):
    result = permutation_importance(fitted, *test_rows, n_repeats=2, random_state=0)
    importance = dict(zip(test_rows[0], result.importances_mean, strict=True))
    assert min(importance["user_id"], importance["genres"]) > 0.2
    assert max(abs(importance["gender"]), abs(importance["age"])) < 0.1
    assert importance["rating"] == 0


def test_column_transformer(test_rows):
    X, y = raw()
    columns = ColumnTransformer(
        [("ids", CategoryEncoder(), ["user_id", "gender"]), ("rest", TableEncoder(), ["age", "genres"])],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    pipe = make_pipeline(columns, pipeline()[-1]).fit(X, y)
    assert pipe.score(*test_rows) > 0.9
    assert list(pipe[-1].embedding("user_id").index[:-1]) == sorted(X["user_id"].unique())


def test_sample_weight_is_routed_to_every_fold():
    X, y = raw()
    half = X["user_id"] < 2**53 + 5
    with config_context(enable_metadata_routing=True):
        pipe = pipeline()
        pipe[-1].set_fit_request(sample_weight=True)
        scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
        params = {"sample_weight": half.to_numpy(float)}
        result = cross_validate(
            pipe, X, y, scoring=scorer, cv=2, params=params, return_estimator=True, error_score="raise"
        )
        pipe.fit(X, y, sample_weight=half.to_numpy(float))
    for estimator in [*result["estimator"], pipe]:
        assert list(estimator[-1].embedding("user_id").index[:-1]) == [2**53 + i for i in range(5)]
    expected = pipeline().fit(X, y, deepfmclassifier__sample_weight=half.to_numpy(float))
    np.testing.assert_array_equal(pipe.decision_function(X), expected.decision_function(X))


def test_x_val_arrives_transformed(test_rows):
    X, y = raw()
    X_val, y_val = test_rows
    with config_context(enable_metadata_routing=True):
        model = pipeline(max_epochs=200, n_iter_no_change=5, tol=0.01)[-1].set_fit_request(X_val=True, y_val=True)
        pipe = Pipeline([("encode", table_encoder()), ("model", model)], transform_input=["X_val"])
        pipe.fit(X, y, X_val=X_val, y_val=y_val)
    assert pipe["model"].n_iter_ < 200
    best = pipe["model"].history_["valid_loss"][pipe["model"].best_epoch_ - 1]
    assert log_loss(y_val, pipe.predict_proba(X_val)) == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_set_output(container, fitted, test_rows):
    X, y = raw()
    pipe = pipeline().set_output(transform=container).fit(X, y)
    out = pipe[:-1].transform(X)
    assert type(out).__module__.split(".")[0] == container
    assert out.shape == (len(X), 5)
    np.testing.assert_array_equal(pipe.decision_function(test_rows[0]), fitted.decision_function(test_rows[0]))


def test_polars_frame_in(fitted, test_rows):
    X, y = raw()
    X = pl.from_pandas(X)
    pipe = pipeline().fit(X, y)
    np.testing.assert_array_equal(
        pipe.decision_function(pl.from_pandas(test_rows[0])), fitted.decision_function(test_rows[0])
    )
    scores = cross_val_score(pipeline(), X, pl.Series(y), cv=2)
    assert scores.min() > 0.85


def test_joblib_into_a_fresh_process(fitted, test_rows, tmp_path):
    joblib.dump(fitted, tmp_path / "pipe.joblib")
    joblib.dump(test_rows[0], tmp_path / "rows.joblib")
    code = (
        "import joblib, sys\n"
        "pipe, rows = (joblib.load(path) for path in sys.argv[1:3])\n"
        "joblib.dump(pipe.predict_proba(rows), sys.argv[3])\n"
    )
    paths = [str(tmp_path / name) for name in ("pipe.joblib", "rows.joblib", "out.joblib")]
    subprocess.run([sys.executable, "-c", code, *paths], check=True)
    np.testing.assert_array_equal(joblib.load(paths[2]), fitted.predict_proba(test_rows[0]))


def test_html_repr(fitted):
    html = estimator_html_repr(fitted)
    assert "DeepFMClassifier" in html
    assert "embedding_dim" in html
    assert "hidden_layer_sizes" in html


def test_voting(test_rows):
    X, y = raw()
    members = [(f"seed {seed}", pipeline(random_state=seed)) for seed in range(2)]
    vote = VotingClassifier(members, voting="soft").fit(X, y)
    mean = np.mean([pipeline(random_state=seed).fit(X, y).predict_proba(test_rows[0]) for seed in range(2)], axis=0)
    np.testing.assert_allclose(vote.predict_proba(test_rows[0]), mean)


def test_stacking(test_rows):
    X, y = raw()
    stack = StackingClassifier([("deepfm", pipeline())], LogisticRegression(), cv=2).fit(X, y)
    assert stack.score(*test_rows) > 0.9


def test_a_regressor_over_ids(test_rows):
    X, _ = raw()
    encoder = TableEncoder(categorical=["user_id", "gender"])
    pipe = make_pipeline(encoder, MFRegressor(max_epochs=5, random_state=0)).fit(X, X["rating"])
    assert np.isfinite(pipe.predict(test_rows[0])).all()
    assert list(pipe[-1].embedding("user_id").index[:-1]) == sorted(X["user_id"].unique())


def test_a_fold_never_sees_the_categories_of_another():
    X, y = raw()
    X["user_id"] = np.arange(len(X))  # every row a user of its own
    result = cross_validate(pipeline(max_epochs=1), X, y, cv=3, return_estimator=True)
    for estimator in result["estimator"]:
        assert len(estimator[-1].embedding("user_id")) == 161
        assert (estimator[-1].embedding("user_id").iloc[-1] == 0).all()


class Epochs:
    """A callback of scikit-learn: sees the epochs, stops when told."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.begun, self.ended, self.scores, self.hooks = 0, 0, [], []

    def setup(self, estimator, context):
        self.hooks.append("setup")

    def teardown(self, estimator, context):
        self.hooks.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.begun += context.task_name == "epoch"

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        if context.task_name == "epoch":
            self.ended += 1
            self.scores.append(fitted_estimator.score(*self.rows))
            return self.ended == self.stop_after


@needs_callbacks
def test_callbacks_of_scikit_learn_see_the_epochs():
    X, y = raw()
    X = table_encoder().fit_transform(X)
    callback = Epochs()
    callback.rows = X, y
    assert isinstance(callback, FitCallback)
    model = pipeline()[-1].set_callbacks(callback).fit(X, y)
    assert (callback.begun, callback.ended) == (30, 30)
    assert callback.hooks == ["setup", "teardown"]
    assert callback.scores[-1] == model.score(X, y) > callback.scores[0]
    np.testing.assert_array_equal(model.decision_function(X), pipeline()[-1].fit(X, y).decision_function(X))


@needs_callbacks
def test_callbacks_of_scikit_learn_can_stop_a_fit():
    X, y = raw()
    X = table_encoder().fit_transform(X)
    callback = Epochs(stop_after=4)
    callback.rows = X, y
    model = pipeline()[-1].set_callbacks(callback).fit(X, y)
    assert model.n_iter_ == len(model.history_) == model.best_epoch_ == 4
    assert callback.scores[-1] == model.score(X, y)


@needs_callbacks
def test_callbacks_of_scikit_learn_see_the_end_of_every_epoch_that_began():
    """Of the last one too, where early stopping ends the run."""
    X, y = raw()
    X = table_encoder().fit_transform(X)
    callback = Epochs()
    callback.rows = X, y
    model = pipeline(n_iter_no_change=2, tol=10, early_stopping=True)[-1].set_callbacks(callback).fit(X, y)
    assert model.n_iter_ == callback.begun == callback.ended == 3


@needs_callbacks
def test_callbacks_of_scikit_learn_are_torn_down_after_an_error():
    X, y = raw()
    callback = Epochs()
    model = pipeline()[-1].set_callbacks(callback)
    with pytest.raises(ValueError, match="inconsistent"):
        model.fit(table_encoder().fit_transform(X), y[1:])
    assert callback.hooks == ["setup", "teardown"]
    assert not [name for name in vars(model) if name.endswith("_")]


@needs_callbacks
def test_scoring_monitor_of_scikit_learn_has_a_score_an_epoch():
    from sklearn.callback import ScoringMonitor

    X, y = raw()
    monitor = ScoringMonitor(scoring="roc_auc")
    pipeline(max_epochs=3)[-1].set_callbacks(monitor).fit(table_encoder().fit_transform(X), y)
    log = monitor.get_logs().data_as_pandas
    assert log.loc[log["task_name"] == "epoch", "roc_auc"].notna().sum() == 3


@needs_callbacks
@pytest.mark.parametrize("inside", ["estimator", "search"])
def test_progress_bar_of_scikit_learn(inside, capsys):
    from sklearn.callback import ProgressBar

    X, y = raw()
    X, model = table_encoder().fit_transform(X), pipeline(max_epochs=3)[-1]
    if inside == "search":
        model = GridSearchCV(model, {"embedding_dim": [2, 3]}, cv=2)
    model.set_callbacks(ProgressBar()).fit(X, y)
    assert "DeepFMClassifier - fit" in capsys.readouterr().out
