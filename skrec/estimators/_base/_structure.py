"""The parameters that the first fit decides, and that a fit which goes on cannot change."""

from skrec._text import shortened
from skrec.estimators._base._groups import TrainingParameters


def structure(estimator):
    """Return {name: value} of the parameters that are not of training alone."""
    training = TrainingParameters.__dataclass_fields__
    return {name: value for name, value in estimator.get_params(deep=False).items() if name not in training}


def structure_of(estimator):
    """Return {name: value as text} of the parameters that are not of training alone."""
    return {name: repr(value) for name, value in structure(estimator).items()}


def refuse_new_structure(estimator):
    """Raise ValueError if a parameter is another than in the first fit."""
    now, before = structure_of(estimator), estimator._structure_
    changed = [name for name in before if now[name] != before[name]]
    if changed:
        was = ", ".join(f"{name}={shortened(before[name])}, now {shortened(now[name])}" for name in changed)
        raise ValueError(
            f"{type(estimator).__name__} cannot go on training with another structure: the first fit had {was}; "
            "set it back, or fit afresh with warm_start=False"
        )
