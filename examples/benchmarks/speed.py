"""
How fast every model learns
===========================

Every CTR classifier on generated clicks, 26 categorical and 13 numeric columns, 1.1 million categories: rows a second
of a whole `fit` of one epoch and of `predict_proba`, test AUC and peak memory. With ``--peers`` torch-rechub's and
DeepCTR-Torch's version of a model, where there is one, runs beside it (``pip install torch-rechub deepctr-torch
requests``), and the last column is how many times the better of them is exceeded.

    python examples/benchmarks/speed.py [--rows 200000] [--threads 2] [--repeat 1] [--peers] [--bare] [--no-numbers]
        [MODEL ...]

All learn the same rows with vectors of 8, hidden layers of 256 and 128 units, batches of 2048 and Adam at 4e-3,
without regularisation. Each run has a process of its own, they take turns, and medians are printed: on a shared machine
only the ratios within one run mean something. The clock of a peer covers net, loaders and one epoch; ours the fit of a
typed frame, its vocabulary included, after a small one that imports and compiles. With ``--bare`` a second row has our
defaults, of which only the vectors' width and the one epoch are set: batches, the penalty, and numbers that bend.

Where the versions differ: numeric columns interact as fields in our FFM, FiBiNET, xDeepFM and AutoInt, so that FiBiNET
has 741 pairs where the peers have 325; with ``--no-numbers`` all learn the categorical columns alone, and have the same
fields. torch-rechub's nets have batch normalization, and its FFM reads its pairs through a linear layer. A peer's FFM
moves 350 million weights a step, so it learns a fiftieth of the rows.

Two towers have every second column as the user's and the others as the item's, and learn the log loss of the cosine.
TwoTowerSoftmax takes every row for a click and holds it against the items of the batch's other rows; torch-rechub
draws an order of those for each row, so it learns a tenth of them. MMoE learns two targets, the clicks and half of
them, with four experts and towers of 32 units; its AUC is that of the clicks.
"""

import argparse
import contextlib
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial

import numpy as np

CARDINALITIES = [1200, 530, 240_000, 110_000, 270, 18, 10_800, 560, 3, 42_000, 4600, 220_000, 3100]
CARDINALITIES += [26, 9100, 170_000, 10, 4200, 1900, 4, 200_000, 16, 15, 60_000, 75, 44_000]
DIM, HIDDEN, BATCH, LR, N_TEST = 8, (256, 128), 2048, 4e-3, 50_000
EXPERTS, TOWER = 4, (32,)
DEEP = {"hidden_layer_sizes": HIDDEN}
ATTENTION = {"n_attention_layers": 3, "n_heads": 2, "attention_dim": DIM}
MODELS = {
    "LR": {},
    "FM": {"embedding_dim": DIM},
    "FFM": {"embedding_dim": DIM},
    "BilinearFFM": {"embedding_dim": DIM},
    "DNN": {"embedding_dim": DIM, **DEEP},
    "WideDeep": {"embedding_dim": DIM, **DEEP},
    "DeepFM": {"embedding_dim": DIM, **DEEP},
    "NFM": {"embedding_dim": DIM, **DEEP},
    "DCN": {"embedding_dim": DIM, "n_cross_layers": 3, **DEEP},
    "DCNv2": {"embedding_dim": DIM, "n_cross_layers": 3, **DEEP},
    "AutoInt": {"embedding_dim": DIM, **ATTENTION},
    "XDeepFM": {"embedding_dim": DIM, "cin_layer_sizes": (32, 32), **DEEP},
    "FiBiNET": {"embedding_dim": DIM, **DEEP},
    "FinalMLP": {"embedding_dim": DIM, **DEEP},
    "MMoE": {"embedding_dim": DIM, "n_experts": EXPERTS, "tower_layer_sizes": TOWER, **DEEP},
    "TwoTower": {"embedding_dim": DIM, "temperature": 1.0, **DEEP},
    "TwoTowerSoftmax": {"embedding_dim": DIM, "temperature": 1.0, "loss": "softmax", "logq_correction": 0.0, **DEEP},
}
RECHUB = ["FFM", "WideDeep", "DeepFM", "DCN", "DCNv2", "AutoInt", "FiBiNET", "MMoE", "TwoTower", "TwoTowerSoftmax"]
DEEPCTR = ["FM", "WideDeep", "DeepFM", "NFM", "DCN", "DCNv2", "AutoInt", "XDeepFM", "FiBiNET"]
FEWER_ROWS = {("rechub", "FFM"): 50, ("rechub", "TwoTowerSoftmax"): 10}


