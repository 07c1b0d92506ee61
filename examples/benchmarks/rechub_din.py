"""torch-rechub's DIN behind batches that are sliced, for the scripts beside this file (``pip install torch-rechub``).

Its own loader collects single rows and takes longer. Histories are padded in front to a fixed length, as its tutorials
do; its net reads the padding as steps of code 0.
"""

import numpy as np
import torch
from torch_rechub.basic.features import SequenceFeature, SparseFeature
from torch_rechub.models.ranking import DIN


def pad(cells, codes, length):
    """Return the codes of lists, an array of shape (n_rows, length) with zeros in front of what is shorter."""
    padded = np.zeros((len(cells), length), np.int32)
    for row, cell in zip(padded, cells, strict=True):
        known = [codes.get(value, 0) for value in cell][-length:]
        row[length - len(known) :] = known
    return padded


class RechubDIN:
    """torch-rechub's DIN, its trainer's optimizer and loss.

    Parameters
    ----------
    sizes : dict of {column: int}
        Codes of each categorical column, 0 included.
    histories : dict of {list column: candidate column}
    embedding_dim : int
    hidden_layer_sizes, attention_hidden_layer_sizes : list of int
    lr, weight_decay : float
    batch_size : int
    seed : int
    """

    def __init__(
        self,
        sizes,
        histories,
        *,
        embedding_dim,
        hidden_layer_sizes,
        attention_hidden_layer_sizes,
        lr,
        weight_decay,
        batch_size,
        seed,
    ):
        torch.manual_seed(seed)

        def field(name):
            return SparseFeature(name, vocab_size=sizes[name], embed_dim=embedding_dim)

        steps = [
            SequenceFeature(
                name, vocab_size=sizes[of], embed_dim=embedding_dim, pooling="concat", shared_with=of, padding_idx=0
            )
            for name, of in histories.items()
        ]
        others = [field(name) for name in sizes if name not in histories.values()]
        self.net = DIN(
            features=others,
            history_features=steps,
            target_features=[field(name) for name in histories.values()],
            mlp_params={"dims": hidden_layer_sizes},
            attention_mlp_params={"dims": attention_hidden_layer_sizes},
        )
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=lr, weight_decay=weight_decay)
        self.batch_size, self.loss = batch_size, torch.nn.BCELoss()

    def fit_epoch(self, X, y):
        """Learn one pass over the codes `X`, an array a column, and the labels `y`, float32."""
        X, y = {name: torch.from_numpy(codes) for name, codes in X.items()}, torch.from_numpy(y)
        self.net.train()
        for rows in torch.randperm(len(y)).split(self.batch_size):
            loss = self.loss(self.net({name: codes[rows] for name, codes in X.items()}), y[rows])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def predict(self, X):
        """Return the probability of each row."""
        self.net.eval()
        with torch.inference_mode():
            parts = zip(*(torch.from_numpy(codes).split(self.batch_size) for codes in X.values()), strict=True)
            return torch.cat([self.net(dict(zip(X, part, strict=True))) for part in parts]).numpy()
