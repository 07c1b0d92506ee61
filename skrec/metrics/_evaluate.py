"""Every metric of a recommender at once."""

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec._validation import Whole, validate_params
from skrec.data import frame_of, positions
from skrec.metrics._lists import catalogue_coverage, novelty
from skrec.metrics._ranking import METRICS
from skrec.metrics._ranks import ranks_of_lists


@validate_params({"k": ["array-like", Whole(1)]}, prefer_skip_nested_validation=True)
def evaluate_ranking(
    recommender: Any,
    test: Any,
    *,
    k: Any = 10,
    users: Any = None,
    exclude: Any = None,
    filter: Any = None,
    log: Any = None,
    **rules: Any,
) -> pd.DataFrame:
    """Recommend to the users of held-out rows, and measure the lists against these rows.

    Parameters
    ----------
    recommender : skrec.retrieval.Recommender
        Or another object with `recommend`, `items`, and the names `user` and `item`.
    test : DataFrame of shape (n_rows, n_columns)
        Who took what, a row each: the relevant items.
    k : int or list of int, default=10
        Lengths of the lists.
    users : DataFrame, optional
        The columns of the users, as `recommend` takes them; its users without test rows are left out. Without it the
        model gets their ids alone.
    exclude : DataFrame, optional
        What users have seen already, usually the training rows: their lists do not show it.
    filter : callable or array-like of bool, optional
        Which items may be shown, as `recommend` takes it.
    log : DataFrame, optional
        What was taken by anybody; with it there is the column "novelty".
    **rules
        Further rules of lists, as `recommend` takes them: `allow`, `at_most`, `diversity`. An `allow` of an array is
        of the users in the order of `users` that have test rows.

    Returns
    -------
    frame : DataFrame of shape (n_k, n_metrics)
        A row a k: hit_rate, recall, precision, map, mrr, ndcg (see `recall_at_k` and the others; users with a list that
        is empty count with zero), coverage of the catalogue, outside_catalogue, and novelty. "outside_catalogue" is the
        share of the rows of `test` whose item the catalogue does not have: no list can show it, and it counts as
        missed.

    Raises
    ------
    ValueError
        If a column or a user of `test` is not there, an id of it is missing, or what `recommend` raises.
    TypeError
        If ids are text in one frame and numbers in another, in which none of them would be found.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import MFClassifier
    >>> from skrec.metrics import evaluate_ranking
    >>> from skrec.retrieval import Recommender
    >>> train = pd.DataFrame({"user_id": list("aabbccdd"), "item_id": list("uvuvuwvw")})
    >>> model = MFClassifier(n_negatives=1, random_state=0).fit(train, [1] * 8)
    >>> recommender = Recommender(model, pd.DataFrame({"item_id": list("uvw")}))
    >>> test = pd.DataFrame({"user_id": list("acd"), "item_id": list("wvu")})
    >>> evaluate_ranking(recommender, test, k=[1, 2], exclude=train)[["recall", "precision"]]
       recall  precision
    k
    1     1.0        1.0
    2     1.0        0.5
    """
    user, item = recommender.user, recommender.item
    test = _frame(test, "test", [user, item])
    for name in (user, item):
        if test[name].isna().any():
            raise ValueError(f"Column {quoted(name)} of test has missing ids; drop those rows")
    outside = (
        positions(test[item], pd.Index(recommender.items[item]), f"Column {quoted(item)} of test", "in the catalogue")
        < 0
    )
    ids = test[user].drop_duplicates()
    if users is None:
        users = ids.to_frame()
    else:
        users = _frame(users, "users", [user])
        place = positions(users[user], pd.Index(ids), f"Column {quoted(user)} of users", "in test")
        missing = ids[~np.isin(np.arange(len(ids)), place)].tolist()
        if missing:
            raise ValueError(
                f"Expected every user of test in users, got {len(missing)} without, {quoted(missing[0])} for one"
            )
        users = users[place >= 0]
    lengths = sorted({int(length) for length in ([k] if isinstance(k, Integral) else k)})
    if lengths[0] < 1:
        raise ValueError(f"Expected lengths k of at least 1, got {lengths[0]}")
    lists = recommender.recommend(users, lengths[-1], exclude=exclude, filter=filter, **rules)
    ranks = ranks_of_lists(lists, test, user, item)
    rows = []
    for length in lengths:
        shown = lists[lists["rank"] <= length]
        row = {name: float(metric(ranks, length).mean()) for name, metric in METRICS.items()}
        row["coverage"] = catalogue_coverage(shown[item], recommender.items[item])
        row["outside_catalogue"] = float(outside.mean())
        if log is not None:
            row["novelty"] = novelty(shown[item], _frame(log, "log", [item])[item], groups=shown[user])
        rows.append(row)
    return pd.DataFrame(rows, index=pd.Index(lengths, name="k"))


def _frame(X, role, names):
    frame = frame_of(X, role)
    missing = [name for name in names if name not in frame.columns]
    if missing or not len(frame):
        raise ValueError(
            f"Expected rows with the columns {quoted(names)} in {role}, got {len(frame)} rows with "
            f"{quoted(list(frame))}"
        )
    return frame
