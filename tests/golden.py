"""Golden predictions: what every estimator learns and answers on small data, held equal while code moves.

    python -m tests.golden make FILE [PATTERN]    in the tree whose answers are right
    python -m tests.golden check FILE [PATTERN]   in a tree that should give the same, on the same machine

With a PATTERN only the cases with that text in their names are run. To be deleted when the refactoring is finished.
"""

import sys
import tempfile
import time
import warnings
from contextlib import suppress
from functools import cache
from itertools import product
from math import fsum, inf
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from sklearn.base import clone, is_classifier
from sklearn.metrics import make_scorer, roc_auc_score
from skorch.callbacks import Callback, GradientNormClipping, LRScheduler

import skrec
from tests.discovery import predictors
from tests.samples import ITEMS, LIST, USERS, mixed, scores, small

CLOSE = 1e-6  # of the largest number of an array, for differences of rounding


def kernels(compiled):
    """Return a context in which fits of any size run compiled kernels, or none does; all that is not public."""
    from skrec.estimators._base import _training

    return mock.patch.object(_training, "COMPILED_LOOKUPS", 0 if compiled else inf)


# What is compared


class Case(NamedTuple):
    """An estimator, its fits one after another, and later rows that it answers.

    A step is a method, `fit` or `partial_fit`, its arguments and its keywords.
    """

    name: str
    estimator: Any
    steps: list[tuple[str, tuple, dict]]
    later: Any
    compiled: bool = False

    @property
    def title(self):
        """The name of the case, different for each."""
        return self.name + " compiled" * self.compiled

    def run(self):
        """Return what the estimator learnt and answers, arrays by name."""
        with kernels(self.compiled):
            for method, arguments, keywords in self.steps:
                getattr(self.estimator, method)(*arguments, **keywords)
            found = {name: np.asarray(value) for name, value in answers(self.estimator, self.later)}
        texts = {name: value.astype(str) for name, value in found.items() if value.dtype == object}
        return {f"{self.title}/{name}": value for name, value in (found | texts).items()}


def answers(estimator, later):
    """Yield names and arrays of all that a fitted estimator gives to the public."""
    methods = ("predict", "predict_proba", "decision_function") if is_classifier(estimator) else ("predict",)
    for method in methods:
        yield method, getattr(estimator, method)(later)
    for name, column in estimator.history_.items():
        if name != "seconds":
            yield f"history_.{name}", column.to_numpy(float)
    yield "epochs", [estimator.n_iter_, estimator.best_epoch_]
    yield "intercept_", estimator.intercept_
    numbers = np.concatenate([p.detach().double().numpy().ravel() for p in estimator.net_.module_.parameters()])
    yield "sums of weights", [fsum(numbers), fsum(abs(numbers))]
    if not isinstance(later, ds.Dataset):
        yield f"{methods[-1]} of a row", getattr(estimator, methods[-1])(later[:1])
        yield from vectors(estimator, later)


def vectors(estimator, later):
    """Yield what is learnt of single values, users and items, where the model does not refuse to tell."""
    for column in later.columns if isinstance(later, pd.DataFrame) else range(later.shape[1]):
        with suppress(ValueError):  # a number
            found = estimator.embedding(column)
            yield f"embedding {column}", found.to_numpy()
            yield f"index {column}", found.index.astype(str).to_numpy(str)
    for method in ("embed_users", "embed_items", "represent_items"):
        with suppress(ValueError):  # more classes than two
            if hasattr(estimator, method):
                yield method, getattr(estimator, method)(later)
    if hasattr(estimator, "score_items"):
        yield "score_items", estimator.score_items(later[:5], estimator.represent_items(later[:7]))
    if hasattr(estimator, "attention_weights"):
        for name, cells in estimator.attention_weights(later).items():
            yield f"attention_weights {name}", np.concatenate([[0.0], *(np.asarray(cell, float) for cell in cells)])


# Data


def target(estimator, frame, n_classes=2):
    """Return labels or numbers of `mixed` rows, with some noise so that early stopping has something to stop for."""
    value = scores(frame) + np.random.default_rng(len(frame)).normal(0, 0.7, len(frame))
    if not is_classifier(estimator):
        return 3 + value
    return np.where(value > 0, "yes", "no") if n_classes == 2 else np.digitize(value, [-0.5, 0.5])


