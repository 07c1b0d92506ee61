"""The scikit-learn face of a net: what every estimator shares."""

import copy
import os

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import check_random_state

from skrec._learnt import at_one_moment, copy_of
from skrec._text import brief, quoted, shortened
from skrec._validation import (
    CallbackSupportMixin,
    check_consistent_length,
    check_features,
    check_is_fitted,
    check_weight,
    validate_parameter_constraints,
    with_callbacks,
)
from skrec._versions import VersionedPickle
from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE
from skrec.data._containers import is_dataset
from skrec.data._roles import check_cells, column_of, warn_of_moved
from skrec.data._row_groups import RowGroups, Sample
from skrec.data._survey import Survey
from skrec.data._weights import normalized
from skrec.engine import NewFloats, ReportEpochs, Rows, limit_threads, on_cpu
from skrec.estimators._datasets import ReadsDatasets
from skrec.estimators._finite import check_outputs
from skrec.estimators._keywords import explains_keywords
from skrec.estimators._memory import check_net
from skrec.estimators._new_values import new_values, warn_of_new
from skrec.estimators._parameters import finish_class
from skrec.estimators._scoring import few_rows, read_scoring, scored_rows, try_scorers
from skrec.estimators._settings import TrainingSettings
from skrec.estimators._training import (
    batch_size,
    check_device,
    history_frame,
    make_net,
    pays_to_compile,
    run,
    warn_of_decay,
)
from skrec.nets import Fields
from skrec.ops import compiled

AUTO_STOPPING_ROWS = 10_000
MOST_THREADS = 4 * (os.cpu_count() or 1)  # asked once, for each answer takes as long as a hundredth of a row


