"""A net of one's own, in a file of one's own: that of examples/07_your_own_net.py, and what goes wrong in others."""

import copy
import dataclasses
import importlib.util
import inspect
import pickle
import sys
from numbers import Integral
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks
from torch import nn

from skrec import MFClassifier
from skrec.base import (
    ColumnParameters,
    IdColumns,
    IdParameters,
    NegativeParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    parameter,
    positive,
    with_negatives,
)
from skrec.export import net_inputs, to_torch
from skrec.losses import RankingLoss
from skrec.nets.layers import Dropout, FieldEmbedding, Linear
from skrec.objectives import Classification
from skrec.objectives.samplers import NegativeSampling
from skrec.preprocessing import TableEncoder
from tests.samples import fitted, labels, mixed, outputs, small, target, unchanged

EXAMPLE = Path(__file__).parents[1] / "examples" / "07_your_own_net.py"


def load(path, name="your_own_net"):
    """Import a file by its path, as pickles of its classes ask for it by `name`."""
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example = load(EXAMPLE)
ESTIMATORS = [example.AFMClassifier, example.AFMRegressor]
every = pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)


@parametrize_with_checks([cls() for cls in ESTIMATORS])
def test_scikit_learn(estimator, check):
    check(estimator)


@every
def test_it_learns_what_rows_have_in_them(cls):
    """Lists too: the match of user and item is an interaction."""
    estimator = fitted(cls, 400, max_epochs=30)[0]
    assert estimator.score(mixed(100, seed=1), target(estimator, mixed(100, seed=1))) > 0.8
    assert estimator.summary()["parameters"].sum() == sum(p.numel() for p in estimator.net_.module_.parameters())
    assert list(estimator.embedding("item").columns) == [0, 1, 2, 3, "bias"]
    assert np.isfinite(estimator.intercept_).all()
    assert "attention_dim : int, default=8\n    Hidden units of the attention." in example.AFMClassifier.__doc__


@every
def test_in_a_pipeline_that_is_searched(cls):
    frame = mixed(120)
    encoder = TableEncoder(categorical=["user", "item"], numeric=["age"])
    pipe = make_pipeline(encoder, small(cls, sequence_features=None))
    grid = {f"{cls.__name__.lower()}__attention_dim": [2, 3]}
    search = GridSearchCV(pipe, grid, cv=2, n_jobs=1).fit(frame, target(small(cls), frame))
    assert search.best_estimator_[-1].attention_dim in (2, 3)


@every
def test_pickles_and_clones_are_the_same(cls):
    estimator, frame = fitted(cls)
    expected = outputs(estimator, frame)
    np.testing.assert_array_equal(outputs(pickle.loads(pickle.dumps(estimator)), frame), expected)
    again = clone(estimator).fit(frame, target(estimator, frame))
    np.testing.assert_array_equal(outputs(again, frame), expected)


@every
def test_files_that_do_not_fit_into_memory(cls, tmp_path):
    frame, estimator = mixed(), small(cls, early_stopping=False)
    y = target(estimator, frame)
    table = pa.Table.from_pandas(frame.assign(y=y), preserve_index=False)
    pq.write_table(table, tmp_path / "rows.parquet")
    files = ds.dataset(tmp_path)
    of_files = clone(estimator).fit(files, "y")
    np.testing.assert_allclose(outputs(of_files, files), outputs(estimator.fit(frame, y), frame), rtol=1e-5, atol=1e-6)


@every
def test_as_a_program_of_torch(cls, tmp_path):
    estimator, frame = fitted(cls)
    to_torch(estimator, tmp_path / "net.pt2")
    answers = torch.export.load(tmp_path / "net.pt2").module()(*net_inputs(estimator, frame))
    expected = getattr(estimator, "predict_proba", estimator.predict)(frame)
    np.testing.assert_allclose(answers.detach().numpy(), expected, rtol=1e-5, atol=1e-6)


def test_more_than_two_classes():
    frame = mixed(300)
    estimator = small(example.AFMClassifier, max_epochs=30).fit(frame, frame["item"])
    assert estimator.predict_proba(frame).shape == (300, 6)
    assert estimator.score(frame, frame["item"]) > 0.9


class Summed(nn.Module):
    """The vectors of a row's columns, added up: what the classes below give back, with a fault each."""

    def __init__(self, fields, n_outputs=1, generator=None, bias=None):
        super().__init__()
        self.vectors = FieldEmbedding(fields, 4, init_scale=0.5, generator=generator)
        self.drop = Dropout(0.1)
        self.out = Linear(4, n_outputs, bias=False, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs)) if bias is None else bias

    def forward(self, inputs):
        return self.bias + self.out(self.drop(self.vectors(inputs).sum(1)))