@cache
def rich(n_rows=120, seed=0):
    """Return `mixed` rows with more columns: missing categories, bool, whole numbers, a list of its own."""
    rng = np.random.default_rng(seed + 7)
    tags = [list(rng.choice(list("pqrs"), rng.integers(0, 4))) for _ in range(n_rows)]
    return mixed(n_rows, seed).assign(
        kind=rng.choice(np.array(["a", "b", "c", None], object), n_rows),
        seen=rng.random(n_rows) < 0.3,
        price=rng.lognormal(size=n_rows),
        year=rng.integers(2000, 2010, n_rows),
        tags=pd.Series(tags, dtype=LIST),
    )


@cache
def later(n_rows=60):
    """Return rows to predict, some with values that are new or missing."""
    frame = rich(n_rows, seed=1).astype({"item": object})
    frame.loc[3, "user"], frame.loc[4, "item"], frame.loc[5, "kind"] = "zoe", "new", "d"
    frame.loc[6, "user"], frame.loc[7, "item"] = None, None
    history = [*frame["history"]]
    history[8], history[9] = ["u", "never", "v"], None
    return frame.assign(history=pd.Series(history, dtype=LIST))


def plain(frame, dtype):
    """Return numbers alone: ids, age and price."""
    ids = [frame["user"].map(USERS.index), frame["item"].astype(str).map(ITEMS.index), frame["age"], frame["price"]]
    return np.column_stack(ids).astype(dtype)


@cache
def taken(seed=0):
    """Return rows of users who take items of two kinds, positives alone: what each took, and what before."""
    rng, rows = np.random.default_rng(seed), []
    for user in range(30):
        items = [i for i in rng.permutation(20) if i % 4 in (user % 4, (user + 1) % 4)][: rng.integers(4, 8)]
        steps = [f"i{i}" for i in items], [f"k{i % 4}" for i in items]
        rows += [(f"u{user}", *(s[:n] for s in steps), *(s[n] for s in steps)) for n in range(len(items))]
    frame = pd.DataFrame(rows, columns=["user", "hist_item", "hist_kind", "item", "kind"])
    return frame.assign(number=rng.normal(size=len(frame))).sample(frac=1, random_state=seed, ignore_index=True)


@cache
def labelled(seed=0):
    """Return `taken` and as many rows with other items that are no positives, and the labels."""
    frame = taken(seed)
    other = frame.assign(**{name: np.roll(frame[name], 1) for name in ("item", "kind")})
    return pd.concat([frame, other], ignore_index=True), np.repeat([1, 0], len(frame))


def parquet(folder, frame, group=16, **columns):
    """Write a frame and further columns to two Parquet files of several row groups, return them as a Dataset."""
    folder = Path(tempfile.mkdtemp(dir=folder))
    table = pa.Table.from_pandas(frame.assign(**columns), preserve_index=False)
    half = len(table) // 2
    for name, part in (("a", table[:half]), ("b", table[half:])):
        pq.write_table(part, folder / f"{name}.parquet", row_group_size=group)
    return ds.dataset(folder)


class Note(Callback):
    """A callback of the user's: write the loss of the last batch into the history."""

    def on_batch_end(self, net, loss=None, training=False, **kwargs):
        """Record the loss, which the next one replaces."""
        net.history.record("last_batch", float(loss.detach()))


# Cases


def make(cls, **params):
    """Return `small(cls)` with those of the parameters that the class has."""
    names = cls().get_params()
    return small(cls, **{name: value for name, value in params.items() if name in names})


def has(cls, name):
    return name in cls().get_params()


def fit(*arguments, **keywords):
    return [("fit", arguments, keywords)]


def several_classes(cls):
    tags = cls().__sklearn_tags__().classifier_tags
    return tags is not None and tags.multi_class


