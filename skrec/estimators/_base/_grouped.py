"""What is learnt from a row, where the parameter `groups` says with which others it stands."""

from typing import Any

from skrec._text import quoted
from skrec.data import CATEGORICAL, check_cells, column_of
from skrec.losses import GroupLoss, group_losses
from skrec.objectives import Classification, GroupedLabels

ELSEWHERE = ("categorical_features", "sequence_features", "user", "item", "user_features", "item_features")


def objective_of(estimator: Any) -> Any:
    """Return the objective of an estimator, with `groups` that of its labels in groups.

    Raises
    ------
    ValueError
        If what it learns are not the labels of rows, or they have factors or a loss of their own.
    """
    objective, groups = estimator._objective(), getattr(estimator, "groups", None)
    if groups is None:
        return objective
    name, asked = type(estimator).__name__, f"groups={quoted(groups)}"
    other, remedy = objective.implicit, "set n_negatives=0 and a loss of labels"
    if not other and type(objective) is not Classification:
        other, remedy = type(objective).__name__, "leave groups out"
    elif not other and objective.given is not None:
        other, remedy = (
            type(objective.given).__name__,
            "take a model, or parameters of it, whose loss is that of labels",
        )
    elif not other and estimator.class_weight is not None:
        other, remedy = (
            f"class_weight={quoted(estimator.class_weight)}",
            "set it to None, or weigh rows by sample_weight",
        )
    if other:
        raise ValueError(f"{asked} of {name} learns labels of rows of two classes, got {other}; {remedy}")
    loss = estimator.group_loss
    return GroupedLabels(name, groups, loss if isinstance(loss, GroupLoss) else group_losses()[loss]())


def without_groups(estimator: Any, frame: Any) -> Any:
    """Return the columns of a frame that the model may see.

    Raises
    ------
    ValueError
        If the column of the groups is not there, or is named elsewhere too.
    TypeError
        If it has lists.
    """
    if getattr(estimator, "groups", None) is None:
        return frame
    name = column_of(frame, estimator.groups, "groups")
    check_cells(frame, {name: CATEGORICAL})
    for option in ELSEWHERE:
        named = getattr(estimator, option, None)
        if isinstance(named, dict):
            named = [*named, *named.values()]
        if named == name or (isinstance(named, (list, tuple)) and name in named):
            raise ValueError(
                f"groups={quoted(name)} says which rows stand together and is not seen by the model, got it in "
                f"{option} too; name it in one place, or give the frame the column twice, under two names"
            )
    return frame.drop(columns=name)