def built(build, base=NetClassifier):
    """Return an estimator with a method `_build_net`."""
    return type("Mine", (ColumnParameters, base), {"_build_net": build})(max_epochs=2, random_state=0)


FAULTS = {
    "nothing is returned": (
        lambda self, fields, n_outputs, generator: None,
        TypeError,
        r"Mine._build_net: expected a torch.nn.Module, got None; return the net",
    ),
    "a class is returned": (
        lambda self, fields, n_outputs, generator: Summed,
        TypeError,
        r"Mine._build_net: expected a torch.nn.Module, got <class .*Summed'>; return the net, untrained",
    ),
    "no bias": (
        lambda self, fields, n_outputs, generator: FieldEmbedding(fields, 4),
        TypeError,
        r"expected a FieldEmbedding with a parameter bias of shape \(1,\), .*, got None; in its __init__ write self",
    ),
    "a bias that is no parameter": (
        lambda self, fields, n_outputs, generator: Summed(fields, bias=torch.zeros(1)),
        TypeError,
        r"expected a Summed with a parameter bias .*, got a tensor that is no Parameter, of shape \(1,\)",
    ),
    "a bias of another shape": (
        lambda self, fields, n_outputs, generator: Summed(fields, bias=nn.Parameter(torch.zeros(2))),
        TypeError,
        r"expected a Summed with a parameter bias of shape \(1,\).*, got one of shape \(2,\)",
    ),
    "outputs without an axis": (
        lambda self, fields, n_outputs, generator: Flat(fields, n_outputs, generator),
        ValueError,
        r"Flat.forward of Mine: expected outputs of shape \(n_rows, n_outputs\), here \(2, 1\), got shape \(2,\)",
    ),
    "two outputs of one class": (
        lambda self, fields, n_outputs, generator: Pair(fields, n_outputs, generator),
        ValueError,
        r"Pair.forward of Mine: expected outputs .*, here \(2, 1\), got \(tensor",
    ),
}


class Flat(Summed):
    def forward(self, inputs):
        return super().forward(inputs)[:, 0]


class Pair(Summed):
    def forward(self, inputs):
        return super().forward(inputs), None


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("base", [NetClassifier, NetRegressor])
def test_a_net_that_is_none_is_refused(fault, base):
    build, kind, message = FAULTS[fault]
    estimator, frame = built(build, base), mixed(30)
    with unchanged(estimator), pytest.raises(kind, match=message):
        estimator.fit(frame, target(estimator, frame))


def test_what_is_missing_is_named():
    class NoNet(NetClassifier): ...

    class NoObjective(NetEstimator):
        def _build_net(self, fields, n_outputs, generator):
            return Summed(fields, n_outputs, generator)

    frame = mixed(30)
    with pytest.raises(NotImplementedError, match=r"NoNet has no net; write its method _build_net\(self, fields, "):
        NoNet().fit(frame, labels(frame))
    with pytest.raises(NotImplementedError, match="NoObjective has no objective; write it on NetClassifier or NetReg"):
        NoObjective().fit(frame, labels(frame))


def test_a_net_that_draws_from_the_global_generator_warns():
    def build(self, fields, n_outputs, generator):
        net = Summed(fields, n_outputs, generator)
        net.out = nn.Linear(4, n_outputs, bias=False)
        return net

    frame = mixed(30)
    with pytest.warns(UserWarning, match=r"Mine._build_net draws from torch's global generator, .*random_state=0"):
        built(build).fit(frame, labels(frame))


def test_a_net_that_draws_and_throws_away_does_not_warn():
    def build(self, fields, n_outputs, generator):
        torch.rand(1)
        return Summed(fields, n_outputs, generator)

    frame = mixed(30)
    built(build).fit(frame, labels(frame))


def test_a_net_that_reads_its_numbers_while_it_is_built():
    def build(self, fields, n_outputs, generator):
        net = Summed(fields, n_outputs, generator)
        net.total = net.vectors.table.sum().item()
        return net

    estimator, frame = built(build), mixed(30)
    assert estimator.fit(frame, labels(frame)).net_.module_.total


def test_a_table_of_another_name_learns_but_is_not_found():
    estimator = built(lambda self, fields, n_outputs, generator: Summed(fields, n_outputs, generator))
    frame = mixed()
    late = frame["item"].isin(["x", "y", "z"])
    assert estimator.set_params(lr=0.05, max_epochs=40).fit(frame, late).score(frame, late) == 1
    with pytest.raises(TypeError, match="reads the FieldEmbedding that a net has as its attribute embedding, got None"):
        estimator.embedding("item")


def test_fields_that_are_no_parameters_are_refused():
    message = r"Mine.width is annotated, so an argument: expected a parameter\(...\), got {}; write width: type"
    with pytest.raises(TypeError, match=message.format(3)):

        class Mine(NetClassifier):
            width: int = 3

    with pytest.raises(TypeError, match=message.format("no default")):

        class Mine(NetClassifier):
            width: int

    with pytest.raises(TypeError, match=r"Mine.__init__ is made of the class's fields, got one .*; leave it out"):

        class Mine(NetClassifier):
            def __init__(self, width=3):
                self.width = width