class NetEstimator(VersionedPickle, CallbackSupportMixin, TrainingSettings, ReadsDatasets, BaseEstimator):
    """Base of all estimators: columns to codes, codes through a net that skorch trains.

    A model is a subclass with its architecture's parameters as fields and one method, `_build_net`.
    `FeatureModel` and `IdModel` say which columns it sees, `NetClassifier` and `NetRegressor` what it predicts.

    Everything is learnt on a working copy, whose attributes the estimator takes over when all went
    well: a failed `fit` leaves it as it was.
    """

    _minimum_columns = 1
    _bilinear = False  # whether the output adds up inner products of vectors
    _auto_stops = True  # whether early_stopping="auto" may hold rows out
    _moved_ = frozenset[object]()  # columns that were constant and are no more, of which a warning has spoken

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        finish_class(cls)

    def _build_net(self, fields, n_outputs, generator):
        """Return the untrained module, drawn from `generator`; it has a parameter `bias` of shape (n_outputs,)."""
        raise NotImplementedError

    def _numeric_embedding(self, rows):
        """Return how the numbers of the training rows become vectors, None for plain values."""
        return None

    def _learn_roles(self, frame, typed):
        """Return {column: role} of the columns that the net sees, and {list column: column it shares with}."""
        raise NotImplementedError

    def _names_read(self, *, learning=False):
        """Return the columns of `fit` that later rows need, to predict or, with `learning`, to learn from."""
        return self._names_seen_

    @explains_keywords
    @with_callbacks
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Learn from scratch, or go on from the last fit with ``warm_start=True``.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            A frame's dtypes say what a column is: category, str and bool are categories, int and float are
            numbers, list cells are sequences. Every column of a plain array is a number. Rows that do not fit into
            memory come as a pyarrow.dataset.Dataset, see Notes. Later rows of such a frame need the columns that the
            model sees, found by name, in any order and among others; frames of floats alone follow scikit-learn.
        y : array-like of shape (n_rows,)
            Target; of a Dataset the name of its column.
        sample_weight : array-like of shape (n_rows,), optional
            Row weights; a weight of two is the same as the row twice, and only their ratios count. Of a Dataset the
            name of their column.
        X_val, y_val, sample_weight_val : like X, y, sample_weight, optional
            Validation rows. With them early stopping is on, unless it is off by parameter, and then their loss is
            only recorded.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            For parameters out of range, missing targets, NaN or infinity in a number, weights that are negative or
            all zero, or a loss that diverges.
        TypeError
            For a column without a role: dates, sparse or mixed types.

        Warns
        -----
        UserWarning
            If a fit goes on, with `warm_start`, on rows of which more than a quarter have a value in some column that
            the first fit had not: it has no vector of its own.

        Notes
        -----
        A Dataset is read once to learn vocabularies, scales and classes, once more if `embedding_l2` is positive, and
        once an epoch. Each epoch takes the row groups of the files in a random order, one after another; of the rows
        as they come so each window of 262,144, rounded up to whole batches, is shuffled and cut into batches. The same
        rows in the same batches of a frame give the same weights. Rows that lie together in files are mixed well where
        row groups are small beside a window. In memory are two encoded windows at most, a sample of up to 65,536 rows,
        the rows that are being read, the vocabularies and the weights.

        Early stopping holds out whole row groups, `validation_fraction` of them rounded down, and with "auto" only
        where that is one at least. "piecewise" numbers take their quantiles from the sample, every k-th row. What
        needs all rows at once, drawn negatives and crossed columns, is refused, as are scores of rows in a Dataset.
        Predictions need the columns that the model sees alone, and come in the order of the files.
        """
        self._validate_params()
        if (X_val is None) != (y_val is None) or (X_val is None and sample_weight_val is not None):
            raise ValueError("Expected X_val and y_val together, got one of them, or sample_weight_val, alone")
        context = self._init_callback_context(max_subtasks=self.max_epochs)
        if context is not None:
            context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        validation = None if X_val is None else (X_val, y_val, sample_weight_val)
        work = self._working_copy(keep=self.warm_start)
        callbacks = [] if context is None else [ReportEpochs(context, self, work._learnt, X, y)]
        with on_cpu():
            work._learn(X, y, sample_weight, validation, n_epochs=self.max_epochs, callbacks=callbacks)
        self._take_over(work)
        if context is not None:
            context.call_on_fit_task_end(estimator=self, X=X, y=y, reconstruction_attributes=self._learnt)
        return self

    def _partial_fit(self, X, y, sample_weight, classes=None):
        self._validate_params()
        if is_dataset(X):
            raise TypeError("partial_fit takes rows in memory, got a Dataset; use fit, again with warm_start=True")
        if self.early_stopping is True:
            raise ValueError("partial_fit does not support early_stopping=True; use fit, or early_stopping='auto'")
        work = self._working_copy(keep=True)
        with on_cpu():
            work._learn(X, y, sample_weight, n_epochs=1, partial=True, classes=classes)
        self._take_over(work)
        return self

    def _learn(self, X, y, sample_weight, validation=None, *, n_epochs, partial=False, classes=None, callbacks=()):
        """Learn schema, target and weights; where the working copy kept a net, its weights only."""
        check_device(self.device)
        scoring = read_scoring(self)
        go_on = hasattr(self, "net_")
        if go_on:
            self._refuse_new_structure()
        random = check_random_state(self.random_state)
        seed, split_seed = (int(s) for s in random.randint(np.iinfo(np.int32).max, size=2))
        train, valid = self._read(X, y, sample_weight, reset=not go_on), None
        if not go_on:
            roles = self._learn_roles(train.frame, self._typed_)
            self._names_seen_ = list(roles[0])
        if validation is not None:
            valid = self._read(*validation, reset=False)
        elif not partial and self._holds_out(train):
            train, valid = self._hold_out(train, split_seed)
        if go_on:
            self._moved_ = warn_of_moved(self.schema_, train.frame, self._moved_)
            train = self._without_new(train, partial)
            if not train.n_rows:
                return
        else:
            self._structure_ = self._structure()
            self._learn_schema(train, *roles, declared=partial)
            bias = self._learn_target(train.y, train.weight, classes)
        rows, valid, rows_valid = self._make_rows(train, valid, seed)
        scored, few = self._scored(scoring, train, rows, valid, rows_valid, seed)
        del train  # what training does not read is not held while it runs
        if not go_on:
            module = self._initial_module(rows, bias, seed)
            self.net_ = make_net(self, module, self._loss(), self._answers(), seed)
        else:
            self.net_ = copy.deepcopy(self.net_)  # others may predict with it meanwhile, and it stays if training fails
        warn_of_decay(self, self.net_.module_)
        if few is not None and not partial:
            try_scorers(self, scoring.scorers, *few)
        stops = valid is not None and self.early_stopping is not False
        self._scored_rows = scored
        with limit_threads(self._thread_limit()):
            self.best_epoch_ = run(
                self.net_,
                self,
                rows,
                rows_valid,
                n_epochs=n_epochs,
                scores=scoring.callbacks(self, scored, stops),
                callbacks=callbacks,
                monitor=f"valid_{scoring.watched}" if stops else None,
            )
            self.net_.release(keep_optimizer=self.warm_start or partial)
        self.__dict__.pop("_scored_rows")
        self.history_ = history_frame(self.net_.history)
        self.n_iter_ = len(self.history_)

    def _holds_out(self, train):
        if self.early_stopping != "auto":
            return self.early_stopping
        splits = not isinstance(train, RowGroups) or train.n_held(self.validation_fraction) > 0
        return self._auto_stops and splits and train.n_rows > AUTO_STOPPING_ROWS

    def _hold_out(self, train, seed):
        try:
            if isinstance(train, RowGroups):
                return train.split(self.validation_fraction, seed, by_label=is_classifier(self))
            parts = self._split(train, seed)
            # one of the two may lack the largest weights
            return tuple(part._replace(weight=normalized(part.weight)) for part in parts)
        except ValueError as error:
            if self.early_stopping == "auto":
                return train, None
            raise ValueError(
                f"early_stopping cannot hold out validation_fraction={self.validation_fraction} of {train.n_rows} "
                f"rows ({shortened(error)}); change the fraction, pass X_val, or set early_stopping=False"
            ) from brief(error)

    def _structure(self):
        """Return the parameters that the first fit decides, as text."""
        training = TrainingSettings.__dataclass_fields__
        return {name: repr(value) for name, value in self.get_params(deep=False).items() if name not in training}

    def _refuse_new_structure(self):
        now = self._structure()
        changed = [name for name, before in self._structure_.items() if now[name] != before]
        if changed:
            was = ", ".join(
                f"{name}={shortened(self._structure_[name])}, now {shortened(now[name])}" for name in changed
            )
            raise ValueError(
                f"{type(self).__name__} cannot go on training with another structure: the first fit had {was}; "
                "set it back, or fit afresh with warm_start=False"
            )

    def _working_copy(self, *, keep):
        """Return an estimator with the same parameters and, with `keep`, what has been learnt."""
        work = copy_of(self)
        if not keep:
            for name in work._learnt():
                delattr(work, name)
        return work

    def _learnt(self):
        """Return the attributes that fitting sets; their names end in an underscore."""
        return {name: value for name, value in vars(self).items() if name.endswith("_")}

    def _take_over(self, work):
        learnt = self._learnt()
        kept = {name: value for name, value in vars(self).items() if name not in learnt}
        self.__dict__ = kept | work._learnt()

    def _read(self, X, y, sample_weight, *, reset):
        """Return the rows whose weight is not zero: a checked Sample, of a Dataset its RowGroups."""
        if y is None:
            raise ValueError(f"This {type(self).__name__} estimator requires y to be passed, but the target y is None.")
        if is_dataset(X):
            return self._open(X, y, sample_weight, reset=reset)
        frame, typed = check_features(self, X, reset=reset, learning=True)
        if reset:
            self._typed_ = typed
        y = self._check_target(y)
        check_consistent_length(frame, y)
        weight = normalized(check_weight(sample_weight, len(y)))
        sample = Sample(frame, y, weight)
        return sample if weight.all() else sample.take(np.flatnonzero(weight))

    def _without_new(self, train, partial):
        """Return the rows that a fit goes on with, and warn of many values that the first one had not.

        Of a Dataset it is the first rows that are looked at.
        """
        frame = train.frame
        check_cells(frame, {field.name: field.role for field in self.schema_.fields})
        new = new_values(self.schema_, frame)
        left_out = self._left_out(frame, new)
        warn_of_new(self, frame, new, left_out, partial=partial)
        return train.take(np.flatnonzero(~left_out)) if left_out.any() else train

    def _left_out(self, frame, new):
        """Return the rows, (n_rows,) bool, that do not train when a fit goes on; `new` is of `new_values`."""
        return np.zeros(len(frame), bool)

    def _learn_schema(self, train, roles, shared, *, declared):
        if isinstance(train, RowGroups):
            self.schema_ = self._survey(train, roles, shared)
            return
        check_cells(train.frame, roles)
        plain64 = not self._typed_ and (train.frame.dtypes == np.float64).all()
        dtype = np.float64 if plain64 else np.float32
        survey = Survey(roles, shared, declared=declared, dtype=dtype, n_threads=self._threads())
        self.schema_ = survey.add(train.frame, train.weight).result()

    def _threads(self):
        """Return how many threads may be used."""
        return self._thread_limit() or torch.get_num_threads()

    def _thread_limit(self):
        """Return how many threads `n_threads` allows, None for torch's setting."""
        if self.n_threads is None:
            return None
        constraints = {"n_threads": self._parameter_constraints["n_threads"]}
        validate_parameter_constraints(constraints, {"n_threads": self.n_threads}, type(self).__name__)
        return min(int(self.n_threads), MOST_THREADS)

    def _encode(self, sample):
        """Return a Sample as Rows, RowGroups as StreamedRows, target and weights as the loss wants them."""
        if isinstance(sample, RowGroups):
            return self._stream(sample)
        target, weight = self._encode_target(sample.y, sample.weight)
        return Rows(self._table(sample.frame), target, weight)

    def _make_rows(self, train, valid, seed):
        """Return training rows, validation sample or None and its rows; a model that draws rows does it here."""
        return self._encode(train), valid, valid and self._encode(valid)

    def _table(self, frame):
        check_cells(frame, {field.name: field.role for field in self.schema_.fields})
        return self.schema_.encode(frame, self._threads())

    def _initial_module(self, rows, bias, seed):
        fields = Fields(
            categorical=tuple(field.vocabulary for field in self.schema_.of_role(CATEGORICAL)),
            vocabulary_sizes=tuple(len(vocabulary) for vocabulary in self.schema_.vocabularies),
            sequences=tuple(field.vocabulary for field in self.schema_.of_role(SEQUENCE)),
            n_numeric=len(self.schema_.of_role(NUMERIC)),
            pooling=getattr(self, "pooling", "mean"),
            numeric_embedding=self._numeric_embedding(rows),
        )
        generator = torch.Generator().manual_seed(seed)
        check_net(
            self,
            lambda: self._build_net(fields, len(bias), None),
            sum(fields.vocabulary_sizes),
            min(batch_size(self.batch_size, len(rows)), len(rows)),
            rows.inputs.numeric.element_size(),
        )
        with NewFloats():
            module = self._build_net(fields, len(bias), generator)
        with torch.no_grad():
            module.bias.copy_(torch.from_numpy(bias))
        return module.to(rows.inputs.numeric.dtype)

    def _scored(self, scoring, train, rows, valid, rows_valid, seed):
        """Return the ScoredRows of each epoch, and few rows to try the scorers on, None if nothing is to be tried."""
        if not scoring.scorers:
            return [], None
        scored = []
        if self.train_scores:
            sample, rows = self._scored_train(train, rows, seed)
            scored.append(scored_rows("train", sample, rows, self))
        if valid is not None:
            scored.append(scored_rows("valid", valid, self._scored_valid(valid, rows_valid), self))
        if scored:
            return scored, few_rows(scored[-1].frame, scored[-1].y)
        whole = not isinstance(train, RowGroups) and (not is_classifier(self) or len(set(train.y)) > 1)
        return scored, few_rows(train.frame, train.y) if whole else None

    def _scored_train(self, train, rows, seed):
        """Return the training rows that are scored, as a Sample and encoded."""
        return train, rows

    def _scored_valid(self, valid, rows_valid):
        """Return the validation rows that are scored, encoded."""
        return rows_valid

    def _outputs(self, X):
        """Return the net's outputs for `X`, an array of shape (n_rows, n_outputs)."""
        check_is_fitted(self)
        with on_cpu(), limit_threads(self._thread_limit()):
            for scored in vars(self).get("_scored_rows", ()):  # while it is fitted
                if X is scored.frame:
                    return scored.outputs(self.net_)
            if is_dataset(X):
                rows = self._stream_features(X)
            else:
                frame, _ = check_features(self, X, reset=False)
                rows = Rows(self._table(frame))
            with compiled(pays_to_compile(self, rows, 1)):
                return check_outputs(self.net_.outputs(rows), rows, self.schema_)

    @at_one_moment
    def embedding(self, column):
        """Return what was learnt about each category of a column.

        Parameters
        ----------
        column : str or int
            A categorical or list column, by its name in `fit` (its position, for an array).

        Returns
        -------
        embedding : DataFrame of shape (n_values + 1, embedding_dim + n_linear)
            A row a value, the last one, NaN, for unknown ones. Columns 0, 1, ... are the vector; "bias" is the
            linear weight where the model has one, in a multi-class model one for each class.

        Raises
        ------
        ValueError
            If the column is not there or is numeric.
        """
        check_is_fitted(self)
        known = pd.DataFrame(columns=[field.name for field in self.schema_.fields])
        field = self.schema_.field(column_of(known, column, "embedding"))
        if field.role == NUMERIC:
            raise ValueError(f"Expected a categorical or list column, got {quoted(column)}, which is numeric")
        vocabulary = self.schema_.vocabularies[field.vocabulary]
        layer = self.net_.module_.embedding
        start = layer.fields.starts[field.vocabulary]
        block = layer.table.detach().numpy()[start : start + len(vocabulary)]
        n_linear = block.shape[1] - layer.embedding_dim
        linear = ["bias"] if n_linear == 1 else [f"bias_{i}" for i in range(n_linear)]
        index = pd.Index([*vocabulary.values, np.nan], dtype=object, name=column)
        return pd.DataFrame(np.roll(block, -1, axis=0), index=index, columns=[*range(layer.embedding_dim), *linear])
