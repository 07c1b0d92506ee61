"""Every estimator learns any kinds of columns in either precision."""

from itertools import chain, combinations

import numpy as np
import pandas as pd
import pytest
import torch

from tests.contract.cases import ESTIMATORS
from tests.discovery import case
from tests.samples import outputs, small, target

KINDS = {"categories": ["user", "item"], "numbers": ["age", "price"], "lists": ["history", "tags"]}
N_ROWS = 70


def mixed():
    rng = np.random.default_rng(0)

    def lists(values):
        return [list(rng.choice(values, rng.integers(0, 4))) for _ in range(N_ROWS)]

    return pd.DataFrame(
        {
            "user": rng.choice(list("abcdef"), N_ROWS),
            "item": rng.choice(list("uvwxyz"), N_ROWS),
            "age": rng.normal(40, 10, N_ROWS).astype(np.float32),
            "price": rng.normal(size=N_ROWS).astype(np.float32),
            "history": pd.Series(lists(list("uvwxyz"))),
            "tags": pd.Series(lists(["new", "old"])),
        }
    )


def cases():
    """Yield each estimator with each combination of kinds, and of numeric embeddings where there are numbers."""
    all_kinds = list(chain.from_iterable(combinations(KINDS, n) for n in (1, 2, 3)))
    for cls in ESTIMATORS:
        names = cls().get_params()
        of_cls = [("categories",)] if "item" in names else all_kinds
        for kinds in of_cls:
            embeddings = ["default"]
            if "numbers" in kinds and "numeric_embedding" in names:
                embeddings += [None, "linear", "periodic", "piecewise"]
            for embedding in embeddings:
                one = pytest.param if kinds == of_cls[-1] and embedding == "default" else case  # once in every net
                yield one(cls, kinds, embedding, id=f"{cls.__name__}-{'+'.join(kinds)}-{embedding}")


@pytest.mark.parametrize(("cls", "kinds", "embedding"), list(cases()))
def test_columns_of_any_kind_in_either_precision(cls, kinds, embedding):
    frame = mixed()
    y = target(cls(), frame)
    X = frame[[name for kind in kinds for name in KINDS[kind]]]
    options = {"max_epochs": 1, "lr": 1e-3}  # few small steps, in which rounding is all that differs
    if embedding != "default":
        options["numeric_embedding"] = embedding
    if "sequence_features" in cls().get_params():
        options["sequence_features"] = {"history": "item"} if {"lists", "categories"} <= set(kinds) else None
    found = []
    for precision in ("float32", "bfloat16"):
        estimator = small(cls, precision=precision, **options).fit(X, y)
        assert {p.dtype for p in estimator.net_.module_.parameters()} == {torch.float32}
        found.append(outputs(estimator, X))
    np.testing.assert_allclose(*found, atol=0.3)