def make_data(n_rows, n_numeric=13):
    """Return the frame and the labels, the last `N_TEST` rows for the test."""
    from skrec.datasets import make_ctr

    data = make_ctr(
        n_rows + N_TEST, n_categorical=26, cardinality=CARDINALITIES, n_numeric=13, n_sequence=0, random_state=0
    )
    numbers = [name for name in data.X if name.startswith("I")]
    X = data.X.astype(dict.fromkeys(numbers, "float32")).drop(columns=numbers[n_numeric:])
    return X, data.y


def two_targets(y):
    """Return clicks, and which of them are followed by something: every other one; (n_rows, 2)."""
    return np.column_stack([y, y & (np.cumsum(y) % 2)])


def two_sides(X):
    """Return the names of a user's and of an item's columns; the first ones, which stand for them, have many values."""
    names = [*X][2:] + [*X][:2]
    return names[::2], names[1::2]


def run_skrec(model, X, y, n_rows, n_threads, seed, *, bare=False):
    """Return the seconds of a fit, those of a prediction, and the predicted probabilities."""
    import skrec

    settings = {"lr": LR, "batch_size": BATCH, "embedding_l2": 0, "weight_decay": 0, **MODELS[model]}
    if bare:
        settings = {name: value for name, value in MODELS[model].items() if name in ("embedding_dim", "loss")}
    sides = dict(zip(("user_features", "item_features"), two_sides(X), strict=True)) if "TwoTower" in model else {}
    estimator = getattr(skrec, f"{model.removesuffix('Softmax')}Classifier")(
        max_epochs=1,
        early_stopping=False,
        n_threads=n_threads,
        random_state=seed,
        **settings,
        **sides,
    )
    if not bare and "numeric_embedding" in estimator.get_params():
        estimator.set_params(numeric_embedding=None)  # the peers take numbers as they are
    if model == "TwoTowerSoftmax":
        y = np.ones_like(y)
    if model == "MMoE":
        y = two_targets(y)
    estimator.fit(X[: 25 * BATCH], y[: 25 * BATCH])  # enough to be learnt in bfloat16, as all rows are
    start = time.perf_counter()
    estimator.fit(X[:n_rows], y[:n_rows])
    fitted = time.perf_counter()
    score = estimator.predict_proba(X[n_rows:])
    score = (score[0] if isinstance(score, list) else score)[:, 1]
    return fitted - start, time.perf_counter() - fitted, score


def columns(X):
    """Return codes and numbers by column, as the peers take them."""
    return {name: X[name].cat.codes.to_numpy("int64") if name[0] == "C" else X[name].to_numpy() for name in X}


