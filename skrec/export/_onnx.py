"""A fitted pipeline as one ONNX file."""

import json
import logging
import warnings
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from skrec._files import replacing
from skrec._text import quoted
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE, Targets
from skrec.export._columns import Codes
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
        Fitted. Steps of a Pipeline before the estimator are those of `skrec.preprocessing`, and of scikit-learn
        StandardScaler, RobustScaler, MaxAbsScaler, MinMaxScaler, SimpleImputer, KBinsDiscretizer, QuantileTransformer,
        OneHotEncoder, OrdinalEncoder, TargetEncoder, ColumnTransformer, FeatureUnion and Pipeline. `HashEncoder` hashes
        whole numbers alone, and statistics of a `TableEncoder` are those of encoders that look at one column at a time.
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
    int64 where its known values are integers or booleans, text, or double for numbers. A missing number is NaN. A
    missing id or text is the value that the metadata has under ``missing``, none that training rows had, as
    `onnx_inputs` gives it; any other new value has the code 0 as well, and differs from it in statistics and imputed
    text alone. A list column ``tags`` is two inputs: ``tags.values``, its values end to end, and ``tags.lengths``, how
    many are each row's; an empty or missing list has the length 0. Text that a `SequenceEncoder` cuts is given as such
    a list, already cut. Dates of a `HistoryEncoder` are int64, microseconds since 1970, of UTC where they have a zone;
    its log is in the file.

    The output is ``probabilities`` (rows, n_classes), ``predictions`` (rows,) of a regressor, or ``vectors``
    (rows, D); of several targets one each, ``probabilities_click``, without names ``probabilities_0``. The file's
    metadata has the classes. A graph refuses no row: numbers far from those of `fit` are
    computed with, values that an encoder of scikit-learn refuses answer NaN, and lists of the same history must be
    equally long.

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
    check_estimator(model[-1] if isinstance(model, Pipeline) else model, part)
    _check_extra()
    graph = Graph()
    frame, estimator = split_pipeline(model, graph.notes)
    _check_size(estimator)
    schema = schema_of(estimator, part)
    lists = _columns_to_net(graph, frame, schema, () if part else getattr(estimator._columns_, "crosses", ()))
    inputs = graph.finish()
    outputs = ["vectors" if part else "predictions" if estimator._target_.kind == "regressor" else "probabilities"]
    if isinstance(estimator._target_, Targets):
        targets = estimator._target_.names or range(len(estimator._target_.parts))
        outputs = [f"{outputs[0]}_{target}" for target in targets]
    if taken := {one.name for one in inputs} & set(outputs):
        raise ValueError(
            f"Expected columns of other names than the output, got {quoted(min(taken))}; rename the column"
        )
    net = _net(traced(estimator, part), ["codes", "numeric", *lists], outputs)
    notes = {"missing": graph.missing, **graph.notes}
    if hasattr(estimator, "classes_"):
        classes = estimator.classes_
        notes["classes"] = [own.tolist() for own in classes] if isinstance(classes, list) else classes.tolist()
    content = _join(graph, inputs, net, outputs, notes).SerializeToString()
    with replacing(path) as file:
        file.write(content)


def _columns_to_net(graph, frame, schema, crosses):
    """Add what makes of a Frame what the net eats, and return the names of its lists."""
    categories, lists = (
        [(frame.column(f.name), Codes.of_vocabulary(schema.vocabularies[f.vocabulary])) for f in schema.of_role(role)]
        for role in (CATEGORICAL, SEQUENCE)
    )
    names: list[str] = []
    for place, (column, codes) in enumerate(lists):
        pair = f"tokens{place}", f"lengths{place}"
        graph.tokens(column, codes, [f"net/{name}" for name in pair])
        names += pair
    numbers = [frame.column(field.name).number() for field in schema.of_role(NUMERIC)]
    # what there is of columns first, as what is not there has as many rows
    made = [lambda: graph.codes(categories, crosses, "net/codes")]
    made.append(lambda: graph.numbers(numbers, schema.mean, schema.scale, schema.dtype, "net/numeric"))
    for make in made if categories else made[::-1]:
        make()
    return names


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


def _net(program, inputs, outputs):
    """Return the net as a model of ONNX, what it has inside with a prefix that no column has."""
    import torch
    from onnx import compose

    with _quiet():
        names: Any = {"input_names": inputs, "output_names": outputs}
        model: Any = torch.onnx.export(program, (), **names, dynamo=True, verbose=False)
        return compose.add_prefix(model.model_proto, "net/")


def _join(graph, inputs, net, outputs, notes):
    """Return the model of raw columns, before and behind them the net."""
    from onnx import checker, helper

    for result, output in zip(net.graph.output, outputs, strict=True):
        graph.add("Identity", [result.name], output)
        result.name = output
        result.type.tensor_type.shape.dim[0].dim_param = "rows"
    behind = len(graph.nodes) - len(outputs)
    constants = [*graph.constants, *net.graph.initializer]
    whole = helper.make_graph(
        [*graph.nodes[:behind], *net.graph.node, *graph.nodes[behind:]],
        "skrec",
        inputs,
        list(net.graph.output),
        constants,
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