def test_constants_groups_and_a_class_without_docstring():
    @dataclasses.dataclass(kw_only=True, eq=False, repr=False)
    class WidthParameters:
        width: int = parameter(3, "int", "How wide.", positive(Integral))
        lr: float = 0.5

    class Mine(WidthParameters, ColumnParameters, NetClassifier):
        depth: int = parameter(1, "int", "How deep.", positive(Integral))
        size: ClassVar[int] = 3
        text: "ClassVar[str]" = ""

    names = list(inspect.signature(Mine).parameters)
    assert names[:3] == ["depth", "width", "categorical_features"]
    assert Mine().lr == 0.5
    assert names.index("lr") > names.index("class_weight")
    assert {"size", "text"}.isdisjoint(names)
    assert Mine.__doc__.startswith("Mine.\n\nParameters\n----------\ndepth : int, default=1\n    How deep.\nwidth : ")
    with pytest.raises(ValueError, match="The 'width' parameter of Mine must be an int in the range"):
        Mine(width=0).fit(mixed(), labels(mixed()))


class MineOfIds(IdParameters, NegativeParameters, NetClassifier):
    """Other columns, and another objective."""

    def _columns(self):
        return IdColumns(user=self.user, item=self.item)

    def _objective(self):
        return with_negatives(self, Classification(type(self).__name__, self.class_weight, only_two=True))

    def _build_net(self, fields, n_outputs, generator):
        return example.AFM(fields, n_outputs, 4, 4, generator)


class Waves(Summed):
    """What it is made of is drawn once, and nothing learns it."""

    def __init__(self, fields, n_outputs, generator):
        super().__init__(fields, n_outputs, generator)
        self.register_buffer("kept", torch.randn(4, generator=generator))
        self.register_buffer("frequencies", torch.randn(4, generator=generator), persistent=False)
        self.inner = nn.Module()
        self.inner.shift = torch.rand(4, generator=generator)

    def forward(self, inputs):
        x = self.kept * (self.frequencies * self.vectors(inputs).sum(1) + self.inner.shift).sin()
        return self.bias + self.out(self.drop(x))


class WavesClassifier(ColumnParameters, NetClassifier):
    def _build_net(self, fields, n_outputs, generator):
        return Waves(fields, n_outputs, generator)


@pytest.mark.parametrize("through", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy], ids=["pickle", "copy"])
def test_buffers_and_constants_are_those_that_were_drawn(through):
    estimator, frame = fitted(WavesClassifier, warm_start=True)
    again = through(through(estimator))
    np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))
    for one in (estimator, again):
        one.fit(frame, labels(frame))
    np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))


def test_constants_that_do_not_fit_are_refused():
    estimator, _ = fitted(WavesClassifier)
    state = estimator.__getstate__()
    assert state["net_"]["more"].keys() == {"frequencies", "inner.shift"}
    state["net_"]["more"]["inner.shift"] = np.zeros(5, np.float32)
    with pytest.raises(ValueError, match=r"got 'inner.shift' as float32 \(5,\), here float32 \(4,\)"):
        WavesClassifier().__setstate__(state)


def test_columns_and_objective_may_be_chosen():
    frame = mixed(400)
    match = (frame["user"] < "d") == (frame["item"].astype(str) < "x")
    estimator = MineOfIds(user="user", item="item", n_negatives=3, lr=0.05, random_state=0)
    estimator.fit(frame[match], np.ones(match.sum()))
    assert [field.name for field in estimator.schema_.fields] == ["user", "item"]
    score = estimator.decision_function(frame)
    assert score[match].min() > score[~match].max()


def test_a_loss_and_a_sampling_of_ones_own():
    class SquaredHinge(RankingLoss):
        def losses(self, scores):
            return (1 - scores[:, :1] + scores[:, 1:].clamp(min=-9)).relu().square().mean(1)

    class RootSampling(NegativeSampling):
        def mass(self, counts):
            return np.rint(100 * counts**0.5).astype(np.int64)

    frame = mixed(400)[["user", "item"]]
    match = (frame["user"] < "d") == (frame["item"].astype(str) < "x")
    estimator = MFClassifier(loss=SquaredHinge(), negatives=RootSampling(), n_negatives=3, random_state=0)
    score = estimator.fit(frame[match], np.ones(match.sum())).decision_function(frame)
    assert score[match].min() > score[~match].max()
    assert clone(estimator).negatives == RootSampling()


@pytest.mark.slow
def test_the_example_runs(capsys):
    example.main()
    assert "liked: AUC 0.7" in capsys.readouterr().out
