"""What large global batches cost in AUC, and how much of it a larger rate gives back.

    python examples/benchmarks/large_batches.py [--model DeepFM] [--rows 1000000] [--test 200000] [--epochs 3]

In one process, where `batch_size` means the same as in a group. Clicks of `make_ctr`; the rate is the default, times
the root of how many times 2,048 the batch is, and times that number; prints the AUC of held-out rows after each epoch.
"""

import argparse

from sklearn.metrics import roc_auc_score

import skrec
from skrec.datasets import make_ctr

SMALL = 2048


def fit(args, data, n_train, batch, lr):
    """Return the AUC of held-out rows after each epoch; `warm_start` goes on where the last one ended."""
    cls = getattr(skrec, f"{args.model}Classifier")
    model = cls(batch_size=batch, max_epochs=1, early_stopping=False, warm_start=True, random_state=0)
    model.set_params(n_threads=args.threads, **({} if lr is None else {"lr": lr}))
    found = []
    for _ in range(args.epochs):
        model.fit(data.X[:n_train], data.y[:n_train])
        probability = model.predict_proba(data.X[n_train:])[:, 1]
        found.append(roc_auc_score(data.y[n_train:], probability))
    return model.lr, found


def main():
    """Print a line a batch size and rate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="DeepFM")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--test", type=int, default=200_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    data = make_ctr(
        args.rows + args.test, n_categorical=26, cardinality=20_000, n_numeric=13, n_sequence=0, random_state=0
    )
    lr, found = fit(args, data, args.rows, SMALL, None)
    say(args.model, SMALL, lr, found)
    for batch in (16_384, 65_536):
        times = batch / SMALL
        for factor in (1, times**0.5, times):
            say(args.model, batch, *fit(args, data, args.rows, batch, lr * factor))


def say(model, batch, lr, found):
    """Print the AUC after each epoch."""
    print(f"{model} {batch:6} rows, lr {lr:.4g}: AUC {', '.join(f'{auc:.4f}' for auc in found)}", flush=True)


if __name__ == "__main__":
    main()
