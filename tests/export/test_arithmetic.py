"""What is done to numbers in a graph, against scikit-learn and numpy, for drawn values."""

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from sklearn.preprocessing import KBinsDiscretizer, QuantileTransformer

from skrec.export._arithmetic import stack
from skrec.export._columns import Codes, Raw
from skrec.export._graph import Graph
from skrec.export._hashed import hashed
from skrec.export._lists import _places, ranges
from skrec.export._transformers import TRANSFORMERS
from skrec.preprocessing import HashEncoder

pytestmark = [pytest.mark.fast, pytest.mark.filterwarnings("ignore::UserWarning")]
NAMES = ["a", "b"]
few = settings(max_examples=25, deadline=None)


def answers(graph, outputs, **inputs):
    """Return what a graph answers under the names of its outputs, {name: type}."""
    made = [helper.make_tensor_value_info(name, kind, None) for name, kind in outputs.items()]
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("ai.onnx.ml", 4)]
    taken = graph.finish()  # first, as it adds lookups to the nodes
    whole = helper.make_graph(graph.nodes, "columns", taken, made, graph.constants)
    model = helper.make_model(whole, opset_imports=opsets, ir_version=10)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(list(outputs), inputs)


def table(min_rows):
    """Draw numbers of two columns, with ties."""
    number = st.one_of(st.integers(-4, 4).map(float), st.floats(-4, 4), st.floats(-1e6, 1e6))
    return st.lists(st.tuples(number, number), min_size=min_rows, max_size=30).map(np.array)


STEPS = [
    QuantileTransformer(n_quantiles=5),
    QuantileTransformer(n_quantiles=30, output_distribution="normal"),
    KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf"),
    KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"),
]


@pytest.mark.parametrize("step", STEPS, ids=repr)
@few
@given(known=table(2), new=table(1))
@example(known=np.array([[0.0, 0.0], [0.0, 2e-313]]), new=np.array([[0.0, 0.0]]))
def test_numbers(step, known, new):
    if isinstance(step, KBinsDiscretizer) and (known.max(0) - known.min(0) < 1e-3).any():
        known = np.concatenate([known, known + 1])
    step.fit(known)
    new = np.concatenate([new, known])
    graph = Graph()
    numbers = TRANSFORMERS[type(step)](step, {name: Raw(name) for name in NAMES})
    output = stack(graph, numbers)
    [found] = answers(graph, {output: TensorProto.DOUBLE}, **dict(zip(NAMES, new.T.copy(), strict=True)))
    np.testing.assert_allclose(found, step.transform(new), rtol=1e-7, atol=1e-7)


@few
@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1), st.integers(1, 2**31 - 1), st.integers(0, 9))
def test_buckets(ids, n_buckets, seed):
    frame = pd.DataFrame({"a": np.array(ids, np.int64)})
    encoder = HashEncoder(n_buckets, seed=seed).fit(frame)
    buckets = encoder.transform(frame)["a"].cat.codes.astype("int64")  # .astype writes down all buckets there are
    graph, known = Graph(), pd.Index(buckets.unique())
    output = hashed(encoder, {"a": Raw("a")})["a"].codes(graph, Codes(known, np.arange(1, len(known) + 1)))
    [found] = answers(graph, {output: TensorProto.INT64}, a=frame["a"].to_numpy())
    np.testing.assert_array_equal(known[found - 1], buckets)


@few
@given(st.lists(st.integers(-50, 50)), st.lists(st.integers(-60, 60), min_size=1))
def test_places_of_times(values, wanted):
    values, wanted = np.sort(np.array(values, np.int64)), np.array(wanted, np.int64)
    graph = Graph()
    output = _places(graph, values, graph.integers("a"))
    [found] = answers(graph, {output: TensorProto.INT64}, a=wanted)
    np.testing.assert_array_equal(found, np.searchsorted(values, wanted))


@few
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), min_size=1))
def test_ranges(pairs):
    start, length = np.array(pairs, np.int64).T
    graph = Graph()
    places, lengths = ranges(graph, graph.integers("a"), graph.integers("b"))
    outputs = {places: TensorProto.INT64, lengths: TensorProto.INT64}
    flat, found = answers(graph, outputs, a=start, b=start + length)
    np.testing.assert_array_equal(flat, np.concatenate([np.arange(a, a + n) for a, n in pairs]))
    np.testing.assert_array_equal(found, length)
