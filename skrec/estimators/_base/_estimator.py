"""The scikit-learn face of a net: what every estimator shares."""

import copy
from typing import Any, Self, dataclass_transform

import pandas as pd
import torch

from skrec._learnt import at_one_moment, copy_of
from skrec._site import PAGES, page_of
from skrec._validation import check_features, check_is_fitted, with_callbacks
from skrec._versions import with_versions, without_versions
from skrec.data import check_cells, open_features
from skrec.engine import ReportEpochs, Rows, limit_threads, on_cpu, stream_of
from skrec.estimators._base._constructor import finish_class
from skrec.estimators._base._embedding import embedding_frame
from skrec.estimators._base._finite import check_outputs
from skrec.estimators._base._fit import Fit
from skrec.estimators._base._groups import TrainingParameters
from skrec.estimators._base._keywords import explains_keywords
from skrec.estimators._base._sklearn import BaseEstimator, CallbackSupportMixin
from skrec.estimators._base._state import plain_state, restore
from skrec.estimators._base._threads import thread_limit
from skrec.estimators._base._together import refuse_partial_fit, strategy_of
from skrec.estimators._base._training import pays_to_compile
from skrec.estimators._columns import AllColumns
from skrec.inspection import summary
from skrec.objectives import Encoding
from skrec.ops import compiled


