"""Tables in parts: equal to one process, saved, loaded, put together, and what is refused."""

import pickle

import numpy as np
import pandas as pd
import pytest
from skorch.callbacks import Checkpoint, GradientNormClipping

from skrec import (
    BSTClassifier,
    DeepFMClassifier,
    DINClassifier,
    FMClassifier,
    MFRegressor,
    NeuMFRegressor,
    WideDeepRegressor,
)
from skrec.distributed import gather, load, save
from tests.discovery import predictors
from tests.group.cases import alone, arithmetic, assert_equal, learnt, part_of, sizes_of
from tests.group.test_equal import ENDS, N_ROWS, REFUSED, many_batches, weights
from tests.samples import mixed, small, target

OF_EACH_MECHANISM = [DeepFMClassifier, WideDeepRegressor, DINClassifier, NeuMFRegressor]
OTHERS = [cls for cls in predictors() if cls not in OF_EACH_MECHANISM and cls.__name__ not in REFUSED]


def fit_shard(rank, estimator, ends, X, y, sample_weight=None, how=None, **options):
    """Fit on this process's rows, and return what all have learnt and how many table rows this one holds."""
    with arithmetic(**how or {}):
        own, weight = part_of(X, ends, rank).reset_index(drop=True), part_of(sample_weight, ends, rank)
        estimator.fit(own, part_of(y, ends, rank), weight, **options)
        outputs = estimator._outputs(X[: len(X) - rank])  # of other rows in each
        whole = gather(estimator)
    n_rows = [len(part.table) for part in estimator.net_.module_.modules() if hasattr(part, "part")]
    return None if whole is None else learnt(whole, X), n_rows, outputs


