"""A fitted pipeline as one ONNX file."""

import json
import logging
import warnings
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from skrec._files import replacing
from skrec._text import quoted
from skrec.export._columns import columns_of
from skrec.export._graph import Graph
from skrec.export._net import check_estimator, schema_of, traced
from skrec.export._steps import split_pipeline

LARGEST = 2**31 - 2**24  # bytes of weights; a file of protobuf ends at 2 GB


def to_onnx(model: Any, path: Any, *, part: str | None = None) -> None:
    """Write a fitted pipeline or estimator as one ONNX file: raw columns in, probabilities or numbers out.

    Vocabularies, imputation, scales and the net are in the graph; onnxruntime runs it from any language. Needs the
    extra ``onnx``.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted. Steps of a Pipeline before the estimator can be a `TableEncoder` (without statistics, with a
        `CategoryEncoder`, its numbers scaled by scikit-learn's StandardScaler, RobustScaler, MaxAbsScaler or
        MinMaxScaler) or a `CategoryEncoder`.
    path : str or path-like
        The file. What was there is replaced when all is written.
    part : {"users", "items"}, optional
        Only the vectors of users or of items, of a model that has them apart, from their columns alone: two files
        serve a model of two towers.

    Raises
    ------
    TypeError
        For what is no estimator of skrec.
    ValueError
        For a step, or values, that no graph can hold, by name.
    ImportError
        Without the extra.
    OSError
        If the file cannot be written; nothing has changed then.

    See Also
    --------
    onnx_inputs : A frame as the file takes it.
    to_torch : The net alone.

    Notes
    -----
    Each column that the model sees is an input of shape (rows,) and of its name (``x0``, ``x1``, ... for an array):
    int64 where its known values are integers or booleans, text, or double, for numbers with NaN where they are
    missing. A list column ``tags`` is two: ``tags.values``, its values end to end, and ``tags.lengths``, how many
    are each row's. Values that are not known have the code 0, so a missing id is any value that no training row had.

    The output is ``probabilities`` (rows, n_classes), ``predictions`` (rows,) of a regressor, or ``vectors``
    (rows, D). The file's metadata has the classes. Numbers far from those of `fit` are not refused, as they are by
    the estimator, and lists of the same history must be equally long.

    Examples
    --------
    >>> import onnxruntime, pandas as pd, pathlib, tempfile
    >>> from sklearn.pipeline import make_pipeline
    >>> from skrec import FMClassifier
    >>> from skrec.export import onnx_inputs, to_onnx
    >>> from skrec.preprocessing import TableEncoder
    >>> X = pd.DataFrame({"user": [7, 9] * 50, "age": [31.0, None] * 50, "item": ["tea", "tea", "rum", "rum"] * 25})
    >>> pipeline = make_pipeline(
    ...     TableEncoder(categorical=["user", "item"], numeric=["age"]), FMClassifier(random_state=0)
    ... ).fit(X, [1, 0, 0, 1] * 25)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "pipeline.onnx"
    ...     to_onnx(pipeline, path)
    ...     session = onnxruntime.InferenceSession(path)
    >>> [probability] = session.run(None, onnx_inputs(X[:3], session))
    >>> bool((abs(probability - pipeline.predict_proba(X[:3])) < 1e-5).all())
    True
    """
    source, estimator = split_pipeline(model)
    check_estimator(estimator, part)
    _check_extra()
    _check_size(estimator)
    schema = schema_of(estimator, part)
    codes, numbers, lists = columns_of(schema, source)
    crosses = () if part else getattr(estimator._columns_, "crosses", ())
    graph = Graph()
    for one in (*codes, *numbers):
        graph.input(one.name, one.kind, "rows")
    for place, lookup in enumerate(lists):
        graph.tokens(lookup, f"net/tokens{place}", f"net/lengths{place}")
    graph.codes(codes, crosses, "net/codes")
    graph.numbers(numbers, schema.dtype, "net/numeric")
    output = "vectors" if part else "predictions" if estimator._target_.kind == "regressor" else "probabilities"
    if output in graph.inputs:
        raise ValueError(f"Expected columns of other names than the output, got {quoted(output)}; rename the column")
    names = ["codes", "numeric", *(f"{kind}{place}" for place in range(len(lists)) for kind in ("tokens", "lengths"))]
    net = _net(traced(estimator, part), names, output)
    notes = {"missing": {name: missing for one in codes for name, missing in [(one.name, one.missing)]}}
    notes["missing"] |= {f"{one.name}.values": one.missing for one in lists}
    if hasattr(estimator, "classes_"):
        notes["classes"] = estimator.classes_.tolist()
    content = _join(graph, net, output, notes).SerializeToString()
    with replacing(path) as file:
        file.write(content)


def _check_extra():
    for name in ("onnx", "onnxscript"):
        try:
            import_module(name)
        except ImportError as error:
            raise ImportError(f"to_onnx needs {name}: pip install 'skrec-torch[onnx]'") from error


def _check_size(estimator):
    size = sum(weights.numel() * weights.element_size() for weights in estimator.net_.module_.parameters())
    if size > LARGEST:
        raise ValueError(
            f"Expected weights of less than 2 GB, which is all that one ONNX file holds, got {size / 1e9:.1f} GB; "
            "lower embedding_dim, keep fewer values (CategoryEncoder has min_frequency), or use to_torch"
        )


def _net(program, inputs, output):
    """Return the net as a model of ONNX, what it has inside with a prefix that no column has."""
    import torch
    from onnx import compose

    with _quiet():
        names: Any = {"input_names": inputs, "output_names": [output]}
        model: Any = torch.onnx.export(program, (), **names, dynamo=True, verbose=False)
        return compose.add_prefix(model.model_proto, "net/")


def _join(graph, net, output, notes):
    """Return the model of raw columns, before and behind them the net."""
    from onnx import checker, helper

    result = net.graph.output[0]
    graph.add("Identity", [result.name], output)
    result.name = output
    result.type.tensor_type.shape.dim[0].dim_param = "rows"
    constants = [*graph.constants, *net.graph.initializer]
    whole = helper.make_graph(
        [*graph.nodes[:-1], *net.graph.node, graph.nodes[-1]], "skrec", list(graph.inputs.values()), [result], constants
    )
    opsets = {one.domain: one.version for one in net.opset_import} | {"ai.onnx.ml": 4}
    imports = [helper.make_opsetid(domain, version) for domain, version in opsets.items()]
    model = helper.make_model(
        whole, opset_imports=imports, functions=net.functions, ir_version=net.ir_version, producer_name="skrec"
    )
    helper.set_model_props(model, {"skrec": json.dumps(notes, default=_plain)})
    checker.check_model(model)
    return model


def _plain(value):
    return value.item() if isinstance(value, np.generic) else str(value)


@contextmanager
def _quiet():
    """Leave out what the exporter says of its own inside."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
