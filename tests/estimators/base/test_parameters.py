"""Constructor parameters: their order, their text, their defaults."""

import dataclasses
import inspect
import re

import pytest

from skrec.estimators._base import TrainingParameters, parameter
from skrec.estimators._base._groups import ORDER
from tests.discovery import predictors

pytestmark = pytest.mark.fast

ESTIMATORS = predictors()
every = pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
TRAINING = [field.name for field in dataclasses.fields(TrainingParameters)]


def section(cls, name="Parameters"):
    """Return {parameter: (type line, text)} of the docstring."""
    body = re.search(rf"^{name}\n-+\n(.*?)(?=\n\n\w+\n-+\n|\Z)", cls.__doc__, re.DOTALL | re.MULTILINE).group(1)
    entries = re.split(r"\n(?=\w+ : )", body)
    return {entry.split(" : ")[0]: entry.split(" : ", 1)[1].split("\n", 1) for entry in entries}


@every
def test_parameters_are_keyword_only_and_explicit(cls):
    parameters = list(inspect.signature(cls).parameters.values())
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in parameters)
    assert all(parameter.default is not inspect.Parameter.empty for parameter in parameters)
    with pytest.raises(TypeError, match="positional"):
        cls(1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'embeding_dim'"):
        cls(embeding_dim=1)


@every
def test_the_models_own_come_first_then_architecture_columns_objective_and_training(cls):
    names = list(inspect.signature(cls).parameters)
    groups = {
        name: place
        for place, group in enumerate(ORDER)
        if issubclass(cls, group)
        for name in inspect.get_annotations(group)
    }
    own = {name for parent in cls.__mro__ if parent not in ORDER for name in vars(parent).get("_declares", ())}
    assert set(names[: len(own)]) == own
    places = [groups[name] for name in names[len(own) :]]
    assert places == sorted(places)
    assert names[len(names) - len(TRAINING) :] == TRAINING


@every
def test_few_classes_have_behaviour_and_groups_have_none(cls):
    """Composition: what a model sees and learns from are objects."""
    parents = [parent for parent in cls.__mro__ if parent is not object]
    ours = [parent for parent in parents if parent.__module__.startswith("skrec")]
    behaviour = [parent for parent in ours if any(map(inspect.isroutine, own_attributes(parent)))]
    assert len(parents) <= 18
    assert len({parent.__name__ for parent in behaviour} - {"CallbackSupportMixin"}) <= 5  # scikit-learn's from 1.9 on
    assert {parent.__name__ for parent in ours} - {parent.__name__ for parent in behaviour} <= {
        group.__name__ for group in ORDER
    }
    assert not [parent for parent in behaviour if parent in ORDER]


def own_attributes(cls):
    """Return what a class has itself, but for what dataclasses make."""
    return [value for name, value in vars(cls).items() if not (name.startswith("__") and name.endswith("__"))]


@every
def test_the_docstring_has_every_parameter_with_its_own_default(cls):
    documented = section(cls)
    parameters = inspect.signature(cls).parameters
    assert list(documented) == list(parameters)
    for name, (kind, text) in documented.items():
        assert kind.endswith(f", default={parameters[name].default!r}"), name
        assert text.startswith("    "), name
        assert text.rstrip().endswith((".", "`", ")")), name


@every
def test_the_docstring_has_every_attribute(cls):
    documented = section(cls, "Attributes")
    expected = {"history_", "n_iter_", "best_epoch_", "net_", "schema_", "n_features_in_", "feature_names_in_"}
    assert expected <= set(documented)
    assert not re.search(r"\{(parameters|attributes)\}", cls.__doc__)


def test_shared_parameters_read_the_same_everywhere():
    texts = {}
    for cls in ESTIMATORS:
        for name, (kind, text) in section(cls).items():
            if name in TRAINING:
                assert texts.setdefault(name, (kind.rsplit(", default=")[0], text)) == (
                    kind.rsplit(", default=")[0],
                    text,
                ), name


@every
def test_lines_of_the_docstring_fit_a_screen(cls):
    assert max(map(len, cls.__doc__.splitlines())) <= 120


def test_a_subclass_may_change_a_default_and_nothing_else():
    from skrec import FMClassifier

    class Wide(FMClassifier):
        """Wider.

        {parameters}
        """

        embedding_dim: int = 99

    assert Wide().embedding_dim == 99
    assert FMClassifier().embedding_dim != 99
    assert Wide._parameter_constraints == FMClassifier._parameter_constraints
    assert list(inspect.signature(Wide).parameters) == list(inspect.signature(FMClassifier).parameters)
    kind, text = section(Wide)["embedding_dim"]
    assert kind == "int, default=99"
    assert text == section(FMClassifier)["embedding_dim"][1]


def test_a_subclass_may_add_a_parameter():
    from skrec import FMClassifier

    class Extended(FMClassifier):
        """More.

        {parameters}
        """

        beta: float = parameter(0.5, "float", "Of no use.", None, float)

    names = list(inspect.signature(Extended).parameters)
    assert names.index("beta") < names.index("categorical_features")
    assert Extended(beta=0.1).get_params()["beta"] == 0.1
    assert section(Extended)["beta"] == ["float, default=0.5", "    Of no use."]


def test_repr_shows_what_was_changed():
    from skrec import DeepFMClassifier

    assert repr(DeepFMClassifier(embedding_dim=8, lr=0.5)) == "DeepFMClassifier(embedding_dim=8, lr=0.5)"
