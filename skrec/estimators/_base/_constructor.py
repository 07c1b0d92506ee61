"""The constructor of an estimator, its constraints and its docstring, made of the parameters that it declares."""

import dataclasses
import inspect
import textwrap

from skrec.estimators._base._groups import ORDER

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
feature_names_in_ : ndarray of shape (n_features_in_,)
    Their names, where `fit` saw a frame whose names are strings."""


def finish_class(cls):
    """Give `cls` its constructor, its parameter constraints and its docstring's ``{parameters}``, ``{attributes}``.

    A class that only changes a default keeps the declaration that it inherits. The model's own parameters come first,
    then the groups in their order.
    """
    declared = {
        field.name: field for parent in reversed(cls.__mro__[1:]) for field in _fields(parent) if field.metadata
    }
    cls._declares = [name for name in inspect.get_annotations(cls) if isinstance(vars(cls)[name], dataclasses.Field)]
    for name in inspect.get_annotations(cls):
        default = vars(cls)[name]
        if not isinstance(default, dataclasses.Field):
            setattr(cls, name, dataclasses.field(default=default, metadata=declared[name].metadata))
    dataclasses.dataclass(kw_only=True, eq=False, repr=False)(cls)
    fields = {field.name: field for field in _fields(cls)}
    for name, field in fields.items():
        field.metadata = field.metadata or declared[name].metadata  # of a group that changes a default of another
    order = [name for name in _order(cls) if name in fields]
    cls._parameter_constraints = {name: fields[name].metadata["constraints"] for name in order}
    signature = inspect.signature(cls.__init__)
    parameters = [signature.parameters[name] for name in ["self", *order]]
    cls.__init__.__signature__ = signature.replace(parameters=parameters)
    if cls.__doc__:
        entries = [_entry(fields[name]) for name in order]
        section = "\n".join(["Parameters", "----------", *entries])
        cls.__doc__ = inspect.cleandoc(cls.__doc__).replace("{parameters}", section).replace("{attributes}", ATTRIBUTES)


def _order(cls):
    """Return the names of all parameters in the order in which a person reads them."""
    own = [name for parent in reversed(cls.__mro__) for name in vars(parent).get("_declares", ())]
    of_groups = [name for group in ORDER if issubclass(cls, group) for name in inspect.get_annotations(group)]
    # a group that changes a default of another, behind it, does not move it
    of_groups = list(dict.fromkeys(reversed(of_groups)))[::-1]
    return list(dict.fromkeys([*own, *of_groups]))


def _fields(cls):
    return dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()


def _entry(field):
    text = textwrap.indent(inspect.cleandoc(field.metadata["text"]), "    ")
    return f"{field.name} : {field.metadata['kind']}, default={field.default!r}\n{text}"
