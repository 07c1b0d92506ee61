"""SASRec and GRU4Rec of torch-rechub, and SASRec of RecTools, for the script beside this file.

``pip install torch-rechub``; ``pip install "rectools[torch]"`` in an environment of its own, for it wants numpy 1.

Each function learns from sequences for two epochs, and returns the processor's seconds of the second one. The nets of
torch-rechub are behind batches that are sliced, as its own loader collects single rows and takes longer; RecTools has
its own trainer.
"""

import time

import numpy as np
import torch

ADAM = {"lr": 1e-3, "weight_decay": 1e-5}  # as torch-rechub's trainer has it


def padded(cells, length):
    """Return lists as an array (n_rows, length), zeros behind what is shorter."""
    grid = np.zeros((len(cells), length), np.int64)
    for row, cell in zip(grid, cells, strict=True):
        row[: len(cell)] = cell
    return torch.from_numpy(grid)


def second_epoch(n_rows, batch_size, parameters, step):
    """Return the seconds of the second of two epochs; `step` gives the loss of some rows."""
    optimizer = torch.optim.Adam(parameters, **ADAM)
    for _ in range(2):
        start = time.process_time()
        for rows in torch.randperm(n_rows).split(batch_size):
            loss = step(rows)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return time.process_time() - start


def rechub_sasrec(sequences, *, n_items, length, dim, batch_size):
    from torch_rechub.basic.features import SequenceFeature
    from torch_rechub.models.matching import SASRec

    past, following = padded([s[:-1] for s in sequences], length), padded([s[1:] for s in sequences], length)
    options = {"vocab_size": n_items + 1, "embed_dim": dim, "pooling": "concat"}
    columns = [SequenceFeature("seq", **options)]
    columns += [SequenceFeature(name, shared_with="seq", **options) for name in ("pos", "neg")]
    net = SASRec(columns, max_len=length, dropout_rate=0.2, num_blocks=2, num_heads=2)
    log_share = torch.nn.functional.logsigmoid

    def step(rows):
        pos = following[rows]
        neg = torch.randint(1, n_items + 1, pos.shape) * (pos > 0)
        own, other = net({"seq": past[rows], "pos": pos, "neg": neg})
        return -((log_share(own) + log_share(-other)) * (pos > 0)).sum() / (pos > 0).sum()

    return second_epoch(len(past), batch_size, net.parameters(), step)


def rechub_gru4rec(sequences, *, n_items, length, dim, batch_size):
    from torch_rechub.basic.features import SequenceFeature, SparseFeature
    from torch_rechub.models.matching import GRU4Rec

    past, item = padded([s[:-1] for s in sequences], length), torch.tensor([s[-1] for s in sequences])
    history = [SequenceFeature("hist", n_items + 1, embed_dim=dim, pooling="concat", shared_with="item")]
    own = [SparseFeature("item", n_items + 1, embed_dim=dim)]
    net = GRU4Rec([], history, own, [], {"dims": [dim]})  # of two layers
    places = torch.arange(batch_size)

    def step(rows):
        states = net.gru(net.embedding({"hist": past[rows]}, history).squeeze(1))[1]  # its tower wants further columns
        users = torch.nn.functional.normalize(net.user_mlp(states[-1]), dim=-1)
        items = torch.nn.functional.normalize(net.embedding({"item": item[rows]}, own, squeeze_dim=True), dim=-1)
        return torch.nn.functional.cross_entropy(users @ items.T, places[: len(rows)])

    return second_epoch(len(past), batch_size, net.parameters(), step)


def rectools_sasrec(sequences, *, n_items, length, dim, batch_size):
    import pandas as pd
    from pytorch_lightning import Callback, Trainer
    from rectools.dataset import Dataset
    from rectools.models import SASRecModel

    starts = []

    class Clock(Callback):
        def on_train_epoch_start(self, *_):
            starts.append(time.process_time())

        def on_train_epoch_end(self, *_):
            starts.append(time.process_time())

    def trainer():
        return Trainer(
            max_epochs=2, accelerator="cpu", callbacks=[Clock()], logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip

    users = np.repeat(np.arange(len(sequences)), [len(s) for s in sequences])
    log = pd.DataFrame({"user_id": users, "item_id": np.concatenate(sequences), "weight": 1.0})
    log["datetime"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(len(log)), unit="s")
    model = SASRecModel(
        n_blocks=2, n_heads=2, n_factors=dim, dropout_rate=0.2, session_max_len=length, loss="BCE", n_negatives=1,
        batch_size=batch_size, dataloader_num_workers=0, get_trainer_func=trainer,
    )  # fmt: skip
    model.fit(Dataset.construct(log))
    return starts[3] - starts[2]


PEERS = {
    ("torch-rechub", "SASRec"): rechub_sasrec,
    ("torch-rechub", "GRU4Rec"): rechub_gru4rec,
    ("RecTools", "SASRec"): rectools_sasrec,
}