def every_estimator(cls):
    """Yield what each estimator does with each kind of rows and of training."""
    frame, few = mixed(120), mixed(50, seed=2)
    weight, few_weight = np.arange(120) % 4, np.arange(50) % 3

    def case(name, X, later, *arguments, compiled=False, validation=None, **params):
        estimator = make(cls, **params)
        steps = fit(X, target(estimator, frame), *arguments, **(validation or {}))
        return Case(f"{cls.__name__}/{name}", estimator, steps, later, compiled)

    validation = {"X_val": few, "y_val": target(cls(), few), "sample_weight_val": few_weight}
    stopping = {"max_epochs": 8, "n_iter_no_change": 2, "lr": 0.1, "embedding_l2": 0}
    many = {"pooling": "sum", "categorical_features": ["year"], "class_weight": "balanced"}
    many |= {"embedding_l2": 0.1, "weight_decay": 0.1, "lr_schedule": "cosine"}
    for compiled in (False, True):
        yield case("frame", frame, later(), compiled=compiled)
        yield case("many columns", rich(), later(), weight, compiled=compiled, **many)
        yield case("dropout", rich(), later(), compiled=compiled, dropout=0.3, batch_norm=True, pooling="max")
        yield case("hold-out", frame, later(), compiled=compiled, early_stopping=True, **stopping)
        for dtype in ("float64", "float32"):
            options = {"sequence_features": None, "user": 0, "item": 1, "compiled": compiled}
            options |= {} if has(cls, "item") else {"user": None}
            X, new = plain(rich(), dtype), plain(rich(60, seed=1), dtype)
            yield case(dtype, X, new, **options)
            if has(cls, "categorical_features"):
                yield case(f"{dtype} ids", X, new, weight, categorical_features=[0, 1], **options)
        for kind in ("linear", "periodic", "piecewise") if has(cls, "numeric_embedding") else ():
            options = {"numeric_embedding": kind, "n_bins": 5, "n_frequencies": 3, "compiled": compiled}
            yield case(f"{kind} numbers", rich(), later(), weight, **options)
    yield case("weights", frame, later(), weight)
    yield case("X_val", frame, later(), validation=validation, **stopping)
    yield case("X_val recorded", frame, later(), validation=validation, early_stopping=False)
    yield case("sgd", frame, later(), optimizer="sgd", lr_schedule="onecycle")
    yield case("adagrad", frame, later(), optimizer="adagrad", lr_schedule="linear", batch_size=17)
    watched = {"scoring": ["r2", "loss"], "early_stopping": True, "train_scores": True, "callbacks": [Note()]}
    if is_classifier(cls()):
        watched["scoring"] = ["roc_auc", "loss", "neg_log_loss"]
        yield case("balanced", frame, later(), class_weight="balanced")
    yield case("scores", frame, later(), **{**stopping, **watched})
    yield from several_fits(cls, frame)
    for compiled in (False, True) if several_classes(cls) else ():
        estimator, steps = make(cls, class_weight="balanced"), fit(frame, target(cls(), frame, 3))
        yield Case(f"{cls.__name__}/three classes", estimator, steps, later(), compiled)


def several_fits(cls, frame):
    """Yield fits that go on."""
    y, halves = target(cls(), frame), (slice(60), slice(60, None))
    steps = [("partial_fit", (frame[half], y[half]), {}) for half in halves]
    if is_classifier(cls()):
        steps[0][2]["classes"] = ["no", "yes"]
    yield Case(f"{cls.__name__}/partial_fit", make(cls), steps, later())
    steps = [step for half in halves for step in fit(frame[half], y[half])]
    yield Case(f"{cls.__name__}/warm_start", make(cls, warm_start=True, lr_schedule="cosine"), steps, later())


