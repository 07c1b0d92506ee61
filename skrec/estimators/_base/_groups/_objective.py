"""The parameters of what is learnt from a row."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from skrec._validation import Interval
from skrec.estimators._base._parameters import at_least_zero, one_of, parameter, position, positive
from skrec.losses import GroupLoss, RankingLoss, group_losses, ranking_losses
from skrec.objectives.samplers import NegativeSampling, negative_samplings

LOSSES, GROUP_LOSSES, SAMPLINGS = ranking_losses(), group_losses(), negative_samplings()


def _listed(names):
    """Return quoted names as a person lists them."""
    *others, last = (f'"{name}"' for name in names)
    return f"{', '.join(others)} and {last}" if others else last


_OF_A_BATCH, _OF_A_ROW = (_listed(name for name, cls in LOSSES.items() if cls.per_row is own) for own in (False, True))
_DRAWN = ", ".join(f'"{name}" {cls.draws}' for name, cls in SAMPLINGS.items())
_TOGETHER = ", ".join(f'"{name}" {cls.compares}' for name, cls in GROUP_LOSSES.items())
_COMPARED = ", ".join(f'"{name}" {cls.compares}' for name, cls in LOSSES.items())


@dataclass(kw_only=True, eq=False, repr=False)
class ClassifierParameters:
    """What classifiers have beside."""

    class_weight: Any = parameter(
        None,
        'dict, "balanced" or None',
        'Factors on the row weights by class; "balanced" gives all classes the same total.',
        dict,
        one_of("balanced"),
        None,
    )
    groups: Any = parameter(
        None,
        "str, int or None",
        """The column that says which rows stand together, such as the impressions of a page, by name (position, for an
        array). The model does not see it, and a prediction does not need it. Rows of two classes are learnt from as
        `group_loss` says then, a batch has whole groups, and whole groups are held out: what all rows of a page have in
        common, such as how many of them are clicked, is not learnt. Such scores rank the rows of a group; their
        sigmoids, the probabilities, are not calibrated. None takes each row by itself.""",
        str,
        position(),
        None,
    )
    group_loss: Any = parameter(
        "softmax",
        "{" + ", ".join(f'"{name}"' for name in GROUP_LOSSES) + "} or GroupLoss",
        f"""What is made small with `groups`: {_TOGETHER}. A GroupLoss of `skrec.losses`, or one of your own, is taken
        as it is.""",
        one_of(*GROUP_LOSSES),
        GroupLoss,
    )


@dataclass(kw_only=True, eq=False, repr=False)
class NegativeParameters:
    """How many negatives a positive has."""

    n_negatives: int = parameter(
        0,
        "int",
        f"""Above 0, learn from implicit feedback: rows of the class 1, True or the last of two are positives, others
        are ignored, and so many negatives of each positive are drawn anew each epoch. A negative has another item, none
        of the user's in any training row; of a row with histories it is the same row with another candidate, the first
        column that `sequence_features` names and those that follow it, which is not in the row itself or its histories
        and, with `user`, in none of the user's rows. Validation rows of both classes are taken as they are; positives
        alone get negatives that are drawn once. Probabilities are calibrated to the sampled class ratio. 0 takes all
        rows as they are. Where there is a `loss`: with {_OF_A_BATCH} so many items are drawn once a batch for all of
        its rows, 0 takes those of the batch's other rows; with {_OF_A_ROW} so many for each row, at least one.""",
        at_least_zero(Integral),
    )


@dataclass(kw_only=True, eq=False, repr=False)
class RankingParameters:
    """By what models whose users and items meet in an inner product may learn."""

    loss: Any = parameter(
        "bce",
        "{" + ", ".join(f'"{name}"' for name in ("auto", "bce", *LOSSES)) + "} or RankingLoss",
        f"""What is made small. "bce" takes rows of two classes as they are labelled. "auto" is "softmax" in a model
        that reads a history as a sequence, where there is one, else "bce". The others take positives alone,
        rows of the class 1, True or the last of two, ignore the rest, and hold each against items that its user has
        in none of the training rows: {_COMPARED}. Such
        scores rank; their sigmoids, the probabilities, are not calibrated. A RankingLoss of `skrec.losses`, or one of
        your own, is taken as it is.""",
        one_of("auto", "bce", *LOSSES),
        RankingLoss,
    )
    negatives: Any = parameter(
        "uniform",
        "{" + ", ".join(f'"{name}"' for name in ("auto", *SAMPLINGS)) + "} or NegativeSampling",
        f"""Which items are drawn: {_DRAWN}. "auto" is "all" where nothing is drawn, with n_negatives=0 and a loss whose
        rows share their negatives, else "uniform". A NegativeSampling of `skrec.objectives.samplers`, or one of your
        own, is taken as it is.""",
        one_of("auto", *SAMPLINGS),
        NegativeSampling,
    )
    logq_correction: float = parameter(
        1.0,
        "float",
        """With "softmax", share of the log of an item's frequency, in the batch or among the drawn, that is taken off
        its score in training: 1 makes up for how often an item comes up, 0 lets the popular be held down.""",
        Interval(Real, 0, 1, closed="both"),
    )
    margin: float = parameter(
        0.8,
        "float",
        'With "ccl", the cosine up to which another item costs nothing.',
        Interval(Real, -1, 1, closed="both"),
    )
    negative_weight: float = parameter(
        100.0, "float", 'With "ccl", what the mean of the other items counts beside the own one.', positive(Real)
    )
    calibration: float = parameter(
        0.75,
        "float",
        """With "gbce", how far probabilities are made those of all items, not of the drawn alone: 0 leaves
        them as sure as a model of few negatives is, 1 makes up for all that is not drawn.""",
        Interval(Real, 0, 1, closed="both"),
    )


@dataclass(kw_only=True, eq=False, repr=False)
class TargetParameters:
    """How several targets are learnt together."""

    target_weights: Any = parameter(
        None,
        'array-like of float, dict, "learnt" or None',
        """With several targets, how much the loss of each counts: a number for each, a dict of some by name (position,
        where `y` has no names), the others 1, or None for the same. Losses of numbers are those of standardised ones.
        "learnt" weighs each by the noise that training finds in it; validation rows have the plain mean.""",
        "array-like",
        dict,
        one_of("learnt"),
        None,
    )
