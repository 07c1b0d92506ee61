"""
The next item on Amazon beauty
==============================

Sequences of 22,363 users over 12,101 items, the file of Zhou et al. (2020), S3-Rec: the last item of each is to be
found, the one before is for validation, and all items are ranked, no sample of them. Recall and NDCG at 5 and 10; of
equal scores the item to be found comes last.

``--valid`` measures on the last but one item; settings are chosen there. ``--unseen`` leaves items out that the user
had before, as some publications do: nobody here has an item twice, and a list of what is new misses nothing.

    SKREC_DATA=... python examples/benchmarks/next_item.py [--valid] [--unseen] [--seed N] [MODEL ...]

The folder ``amazon-beauty`` of ``SKREC_DATA`` has sequences.txt: a user and the user's items a line, in time order.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec import GRU4RecClassifier, SASRecClassifier, TwoTowerClassifier
from skrec.baselines import EASE, ItemKNN, Popularity

BLOCK = 1024  # users whose scores are in memory together
LISTS = pd.ArrowDtype(pa.list_(pa.int64()))
SETTINGS = {
    "sequence_features": {"items": "item"},
    "batch_size": 128,
    "lr": 2e-3,
    "n_iter_no_change": 2,
    "precision": "bfloat16",
}
MODELS = {
    "popularity": Popularity(),
    "item-kNN": ItemKNN(),
    "EASE": EASE(l2=100.0),
    "SASRec": SASRecClassifier(dropout=0.3, max_epochs=9, **SETTINGS),
    "GRU4Rec": GRU4RecClassifier(dropout=0.4, n_units=128, max_epochs=10, **SETTINGS),
    # the mean of the history's vectors, which are those of the items: YoutubeDNN's user, less the layers
    "pooled history": TwoTowerClassifier(
        user_features=["items"],
        item_features=["item"],
        sequence_features={"items": "item"},
        hidden_layer_sizes=(),
        loss="softmax",
        negatives="all",
        embedding_dim=64,
        embedding_l2=0.0,
        max_epochs=15,
        batch_size=1024,
        lr=5e-3,
        n_iter_no_change=2,
    ),
}
NETS = ["SASRec", "GRU4Rec", "pooled history"]


def sequences():
    """Return the items of each user."""
    lines = (Path(os.environ["SKREC_DATA"]) / "amazon-beauty" / "sequences.txt").read_text().splitlines()
    return [list(map(int, line.split()[1:])) for line in lines]


def histories(cells):
    return pd.DataFrame({"items": pd.Series(cells, dtype=LISTS)})


def steps(cells):
    """Return a row for each item but the first of each user: what came before, and the item."""
    rows = [(cell[:place], cell[place]) for cell in cells for place in range(1, len(cell))]
    return histories([past for past, _ in rows]).assign(item=pd.Series([item for _, item in rows]).astype("category"))


class Task:
    """Histories, and the item that came next.

    Parameters
    ----------
    found : list of list of int
        All items of each user.
    n_later : int
        How many of the last ones are not in the histories.
    """

    def __init__(self, found, n_later):
        self.past = [cell[:-n_later] for cell in found]
        self.target = np.array([cell[-n_later] for cell in found])
        self.users, self.items = histories(self.past), np.arange(1, max(map(max, found)) + 1)

    def metrics(self, scores, unseen=False):
        """Return recall and NDCG at 5 and 10 of ``scores(start, stop)``, (n_users, n_items)."""
        ranks = []
        for start in range(0, len(self.past), BLOCK):
            of_users, stop = np.array(scores(start, start + BLOCK)), start + BLOCK
            target = self.target[start:stop] - 1
            own = of_users[np.arange(len(target)), target][:, None]
            ahead = of_users >= own  # the item itself, too
            if unseen:
                for row, cell in enumerate(self.past[start:stop]):
                    ahead[row, np.array(cell) - 1] = False
            ranks.append(ahead.sum(1))
        rank = np.concatenate(ranks)
        gain = 1 / np.log2(rank + 1)
        return {
            f"{name} @{k}": float((value * (rank <= k)).mean())
            for name, value in (("R", 1), ("N", gain))
            for k in (5, 10)
        }


def scores_of(model, task):
    """Return what scores users from one place to another with all items."""
    if hasattr(model, "embed_users"):
        items = model.embed_items(pd.DataFrame({"item": task.items}))
        return lambda start, stop: model.embed_users(task.users.iloc[start:stop]) @ items.T
    items = model.represent_items(pd.DataFrame({"item": task.items}))
    users = pd.DataFrame({"user": np.arange(len(task.past))})
    return lambda start, stop: model.score_items(users.iloc[start:stop], items)


def fit(name, model, found, seed):
    """Return the model, learnt from all but the last two items of each user."""
    past = [cell[:-2] for cell in found]
    if name in ("popularity", "item-kNN", "EASE"):
        users = np.repeat(np.arange(len(past)), list(map(len, past)))
        return model.fit(pd.DataFrame({"user": users, "item": np.concatenate(past)}).astype("category"))
    valid = Task(found, 2)
    few = valid.users.assign(item=pd.Series(valid.target).astype("category")).sample(64, random_state=0)
    # the loss goes up long before lists get worse: what is watched is how good they are
    model.set_params(
        random_state=seed, scoring={"ndcg": lambda model, X, y: valid.metrics(scores_of(model, valid))["N @10"]}
    )
    rows = steps(past) if name == "pooled history" else histories(past)
    return model.fit(rows, np.ones(len(rows)), X_val=few, y_val=np.ones(64))


def main(names, seeds, n_later, unseen):
    found = sequences()
    task, rows = Task(found, n_later), []
    for name in names:
        for seed in seeds if name in NETS else [0]:
            start = time.perf_counter()
            model = fit(name, MODELS[name], found, seed)
            seconds = time.perf_counter() - start
            metrics = task.metrics(scores_of(model, task), unseen)
            rows.append({"model": name, "seed": seed, **metrics, "fit s": seconds})
            print(pd.DataFrame(rows[-1:]).round(4).to_string(index=False), flush=True)
    print(pd.DataFrame(rows).groupby("model", sort=False).mean().round(4).drop(columns="seed"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"some of {list(MODELS)}")
    parser.add_argument("--valid", action="store_true", help="the last but one item")
    parser.add_argument("--unseen", action="store_true", help="no list has what the user had")
    parser.add_argument("--seed", type=int, nargs="+", default=[0, 1, 2])
    args = parser.parse_args()
    main(args.models or list(MODELS), args.seed, 2 if args.valid else 1, args.unseen)
