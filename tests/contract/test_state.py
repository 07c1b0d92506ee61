"""What a file has of an estimator: plain values alone, of which it is made anew."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import torch

from skrec import DeepFMClassifier, MFClassifier, WideDeepRegressor
from skrec.data import PackedIndex
from tests.contract.cases import every
from tests.samples import fitted, mixed, outputs, target

PLAIN = (str, int, float, bool, type(None), np.ndarray, np.generic)


def strange_in(value, seen):
    """Yield what is neither plain nor one of our own objects whose state is."""
    if id(value) in seen:
        return
    seen[id(value)] = value
    if isinstance(value, np.ndarray) and value.dtype == object:
        yield from strange_in(value.tolist(), seen)
    elif isinstance(value, dict):
        yield from strange_in([*value, *value.values()], seen)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from strange_in(part, seen)
    elif type(value).__module__.startswith(("skrec.data.", "skrec.estimators.", "skrec.preprocessing.")):
        yield from strange_in(value.__getstate__(), seen)
    elif type(value) is not str and not isinstance(value, PLAIN):
        yield value


def same_parameters(one, other):
    mine, others = (each.net_.module_.state_dict() for each in (one, other))
    assert mine.keys() == others.keys()
    assert all(torch.equal(mine[name], others[name]) for name in mine)


@every
def test_the_state_is_plain(cls):
    estimator, _ = fitted(cls, warm_start=True, max_epochs=1)
    assert list(strange_in(estimator, {})) == []


@every
@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
def test_training_goes_on_to_the_bit(cls, optimizer):
    estimator, frame = fitted(cls, warm_start=True, max_epochs=1, optimizer=optimizer, embedding_l2=1e-4)
    again = pickle.loads(pickle.dumps(estimator))
    assert again.history_.equals(estimator.history_)
    assert again.net_.history == estimator.net_.history
    more = mixed(150, seed=1)
    for one in (estimator, again):
        one.fit(frame, target(one, frame))
        if hasattr(one, "partial_fit"):
            one.partial_fit(more, target(one, more))
    same_parameters(estimator, again)
    np.testing.assert_array_equal(outputs(again, more), outputs(estimator, more))
    columns = [name for name in estimator.history_ if name != "seconds"]
    assert again.history_[columns].equals(estimator.history_[columns])


@every
def test_copies_are_what_they_were(cls):
    estimator, frame = fitted(cls, max_epochs=1)
    assert copy.copy(estimator).net_ is estimator.net_
    copied = copy.deepcopy(estimator)
    same_parameters(copied, estimator)
    with torch.no_grad():
        copied.net_.module_.bias += 1
    assert (outputs(copied, frame) != outputs(estimator, frame)).any()


def test_a_net_is_made_of_the_parameters_that_it_was_fitted_with():
    estimator, frame = fitted(DeepFMClassifier)
    expected = outputs(estimator, frame)
    estimator.set_params(embedding_dim=9, hidden_layer_sizes=(3, 3), optimizer="sgd")
    again = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(estimator))))
    np.testing.assert_array_equal(outputs(again, frame), expected)
    assert again.embedding_dim == 9
    with pytest.raises(ValueError, match="cannot go on training with another structure"):
        again.set_params(warm_start=True).fit(frame, target(again, frame))


@pytest.mark.parametrize("kind", ["linear", "periodic", "piecewise"])
def test_embedded_numbers(kind):
    estimator, frame = fitted(DeepFMClassifier, numeric_embedding=kind)
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))


def test_crossed_columns_and_float64():
    estimator, frame = fitted(WideDeepRegressor, crossed_columns=[("user", "item")])
    np.testing.assert_array_equal(outputs(pickle.loads(pickle.dumps(estimator)), frame), outputs(estimator, frame))
    X = np.random.default_rng(0).normal(size=(50, 3))
    estimator = DeepFMClassifier(max_epochs=1, random_state=0).fit(X, X[:, 0] > 0)
    again = pickle.loads(pickle.dumps(estimator))
    assert again.net_.module_.bias.dtype == torch.float64
    np.testing.assert_array_equal(outputs(again, X), outputs(estimator, X))


def test_loading_draws_from_no_generator():
    data = pickle.dumps(fitted(MFClassifier)[0])
    before = torch.get_rng_state()
    pickle.loads(data)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda weights: weights.update(bias=weights["bias"].astype("f8")), r"got 'embedding.table' as float32"),
        (
            lambda weights: weights.update({"embedding.table": weights["embedding.table"][:-1]}),
            r"got 'embedding.table'",
        ),
        (lambda weights: weights.pop("embedding.table"), r"got 'embedding.table' as none"),
        (lambda weights: weights.update(more=weights["bias"]), r"got 'more' as float32 \(1,\), here none"),
    ],
)
def test_weights_that_do_not_fit_are_refused(change, said):
    estimator, _ = fitted(DeepFMClassifier)
    state = estimator.__getstate__()
    change(state["net_"]["weights"])
    with pytest.raises(ValueError, match=f"Expected weights that fit .*{said}.*; the file is damaged"):
        DeepFMClassifier().__setstate__(state)


SIZES = ("embedding_dim", "attention_dim", "head_dim", "n_attention_layers", "n_cross_layers", "n_experts")
TOO_MUCH = "Expected weights that fit the parameters and columns .*; the file|Expected an FFM .* to fit into the memory"
WIDTHS = ("hidden_layer_sizes", "cin_layer_sizes", "attention_hidden_layer_sizes")


@every
def test_a_file_that_asks_for_more_than_it_has_is_refused_before_there_is_memory_for_it(cls):
    estimator, _ = fitted(cls, max_epochs=1)
    state = estimator.__getstate__()
    huge = {name: (10**12,) if name in WIDTHS else 10**12 for name in (*SIZES, *WIDTHS)}
    for name in huge.keys() & cls().get_params().keys():
        if name == "n_experts" and (state[name] is None or state.get("low_rank", 1) is None):
            continue
        with pytest.raises((ValueError, MemoryError), match=TOO_MUCH):
            cls().__setstate__(state | {name: huge[name]})


def test_a_vocabulary_of_more_values_than_there_are_weights_is_refused():
    """As ten numbers of a file can say that there are so many."""
    estimator, _ = fitted(MFClassifier)
    schema = copy.deepcopy(estimator.schema_)
    schema.vocabularies[0].values = pd.RangeIndex(10**12)
    with pytest.raises(ValueError, match=r"Expected weights that fit .*, far fewer than those ask for; the file"):
        MFClassifier().__setstate__(estimator.__getstate__() | {"schema_": schema})


def test_moments_that_do_not_fit_are_refused():
    estimator, _ = fitted(DeepFMClassifier, warm_start=True)
    state = estimator.__getstate__()
    state["net_"]["moments"][0]["exp_avg"] = np.zeros(77, np.float32)
    with pytest.raises(ValueError, match=r"Expected moments of the shape of their weights, .*; the file is damaged"):
        DeepFMClassifier().__setstate__(state)


def test_an_index_has_no_pandas_in_it():
    estimator, _ = fitted(MFClassifier)
    assert isinstance(estimator.schema_.vocabularies[0].__getstate__()["values"], PackedIndex)
    data = pickle.dumps(estimator)
    assert not any(name in data for name in (b"pandas", b"skorch", b"torch.", b"_rebuild"))
