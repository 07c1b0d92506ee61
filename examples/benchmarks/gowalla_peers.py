"""Models of implicit and of torch-rechub for the script beside this file (``pip install implicit torch-rechub``)."""

import numpy as np
import torch


def of_implicit(model, train, threads):
    """Return users, items and vectors of both from a model of implicit."""
    from scipy.sparse import csr_matrix
    from threadpoolctl import threadpool_limits

    (rows, users), (columns, items) = (np.unique(train[name], return_inverse=True) for name in train)
    seen = csr_matrix((np.ones(len(train), np.float32), (users, items)), (len(rows), len(columns)))
    with threadpool_limits(1, "blas"):
        model.fit(seen, show_progress=False)
    return rows, columns, model.user_factors, model.item_factors


def als(train, threads, seed):
    """Return users, items and vectors of both by implicit's alternating least squares."""
    from implicit.cpu.als import AlternatingLeastSquares

    options = {"factors": 64, "regularization": 10.0, "alpha": 100.0, "iterations": 15}
    return of_implicit(AlternatingLeastSquares(**options, num_threads=threads, random_state=seed), train, threads)


def bpr(train, threads, seed):
    """Return users, items and vectors of both by implicit's Bayesian personalized ranking."""
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    options = {"factors": 64, "learning_rate": 0.01, "regularization": 0.001, "iterations": 100}
    return of_implicit(BayesianPersonalizedRanking(**options, num_threads=threads, random_state=seed), train, threads)


def dssm(train, threads, seed):
    """Return users, items and vectors of both by two epochs of torch-rechub's DSSM.

    It learns from positives alone, held against those of the batch, with its trainer's own settings.
    """
    from torch_rechub.basic.features import SparseFeature
    from torch_rechub.models.matching import DSSM
    from torch_rechub.trainers import MatchTrainer
    from torch_rechub.utils.data import MatchDataGenerator

    torch.manual_seed(seed)
    (users, user_codes), (items, item_codes) = (np.unique(train[name], return_inverse=True) for name in train)
    sides = [
        SparseFeature(name, vocab_size=len(ids), embed_dim=64) for name, ids in zip(train, (users, items), strict=True)
    ]
    tower = {"dims": [128, 64], "activation": "prelu"}
    model = DSSM(sides[:1], sides[1:], user_params=tower, item_params=tower)
    trainer = MatchTrainer(model, in_batch_neg=True)
    rows = {"user_id": user_codes, "item_id": item_codes}
    every = [{"user_id": np.arange(len(users))}, {"item_id": np.arange(len(items))}]
    loader = MatchDataGenerator(rows, np.ones(len(train))).generate_dataloader(*every, batch_size=2048, num_workers=0)[
        0
    ]
    for _ in range(2):
        trainer.train_one_epoch(loader)
    model.eval()
    with torch.no_grad():
        vectors = [
            tower({name: torch.from_numpy(codes) for name, codes in of_side.items()}).numpy()
            for tower, of_side in zip((model.user_tower, model.item_tower), every, strict=True)
        ]
    return users, items, *vectors


PEERS = {"implicit ALS": als, "implicit BPR": bpr, "torch-rechub DSSM": dssm}
