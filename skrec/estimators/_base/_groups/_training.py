"""The parameters of training, the same in every estimator."""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from skrec._validation import HasMethods, Interval, Options
from skrec.engine import SCHEDULES
from skrec.estimators._base._parameters import at_least_zero, one_of, parameter, positive


@dataclass(kw_only=True, eq=False, repr=False)
class TrainingParameters:
    """How weights are learnt."""

    lr: float = parameter(1e-3, "float", "Learning rate; with `lr_schedule` its peak.", positive(Real))
    max_epochs: int = parameter(20, "int", "Passes over the training rows, at most.", positive(Integral))
    batch_size: Any = parameter(
        "auto",
        'int or "auto"',
        'Rows of a training step; "auto" is a fiftieth of the rows, between 64 and 2048.',
        one_of("auto"),
        positive(Integral),
    )
    optimizer: str = parameter(
        "adam",
        '{"adam", "adagrad", "sgd"}',
        "Update rule. Embedding rows, and their moments, move only in steps whose batch has them.",
        one_of("adam", "adagrad", "sgd"),
    )
    lr_schedule: Any = parameter(
        None,
        "{" + ", ".join(f'"{name}"' for name in sorted(SCHEDULES)) + "} or None",
        """Learning rate over the `max_epochs` epochs: "onecycle" rises for a quarter and falls for the rest,
        "cosine" and "linear" fall to zero, None is constant.""",
        one_of(*SCHEDULES),
        None,
    )
    weight_decay: float = parameter(
        0.0,
        "float",
        """Decoupled decay, as in AdamW, of the dense weight matrices: those of layers, and the vectors of plain
        numbers. It leaves embeddings alone, which `embedding_l2` keeps short, and a model of embeddings alone as it
        is.""",
        at_least_zero(),
    )
    embedding_l2: float = parameter(
        1e-3,
        "float",
        """Penalty on embeddings per use: this times the weighted mean over the batch's rows of the squared norms of
        all vectors and linear weights that the row looks up, those of rare values counting more: in proportion to
        one over the root of their rows, on average 1 in each column. Vectors of numbers count as 1 each.""",
        at_least_zero(),
    )
    unknown_rate: Any = parameter(
        0.0,
        "float or dict",
        """Share of the cells of categorical columns that a training step takes for unknown, so that the vector of
        values that come later is learnt. With 0 it learns of missing values alone. A dict has the shares by column,
        ``{"user_id": 0.3, "item_id": 0.3}``; its other columns stay as they are.""",
        Interval(Real, 0, 1, closed="left"),
        dict,
    )
    early_stopping: Any = parameter(
        "auto",
        'bool, "auto" or "refit"',
        """Stop when the validation score has not risen for `n_iter_no_change` epochs, and restore the best epoch.
        Validation rows are `X_val`, else a random `validation_fraction` of the rows. "auto" is on with `X_val` or
        above 1,000 rows, where negatives are drawn above 10,000, if such rows can be held out; in MF and GMF with
        `X_val` alone. "refit" costs no row, for few of them: it trains on four fifths, and then afresh on all for as
        many epochs as the loss of the others was lowest after.""",
        "boolean",
        one_of("auto", "refit"),
    )
    validation_split: Any = parameter(
        None,
        "cross-validation splitter, iterable or None",
        """Which rows are held out where there is no `X_val`: those of the last split of a splitter, such as
        ``TemporalSplit("day")`` of `skrec.model_selection`, or of an iterable of positions, (train, valid). They are as
        rows of `X_val`. None holds out by chance.""",
        HasMethods("split"),
        Iterable,
        None,
    )
    validation_fraction: float = parameter(
        0.1,
        "float",
        "Share of the rows that early stopping holds out, in classifiers stratified where it has a row for each class.",
        Interval(Real, 0, 1, closed="neither"),
    )
    n_iter_no_change: int = parameter(
        5, "int", "Epochs without improvement after which early stopping stops.", positive(Integral)
    )
    tol: float = parameter(
        1e-5,
        "float",
        """Improvement of the validation score that counts as one. Of the loss of regressors it is a share of the
        training target's variance, so that the unit of the target changes nothing.""",
        at_least_zero(),
    )
    scoring: Any = parameter(
        "loss",
        "str, callable, list or dict",
        """What the validation rows are scored by after each epoch: "loss", or a scorer of scikit-learn, by name or as
        ``scorer(estimator, X, y)``; several as a list of names or a dict of scorers by name. Early stopping watches
        the first. Each is in `history_` as ``valid_<name>``, one that is called as ``valid_score``.""",
        str,
        callable,
        list,
        tuple,
        dict,
    )
    train_scores: bool = parameter(
        False,
        "bool",
        """Score the training rows by `scoring` too, as ``train_<name>``, with the weights after the epoch and without
        dropout. An epoch then takes one more prediction of all training rows, which are not encoded again. Where
        negatives are drawn, they are the positives with negatives that are drawn once.""",
        "boolean",
    )
    callbacks: Any = parameter(
        None,
        "list of skorch callbacks or None",
        """skorch callbacks for the training loop, for instance ``Checkpoint`` and ``LoadInitState`` to save and to
        resume a run. They are used as they are, not copied. scikit-learn's own (1.9 and later) are told of each epoch
        too: ``ScoringMonitor`` by ``set_callbacks`` of the estimator, ``ProgressBar`` (extra `progress`) by that of the
        outermost object, a pipeline or a search.""",
        list,
        None,
    )
    warm_start: bool = parameter(
        False,
        "bool",
        """Let `fit` go on from the weights of the last `fit`, on the same columns; what it does with values that the
        first fit had not is said by `new_values`.""",
        "boolean",
    )
    new_values: str = parameter(
        "unknown",
        '{"unknown", "grow"}',
        """What a fit that goes on, and `partial_fit`, make of values that came later: "unknown" lets them share the
        unknown vector, and learning from positives alone leaves out rows with an unknown user or item; "grow" gives
        each a vector of its own, behind the others, which starts at the unknown one. Predictions of other rows are not
        changed by that.""",
        one_of("grow", "unknown"),
    )
    precision: str = parameter(
        "auto",
        '{"auto", "float32", "bfloat16"}',
        """Arithmetic of the dense layers in training: "auto" is bfloat16 where processor or GPU multiplies it
        faster (AMX, AVX-512 BF16, Arm's BF16 and SME, NVIDIA's from Ampere on) and the layers and the data are large
        enough to gain by it; which it was is in `precision_`. Predictions are always float32; a plain float64 array is
        learnt and predicted in float64.""",
        one_of("auto", "float32", "bfloat16"),
    )
    device: str = parameter(
        "cpu",
        "str",
        """Where to train, as torch names it; "auto" is a GPU of CUDA or ROCm if torch sees one, else the CPU. Apple's
        GPU, which has no float64, has to be named, "mps". Predictions run on the CPU.""",
        str,
    )
    data_parallel: Any = parameter(
        "auto",
        '{"auto", "sharded"} or False',
        """"auto" lets `fit` train together with the other processes of a torch.distributed group, where one is
        initialised: each has rows of its own, `batch_size` is that of all together, and all come to the same
        estimator. "sharded" does so too, and each process keeps a part of every embedding table alone, for tables that
        are larger than a machine; then all predict together, see `skrec.distributed`. False fits in this process
        alone.""",
        one_of("auto", "sharded"),
        Options(bool, {False}),
    )
    n_threads: Any = parameter(
        None,
        "int or None",
        "Threads that fit and predict use, at most four a core of the machine; None is torch's setting.",
        positive(Integral),
        None,
    )
    random_state: Any = parameter(
        None,
        "int, RandomState instance or None",
        "Seed of initial values, row order, dropout and validation split. Global generators are not touched.",
        "random_state",
    )
    verbose: int = parameter(
        0,
        "int",
        "1 prints a line an epoch, 2 shows a progress bar of the epoch's batches with their loss as well.",
        "verbose",
    )
