"""Constructor parameters, each declared once: its type, its range, its text."""

import dataclasses
import inspect
import textwrap
from numbers import Integral, Real
from typing import Any

from skrec._validation import Interval, StrOptions, Whole

ATTRIBUTES = """\
Attributes
----------
classes_ : ndarray of shape (n_classes,)
    Labels, in classifiers.
intercept_ : float, in classifiers ndarray of shape (1,), with more than two classes (n_classes,)
    The prediction, in classifiers the log odds, of a row of which nothing is known: the model's constant, without what
    any column adds. With a `y_range` it is the prediction as well, already squashed into the range.
history_ : DataFrame
    A row an epoch: epoch, train_loss, lr and seconds; with validation rows valid_loss and the scores, valid_<name>;
    with `train_scores` train_<name>. Losses of regressors are in squared units of the target.
n_iter_ : int
    Epochs run.
best_epoch_ : int
    The epoch, from 1, whose weights the model has.
net_ : skorch.NeuralNet
    The trained net; ``net_.module_`` is the torch module, on the CPU.
schema_ : Schema
    Roles, vocabularies and scales of the columns.
n_features_in_ : int
    Columns of the data.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Their names, where `fit` saw a frame whose names are strings."""


def parameter(default: Any, kind: str, text: str, *constraints: Any) -> Any:
    """Declare a constructor parameter.

    Parameters
    ----------
    default : object
        Its default value.
    kind : str
        What numpydoc's type line says of it.
    text : str
        Its description, the same in every class that has it.
    *constraints : scikit-learn parameter constraints
        What `fit` accepts.
    """
    return dataclasses.field(default=default, metadata={"kind": kind, "text": text, "constraints": list(constraints)})


def finish_class(cls):
    """Give `cls` its constructor, its parameter constraints and its docstring's ``{parameters}``, ``{attributes}``.

    A subclass that only changes a default keeps the declaration it inherits. The architecture comes first in
    the signature, columns and training after it.
    """
    inherited = {field.name: field for parent in reversed(cls.__mro__[1:]) for field in _fields(parent)}
    for name in inspect.get_annotations(cls):
        default = vars(cls)[name]
        if not isinstance(default, dataclasses.Field):
            setattr(cls, name, dataclasses.field(default=default, metadata=inherited[name].metadata))
    dataclasses.dataclass(kw_only=True, eq=False, repr=False)(cls)
    fields = {field.name: field for field in _fields(cls)}
    settings = (parent for parent in cls.__mro__ if parent.__module__.endswith("._settings"))
    training = list(dict.fromkeys(name for parent in settings for name in inspect.get_annotations(parent)))
    order = [*(name for name in fields if name not in training), *training]
    cls._parameter_constraints = {name: fields[name].metadata["constraints"] for name in order}
    signature = inspect.signature(cls.__init__)
    parameters = [signature.parameters[name] for name in ["self", *order]]
    cls.__init__.__signature__ = signature.replace(parameters=parameters)
    if cls.__doc__:
        entries = [_entry(fields[name]) for name in order]
        section = "\n".join(["Parameters", "----------", *entries])
        cls.__doc__ = inspect.cleandoc(cls.__doc__).replace("{parameters}", section).replace("{attributes}", ATTRIBUTES)


def _fields(cls):
    return dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()


def _entry(field):
    text = textwrap.indent(inspect.cleandoc(field.metadata["text"]), "    ")
    return f"{field.name} : {field.metadata['kind']}, default={field.default!r}\n{text}"


def positive(kind):
    """Return the constraint of a positive number of `kind` (Integral or Real)."""
    return Whole(1) if kind is Integral else Interval(Real, 0, None, closed="neither")


def at_least_zero(kind=Real):
    """Return the constraint of a number of `kind` (Integral or Real) that may be zero."""
    return Whole(0) if kind is Integral else Interval(kind, 0, None, closed="left")


def position():
    """Return the constraint of a column's place."""
    return Whole(-(2**63))


def one_of(*options):
    """Return the constraint of a choice between strings."""
    return StrOptions(set(options))
