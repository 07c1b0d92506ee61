"""Files of skops: everything in them is loaded by the types that are trusted, and nothing in them runs."""

import importlib
import io
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import category_encoders
import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler
from skops.io.exceptions import UntrustedTypesFoundException

from skrec import DeepFMClassifier, DINClassifier, MFClassifier
from skrec.losses import ranking_losses
from skrec.objectives.samplers import negative_samplings
from skrec.persistence import TRUSTED_TYPES
from skrec.preprocessing import HashEncoder, HistoryEncoder, SequenceEncoder, TableEncoder
from tests.contract.test_at_one_moment import given, of, predicts
from tests.discovery import REPRESENTATIVES, cases, public_estimators
from tests.samples import fitted, labels, mixed, outputs, small, target

STRANGE = {"CountTargetEncoder", "GLMMEncoder", "MultiHotEncoder"}  # of new versions, or of further packages
STATISTICS = sorted(set(category_encoders.__all__) - STRANGE)


def through_skops(value):
    return skops.io.loads(skops.io.dumps(value), trusted=TRUSTED_TYPES)


def fit(cls, **params):
    """Return a fitted estimator or transformer, and what it is asked about."""
    if predicts(cls):
        return fitted(cls, max_epochs=1, **params)
    frame = of(cls, mixed())
    return given(cls).fit(frame), frame


def answer(estimator, X):
    """Return what an estimator, a transformer or a pipeline says, as a frame or an array."""
    return estimator.transform(X) if hasattr(estimator, "transform") else outputs(estimator, X)


def assert_same(one, other):
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
    else:
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cls", cases(public_estimators()))
def test_what_is_loaded_says_the_same(cls):
    estimator, X = fit(cls)
    again = through_skops(estimator)
    assert type(again) is cls
    assert vars(again).keys() == vars(estimator).keys()
    assert_same(answer(again, X), answer(estimator, X))
    through_skops(cls())


def in_a_fresh_process(classes, folder):
    """Check that another process that loads files of fitted classes says what this one does."""
    expected = {}
    for cls in classes:
        estimator, X = fit(cls)
        skops.io.dump(estimator, folder / f"{cls.__name__}.skops")
        expected[cls.__name__] = X, answer(estimator, X)
    joblib.dump({name: X for name, (X, _) in expected.items()}, folder / "rows")
    code = (
        "import joblib, pathlib, skops.io, sys\n"
        "from skrec.persistence import TRUSTED_TYPES\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "answers = {}\n"
        "for name, X in joblib.load(folder / 'rows').items():\n"
        "    e = skops.io.load(folder / f'{name}.skops', trusted=TRUSTED_TYPES)\n"
        "    answers[name] = getattr(e, 'decision_function', getattr(e, 'predict', getattr(e, 'transform', None)))(X)\n"
        "joblib.dump(answers, folder / 'answers')\n"
    )
    subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", code, str(folder)], check=True)
    for name, found in joblib.load(folder / "answers").items():
        assert_same(found, expected[name][1])


def test_a_fresh_process_says_the_same(tmp_path):
    in_a_fresh_process([cls for cls in public_estimators() if cls.__name__ in REPRESENTATIVES], tmp_path)


@pytest.mark.slow
def test_a_fresh_process_says_the_same_of_every_estimator(tmp_path):
    in_a_fresh_process(public_estimators(), tmp_path)


@pytest.mark.parametrize("cls", cases(cls for cls in public_estimators() if predicts(cls)))
def test_training_goes_on(cls):
    estimator, frame = fit(cls, warm_start=True)
    again = through_skops(estimator)
    for one in (estimator, again):
        one.fit(frame, target(one, frame))
    np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))


@pytest.mark.parametrize("negatives", [kind() for kind in negative_samplings().values()], ids=str)
@pytest.mark.parametrize("loss", [kind() for kind in ranking_losses().values()], ids=str)
def test_parameters_that_are_objects(loss, negatives):
    estimator = small(MFClassifier, loss=loss, negatives=negatives, n_negatives=None)
    again = through_skops(estimator)
    assert again.get_params() == estimator.get_params()


