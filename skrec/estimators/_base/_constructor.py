"""The constructor of an estimator, its constraints and its docstring, made of the parameters that it declares."""

import dataclasses
import inspect
import textwrap
from typing import ClassVar, get_origin

from skrec._text import quoted
from skrec.estimators._base._groups import ORDER

WIDTH = 120  # of a docstring's lines
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
precision_ : {"float32", "bfloat16", "float64"}
    Arithmetic of the dense layers in the last training.
net_ : skorch.NeuralNet
    The trained net; ``net_.module_`` is the torch module, on the CPU.
schema_ : Schema
    Roles, vocabularies and scales of the columns.
n_features_in_ : int
    Columns of the data.
feature_names_in_ : ndarray of shape (`n_features_in_`,)
    Their names, where `fit` saw a frame whose names are strings."""


def finish_class(cls):
    """Give `cls` its constructor, its parameter constraints and its docstring's ``{parameters}``, ``{attributes}``.

    A class that only changes a default keeps the declaration that it inherits. The model's own parameters come first,
    then the groups in their order.

    Raises
    ------
    TypeError
        If the class has a constructor of its own, or annotates what is no parameter.
    """
    if "__init__" in vars(cls):
        raise TypeError(
            f"{cls.__name__}.__init__ is made of the class's fields, got one that is written by hand; leave it out, "
            "and declare each of its arguments as a field, name: type = parameter(...)"
        )
    declared = {
        field.name: field for parent in reversed(cls.__mro__[1:]) for field in _fields(parent) if field.metadata
    }
    given = {name: vars(cls).get(name, dataclasses.MISSING) for name in _annotated(cls)}
    cls._declares = [name for name, default in given.items() if isinstance(default, dataclasses.Field)]
    for name, default in given.items():
        if not isinstance(default, dataclasses.Field):
            _check_declared(cls, name, default, declared)
            setattr(cls, name, dataclasses.field(default=default, metadata=declared[name].metadata))
    told = cls.__doc__ or f"{cls.__name__}.\n\n{{parameters}}\n\n{{attributes}}"  # else dataclasses write one
    dataclasses.dataclass(kw_only=True, eq=False, repr=False)(cls)
    fields = {field.name: field for field in _fields(cls)}
    for name, field in fields.items():
        if not field.metadata:  # of a group that changes a default of another
            _check_declared(cls, name, field.default, declared)
            field.metadata = declared[name].metadata
    order = [name for name in _order(cls) if name in fields]
    cls._parameter_constraints = {name: fields[name].metadata["constraints"] for name in order}
    signature = inspect.signature(cls.__init__)
    parameters = [signature.parameters[name] for name in ["self", *order]]
    cls.__init__.__signature__ = signature.replace(parameters=parameters)
    entries = [_entry(fields[name]) for name in order]
    section = "\n".join(["Parameters", "----------", *entries])
    cls.__doc__ = inspect.cleandoc(told).replace("{parameters}", section).replace("{attributes}", ATTRIBUTES)


def _annotated(cls):
    """Return the names that a class itself annotates, but for those that are of the class alone."""
    of_class = [ClassVar, "ClassVar", "typing.ClassVar"]
    return [
        name
        for name, kind in inspect.get_annotations(cls).items()
        if (kind.partition("[")[0] if isinstance(kind, str) else get_origin(kind) or kind) not in of_class
    ]


def _check_declared(cls, name, default, declared):
    """Raise TypeError if an annotated name is no parameter, neither of this class nor of what it inherits."""
    if default is dataclasses.MISSING or name not in declared:
        got = "no default" if default is dataclasses.MISSING else quoted(default)
        raise TypeError(
            f"{cls.__name__}.{name} is annotated, so an argument: expected a parameter(...), got {got}; write "
            f"{name}: type = parameter(default, 'type', 'What it is.', constraint), or for a constant "
            "leave the annotation out"
        )


def _order(cls):
    """Return the names of all parameters in the order in which a person reads them."""
    own = [name for parent in reversed(cls.__mro__) for name in vars(parent).get("_declares", ())]
    own += [name for group in cls.__mro__ if _is_group(group) and group not in ORDER for name in _annotated(group)]
    of_groups = [name for group in ORDER if issubclass(cls, group) for name in inspect.get_annotations(group)]
    # a group that changes a default of another, behind it, does not move it
    of_groups = list(dict.fromkeys(reversed(of_groups)))[::-1]
    others = set(of_groups) - {name for parent in cls.__mro__ for name in vars(parent).get("_declares", ())}
    return list(dict.fromkeys([*(name for name in own if name not in others), *of_groups]))


def _is_group(cls):
    return "__dataclass_fields__" in vars(cls) and "_declares" not in vars(cls)


def _fields(cls):
    return dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()


def _entry(field):
    words = " ".join(field.metadata["text"].split())  # some texts have names in them, of whatever length
    text = textwrap.fill(words, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    return f"{field.name} : {field.metadata['kind']}, default={field.default!r}\n{text}"
