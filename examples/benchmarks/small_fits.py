"""
What a step costs before it does anything
=========================================

Fits of few rows, as most people have them all day: microseconds of a training step by time of the processor, one
thread, beside a bare torch loop of the same net, and seconds of a `GridSearchCV` of 12 fits on 10,000 rows.

    OMP_NUM_THREADS=1 python examples/benchmarks/small_fits.py [LR FM DeepFM]

The rows are generated clicks with five categorical columns of up to 50 values and three numbers; vectors are of 16,
hidden layers of 64 and 32 units. A step's time is that of a fit of many epochs less that of one of few, over the steps
between them; the median of five. The bare loop has ready tensors, dense gradients and torch's Adam. By default numbers
bend, for which the loop has no part.
"""

import argparse
import statistics
import time
import warnings
from itertools import pairwise

import numpy as np
import torch
from sklearn.model_selection import GridSearchCV
from torch import nn

import skrec
from skrec.datasets import make_ctr

CASES = {300: 64, 1_000: 64, 10_000: 200}  # rows: batch
CARDINALITIES, HIDDEN, DIM, N_STEPS, REPEAT = [50, 30, 20, 10, 5], (64, 32), 16, 600, 5


class Bare(nn.Module):
    """The net of an estimator, as a tutorial has it."""

    def __init__(self, model, n_numeric=3):
        super().__init__()
        self.model, n_fields = model, len(CARDINALITIES)
        starts = np.concatenate([[0], np.cumsum(CARDINALITIES[:-1])]) + np.arange(n_fields)
        self.register_buffer("starts", torch.from_numpy(starts))
        n_rows = sum(CARDINALITIES) + n_fields
        self.linear, self.of_numbers = nn.Embedding(n_rows, 1), nn.Linear(n_numeric, 1)
        if model != "LR":
            self.vectors, self.factors = nn.Embedding(n_rows, DIM), nn.Parameter(torch.randn(n_numeric, DIM) * 0.01)
        if model == "DeepFM":
            sizes = [n_fields * DIM + n_numeric, *HIDDEN]
            layers = [layer for n, m in pairwise(sizes) for layer in (nn.Linear(n, m), nn.ReLU())]
            self.mlp = nn.Sequential(*layers, nn.Linear(sizes[-1], 1))

    def forward(self, codes, numeric):
        rows = codes + self.starts
        output = self.linear(rows).sum(1) + self.of_numbers(numeric)
        if self.model == "LR":
            return output
        looked_up = self.vectors(rows)
        fields = torch.cat([looked_up, numeric[..., None] * self.factors], 1)
        output = output + (fields.sum(1).square() - fields.square().sum(1)).sum(1, keepdim=True) / 2
        if self.model == "DeepFM":
            output = output + self.mlp(torch.cat([looked_up.flatten(1), numeric], 1))
        return output


def train_bare(model, codes, numeric, y, batch, n_epochs):
    """Fit the net of a tutorial."""
    net = Bare(model)
    optimizer, loss = torch.optim.Adam(net.parameters(), lr=1e-3), nn.BCEWithLogitsLoss()
    for _ in range(n_epochs):
        for rows in torch.randperm(len(y)).split(batch):
            optimizer.zero_grad()
            loss(net(codes[rows], numeric[rows])[:, 0], y[rows]).backward()
            optimizer.step()


def a_step(fit, n_rows, batch):
    """Return the microseconds of a step of `fit`, a function of the number of epochs."""
    per_epoch = -(-n_rows // batch)
    few = max(1, N_STEPS // 10 // per_epoch)
    many, found = few + max(1, N_STEPS // per_epoch), []
    fit(few)
    for _ in range(REPEAT):
        times = [time.process_time()]
        for n_epochs in (few, many):
            fit(n_epochs)
            times.append(time.process_time())
        found.append((times[2] - times[1] - (times[1] - times[0])) / ((many - few) * per_epoch))
    return statistics.median(found) * 1e6


def estimator(model, **options):
    """Return the estimator of a model that learns for as many epochs as it is told to."""
    cls = getattr(skrec, f"{model}Classifier")
    wanted = {"embedding_dim": DIM, "hidden_layer_sizes": HIDDEN, **options}
    known = cls().get_params()
    return cls(early_stopping=False, n_threads=1, random_state=0, **{k: v for k, v in wanted.items() if k in known})


def main():
    """Print a line for each model and number of rows, and one for each search."""
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=["LR", "FM", "DeepFM"])
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print("| model | rows | batch | default, us | plain numbers, us | bare loop, us | times |\n" + 7 * "|---" + "|")
    for n_rows, batch in CASES.items():
        data = make_ctr(n_rows, n_categorical=5, cardinality=CARDINALITIES, n_numeric=3, n_sequence=0, random_state=0)
        names = [name for name in data.X if data.X[name].dtype == "category"]
        codes = torch.from_numpy(np.stack([data.X[name].cat.codes for name in names], 1).astype("int64"))
        numeric = torch.from_numpy(data.X.drop(columns=names).to_numpy("float32"))
        y = torch.from_numpy(np.asarray(data.y, "float32"))
        for model in args.models:

            def fit(n_epochs, model=model, batch=batch, data=data, **options):
                estimator(model, batch_size=batch, max_epochs=n_epochs, **options).fit(data.X, data.y)

            def bare(n_epochs, model=model, batch=batch, tensors=(codes, numeric, y)):
                train_bare(model, *tensors, batch, n_epochs)

            default = a_step(fit, n_rows, batch)
            plain = a_step(lambda n_epochs, fit=fit: fit(n_epochs, numeric_embedding=None), n_rows, batch)
            loop = a_step(bare, n_rows, batch)
            print(
                f"| {model} | {n_rows:,} | {batch} | {default:,.0f} | {plain:,.0f} | {loop:,.0f} | {plain / loop:.2f} |"
            )
    for model in args.models:
        start = time.process_time()
        grid = {"lr": [1e-3, 2e-3, 4e-3, 8e-3]}
        GridSearchCV(estimator(model, batch_size=200, max_epochs=5), grid, cv=3, refit=False).fit(data.X, data.y)
        print(f"GridSearchCV of {model}, 12 fits of {n_rows:,} rows: {time.process_time() - start:.2f} s of processor")


if __name__ == "__main__":
    main()