def raw(n_rows=100):
    """Return a frame as it comes: ids, text, a number with gaps, lists."""
    frame = mixed(n_rows).assign(day=np.arange(n_rows))
    return frame.assign(age=frame["age"].where(frame["age"] > 35), code=np.arange(n_rows) % 7 + 2**60)


COLUMNS = {"categorical": ["user", "item", "code"], "numeric": ["age"], "sequence": ["history"]}
FIRST_STEPS = {
    "scaled": TableEncoder(**COLUMNS, numeric_transformer=StandardScaler()),
    "binned": TableEncoder(**COLUMNS, numeric_transformer=KBinsDiscretizer(3, encode="ordinal")),
    "hashed": TableEncoder(**COLUMNS, categorical_encoder=HashEncoder(50)),
    "statistics": TableEncoder(**COLUMNS, statistics=category_encoders.TargetEncoder()),
}


@pytest.mark.filterwarnings("ignore:Bins whose width:UserWarning", "ignore:The current default behavior:FutureWarning")
@pytest.mark.parametrize("name", FIRST_STEPS)
def test_a_pipeline(name):
    frame = raw()
    sequence = {"sequence_features": None} if name == "hashed" else {}
    pipe = make_pipeline(FIRST_STEPS[name], small(DeepFMClassifier, **sequence)).fit(frame, labels(frame))
    assert_same(answer(through_skops(pipe), frame), answer(pipe, frame))
    assert_same(answer(pickle.loads(pickle.dumps(pipe)), frame), answer(pipe, frame))


def test_a_pipeline_of_histories():
    frame = raw().drop(columns="history")
    pipe = make_pipeline(
        HistoryEncoder("user", "item", "day"),
        TableEncoder(categorical=["user", "item"], sequence=["hist_item"]),
        DINClassifier(sequence_features={"hist_item": "item"}, max_epochs=1, random_state=0),
    ).fit(frame, labels(frame) == "yes")
    assert_same(answer(through_skops(pipe), frame), answer(pipe, frame))
    assert through_skops(pipe)[0].now_ == pipe[0].now_


def test_lists_from_text():
    frame = pd.DataFrame({"genres": ["war|sea", "sea", None, "love"] * 20, "item": list("abcd") * 20})
    pipe = make_pipeline(SequenceEncoder(sequence_features=None), small(DeepFMClassifier, sequence_features=None))
    pipe.fit(frame[["genres"]], np.arange(80) % 2)
    assert_same(answer(through_skops(pipe), frame[["genres"]]), answer(pipe, frame[["genres"]]))


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_category_encoders(name):
    frame, new = raw(), raw(40).assign(user="nobody")
    options = {"max_process": 1} if name == "HashingEncoder" else {}
    encoder = TableEncoder(**COLUMNS, statistics=getattr(category_encoders, name)(**options))
    encoder.fit(frame, np.arange(100) % 2)
    for again in (through_skops(encoder), pickle.loads(pickle.dumps(encoder))):
        for rows in (frame, new):
            assert_same(again.transform(rows), encoder.transform(rows))
        assert again.statistics_ is again._statistics.encoder_
        assert type(again.statistics_) is type(encoder.statistics_)


@pytest.mark.filterwarnings("ignore:.*no_silent_downcasting")
def test_an_encoder_of_category_encoders_as_a_step_of_its_own_is_not_written():
    """What it has learnt are objects of pandas; `skrec.persistence` says what to do, and has to change if this does."""
    frame = raw()[["user", "age"]].fillna({"age": 0})
    pipe = make_pipeline(category_encoders.TargetEncoder(cols=["user"]), DeepFMClassifier(max_epochs=1))
    pipe.fit(frame, np.arange(100) % 2)
    with pytest.raises(TypeError, match="no default __reduce__"):
        skops.io.dumps(pipe)


def test_trusted_types_run_nothing():
    assert all(type(name) is str for name in TRUSTED_TYPES)
    assert len(set(TRUSTED_TYPES)) == len(TRUSTED_TYPES)
    for name in TRUSTED_TYPES:
        module, _, kind = name.rpartition(".")
        assert module.partition(".")[0] in ("skrec", "category_encoders", "numpy")
        if module.startswith("skrec"):
            kind = getattr(importlib.import_module(module), kind)
            assert isinstance(kind, type)
            assert not any("__reduce__" in vars(base) for base in kind.__mro__[:-1])
    # those whose state is a pickle as bytes, or which call what they are given
    assert not {"skrec.engine._net.Net", "functools.partial", "builtins.bytes"} & set(TRUSTED_TYPES)