def run_rechub(model, X, y, n_rows, n_threads, seed):
    """Return the same of torch-rechub's version."""
    import torch
    from torch_rechub.basic.features import DenseFeature, SparseFeature
    from torch_rechub.models import matching, multi_task, ranking
    from torch_rechub.trainers import CTRTrainer, MatchTrainer, MTLTrainer
    from torch_rechub.utils.data import DataGenerator, PredictDataset

    train, test = columns(X[:n_rows]), columns(X[n_rows:])
    start = time.perf_counter()
    dense = [DenseFeature(name) for name in X if name.startswith("I")]

    def sparse(width, times=1, prefix=""):
        sizes = enumerate(CARDINALITIES, 1)
        return [SparseFeature(f"{prefix}C{j}", vocab_size=size * times, embed_dim=width) for j, size in sizes]

    def sides():
        features = {feature.name: feature for feature in _with_width(dense) + vectors}
        return ([features[name] for name in side] for side in two_sides(X))

    vectors, mlp = sparse(DIM), {"dims": list(HIDDEN), "activation": "relu"}
    net = {
        "FFM": lambda: ranking.DeepFFM(sparse(1), sparse(DIM, 26), DIM, {"dims": []}),
        "WideDeep": lambda: ranking.WideDeep(dense, dense + vectors, mlp),
        "DeepFM": lambda: ranking.DeepFM(dense + vectors, vectors, mlp),
        "DCN": lambda: ranking.DCN(dense + vectors, 3, mlp),
        "DCNv2": lambda: ranking.DCNv2(_with_width(dense) + vectors, 3, mlp, use_low_rank_mixture=False),
        "AutoInt": lambda: ranking.AutoInt(vectors, dense, num_layers=3, num_heads=2),
        "FiBiNET": lambda: ranking.FiBiNet(_with_width(dense) + vectors, mlp),
        "MMoE": lambda: multi_task.MMOE(
            _with_width(dense) + vectors, ["classification"] * 2, EXPERTS, mlp, [{"dims": list(TOWER)}] * 2
        ),
        "TwoTower": lambda: matching.DSSM(*sides(), mlp, mlp),
    }[model.removesuffix("Softmax")]()
    options = {"optimizer_params": {"lr": LR, "weight_decay": 0.0}, "n_epoch": 1, "model_path": tempfile.mkdtemp()}
    if "TwoTower" in model:
        trainer = MatchTrainer(net, in_batch_neg=model == "TwoTowerSoftmax", **options)
    elif model == "MMoE":
        trainer, y = MTLTrainer(net, ["classification"] * 2, **options), two_targets(y)
    else:
        trainer = CTRTrainer(net, **options)
    loaders = DataGenerator(train, y[:n_rows].astype("float32")).generate_dataloader(
        x_val=test, y_val=y[n_rows:], x_test=test, y_test=y[n_rows:], batch_size=BATCH
    )
    trainer.train_one_epoch(loaders[0])
    fitted = time.perf_counter()
    if model == "MMoE":  # whose trainer predicts rows without targets
        loader = torch.utils.data.DataLoader(PredictDataset(test), batch_size=BATCH)
        score = np.array(trainer.predict(trainer.model, loader))[:, 0]
    else:
        score = np.array(trainer.predict(trainer.model, loaders[2]))
    return fitted - start, time.perf_counter() - fitted, score


def run_deepctr(model, X, y, n_rows, n_threads, seed):
    """Return the same of DeepCTR-Torch's version."""
    import torch
    from deepctr_torch import models
    from deepctr_torch.inputs import DenseFeat, SparseFeat

    train, test = columns(X[:n_rows]), columns(X[n_rows:])
    start = time.perf_counter()
    fields = [SparseFeat(f"C{j}", size, embedding_dim=DIM) for j, size in enumerate(CARDINALITIES, 1)]
    fields += [DenseFeat(name, 1) for name in X if name.startswith("I")]
    options = {"l2_reg_linear": 0, "l2_reg_embedding": 0, "dnn_hidden_units": HIDDEN, "seed": seed, "device": "cpu"}
    build, own = {
        "FM": (models.DeepFM, {"dnn_hidden_units": ()}),
        "WideDeep": (models.WDL, {}),
        "DeepFM": (models.DeepFM, {}),
        "NFM": (models.NFM, {}),
        "DCN": (models.DCN, {"cross_num": 3, "l2_reg_cross": 0}),
        "DCNv2": (models.DCN, {"cross_num": 3, "l2_reg_cross": 0, "cross_parameterization": "matrix"}),
        "AutoInt": (models.AutoInt, {"att_layer_num": 3, "att_head_num": 2, "dnn_hidden_units": ()}),
        "XDeepFM": (
            models.xDeepFM,
            {"cin_layer_size": (32, 32), "cin_split_half": False, "cin_activation": "linear"},
        ),
        "FiBiNET": (models.FiBiNET, {}),
    }[model]
    options = {**options, **own}
    if model == "AutoInt":
        del options["l2_reg_linear"]
    net = build(fields, fields, **options)
    net.compile(torch.optim.Adam(net.parameters(), lr=LR), "binary_crossentropy", metrics=[])
    net.fit(train, y[:n_rows].astype("float32"), batch_size=BATCH, epochs=1, verbose=0)
    fitted = time.perf_counter()
    score = net.predict(test, 4 * BATCH)[:, 0]
    return fitted - start, time.perf_counter() - fitted, score