@dataclass_transform(kw_only_default=True)
class NetEstimator(CallbackSupportMixin, TrainingParameters, BaseEstimator):
    """Base of all estimators: columns to codes, codes through a net that skorch trains.

    A model is a subclass with its own parameters as fields, each a `parameter`, groups of parameters as further bases,
    and one method, `_build_net`. What it sees, and what it learns from a row, are objects: `_columns` and `_objective`
    make them of its parameters. Models of labels are written on `NetClassifier`, of numbers on `NetRegressor`; what
    both share may be a class on this one. There is no constructor to write, and where the docstring says
    ``{parameters}`` or ``{attributes}``, those sections come.

    Methods
    -------
    _build_net(fields, n_outputs, generator)
        Return the net, untrained. Every model has it.
    _columns()
        Return which columns the net sees, and what they are to it. If not given, all columns of the frame.
    _objective()
        Return what is learnt from a row. If not given, its label or its number.
    _start(module, criterion, rows, seed)
        Give the net better values to start from. If not given, it keeps those that it was built with.

    Notes
    -----
    Everything is learnt on a working copy, whose attributes the estimator takes over when all went well: a failed `fit`
    leaves it as it was.
    """

    _doc_link_module, _doc_link_template, _doc_link_url_param_generator = "skrec", PAGES, page_of
    _minimum_columns = 1
    _bilinear = False  # whether the output adds up inner products of vectors
    _auto_stops = True  # whether early_stopping="auto" may hold rows out
    _moved_ = frozenset[object]()  # columns that were constant and are no more, of which a warning has spoken

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        finish_class(cls)

    def _build_net(self, fields, n_outputs, generator):
        """Return the net, untrained.

        Parameters
        ----------
        fields : skrec.nets.Fields
            The columns: how many there are of each role, and the sizes of their vocabularies.
        n_outputs : int
            Outputs C of a row: 1, with more than two classes one for each.
        generator : torch.Generator or None
            What initial values are drawn from, all of them; None where they do not matter.

        Returns
        -------
        net : torch.nn.Module
            From `skrec.nets.Inputs` of B rows to logits of shape (B, n_outputs), in regressors to standardised numbers.
            It has a parameter `bias` of shape (n_outputs,), which starts at the output for a row of which nothing is
            known. A `FieldEmbedding` anywhere in it is moved and penalised by the rows of a batch alone; `embedding`
            of the estimator reads the one that the net has under this name. Where it drops units, it does so by
            `skrec.nets.layers.Dropout`, whose draws follow `random_state`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no net; write its method _build_net(self, fields, n_outputs, generator), which "
            "returns a torch.nn.Module: see skrec.base"
        )

    def _columns(self):
        """Return which columns the net sees, and what they are to it.

        Returns
        -------
        columns : AllColumns, CrossedColumns, HistoryColumns, IdColumns or SideColumns
            Of `skrec.base`, new in each call.
        """
        given = [name for name in ("categorical_features", "sequence_features", "user") if hasattr(self, name)]
        return AllColumns(**{name: getattr(self, name) for name in given})

    def _objective(self):
        """Return what is learnt from a row.

        Returns
        -------
        objective : skrec.objectives.Objective
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no objective; write it on NetClassifier or NetRegressor of skrec.base, or give "
            "it a method _objective(self), which returns one of skrec.objectives"
        )

    def _start(self, module, criterion, rows, seed):
        """Give a new module better values to start from than those that it was drawn with; most models do not.

        Parameters
        ----------
        module : torch.nn.Module
            What `_build_net` returned.
        criterion : torch.nn.Module
            What is minimised.
        rows : Rows or StreamedRows
            Training rows.
        seed : int
        """

    @explains_keywords
    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Learn from scratch, or go on from the last fit with ``warm_start=True``.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            A frame's dtypes say what a column is: category, str and bool are categories, int and float are
            numbers, list cells are sequences. Every column of a plain array is a number. A frame is of pandas, or has
            the Arrow PyCapsule interface: of polars, pyarrow, DuckDB. Rows that do not fit into memory come as a
            pyarrow.dataset.Dataset, see Notes. Later rows of such a frame need the columns that the
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
        RuntimeError
            In a group of processes, see `data_parallel`, if another one has failed, which is quoted, or is gone.

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
        the rows that are being read, the vocabularies and the weights; where negatives are drawn also the codes of all
        pairs of user and item, and the features of the items. Negatives are drawn a window at a time; to learn the
        pairs, and the combinations of crossed columns, reads the Dataset once more. Validation rows are read once
        before training, for whatever is wrong with them. Columns that the model does not see are not read.

        Early stopping holds out whole row groups, `validation_fraction` of them rounded down, and with "auto" only
        where that is one at least. "piecewise" numbers take their quantiles from the sample, every k-th row. Scores of
        rows in a Dataset are refused. Predictions need the columns that the model sees alone, and come in the order of
        the files.
        """
        with strategy_of(self) as strategy:
            return self._fit(strategy, X, y, sample_weight, X_val, y_val, sample_weight_val)

    def _fit(self, strategy, X, y, sample_weight, X_val, y_val, sample_weight_val):
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
            fit = Fit(work, n_epochs=self.max_epochs, callbacks=callbacks, strategy=strategy)
            fit.run((X, y, sample_weight), validation)
        self._take_over(work)
        if context is not None:
            context.call_on_fit_task_end(estimator=self, X=X, y=y, reconstruction_attributes=self._learnt)
        return self

    def _partial_fit(self, X, y, sample_weight, classes=None):
        self._validate_params()
        refuse_partial_fit(self)
        if self.early_stopping is True:
            raise ValueError("partial_fit does not support early_stopping=True; use fit, or early_stopping='auto'")
        work = self._working_copy(keep=True)
        with on_cpu():
            Fit(work, n_epochs=1, partial=True, classes=classes).run((X, y, sample_weight))
        self._take_over(work)
        return self

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

    def _names_read(self, *, learning=False):
        """Return the columns of `fit` that later rows need, to predict or, with `learning`, to learn from."""
        names, groups = self._columns_.read(self._names_seen_, learning=learning), getattr(self, "groups", None)
        return [*names, groups] if learning and groups is not None else names

    def _encoding(self):
        """Return how rows become codes, once that is learnt."""
        return Encoding(self.schema_, self._table, self._target_, self._columns_)

    def _table(self, frame):
        check_cells(frame, {field.name: field.role for field in self.schema_.fields})
        n_threads = thread_limit(self) or torch.get_num_threads()
        return self._columns_.finish(self.schema_.encode(frame, n_threads), self.schema_)

    def _outputs(self, X):
        """Return the net's outputs for `X`, an array of shape (n_rows, n_outputs)."""
        check_is_fitted(self)
        with on_cpu(), limit_threads(thread_limit(self)):
            for scored in vars(self).get("_scored_rows", ()):  # while it is fitted
                if X is scored.frame:
                    return scored.outputs(self.net_)
            source = open_features(X, self._names_of_fit, lambda X: check_features(self, X, reset=False)[0])
            rows = stream_of(source, lambda chunk: Rows(self._table(chunk.frame)))
            with compiled(pays_to_compile(self, rows, 1)):
                return check_outputs(self.net_.outputs(rows), rows, self.schema_)

    def _names_of_fit(self, *, learning=False):
        """Return the columns to read of a Dataset."""
        if not hasattr(self, "feature_names_in_"):
            raise TypeError(
                f"{type(self).__name__} was fitted on columns without names, got a Dataset, whose columns are known "
                "by name; fit on a frame or a Dataset"
            )
        # a frame of floats alone keeps scikit-learn's rule
        return self._names_read(learning=learning) if self._typed_ else self.feature_names_in_.tolist()

    @at_one_moment
    def embedding(self, column: str | int) -> pd.DataFrame:
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
        return embedding_frame(getattr(self.net_.module_, "embedding", None), self.schema_, column)

    def summary(self) -> pd.DataFrame:
        """Return the blocks of the net that have parameters.

        Returns
        -------
        summary : DataFrame of shape (n_blocks, 4)
            A row a block, by its path in the net: its `kind`, the `shapes` of its parameters, how many numbers they
            hold (`parameters`), and their memory (`bytes`). The sums are those of the net.
        """
        check_is_fitted(self)
        return summary(self.net_.module_)

    def __getstate__(self) -> Any:
        return with_versions(plain_state(super().__getstate__(), self))

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(without_versions(state, type(self).__name__))
        restore(self)

    def __copy__(self) -> Any:
        """Share what was learnt."""
        return copy_of(self)

    def __deepcopy__(self, memo: Any) -> Any:
        """Copy everything as it is, without a state of plain arrays on the way."""
        copied = memo[id(self)] = object.__new__(type(self))
        copied.__dict__ = copy.deepcopy(self.__dict__, memo)
        return copied
