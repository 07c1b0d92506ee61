"""A fitted net as a module of plain tensors, and the program that torch writes down of it.

Shape letters: B rows, T tokens of a list column in all rows together.
"""

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skrec._inputs import Inputs, Jagged
from skrec._text import quoted
from skrec._validation import check_is_fitted
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE, Targets
from skrec.engine import on_cpu

PARTS = {"users": "embed_users", "items": "embed_items"}  # what a file can be of, and the method that it has


class Answers(nn.Module):
    """A net that takes plain tensors and gives what `predict_proba`, `predict`, `embed_users` or `embed_items` does.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    part : {"users", "items"} or None
        Vectors of users or items, or None for predictions.
    """

    def __init__(self, estimator, part=None):
        super().__init__()
        self.net, self.target, self.part = _frozen(estimator.net_.module_), estimator._target_, part

    def forward(
        self, codes: Tensor, numeric: Tensor, lists: list[tuple[Tensor, Tensor]]
    ) -> Tensor | tuple[Tensor, ...]:
        """Return probabilities (B, n_classes), numbers (B,) or vectors (B, D); of several targets a tuple.

        Parameters
        ----------
        codes : Tensor of shape (B, n_categorical), int32
        numeric : Tensor of shape (B, n_numeric), floating
            Standardised.
        lists : list of pairs of Tensor of shape (T,), int32, and (B,), int64
            Codes of all tokens, and how many of them are each row's.
        """
        jagged = (Jagged(tokens, nn.functional.pad(lengths.cumsum(0), (1, 0))) for tokens, lengths in lists)
        inputs = Inputs(codes, numeric, tuple(jagged))
        if self.part is not None:
            return getattr(self.net, PARTS[self.part])(inputs)
        outputs = self.net(inputs)
        if not isinstance(self.target, Targets):
            return _answer(self.target, outputs)
        return tuple(map(_answer, self.target.parts, outputs.split(self.target.sizes, 1)))


def _answer(target, outputs):
    """Return probabilities (B, n_classes) or numbers (B,) of one target, of its outputs (B, C)."""
    if target.kind == "regressor":
        return outputs[:, 0].double() * target.scale + target.mean
    if outputs.shape[1] > 1:
        return outputs.softmax(1)
    positive = outputs.sigmoid()
    return torch.cat([1 - positive, positive], 1)


def _frozen(module):
    """Return the module in prediction, its parameters without gradients, in the memory of its own."""
    memo = {id(own): nn.Parameter(own.detach(), requires_grad=False) for own in module.parameters()}
    return copy.deepcopy(module, memo | {id(own): own.clone() for own in module.buffers()}).eval()


def check_estimator(estimator, part=None):
    """Raise an error unless this is a fitted estimator of skrec, which has the `part` if one is given."""
    if not hasattr(estimator, "_build_net"):
        raise TypeError(
            f"Expected a fitted estimator of skrec, got {type(estimator).__name__}; of a Pipeline its last step has "
            "the net"
        )
    check_is_fitted(estimator)
    if part is None:
        _refuse_weights(estimator.schema_)
        return
    if part not in PARTS:
        raise ValueError(f"Expected part='users', part='items' or None, got {quoted(part)}")
    if not hasattr(estimator.net_.module_, PARTS[part]):
        raise ValueError(
            f"Expected a model whose {part} have vectors of their own for part={quoted(part)}, got "
            f"{type(estimator).__name__}; leave part out"
        )
    if len(getattr(estimator, "classes_", ())) > 2:
        raise ValueError(f"Expected two classes for part={quoted(part)}, got {len(estimator.classes_)}")
    _refuse_weights(schema_of(estimator, part))


def _refuse_weights(schema):
    """Raise ValueError if lists have weights, which the inputs of a file have no place for."""
    weighted = [field.name for field in schema.of_role(SEQUENCE) if field.weighted]
    if weighted:
        raise ValueError(
            f"Expected lists without weights, got column {quoted(weighted[0])} with {{value: weight}}, which no file "
            "has; fit on plain lists, or serve the estimator itself"
        )


def schema_of(estimator, part=None):
    """Return the schema of the columns that the net sees, of one side if a `part` is given."""
    if part is None:
        return estimator.schema_
    return estimator.schema_.select(estimator._columns_.sides[list(PARTS).index(part)])


def traced(estimator, part=None) -> Any:
    """Return the ExportedProgram of `Answers`, whose number of rows, and of tokens, is free."""
    from torch.export import Dim, export

    if not hasattr(Dim, "DYNAMIC"):
        raise ImportError(f"skrec.export needs torch 2.6 or later, got {torch.__version__}")
    schema, crosses = schema_of(estimator, part), getattr(estimator._columns_, "crosses", ())
    n_rows, n_tokens = 4, 6  # any that are not 0 or 1, which torch takes for constants
    codes = torch.zeros(n_rows, len(schema.of_role(CATEGORICAL)) + len(crosses), dtype=torch.int32)
    numeric = torch.from_numpy(np.zeros((n_rows, len(schema.of_role(NUMERIC))), schema.dtype))
    lists = [
        (torch.zeros(n_tokens, dtype=torch.int32), torch.ones(n_rows, dtype=torch.int64))
        for _ in schema.of_role(SEQUENCE)
    ]
    rows, tokens = Dim("rows", min=1), Dim.DYNAMIC  # lists of the same history are equally long, which torch finds out
    shapes = ({0: rows}, {0: rows}, [({0: tokens}, {0: rows}) for _ in lists])
    with on_cpu(), torch.no_grad():
        return export(Answers(estimator, part), (codes, numeric, lists), dynamic_shapes=shapes, strict=False)
