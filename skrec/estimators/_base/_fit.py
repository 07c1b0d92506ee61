"""One fit: from rows to a trained net."""

import copy
from functools import partial

import numpy as np
import pandas as pd
import torch
from sklearn.base import is_classifier
from sklearn.utils import check_random_state

from skrec._text import brief, quoted, shortened
from skrec._validation import check_classes
from skrec.data import Survey, check_cells, open_source, refuse_datasets, warn_of_moved
from skrec.engine import Rows, SingleProcess, limit_threads
from skrec.estimators._base._epochs import found_epochs
from skrec.estimators._base._grouped import objective_of, without_groups
from skrec.estimators._base._growth import grow
from skrec.estimators._base._initial import initial_module
from skrec.estimators._base._new_values import new_values, warn_of_new
from skrec.estimators._base._reader import Reader
from skrec.estimators._base._scoring import ScoredRows, few_rows, read_scoring, scored_parts, try_scorers, whole_rows
from skrec.estimators._base._structure import refuse_new_structure, structure, structure_of
from skrec.estimators._base._threads import thread_limit
from skrec.estimators._base._together import (
    facts_of,
    facts_of_columns,
    refuse_module,
    refuse_objective,
    refuse_sharded,
)
from skrec.estimators._base._training import check_device, history_frame, make_net, run, warn_of_decay
from skrec.estimators._base._validation_split import split_rows

AUTO_STOPPING_ROWS = 1000
AUTO_STOPPING_POSITIVES = 10_000  # with fewer, a tenth of them is what some users or items have been seen by


