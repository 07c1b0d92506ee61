"""The groups of a metric, in every container."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer

from skrec import metrics
from skrec.metrics import gauc_score, ndcg_at_k, ranking_scorer
from skrec.metrics._groups import group_codes

pytestmark = pytest.mark.fast

USERS = ["b", "b", "a", "a", "c"]
METRICS = {name: getattr(metrics, name) for name in metrics.__all__ if name.endswith("_at_k") or name == "gauc_score"}
CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "objects": lambda users: np.array(users, dtype=object),
    "Index": pd.Index,
    "Series": lambda users: pd.Series(users, index=[3] * len(users)),
    "Categorical": lambda users: pd.Categorical(users, categories=list("xcba")),
    "category": lambda users: pd.Series(pd.Categorical(users, categories=list("xcba"))),
    "Arrow column": lambda users: pd.Series(users, dtype=pd.ArrowDtype(pa.string())),
    "Arrow array": pa.array,
    "Arrow chunks": lambda users: pa.chunked_array([users[:2], users[2:]]),
    "Arrow dictionary": lambda users: pa.array(users).dictionary_encode(),
    "polars": pl.Series,
    "polars Categorical": lambda users: pl.Series(users, dtype=pl.Categorical),
    "polars Enum": lambda users: pl.Series(users, dtype=pl.Enum(list("xcba"))),
}


def test_every_ranking_metric_is_here():
    assert len(METRICS) == 7


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("metric", METRICS)
def test_groups_of_every_container(metric, container):
    y_true, y_score = [1, 0, 1, 0, 0], [0.3, 0.2, 0.1, 0.5, 0.4]
    expected = METRICS[metric](y_true, y_score, groups=[0, 0, 1, 1, 2])
    assert METRICS[metric](y_true, y_score, groups=CONTAINERS[container](USERS)) == expected


@pytest.mark.parametrize("container", CONTAINERS)
def test_categories_that_no_row_has_are_no_groups(container):
    assert group_codes(CONTAINERS[container](USERS)).tolist() == [0, 0, 1, 1, 2]
    score = gauc_score(
        [1, 0, 1, 0, 0], [0.3, 0.2, 0.1, 0.5, 0.4], groups=CONTAINERS[container](USERS), return_left_out=True
    )
    assert score == (0.5, 1)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_missing_group_is_refused(container):
    with pytest.raises(ValueError, match="Expected a group for every row, got missing values in groups; drop those"):
        ndcg_at_k([1, 0, 1], [1, 2, 3], groups=CONTAINERS[container](["a", None, "b"]))


@pytest.mark.parametrize("container", CONTAINERS)
def test_scorers_take_groups_of_every_container(container):
    X, y = np.arange(10.0).reshape(5, 2), np.array([1, 0, 1, 0, 0])
    model = LogisticRegression().fit(X, y)
    with sklearn.config_context(enable_metadata_routing=True):
        for scorer in (ranking_scorer(ndcg_at_k), make_scorer(gauc_score).set_score_request(groups=True)):
            assert scorer(model, X, y, groups=CONTAINERS[container](USERS)) == scorer(model, X, y, groups=USERS)


def test_targets_and_scores_of_polars_and_arrow():
    frame = pl.DataFrame({"user": USERS, "click": [1, 0, 1, 0, 0], "score": [0.3, 0.2, 0.1, 0.5, 0.4]})
    table = frame.to_arrow()
    for columns in (frame, table):
        for metric in METRICS.values():
            expected = metric(frame["click"].to_list(), frame["score"].to_list(), groups=USERS)
            assert metric(columns["click"], columns["score"], groups=columns["user"]) == expected
