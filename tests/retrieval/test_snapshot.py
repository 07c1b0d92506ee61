"""A recommender notices that its model is no longer the one that it was made of, and nothing else."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier

from skrec import DeepFMClassifier, FMClassifier, MFClassifier, TwoTowerClassifier
from skrec.preprocessing import CategoryEncoder, TableEncoder
from skrec.retrieval import ApproximateIndex, Recommender
from tests.discovery import cases, predictors
from tests.retrieval.cases import catalogue, fitted, is_of_ids, log, people
from tests.samples import labels, small, target

MESSAGE = r"Expected the \w+ that this Recommender was made of, got it fitted again, .*; make a new Recommender"


def rows_of(estimator):
    """Return what an estimator was fitted on."""
    frame = log()
    return (frame[["user", "item"]] if is_of_ids(estimator) else frame), target(estimator, frame)


def fit_again(estimator):
    estimator.fit(*rows_of(estimator))


def go_on(estimator):
    estimator.set_params(warm_start=True).fit(*rows_of(estimator))


def train_on_more(estimator):
    estimator.partial_fit(*rows_of(estimator))


def load_weights(estimator):
    module = estimator.net_.module_
    module.load_state_dict({name: weight * 2 for name, weight in module.state_dict().items()})


def write_one_weight(estimator):
    with torch.no_grad():
        estimator.net_.module_.bias[0] = 3


def write_past_the_counter(estimator):
    for parameter in estimator.net_.module_.parameters():
        parameter.data.add_(1)


def replace_a_weight(estimator):
    module = estimator.net_.module_
    module.bias = torch.nn.Parameter(module.bias.detach() + 1)


CHANGES = [fit_again, go_on, train_on_more, load_weights, write_one_weight, write_past_the_counter, replace_a_weight]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("cls", cases(predictors()))
def test_every_estimator_that_learns_anew_is_noticed(cls, change):
    """By every call, and in a copy and a file that are made afterwards."""
    estimator, users, items = fitted(cls)
    recommender = Recommender(estimator, items, user="user", item="item")
    recommender.recommend(users, 3)
    change(estimator)
    for each in (recommender, copy.deepcopy(recommender), pickle.loads(pickle.dumps(recommender))):
        with pytest.raises(ValueError, match=MESSAGE):
            each.recommend(users, 3)
        with pytest.raises(ValueError, match=MESSAGE):
            each.similar_items(items["item"][:1], 3)
    again = Recommender(estimator, items, user="user", item="item")
    assert len(again.recommend(users, 3)) == 3 * len(users)


@pytest.mark.parametrize("cls", cases(predictors()))
def test_what_learns_nothing_changes_nothing(cls, tmp_path):
    """Predictions, parameters, a fit that fails, a clone that learns; copies and files answer as before."""
    estimator, users, items = fitted(cls)
    recommender = Recommender(estimator, items, user="user", item="item")
    lists = recommender.recommend(users, 3)
    frame, y = rows_of(estimator)
    estimator.predict(frame)
    estimator.set_params(max_epochs=2, n_threads=1)
    with pytest.raises(ValueError, match="lr"):
        estimator.set_params(lr=-1.0).fit(frame, y)
    joblib.dump(recommender, tmp_path / "recommender")
    copies = [
        copy.deepcopy(recommender),
        pickle.loads(pickle.dumps(recommender)),
        joblib.load(tmp_path / "recommender"),
    ]
    for each in (recommender, copy.copy(recommender), *copies):
        assert each.recommend(users, 3).equals(lists)
    copies[0].estimator.set_params(lr=0.1).fit(frame, y)
    with pytest.raises(ValueError, match=MESSAGE):
        copies[0].recommend(users, 3)
    assert recommender.recommend(users, 3).equals(lists)


def piped(model, first=None):
    """Return a pipeline fitted on the log, a `TableEncoder` for its first step if not given."""
    encoder = TableEncoder(categorical=["user", "item"], numeric=["age"], numeric_transformer=StandardScaler())
    return make_pipeline(encoder if first is None else first, model).fit(log(), labels(log()))


def towers():
    return small(TwoTowerClassifier, user_features=["user", "age"], sequence_features=None)


def refit_encoder(pipe):
    pipe[0].fit(log())


def refit_inner_encoder(pipe):
    pipe[0].categorical_encoder_.fit(log()[["user", "item"]])


def replace_the_encoder(pipe):
    pipe.set_params(tableencoder=TableEncoder(categorical=["item", "user"], numeric=["age"]).fit(log()))


def replace_a_step_in_place(pipe):
    pipe.steps[-1] = (
        "other",
        small(FMClassifier, sequence_features=None).fit(pipe[:-1].transform(log()), labels(log())),
    )


@pytest.mark.parametrize("make", [towers, lambda: small(DeepFMClassifier, sequence_features=None)])
@pytest.mark.parametrize(
    "change",
    [
        refit_encoder,
        refit_inner_encoder,
        replace_the_encoder,
        replace_a_step_in_place,
        lambda pipe: pipe.fit(log(), labels(log())),
        lambda pipe: load_weights(pipe[-1]),
    ],
)
def test_a_step_of_a_pipeline_is_noticed(make, change):
    pipe, users, items = piped(make()), people()[:6], catalogue()[:6]
    recommender = Recommender(pipe, items, user="user", item="item")
    assert len(recommender.recommend(users, 3)) == 18
    change(pipe)
    with pytest.raises(ValueError, match=MESSAGE):
        recommender.recommend(users, 3)


def test_a_step_inside_a_column_transformer_is_noticed():
    first = make_column_transformer(
        (CategoryEncoder(), ["user", "item"]), (StandardScaler(), ["age"]), verbose_feature_names_out=False
    ).set_output(transform="pandas")
    pipe, users, items = piped(small(FMClassifier, sequence_features=None), first), people()[:6], catalogue()[:6]
    recommender = Recommender(pipe, items, user="user", item="item")
    recommender.recommend(users, 3)
    pipe[0].named_transformers_["standardscaler"].fit(log()[["age"]] * 2)
    with pytest.raises(ValueError, match=MESSAGE):
        recommender.recommend(users, 3)


def test_an_index_that_was_loaded_is_of_the_model_as_it_was(tmp_path):
    model, users, items = fitted(TwoTowerClassifier)
    Recommender(model, items, user="user", item="item", index=ApproximateIndex()).index_.save(tmp_path / "index")
    index = ApproximateIndex.load(tmp_path / "index")
    recommender = Recommender(model, items, user="user", item="item", index=index)
    recommender.recommend(users, 3)
    index.build(range(5), np.eye(5))
    with pytest.raises(ValueError, match="Expected an index of this model and these items"):
        recommender.recommend(users, 3)


def plain():
    """Return rows of numbers, users, items, and labels."""
    rng = np.random.default_rng(0)
    users = pd.DataFrame({"user_id": range(5), "age": rng.normal(size=5)})
    items = pd.DataFrame({"item_id": range(9), "price": rng.normal(size=9)})
    return users.merge(items, how="cross")[["age", "price"]].astype("f4"), users, items, rng.integers(0, 2, 45)


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (LogisticRegression(), lambda model, X, y: model.fit(X, y)),
        (SGDClassifier(), lambda model, X, y: model.partial_fit(X, y)),
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2), lambda model, X, y: model.best_estimator_.fit(X, y)),
    ],
)
def test_estimators_of_scikit_learn_are_noticed(model, change):
    X, users, items, y = plain()
    recommender = Recommender(model.fit(X, y), items)
    recommender.recommend(users, 3)
    change(model, X, y)
    with pytest.raises(ValueError, match=MESSAGE):
        recommender.recommend(users, 3)


def test_a_net_of_skorch_that_trains_on_in_place_is_noticed():
    X, users, items, y = plain()
    scaler = StandardScaler().set_output(transform="default")
    net = NeuralNetClassifier(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Softmax(-1)), verbose=0)
    pipe = make_pipeline(scaler, net).fit(X, y)
    recommender = Recommender(pipe, items.astype({"price": "f4"}))
    users = users.astype({"age": "f4"})
    recommender.recommend(users, 3)
    net.partial_fit(scaler.transform(X), y)
    with pytest.raises(ValueError, match=MESSAGE):
        recommender.recommend(users, 3)


def test_another_estimator_is_not_taken():
    estimator, users, items = fitted(MFClassifier)
    recommender = Recommender(estimator, items, user="user", item="item")
    recommender.estimator = copy.deepcopy(estimator)
    with pytest.raises(ValueError, match=MESSAGE):
        recommender.recommend(users, 3)