OPTIONS: dict[str, list[dict]] = {
    "AutoInt": [{"hidden_layer_sizes": (8,), "residual": False}, {"n_heads": 4, "attention_dim": 8}],
    "BST": [
        {"activation": "dice", "max_length": 2, "n_heads": 4},
        {"activation": "relu", "dropout": 0.2},
        {"sequence_features": {"history": "item", "tags": "item"}},
    ],
    "BilinearFFM": [{"bilinear_type": kind, "layer_norm": norm} for kind, norm in (("all", True), ("each", False))],
    "DCN": [{"n_cross_layers": 1}],
    "DCNv2": [{"low_rank": 2, "n_experts": 3}, {"low_rank": 3}, {"structure": "stacked"}],
    "DIN": [
        {"attention": "raw", "activation": "dice"},
        {"attention": "mean", "history_product": False},
        {"attention_hidden_layer_sizes": (5, 3), "activation": "relu", "dropout": 0.2},
        {"sequence_features": {"history": "item", "tags": "item"}},
    ],
    "FiBiNET": [{"bilinear_type": "all"}, {"bilinear_type": "each", "reduction_ratio": 1}],
    "FinalMLP": [
        {"gate_columns": (["user", "age"], ["item", "history"]), "n_heads": 2, "second_hidden_layer_sizes": (6, 4)},
        {"gating": False},
    ],
    "IntTower": [
        {"user_features": ["user", "age", "kind"], "contrastive_weight": 0.5, "contrastive_temperature": 0.5},
        {"normalize": False, "temperature": 1.0, "contrastive_weight": 0.0},
    ],
    "MF": [{"init": "truncated_normal"}, {"y_range": (-3, 9)}],
    "NeuMF": [{"pretrain_epochs": 2}, {"pretrain_epochs": 1, "dropout": 0.2, "batch_norm": True}],
    "TwoTower": [
        {"hidden_layer_sizes": (), "learn_temperature": True},
        {"user_features": ["user", "age", "kind"], "normalize": False},
        {"item_features": ["item", "history", "tags"], "temperature": 0.5, "user": "user"},
    ],
    "WideDeep": [
        {"crossed_columns": [("user", "item"), ("item", "kind", "seen")]},
        {"crossed_columns": [("kind", "user")], "dropout": 0.2},
    ],
    "XDeepFM": [{"split_half": True}, {"cin_layer_sizes": (5,)}],
}


def options_of_models(cls):
    """Yield what a model's own parameters change."""
    options = OPTIONS.get(cls.__name__.removesuffix("Classifier").removesuffix("Regressor"), ())
    known = [some for some in options if all(has(cls, name) for name in some)]
    for some, n_classes, compiled in product(known, (2, 3) if several_classes(cls) else (2,), (False, True)):
        name, y = f"{cls.__name__}/options {known.index(some)} of {n_classes}", target(cls(), rich(), n_classes)
        yield Case(name, make(cls, **some), fit(rich(), y), later(), compiled)


HISTORIES = {"hist_item": "item", "hist_kind": "kind"}
SIDES = {"item_features": ["item", "kind"], "user_features": ["user", "hist_item", "hist_kind", "number"]}
UNSEEN = {"user": "user", "user_features": ["hist_item", "hist_kind", "number"]}  # the user draws and is not seen
LOSSES: dict[str, dict] = {
    "softmax of the batch": {"loss": "softmax"},
    "softmax": {"loss": "softmax", "n_negatives": 8},
    "popular": {"loss": "softmax", "n_negatives": 8, "negatives": "popularity", "logq_correction": 0.5},
    "popular in the batch": {"loss": "softmax", "negatives": "popularity", "logq_correction": 0.0},
    "bpr": {"loss": "bpr"},
    "bpr of three": {"loss": "bpr", "n_negatives": 3, "negatives": "popularity"},
    "ccl of the batch": {"loss": "ccl", "margin": 0.2, "negative_weight": 2.0},
    "ccl": {"loss": "ccl", "n_negatives": 8, "margin": 0.2},
    "popular ccl": {"loss": "ccl", "n_negatives": 8, "negatives": "popularity", "margin": -0.2, "negative_weight": 5},
}