def _with_width(dense):
    for feature in dense:  # nets that add up widths of features ask for it
        feature.embed_dim = 1
    return dense


RUNS = {"skrec": run_skrec, "bare": partial(run_skrec, bare=True), "rechub": run_rechub, "deepctr": run_deepctr}


def measure(library, model, n_rows, n_numeric, n_threads, seed):
    """Fit and predict once; print rates (rows/s), AUC and peak memory (GiB) as JSON."""
    import torch
    from sklearn.metrics import roc_auc_score

    torch.set_num_threads(n_threads)
    torch.manual_seed(seed)
    n_rows //= FEWER_ROWS.get((library, model), 1)
    X, y = make_data(n_rows, n_numeric)
    with contextlib.redirect_stdout(io.StringIO()):
        fit, predict, score = RUNS[library](model, X, y, n_rows, n_threads, seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    auc = roc_auc_score(y[n_rows:], score)
    print(json.dumps({"fit": n_rows / fit, "predict": N_TEST / predict, "auc": auc, "peak": peak}))


def main():
    """Run every case in turn and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", metavar="MODEL", help=", ".join(MODELS))
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--bare", action="store_true", help="a second row of our defaults")
    parser.add_argument("--no-numbers", action="store_const", const=0, default=13, dest="n_numeric")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.case:
        library, model, seed = args.case
        return measure(library, model, args.rows, args.n_numeric, args.threads, int(seed))
    environment = {**os.environ, "OMP_NUM_THREADS": str(args.threads), "OMP_WAIT_POLICY": "passive"}
    libraries = {"skrec": list(MODELS), **({"bare": list(MODELS)} if args.bare else {})}
    libraries |= {"rechub": RECHUB, "deepctr": DEEPCTR} if args.peers else {}
    print(f"{'':12} {'':8}{'fit, rows/s':>14}{'predict, rows/s':>18}{'AUC':>8}{'peak, GiB':>12}{'':>8}")
    for model in args.models or MODELS:
        runs = {library: [] for library, theirs in libraries.items() if model in theirs}
        for seed in range(args.repeat):
            for library, results in runs.items():
                command = [sys.executable, __file__, "--rows", str(args.rows), "--threads", str(args.threads)]
                command += [*(["--no-numbers"] if not args.n_numeric else []), "--case", library, model, str(seed)]
                done = subprocess.run(command, env=environment, capture_output=True, text=True)
                if done.returncode:
                    sys.exit(f"{library}'s {model} failed:\n{done.stderr[-2000:]}")
                results.append(json.loads(done.stdout.splitlines()[-1]))
        medians = {
            library: {key: statistics.median(result[key] for result in results) for key in results[0]}
            for library, results in runs.items()
        }
        best = max((own["fit"] for library, own in medians.items() if library not in ("skrec", "bare")), default=None)
        for library, own in medians.items():
            ratio = f"{own['fit'] / best:>7.1f}x" if best and library == "skrec" else ""
            print(
                f"{model:12} {library:8}{own['fit']:>14,.0f}{own['predict']:>18,.0f}{own['auc']:>8.3f}"
                f"{own['peak']:>12.2f}{ratio}",
                flush=True,
            )


if __name__ == "__main__":
    main()
