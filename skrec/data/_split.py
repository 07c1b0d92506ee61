"""Which rows are held out for validation."""

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split


def shuffled(n_rows, fraction, seed):
    """Return the positions of the rows that train and of a random `fraction` that is held out."""
    return train_test_split(np.arange(n_rows), test_size=float(fraction), random_state=seed)


def stratified(labels, fraction, seed):
    """Return the positions of the rows that train and that are held out, the same share of each class.

    Shares are kept where as many rows are held out as there are classes; each class is in training. Of several targets,
    labels of shape (n_rows, n_targets), rows that are alike in all of them are a class.
    """
    if labels.ndim > 1:
        frame = pd.DataFrame(labels)
        labels = frame.groupby(list(frame), dropna=False).ngroup().to_numpy()
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    several, single = np.flatnonzero(counts[codes] > 1), np.flatnonzero(counts[codes] == 1)
    fraction = float(fraction)  # scikit-learn knows no other
    n_held, n_classes = int(np.ceil(fraction * len(several))), (counts > 1).sum()
    shares = min(n_held, len(several) - n_held) >= max(n_classes, 1)
    if shares:
        train, valid = train_test_split(several, test_size=fraction, random_state=seed, stratify=codes[several])
        shares = len(np.unique(codes[train])) == n_classes  # the share of a small class may round to none
    if not shares:
        train, valid = _unstratified(codes, n_held, seed)
    return np.concatenate([train, single]), valid


def _unstratified(codes, n_held, seed):
    """Return rows of training, a random one of each class among them, and `n_held` others; neither has single ones."""
    several = np.flatnonzero(np.bincount(codes)[codes] > 1)
    order = np.random.RandomState(seed).permutation(several)
    _, first = np.unique(codes[order], return_index=True)
    others = np.delete(order, first)
    if not 2 <= n_held <= len(others):
        raise ValueError(
            f"there are {codes.max() + 1} classes, of which each keeps a row in training: {len(others)} rows are left, "
            f"of which {n_held} would be held out, and two at least are needed"
        )
    return np.concatenate([order[first], others[n_held:]]), others[:n_held]