def positives(cls, name, **params):
    """Yield all ways in which a model learns from positives alone."""
    wanted = {"sequence_features": HISTORIES, "max_epochs": 4, "n_iter_no_change": 2, **SIDES, **params}
    frame, new = taken(), labelled(seed=1)[0][:80]
    some, weight = taken(seed=2)[:60].assign(user=[f"u{i % 35}" for i in range(60)]), np.arange(len(frame)) % 4
    both, y_both = (part[::5] for part in labelled(seed=3))
    stopping = {"early_stopping": True, "validation_fraction": 0.3}
    scored = {"scoring": ["roc_auc", "loss"], "train_scores": params.get("loss", "bce") == "bce"}

    def case(how, steps, compiled=False, **more):
        return Case(f"{cls.__name__}/{name}, {how}", make(cls, **wanted, **more), steps, new, compiled)

    y = np.ones(len(frame), int)
    for compiled in (False, True):
        yield case("frame", fit(frame, y), compiled)
    yield case("weights and others", fit(*labelled(), np.arange(2 * len(frame)) % 4))
    yield case("hold-out", fit(frame, y, weight), **stopping)
    yield case("positives for X_val", fit(frame, y, X_val=some, y_val=np.ones(60, int)))
    yield case("both for X_val", fit(frame, y, X_val=both, y_val=y_both), **scored)
    if params.get("loss", "bce") == "bce":
        yield case("hold-out that is scored", fit(frame, y), **stopping, **scored, class_weight={0: 2.0, 1: 1.0})
    halves = [slice(len(frame) // 2), slice(len(frame) // 2, None)]
    yield case("partial_fit", [("partial_fit", (frame[half], y[half]), {"classes": [0, 1]}) for half in halves])
    yield case("warm_start", [step for half in halves for step in fit(frame[half], y[half])], warm_start=True)
    if has(cls, "item"):
        X, X_new = (np.column_stack([rows[c].str[1:] for c in ("user", "item")]).astype(float) for rows in (frame, new))
        yield case("array", fit(X, y), user=0, item=1)._replace(later=X_new)
    if cls is skrec.NeuMFClassifier:
        yield case("pretrained", fit(frame, y), pretrain_epochs=2)


def from_positives(cls):
    """Yield drawn negatives and losses that draw."""
    if has(cls, "loss"):
        for name, options in LOSSES.items():
            yield from positives(cls, name, **options)
        if has(cls, "user_features"):
            for loss in ("softmax", "bpr of three", "ccl of the batch"):
                yield from positives(cls, f"{loss} of unseen users", **{**LOSSES[loss], **UNSEEN})
            yield from positives(cls, "learnt temperature", loss="softmax", learn_temperature=True)
    if has(cls, "n_negatives") and not has(cls, "user_features"):
        yield from positives(cls, "negatives", n_negatives=3)
        if has(cls, "sequence_features"):
            yield from positives(cls, "negatives without users", n_negatives=2, user=None)
            yield from positives(cls, "negatives of one list", n_negatives=1, sequence_features={"hist_item": "item"})


def datasets(cls, folder):
    """Yield fits of Parquet files."""
    frame, weight = rich(), np.arange(120) % 4
    new = ds.dataset(pa.Table.from_pandas(later(), preserve_index=False))

    def case(name, estimator, steps, later, compiled=False):
        return Case(f"{cls.__name__}/Dataset, {name}", estimator, steps, later, compiled)

    y = target(cls(), frame)
    rows = parquet(folder, frame, target=y, weight=weight)
    ids = {"user": "user", "item": "item"} if has(cls, "item") else {}
    stopping = {"early_stopping": True, "validation_fraction": 0.3, "n_iter_no_change": 2}
    alone = parquet(folder, frame, target=y)
    yield case("rows", make(cls, **ids), fit(alone, "target"), later())
    for compiled in (False, True):
        options = {"embedding_l2": 0.1, "class_weight": "balanced", "numeric_embedding": "piecewise", "n_bins": 5}
        yield case("weights", make(cls, **ids, **options), fit(rows, "target", "weight"), new, compiled)
    yield case("hold-out", make(cls, **ids, **stopping), fit(rows, "target", "weight"), new)
    held = {"X_val": parquet(folder, frame[:50], y=y[:50]), "y_val": "y"}
    yield case("X_val", make(cls, **ids, batch_size=16), fit(alone, "target", **held), new)
    yield case("warm_start", make(cls, **ids, warm_start=True), 2 * fit(alone, "target"), new)


def further(folder):
    """Yield what needs rows of another number, or is the same in every estimator."""
    frame, many = mixed(120), mixed(12_000, seed=3)
    for cls in (skrec.DeepFMClassifier, skrec.FMRegressor, skrec.NeuMFClassifier, skrec.MFRegressor):
        y, name, names = target(cls(), frame), cls.__name__, ("embedding_dim", "hidden_layer_sizes", "lr", "max_epochs")
        defaults = {name: cls().get_params().get(name) for name in names}
        yield Case(f"{name}/many rows", make(cls, max_epochs=2), fit(many, target(cls(), many)), many[::-1])
        yield Case(f"{name}/defaults", make(cls, **defaults), fit(frame, y), later())
        bfloat16 = make(cls, precision="bfloat16", hidden_layer_sizes=(32, 16), n_threads=2)
        yield Case(f"{name}/bfloat16", bfloat16, fit(frame, y), later())
        yield Case(f"{name}/bfloat16", clone(bfloat16), fit(frame, y), later(), compiled=True)
        callbacks = [LRScheduler("StepLR", step_size=1, gamma=0.5), GradientNormClipping(0.1), Note()]
        yield Case(f"{name}/callbacks", make(cls, callbacks=callbacks), fit(frame, y), later())
        if is_classifier(cls()):
            scoring = {"auc": make_scorer(roc_auc_score, response_method="decision_function")}
            steps = fit(frame, y == "yes", X_val=frame[::2], y_val=y[::2] == "yes")
            yield Case(f"{name}/a scorer", make(cls, scoring=scoring), steps, later())
            y = np.arange(120) // 2 % 50
            yield Case(f"{name}/many classes", make(cls, early_stopping=True), fit(frame, y), later())
    # more rows than a window of a Dataset, a part of its file and its sample have
    cls, rows = skrec.DNNClassifier, pd.concat([mixed(3000, seed=4)] * 100, ignore_index=True)
    windows = parquet(folder, rows, group=20_000, target=target(cls(), rows))
    piecewise = {"numeric_embedding": "piecewise", "n_bins": 5, "max_epochs": 1}
    yield Case("windows of a Dataset", make(cls, **piecewise), fit(windows, "target"), later())


def cases(folder):
    """Yield all cases; Parquet files are written to `folder`."""
    for cls in predictors():
        yield from every_estimator(cls)
        yield from options_of_models(cls)
        yield from from_positives(cls)
        yield from datasets(cls, folder)
    yield from further(folder)


# Make and check


def difference(found, right):
    """Return the largest difference as a share of the largest number; 0 means equal to the bit, infinity no match."""
    if found.dtype != right.dtype or found.shape != right.shape:
        return inf
    if found.tobytes() == right.tobytes():
        return 0.0
    if found.dtype.kind not in "fiu" or (np.isfinite(found) != np.isfinite(right)).any():
        return inf
    finite = np.isfinite(right)
    most = np.abs(found[finite] - right[finite]).max(initial=0.0)
    return float(max(most / max(np.abs(right[finite]).max(initial=0.0), 1e-300), 1e-300))


def run(pattern, *, strict):
    """Return all arrays by name, and print how long it took; failures are raised, or else printed."""
    found: dict[str, np.ndarray] = {}
    names, slow, start = set(), [], time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(folder):
            if pattern not in case.title:
                continue
            assert case.title not in names, case.title
            names.add(case.title)
            began = time.perf_counter()
            try:
                found |= case.run()
            except Exception as error:
                if strict:
                    raise RuntimeError(f"{case.title} failed") from error
                print(f"{case.title}: {type(error).__name__}: {error}")
            slow.append((time.perf_counter() - began, case.title))
    print(f"{len(names)} cases, {len(found)} arrays, {time.perf_counter() - start:.1f} s; the slowest:")
    print(*(f"{seconds:7.2f} s {name}" for seconds, name in sorted(slow)[:-6:-1]), sep="\n")
    return found


def check(found, right):
    """Print what is not equal to the bit, and a summary; return whether all is close."""
    differences = {name: difference(found[name], right[name]) for name in found.keys() & right.keys()}
    others = [name for name, value in differences.items() if value > CLOSE]
    others += [f"{name} (made, not found)" for name in right.keys() - found.keys()]
    others += [f"{name} (found, not made)" for name in found.keys() - right.keys()]
    for name, value in sorted(differences.items()):
        if value:
            print(f"{value:9.2e}  {name}")
    equal = sum(not value for value in differences.values())
    print(f"{equal} equal to the bit, {sum(0 < v <= CLOSE for v in differences.values())} within {CLOSE}")
    print(f"{len(others)} others", *sorted(others), sep="\n")
    return not others


def main(command, path, pattern=""):
    """Make or check a file; return the exit status."""
    warnings.simplefilter("ignore")
    found = run(pattern, strict=command == "make")
    if command == "make":
        np.savez(path, **found)  # type: ignore[arg-type]
        return 0
    with np.load(path) as file:
        right = {name: file[name] for name in file.files if pattern in name.rsplit("/", 1)[0]}
    return 0 if check(found, right) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
