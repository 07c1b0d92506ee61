"""What a pipeline reads of users and items, and how rows of one side alone get through its first steps.

Two of our own transformers are known by what they learn: a `TableEncoder` has `roles_`, a `HistoryEncoder` has `now_`.
"""

from typing import NamedTuple

from sklearn.pipeline import Pipeline

from skrec._text import brief, quoted, shortened
from skrec.data import CATEGORICAL
from skrec.retrieval._pairs import cross


class Histories(NamedTuple):
    """What a `HistoryEncoder` reads, and what it adds to it."""

    user: str
    time: str
    now: object  # the time of who comes without one
    made: list  # columns of histories


def steps_of(estimator):
    """Return what transforms, or None, and what predicts."""
    if isinstance(estimator, Pipeline):
        return (estimator[:-1] if len(estimator.steps) > 1 else None), estimator[-1]
    return None, estimator


def has_sides(estimator):
    """Whether what predicts makes something of users and of items apart."""
    last = steps_of(estimator)[1]
    return (hasattr(last, "embed_users") and hasattr(last, "embed_items")) or hasattr(last, "represent_items")


def columns_of(estimator):
    """Return the names that an estimator reads, in the order of `fit`, or None where it saw no names."""
    return _columns(_all_steps(estimator))


def histories_of(estimator):
    """Return the Histories of each `HistoryEncoder` in a pipeline."""
    return [found for step in _all_steps(estimator) if (found := _histories(step)) is not None]


def telling_columns(estimator):
    """Return the names that the model learns from: not those by which histories are looked up, unless it sees them."""
    names = _columns(_behind_histories(estimator))
    return columns_of(estimator) if names is None else names


def coded_columns(estimator):
    """Return the names of columns that an estimator looks up by value: they may as well come as categories."""
    encoder, *later = _behind_histories(estimator)
    if not later:
        schema = getattr(encoder, "schema_", None)
        return set() if schema is None else {field.name for field in schema.of_role(CATEGORICAL)}
    # of other encoders and of statistics it is not known what they make of a category
    if getattr(encoder, "statistics", None) is None and hasattr(
        getattr(encoder, "categorical_encoder_", None), "infrequent_categories_"
    ):
        return set(encoder.roles_[CATEGORICAL])
    return set()


def columns_of_sides(estimator, names):
    """Return those of the raw columns `names` that what predicts reads of a user, and of an item.

    It names the columns that it sees itself. Encoders leave a name, put another one before it, ``encoder__item_id``, or
    something behind it, ``price_missing``; a history is looked up by its user.
    """
    made = {column: histories.user for histories in histories_of(estimator) for column in histories.made}
    sides: tuple = getattr(getattr(steps_of(estimator)[1], "_columns_", None), "sides", None) or ([], [])
    return tuple(list(dict.fromkeys(filter(None, (_source(name, made, names) for name in side)))) for side in sides)


def typed_side(estimator, frame, names, other=None):
    """Return the rows of one side as what predicts reads them.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
    frame : DataFrame of shape (n_rows, n_columns)
    names : list of str
        All columns that the estimator reads.
    other : DataFrame of shape (1, n_columns), optional
        A row of the other side, with which every row is paired: for first steps that refuse missing cells. Without it
        cells of the other side are missing, which `TableEncoder` takes.

    Raises
    ------
    NeedsBothSides
        If a first step that may have been stopped by missing cells raises.
    """
    first = steps_of(estimator)[0]
    if first is None:
        return frame
    rows = cross(frame, frame.iloc[:1, :0] if other is None else other, names, fill=times_of(estimator))
    missing = [name for name in names if name not in frame and (other is None or name not in other)]
    try:
        return first.transform(rows)
    except Exception as error:
        if all(name in times_of(estimator) for name in missing) or _takes_gaps(first[0]):
            raise
        raise NeedsBothSides(
            f"Expected rows of which one side alone is there, got {type(first[0]).__name__}, which refuses them where "
            f"{quoted(missing)} are missing ({shortened(error)}); begin the pipeline with TableEncoder, which does not"
        ) from brief(error)


def times_of(estimator):
    """Return {name: now} of the columns of times by which histories are looked up."""
    return {histories.time: histories.now for histories in histories_of(estimator)}


class NeedsBothSides(ValueError):
    """A first step cannot read rows of one side."""


def _all_steps(estimator):
    if not isinstance(estimator, Pipeline):
        return [estimator]
    return [step for _, step in estimator.steps if step is not None and step != "passthrough"]


def _behind_histories(estimator):
    """Return the steps behind the `HistoryEncoder` that a pipeline begins with, all of them where it does not."""
    steps = _all_steps(estimator)
    while _histories(steps[0]) is not None:
        steps = steps[1:]
    return steps


def _columns(steps):
    """Return the names that steps read of what the first of them gets, None where it saw no names."""
    step, *later = steps
    names = getattr(step, "feature_names_in_", None)
    if names is None:
        return None
    read = set(names)
    histories = _histories(step)
    if histories is not None:  # what it does not read it passes on
        passed = _columns(later)
        read = read if passed is None else {histories.user, histories.time, *passed}
    elif hasattr(step, "roles_"):
        read = {name for columns in step.roles_.values() for name in columns}
    elif hasattr(step, "transformers_"):
        used = [columns for _, transformer, columns in step.transformers_ if transformer != "drop"]
        if all(isinstance(columns, (str, list)) for columns in used):
            read = {name for columns in used for name in ([columns] if isinstance(columns, str) else columns)}
    elif getattr(step, "_typed_", False):  # ours, fitted on a typed frame; one of floats alone needs all columns
        read = {field.name for field in step.schema_.fields}
    return [name for name in names if name in read]


def _histories(step):
    if not hasattr(step, "now_"):
        return None
    names = list(step.feature_names_in_) if hasattr(step, "feature_names_in_") else []
    user, time = (names[key] if not isinstance(key, str) and names else key for key in (step.user, step.time))
    return Histories(user, time, step.now_, [f"hist_{name}" for name in step.columns_])


def _takes_gaps(step):
    return hasattr(step, "roles_") or hasattr(step, "now_")


def _source(name, made, names):
    """Return of which raw column an encoder made the one that is called `name`, None if it cannot be told."""
    if name in made or name in names:
        return made.get(name, name)
    found = [raw for raw in names if str(name).endswith(f"__{raw}") or str(name).startswith(f"{raw}_")]
    return max(found, key=len, default=None)