class Fit:
    """What `fit` and `partial_fit` do to a working copy of an estimator, which takes what is learnt.

    Where the copy kept a net, its weights alone are learnt; else columns, target and weights.

    Parameters
    ----------
    work : NetEstimator
    n_epochs : int
    partial : bool, default=False
        Whether this is `partial_fit`: no row is held out.
    classes : array-like of shape (n_classes,), optional
        All labels that will come.
    callbacks : sequence of skorch callbacks
        Called after all others.
    strategy : Strategy, optional
        Where it runs; in a single process if not given.
    """

    def __init__(self, work, *, n_epochs, partial=False, classes=None, callbacks=(), strategy=None):
        self.work, self.n_epochs, self.partial, self.classes = work, n_epochs, partial, classes
        self.strategy = SingleProcess() if strategy is None else strategy
        work._strategy = self.strategy
        self.callbacks, self.resumes = callbacks, hasattr(work, "net_")
        self.name = type(work).__name__

    def run(self, rows, validation=None):
        """Learn from `rows`, the arguments X, y and sample_weight of `fit`; `validation` are the same, or None."""
        objective = objective_of(self.work)
        self.strategy.compare(lambda: facts_of(self.work, rows, validation, self.classes))
        refuse_objective(self.work, objective, self.strategy)
        refuse_sharded(self.work, self.strategy)
        if self.work.unknown_rate and objective.implicit:
            raise ValueError(
                f"unknown_rate={self.work.unknown_rate} of {self.name} takes known values for unknown ones in rows "
                f"that all count, got {objective.implicit}, which draws negatives; set unknown_rate=0"
            )
        check_device(self.work.device)
        if validation is None and not self.partial and self.work.validation_split is not None:
            rows, validation = split_rows(self.work, *rows)
        scoring = read_scoring(self.work)
        prepared = self._prepare(objective, scoring, rows, validation)
        if prepared is not None:
            self._train(objective, scoring, *prepared)

    def _prepare(self, objective, scoring, rows, validation):
        """Learn all that is learnt before training, and return what `_train` takes; None if no row is left to train on.

        It ends before training, during which nobody holds a frame that training does not read.
        """
        work = self.work
        if self.resumes:
            refuse_new_structure(work)
        random = check_random_state(work.random_state)
        seeds = random.randint(np.iinfo(np.int32).max, size=2)
        self.seed, split_seed = self.strategy.first(lambda: [int(seed) for seed in seeds])
        train, classes = objective.select(self._open(objective, *rows, reset=not self.resumes), self._known_classes())
        valid = None
        if not self.resumes:
            columns = work._columns()
            roles = columns.learn(without_groups(work, train.head), work._typed_, self.name)
            work._columns_, work._names_seen_ = columns, list(roles[0])
            train = train.reading(lambda: work._names_of_fit(learning=True))
            self.strategy.compare(lambda: facts_of_columns(work, train, roles))
        if validation is not None:
            valid = self._open(objective, *validation, reset=False, training=False)
        elif not self.partial and self._holds_out(train, objective):
            train, valid = self._hold_out(train, objective, split_seed)
        for part, source in scored_parts(scoring, train, valid, work):
            whole_rows(part, source, work)  # what is refused is refused before rows are learnt from
        train, valid = self._levelled(train), valid and self._levelled(valid)
        if self.resumes:
            work._moved_ = warn_of_moved(work.schema_, train.head, work._moved_)
            if work.new_values == "grow":
                grow(work, train, self.seed + len(work.net_.history))
            train = self._without_new(train, objective)
            if not train.n_rows:
                return None
            bias = None
        else:
            work._structure_, work._built_with_ = structure_of(work), structure(work)
            bias = self._learn_codes(train, objective, roles, classes)
        encoding = work._encoding()
        streams = objective.streams(encoding, train, valid, self.seed)
        scored, few = self._scored(scoring, objective, encoding, train, streams)
        return streams.train, streams.rows_valid, scored, few, bias

    def _levelled(self, source):
        """Return a source whose weights are to those of other processes as they were given."""
        return source.scaled_to(self.strategy.largest(source.exponent))

    def _known_classes(self):
        """Return the labels that are known before any is seen, None where they are not."""
        if self.classes is not None:
            check_classes(self.work, self.classes)
        return getattr(self.work, "classes_", None)

    def _open(self, objective, X, y, sample_weight, *, reset, training=True):
        """Return the source of the rows whose weight is not zero; with `reset` they are those that are learnt by."""
        if self.partial:
            refuse_datasets(X, "partial_fit", "use fit, again with warm_start=True")
        if y is None:
            raise ValueError(f"This {self.name} estimator requires y to be passed, but the target y is None.")
        X, y, sample_weight = objective.as_rows(X, y, sample_weight, training=training)
        shard = partial(self.strategy.shard, training=training)
        return open_source(X, y, sample_weight, Reader(self.work, objective, reset), shard)

    def _holds_out(self, train, objective):
        work = self.work
        if work.early_stopping != "auto":
            return work.early_stopping is True
        if not work._auto_stops or self.strategy.agree(float(train.can_hold_out(work.validation_fraction))) < 1:
            return False
        least = AUTO_STOPPING_POSITIVES if objective.implicit else AUTO_STOPPING_ROWS
        return self.strategy.total(train.n_rows) > least

    def _finds_epochs(self, objective, rows):
        """Return whether the number of epochs is to be found, so that no row is lost to the fit."""
        work = self.work
        if work.early_stopping != "refit" or self.partial:
            return False
        plain = (
            type(rows) is Rows
            and not (objective.implicit or objective.together)
            and isinstance(self.strategy, SingleProcess)
        )
        if not plain or work.lr_schedule is not None:
            raise ValueError(
                f"early_stopping='refit' of {self.name} trains twice on labelled rows in memory at a constant rate, "
                f"got {self._others(objective, rows)}; set early_stopping=True, or pass X_val"
            )
        return True

    def _others(self, objective, rows):
        """Return what does not go with training twice."""
        if self.work.lr_schedule is not None:
            return f"lr_schedule={quoted(self.work.lr_schedule)}"
        return objective.implicit or objective.together or "rows of a Dataset, or of several processes"

    def _hold_out(self, train, objective, seed):
        fraction, refusal = self.work.validation_fraction, None
        try:
            parts = objective.hold_out(train, fraction, seed)
        except ValueError as error:
            refusal = error
        if self.strategy.agree(float(refusal is not None)) == 0:
            return parts
        if self.work.early_stopping == "auto":
            return train, None
        reason = "in another process" if refusal is None else shortened(refusal)
        raise ValueError(
            f"early_stopping cannot hold out validation_fraction={fraction} of {train.n_rows} rows ({reason}); change "
            "the fraction, pass X_val, or set early_stopping=False"
        ) from (refusal and brief(refusal))

    def _without_new(self, train, objective):
        """Return the rows that a fit goes on with, and warn of many values that the first one had not.

        Of a Dataset it is the first rows that are looked at.
        """
        schema, frame = self.work.schema_, train.head
        check_cells(frame, {field.name: field.role for field in schema.fields})
        ids, new = self.work._columns_.ids(), new_values(schema, frame)
        left_out = objective.left_out(frame, new, ids)
        warn_of_new(self.work, frame, new, left_out, partial=self.partial)

        def stays(chunk):
            if chunk.frame is frame:
                return ~left_out
            return ~objective.left_out(chunk.frame, new_values(schema, chunk.frame), ids)

        return train.where(stays) if objective.implicit else train

    def _learn_codes(self, train, objective, roles, classes):
        """Learn schema, target and what takes codes, in a pass or two; return the output of an unknown row."""
        work, target, dtype = self.work, objective.survey(), self._dtype(train.head)
        n_threads = thread_limit(work) or torch.get_num_threads()
        joined = objective.learns_lists
        survey = Survey(*roles, declared=self.partial, dtype=dtype, n_threads=n_threads, joined=joined)
        for chunk in train.chunks():
            check_cells(chunk.frame, roles[0])
            survey.add(chunk.frame, chunk.weight)
            target.add(chunk.y, chunk.weight)
        survey, target = self.strategy.merge(survey), self.strategy.merge(target)
        work.schema_ = survey.result()
        work._target_, bias = objective.learn(*target.result(), classes)
        if is_classifier(work):
            work.classes_ = work._target_.classes
        work._columns_.learn_codes(work.schema_, train, self.strategy.merge)
        return bias

    def _dtype(self, frame):
        """Return the dtype of numbers in training: float64 of a plain array of it."""
        plain64 = not self.work._typed_ and (frame.dtypes == np.float64).all()
        return np.float64 if plain64 else np.float32

    def _train(self, objective, scoring, rows, rows_valid, scored, few, bias):
        work = self.work
        if not self.resumes:
            module = initial_module(work, objective, rows, bias, self.seed, self.strategy)
            refuse_module(work, module, objective.criterion(work._target_), self.strategy)
            if rows_valid is None and self._finds_epochs(objective, rows):
                self.n_epochs = found_epochs(work, module, objective, rows, self.n_epochs, self.seed)
                if work.verbose:
                    print(f"{self.n_epochs} epochs, as many as were best on a fifth of the rows.")
            work.net_ = make_net(work, module, objective.criterion(work._target_), work._target_, self.seed)
        else:
            work.net_ = copy.deepcopy(work.net_)  # others may predict with it meanwhile, and it stays if training fails
        warn_of_decay(work, work.net_.module_)
        if few is not None and not self.partial and self.strategy.leads:
            try_scorers(work, scoring.scorers, *few)
        stops = rows_valid is not None and work.early_stopping is not False
        work.net_.strategy = self.strategy
        work._scored_rows = scored
        with limit_threads(thread_limit(work)):
            work.best_epoch_ = run(
                work.net_,
                work,
                rows,
                rows_valid,
                n_epochs=self.n_epochs,
                scores=scoring.callbacks(work, scored, stops),
                callbacks=self.callbacks,
                monitor=f"valid_{scoring.watched}" if stops else None,
            )
            work.precision_ = work.net_.precision
            work.net_.release(keep_optimizer=work.warm_start or self.partial)
        work.__dict__.pop("_scored_rows")
        work.history_ = history_frame(work.net_.history)
        work.n_iter_ = len(work.history_)

    def _scored(self, scoring, objective, encoding, train, streams):
        """Return the ScoredRows of each epoch, and few rows to try the scorers on, None if nothing is to be tried."""
        scored = []
        for part, source in scored_parts(scoring, train, streams.valid, self.work):
            if part == "train":
                source, rows = objective.scored_train(encoding, streams, train, self.seed)
            else:
                rows = objective.scored_valid(encoding, streams)
            chunk = whole_rows(part, source, self.work)
            of_all = self.strategy.collect(chunk)
            scored.append(ScoredRows(part, of_all, rows if of_all is chunk else encoding.rows(of_all)))
        if scored:
            return scored, few_rows(scored[-1].frame, scored[-1].y)
        return [], self._few(train) if scoring.scorers else None

    def _few(self, train):
        """Return few rows of a frame with all their classes; None of a Dataset, or of one class alone."""
        few = train.rows(lambda chunk: few_rows(chunk.frame, chunk.y), lambda source: None)
        if few is None or not is_classifier(self.work):
            return few
        return None if (pd.DataFrame(few[1]).nunique() < 2).any() else few
