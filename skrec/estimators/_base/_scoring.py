"""What an epoch is scored by: the parameters `scoring` and `train_scores`."""

import warnings
from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from math import isfinite
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring, get_scorer, get_scorer_names

from skrec._text import brief, quoted, shortened
from skrec._validation import is_made_scorer
from skrec.data import Targets
from skrec.engine import Score

FEW_ROWS = 64  # on which scorers are tried before the first epoch
USUAL = {True: ("roc_auc", "neg_log_loss", "average_precision", "accuracy"), False: ("neg_mean_squared_error", "r2")}


class ScoredRows:
    """Rows that are scored each epoch: encoded once, and predicted once an epoch whatever the number of scorers."""

    def __init__(self, part, chunk, rows):
        self.part, self.frame, self.y, self.rows = part, chunk.frame, chunk.y, rows
        self.epoch, self.kept = -1, None

    def outputs(self, net):
        """Return the net's outputs, an array of shape (n_rows, n_outputs)."""
        if self.epoch != len(net.history):
            self.epoch, self.kept = len(net.history), net.outputs(self.rows)
        return self.kept


class Scoring(NamedTuple):
    """What is watched, "loss" or the name of a score, and all scores by name."""

    watched: str
    scorers: dict[str, Any]

    def callbacks(self, estimator, scored, stops):
        """Return the callbacks that record the scores of `scored`, a list of ScoredRows."""
        return [
            Score(f"{rows.part}_{name}", partial(_score, estimator, rows, name, scorer, finite))
            for name, scorer in self.scorers.items()
            for rows in scored
            for finite in [stops and rows.part == "valid" and name == self.watched]
        ]


def read_scoring(estimator):
    """Return the Scoring that the parameters ask for.

    Raises
    ------
    ValueError
        For a name that scikit-learn does not know, none, or one that is there twice.
    """
    scoring = estimator.scoring
    if isinstance(scoring, Mapping):
        given = list(scoring.items())
    else:
        each = scoring if isinstance(scoring, (list, tuple)) else [scoring]
        given = [(scorer if isinstance(scorer, str) else "score", scorer) for scorer in each]
    if not given:
        raise _refused(estimator, ", without any; name one at least")
    names = [name for name, _ in given]
    for name, scorer in given:
        if not isinstance(name, str) or not name or name.endswith("_best") or (name == "loss") != (scorer == "loss"):
            hint = 'name each by a text; "loss" is the name of the loss alone, and no name ends in "_best"'
            raise _refused(estimator, f", with the name {quoted(name)}; {hint}")
        if names.count(name) > 1:
            raise _refused(
                estimator, f", with {quoted(name)} twice; give each scorer a name, scoring={{'name': scorer, ...}}"
            )
        if not (callable(scorer) or isinstance(scorer, str)):
            raise _refused(estimator, f", with {type(scorer).__name__} for a scorer; name it, or pass a callable")
        if isinstance(scorer, str) and scorer != "loss" and scorer not in get_scorer_names():
            raise _refused(estimator, f"; no scorer is called {quoted(scorer)}, {_meant(estimator, scorer)}")
    scorers = {
        name: get_scorer(scorer) if isinstance(scorer, str) else check_scoring(estimator, scorer)
        for name, scorer in given
        if scorer != "loss"
    }
    return Scoring(names[0], scorers)


def _refused(estimator, hint):
    return ValueError(
        f"The 'scoring' parameter of {type(estimator).__name__} must be one of \"loss\", the name of a scorer of "
        "scikit-learn, a callable scorer(estimator, X, y), or several: a list of names, or a dict of scorers by name. "
        f"Got {quoted(estimator.scoring)} instead{hint}"
    )


def _meant(estimator, name):
    near = get_close_matches(name, ["loss", *get_scorer_names()], n=3)
    if near:
        return "did you mean " + " or ".join(map(repr, near)) + "?"
    return "usual ones are " + ", ".join(map(repr, USUAL[is_classifier(estimator)]))


def few_rows(frame, y):
    """Return some rows with all their classes, frame and target, on which scorers can be tried."""
    distinct = pd.DataFrame(y).drop_duplicates().index[:FEW_ROWS]
    rows = np.concatenate([distinct, np.arange(min(len(y), FEW_ROWS))])
    return frame.iloc[rows], y[rows]


def try_scorers(estimator, scorers, frame, y):
    """Raise ValueError for a scorer that cannot score the estimator; functions of the user's are not called."""
    for name, scorer in scorers.items():
        if not is_made_scorer(scorer):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # few rows may leave a score undefined
                scorer(estimator, frame, y)
        except (AttributeError, TypeError, ValueError) as error:
            reason = shortened(str(error).splitlines()[0].rstrip("."))
            raise ValueError(
                f"scoring={quoted(estimator.scoring)}: {quoted(name)} cannot score this {type(estimator).__name__} "
                f"and its target ({reason}); {_remedy(estimator, name, scorer, reason)}"
            ) from brief(error)


def _remedy(estimator, name, scorer, reason):
    if isinstance(estimator._target_, Targets):
        return f"of several targets pass skrec.metrics.target_scorer({quoted(name)}), with target=... for one of them"
    if not is_classifier(estimator):
        return "choose a scorer of numbers, such as " + " or ".join(map(repr, USUAL[False]))
    averaged = [f"{name}_{how}" for how in ("macro", "ovr", "weighted") if f"{name}_{how}" in get_scorer_names()]
    remedies = [repr(averaged[0])] if averaged else []
    if "pos_label" in reason and len(estimator.classes_) == 2:
        options = {"pos_label": estimator.classes_.tolist()[-1]}
        if scorer._sign < 0:
            options["greater_is_better"] = False
        if scorer._response_method != "predict":
            options["response_method"] = scorer._response_method
        given = ", ".join(f"{option}={quoted(value)}" for option, value in options.items())
        remedies.insert(0, f"sklearn.metrics.make_scorer({scorer._score_func.__name__}, {given})")
    if remedies:
        return "pass " + " or ".join(remedies)
    return "choose a scorer of classes, such as " + " or ".join(map(repr, USUAL[True][:2]))


def scored_parts(scoring, train, valid, estimator):
    """Return the parts that each epoch is scored on, "train" or "valid", and their sources; `valid` may be None."""
    parts = [("train", train)] if estimator.train_scores else []
    if valid is not None:
        parts.append(("valid", valid))
    return parts if scoring.scorers else []


def whole_rows(part, source, estimator):
    """Return the rows of a part, "train" or "valid", as one Chunk; those of a Dataset are refused."""
    setting = "train_scores=True" if part == "train" else f"scoring={quoted(estimator.scoring)}"
    kind = {"train": "training", "valid": "validation"}[part]
    remedy = "set it to False" if part == "train" else "pass X_val as a frame, or watch the loss, scoring='loss'"
    refusal = ValueError(f"{setting} needs all {kind} rows at once, got them in a Dataset; {remedy}")
    return source.whole(refusal)


def _score(estimator, rows, name, scorer, finite):
    value = scorer(estimator, rows.frame, rows.y)
    if not isinstance(value, Real):
        raise TypeError(
            f"Expected a number from the scorer {quoted(name)}, got {type(value).__name__}; give each of its numbers a "
            "scorer of its own, scoring={'name': scorer, ...}"
        )
    if finite and not isfinite(value):
        raise ValueError(
            f"scoring={quoted(estimator.scoring)} gave {value} on the {len(rows.y)} validation rows, which cannot be "
            "watched; choose another scorer, or validation rows on which it is defined"
        )
    return value