def crafted(estimator, change):
    """Return the file of an estimator whose description was changed by somebody, and further files in it."""
    source = zipfile.ZipFile(io.BytesIO(skops.io.dumps(estimator)))
    schema, out = json.loads(source.read("schema.json")), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        more = change(schema["content"]["content"]) or {}
        for name in source.namelist():
            target.writestr(name, json.dumps(schema) if name == "schema.json" else source.read(name))
        for name, content in more.items():
            target.writestr(name, content)
    return out.getvalue()


def text(value):
    return {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": json.dumps(value)}


FUNCTION = {"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode"}


def command(marker):
    """Return what makes a file, as a node that calls a function, and as a pickle."""
    line = f"touch {marker}"
    arguments = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": [text(line)]}
    call = {
        "__class__": "system",
        "__module__": "posix",
        "__loader__": "ConstructorFromReduceNode",
        "content": arguments,
    }

    class Hidden:
        def __reduce__(self):
            import os

            return os.system, (line,)

    return call, pickle.dumps(Hidden())


HIDDEN = {"__class__": "bytes", "__module__": "builtins", "__loader__": "BytesNode", "file": "hidden.bin"}


@pytest.mark.parametrize("place", ["lr", "net_", "schema_", "callbacks", "_structure_"])
def test_a_node_that_calls_is_refused(place, tmp_path):
    marker = tmp_path / "marker"
    call, _ = command(marker)
    for node in (call, FUNCTION):
        data = crafted(fitted(DeepFMClassifier)[0], lambda state, node=node: state.update({place: node}))
        assert "posix.system" in skops.io.get_untrusted_types(data=data)
        with pytest.raises(UntrustedTypesFoundException, match=r"posix\.system"):
            skops.io.loads(data, trusted=TRUSTED_TYPES)
    assert not marker.exists()


@pytest.mark.parametrize("place", ["net_", "schema_", "_edges_", "_columns_", "_target_"])
def test_a_pickle_that_hides_as_bytes_is_never_read(place, tmp_path):
    """Bytes are trusted by skops, so it is for the state to have no use for them."""
    marker = tmp_path / "marker"
    _, hidden = command(marker)

    def change(state):
        state[place] = HIDDEN
        return {"hidden.bin": hidden}

    estimator, frame = fitted(DeepFMClassifier)
    data = crafted(estimator, change)
    if place == "net_":
        with pytest.raises(ValueError, match="Expected net_ as a dict, got bytes; the file is damaged"):
            skops.io.loads(data, trusted=TRUSTED_TYPES)
    else:
        with pytest.raises((AttributeError, TypeError, ValueError)):
            skops.io.loads(data, trusted=TRUSTED_TYPES).predict(frame)
    assert not marker.exists()


def test_a_pickle_among_the_weights_is_never_read(tmp_path):
    marker = tmp_path / "marker"
    _, hidden = command(marker)

    def change(state):
        state["net_"]["content"]["weights"]["content"]["bias"] = HIDDEN
        return {"hidden.bin": hidden}

    data = crafted(fitted(DeepFMClassifier)[0], change)
    with pytest.raises(ValueError, match="Expected weights as arrays of numbers, got bytes; the file is damaged"):
        skops.io.loads(data, trusted=TRUSTED_TYPES)
    assert not marker.exists()


def test_a_net_of_skorch_is_not_trusted():
    """Its state holds a pickle as bytes, which it reads by itself."""
    net = fitted(MFClassifier)[0].net_
    with pytest.raises(UntrustedTypesFoundException, match=r"skrec\.engine\._net\.Net"):
        skops.io.loads(skops.io.dumps(net), trusted=TRUSTED_TYPES)


def test_a_callable_of_the_user_has_to_be_named(tmp_path):
    estimator, _ = fitted(MFClassifier)
    data = skops.io.dumps(estimator.set_params(callbacks=[Path]))
    with pytest.raises(UntrustedTypesFoundException, match="Path"):
        skops.io.loads(data, trusted=TRUSTED_TYPES)