def compare(group, cls, *, X=None, kernels=False, rtol=1e-12, ends=ENDS, fit=None, **params):
    """Fit in parts and alone, and hold what is learnt, and what parts predict, against each other."""
    X, y = (mixed(N_ROWS) if X is None else X), target(cls(), mixed(N_ROWS))
    how = {"dtype": np.float64, "kernels": kernels}
    options = {} if fit is None else fit(X, y)
    estimator = many_batches(cls, data_parallel="sharded", **params)
    (found, *_), *_ = ranks = group.run(fit_shard, estimator, ends, X, y, weights(), how, **options)
    with arithmetic(**how):
        whole = learnt(alone(many_batches(cls, **params), sizes_of(ends), X, y, weights(), **options), X)
    assert_equal(found, whole, rtol)
    n_rows = [sum(of_tables) for of_tables in zip(*(n for _, n, _ in ranks), strict=True)]
    assert n_rows == [len(table) for name, table in whole["weights"].items() if name.endswith("table")]
    for rank, (_, n, outputs) in enumerate(ranks):
        assert max(n) <= -(-max(n_rows) // len(ranks))
        np.testing.assert_allclose(outputs, whole["outputs"][: len(X) - rank], rtol=rtol, atol=rtol)
    return found


@pytest.mark.parametrize("cls", OF_EACH_MECHANISM)
def test_an_estimator_of_each_mechanism(two, cls):
    compare(two, cls)


@pytest.mark.scale
@pytest.mark.needs_numba
def test_kernels(two):
    compare(two, FMClassifier, kernels=True)


@pytest.mark.scale
@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
def test_batches_that_look_up_in_no_part_or_in_one(two, optimizer):
    """Few rows have a list, with weights, and nothing else is looked up: a step counts where some process moves."""
    random = np.random.default_rng(0)
    cells = [{tag: 2.0} if random.random() < 0.1 else {} for tag in random.choice(list("abcd"), N_ROWS)]
    X = pd.DataFrame({"tags": cells, "age": random.normal(size=N_ROWS)})
    compare(two, FMClassifier, X=X, optimizer=optimizer, sequence_features=None)


@pytest.mark.scale
@pytest.mark.parametrize("cls", OTHERS)
def test_every_estimator(two, cls):
    compare(two, cls)


@pytest.mark.scale
@pytest.mark.needs_numba
@pytest.mark.parametrize("cls", [*OF_EACH_MECHANISM, *OTHERS])
def test_every_estimator_with_kernels(two, cls):
    compare(two, cls, kernels=True)


@pytest.mark.scale
@pytest.mark.parametrize(
    ("cls", "params"),
    [
        (DeepFMClassifier, {"optimizer": "adagrad"}),
        (DeepFMClassifier, {"optimizer": "sgd"}),
        (FMClassifier, {"embedding_l2": 0.0, "lr_schedule": "onecycle"}),
        (NeuMFRegressor, {"pretrain_epochs": 2}),
        (BSTClassifier, {"max_length": 1}),  # what is cut off a history is not moved
        (MFRegressor, {"init": "truncated_normal"}),
    ],
)
def test_settings(two, cls, params):
    compare(two, cls, **params)


def validation(X, y):
    valid = mixed(41, seed=1)
    return {"X_val": valid, "y_val": target(FMClassifier(), valid)}


@pytest.mark.scale
def test_validation_rows_and_the_best_epoch(two):
    params = {"early_stopping": True, "n_iter_no_change": 1, "tol": 0.5, "max_epochs": 9}
    found = compare(two, FMClassifier, fit=validation, **params)
    assert len(found["history"]["epoch"]) < 9


@pytest.mark.scale
def test_three_processes_of_which_one_has_three_rows(three):
    compare(three, FMClassifier, ends=[80, 87, 90])


def fit_and_save(rank, folder, size):
    X = mixed(60)
    own = slice(rank, None, size)
    estimator = small(DeepFMClassifier, data_parallel="sharded")
    estimator.fit(X[own].reset_index(drop=True), target(estimator, X)[own])
    save(estimator, folder)
    return estimator.predict_proba(X)


def loaded(rank, folder):
    estimator = load(folder)
    n_rows = len(estimator.net_.module_.embedding.table)
    whole = gather(estimator)
    return estimator.predict_proba(mixed(60)), n_rows, whole is not None and whole.predict_proba(mixed(60))


@pytest.mark.scale
def test_what_is_saved_is_loaded_by_any_number_of_processes(two, three, tmp_path):
    expected, other = two.run(fit_and_save, str(tmp_path / "model"), 2)
    np.testing.assert_array_equal(expected, other)
    alone = load(tmp_path / "model")
    np.testing.assert_allclose(alone.predict_proba(mixed(60)), expected, rtol=1e-6)
    pickle.dumps(alone)
    for group in (two, three):
        parts = group.run(loaded, str(tmp_path / "model"))
        assert sum(n_rows for _, n_rows, _ in parts) == len(alone.net_.module_.embedding.table)
        for rank, (probability, _, whole) in enumerate(parts):
            np.testing.assert_allclose(probability, expected, rtol=1e-6)
            assert (whole is False) == (rank > 0)
        np.testing.assert_allclose(parts[0][2], expected, rtol=1e-6)


def misused(rank):
    """Return what is said of the part of an estimator, and of a whole one."""
    X = mixed(60)
    part = small(FMClassifier, data_parallel="sharded")
    part.fit(X[rank::2].reset_index(drop=True), target(part, X)[rank::2])
    calls = [lambda: pickle.dumps(part), lambda: part.embedding("user"), lambda: save(gather(part) or X, "folder")]
    said = []
    for call in calls:
        try:
            call()
        except Exception as error:
            said.append(str(error))
    return said


def test_a_part_is_not_taken_for_the_whole(two):
    first, second = two.run(misused)
    for said in (first, second):
        assert "of which this process holds a part; save it by skrec.distributed.save" in said[0]
        assert "Expected a whole table, got the part that this process holds" in said[1]
    assert "Expected a FMClassifier fitted with data_parallel='sharded', got one with whole tables" in first[2]


REFUSALS = {
    "a scorer": ({"scoring": "roc_auc", "early_stopping": True}, "got scoring='roc_auc'"),
    "a second fit": ({"warm_start": True}, "got warm_start=True"),
    "checkpoints": ({"callbacks": [Checkpoint(monitor=None)]}, "takes a part for the whole, Checkpoint"),
    "clipping": ({"callbacks": [GradientNormClipping(1.0)]}, "takes a part for the whole, GradientNormClipping"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_is_refused(two, what):
    params, message = REFUSALS[what]
    X = mixed(60)
    two.send(fit_shard, small(FMClassifier, data_parallel="sharded", **params), [30, 60], X, target(FMClassifier(), X))
    assert all(message in str(error) for error in two.outcomes().values())


def test_without_a_group_there_is_nobody_to_share_with():
    with pytest.raises(ValueError, match=r"data_parallel='sharded' of FMClassifier keeps .* got no group; call torch"):
        FMClassifier(data_parallel="sharded").fit([[1.0], [2.0]], [0, 1])
