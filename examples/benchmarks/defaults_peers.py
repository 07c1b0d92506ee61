"""The peers of `defaults.py` beside this file, with their own defaults (``pip install lightgbm torch-rechub myfm``)."""

import time

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score, roc_auc_score


def scored(parts, fit):
    """Return validation and test score, epochs (none) and seconds of `fit`, which returns a function of a frame."""
    start = time.perf_counter()
    predict = fit()
    seconds = time.perf_counter() - start
    metric = roc_auc_score if parts.is_class else r2_score
    valid, test = (float(metric(y, predict(X))) for X, y in (parts.valid, parts.test))
    return {"valid": valid, "test": test, "epochs": 0, "seconds": seconds}


def is_text(X, name):
    """Whether a column is a category."""
    return not pd.api.types.is_numeric_dtype(X[name])


def coded(parts):
    """Return a function from frames to frames with categories as codes of the training rows, from 1; 0 is unknown."""
    values = {name: pd.Index(parts.train[0][name].unique()) for name in parts.train[0] if is_text(parts.train[0], name)}
    return lambda X: X.assign(**{name: of.get_indexer(X[name]) + 1 for name, of in values.items()}), {
        name: len(of) + 1 for name, of in values.items()
    }


def lightgbm(parts, seed):
    """LightGBM, its categories known as such."""
    import lightgbm as gbm

    codes, sizes = coded(parts)

    def fit():
        kind = gbm.LGBMClassifier if parts.is_class else gbm.LGBMRegressor
        X, y = parts.train
        model = kind(random_state=seed, n_jobs=1, verbose=-1).fit(codes(X), y, categorical_feature=[*sizes])
        return lambda X: model.predict_proba(codes(X))[:, 1] if parts.is_class else model.predict(codes(X))

    return scored(parts, fit)


def gradient_boosting(parts, seed):
    """scikit-learn's, categories as such where they are fewer than 255, else as numbers."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    codes, sizes = coded(parts)
    few = [name for name, size in sizes.items() if size < 255]

    def fit():
        kind = HistGradientBoostingClassifier if parts.is_class else HistGradientBoostingRegressor
        X, y = parts.train
        model = kind(random_state=seed, categorical_features=few).fit(codes(X), y)
        return lambda X: model.predict_proba(codes(X))[:, 1] if parts.is_class else model.predict(codes(X))

    return scored(parts, fit)


def rechub(parts, seed):
    """torch-rechub's DeepFM as its examples have it, stopped on a tenth of the training rows; clicks alone."""
    import torch
    from torch_rechub.basic.features import DenseFeature, SparseFeature
    from torch_rechub.models.ranking import DeepFM

    if not parts.is_class:
        return None
    codes, sizes = coded(parts)
    X, y = parts.train
    dense = [name for name in X if name not in sizes]
    mean, scale = X[dense].mean(), X[dense].std().replace(0, 1)

    def tensors(X):
        X = codes(X)
        X[dense] = (X[dense] - mean) / scale
        return {name: torch.tensor(X[name].to_numpy("int64" if name in sizes else "float32")) for name in X}

    def fit():
        torch.manual_seed(seed)
        sparse = [SparseFeature(name, vocab_size=size, embed_dim=16) for name, size in sizes.items()]
        deep = [*sparse, *(DenseFeature(name) for name in dense)]
        mlp = {"dims": [256, 128], "dropout": 0.2, "activation": "relu"}
        net = DeepFM(deep_features=deep, fm_features=sparse, mlp_params=mlp)
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-3)
        inputs, target = tensors(X), torch.tensor(np.asarray(y), dtype=torch.float32)
        order = np.random.default_rng(seed).permutation(len(y))
        held, rows = order[: len(y) // 10], order[len(y) // 10 :]
        best, kept, misses = -1.0, None, 0
        for _ in range(30):
            net.train()
            for batch in np.array_split(np.random.default_rng(seed).permutation(rows), max(1, len(rows) // 256)):
                optimizer.zero_grad()
                output = net({name: of[batch] for name, of in inputs.items()})
                torch.nn.functional.binary_cross_entropy(output, target[batch]).backward()
                optimizer.step()
            auc = roc_auc_score(target[held], answers(net, {name: of[held] for name, of in inputs.items()}))
            if auc > best:
                best, misses, kept = auc, 0, {name: value.clone() for name, value in net.state_dict().items()}
            else:
                misses += 1
            if misses == 5:
                break
        net.load_state_dict(kept)
        return lambda X: answers(net, tensors(X))

    def answers(net, inputs):
        net.eval()
        with torch.no_grad():
            return net(inputs).numpy()

    return scored(parts, fit) if sizes else None


def myfm(parts, seed):
    """A Bayesian FM of the categories, for ratings (``myfm.MyFMRegressor``, 200 samples of vectors of 10)."""
    import myfm as bayesian
    from sklearn.preprocessing import OneHotEncoder

    X, y = parts.train
    names = [name for name in X if is_text(X, name)]
    if parts.is_class or not names:
        return None
    encoder = OneHotEncoder(handle_unknown="ignore").fit(X[names])

    def fit():
        model = bayesian.MyFMRegressor(rank=10, random_seed=seed).fit(encoder.transform(X[names]), y, n_iter=200)
        return lambda X: model.predict(encoder.transform(X[names]))

    return scored(parts, fit)


PEERS = {"lightgbm": lightgbm, "gradient-boosting": gradient_boosting, "rechub": rechub, "myfm": myfm}
