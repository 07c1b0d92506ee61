"""
Two towers: from a shop's log to lists that can be searched
===========================================================

Online Retail II is a year of invoices of a wholesaler of gifts: who bought what, and nothing about what was shown and
not bought. A two-tower model learns from such positives alone, here from all months but the last. The vectors of its
items go into an index, ten customers get their lists, and what customers bought in the last month, for the first time,
says how many of these purchases were in their lists: more than among what is popular?

    SKREC_DATA=... python examples/05_two_tower_retrieval.py

The log is `online-retail/transactions.parquet` in `$SKREC_DATA`; where that is missing, it is generated.
"""

import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from skrec import TwoTowerClassifier
from skrec.datasets import make_ratings
from skrec.metrics import evaluate_ranking
from skrec.retrieval import Recommender

K = 20


def load():
    """Return purchases, a row an item of an invoice: customer_id, country, stock_code, description, date."""
    path = Path(os.environ.get("SKREC_DATA", "")) / "online-retail" / "transactions.parquet"
    if not path.exists():
        print(f"There is no {path}, so here is a generated log instead, for which no setting was chosen.\n")
        made = make_ratings(1000, 500, 100_000, power=0.0, random_state=0)
        bought = made.X[made.y > np.median(made.y)].astype(str).set_axis(["customer_id", "stock_code"], axis=1)
        date = pd.Timestamp("2010-01-01") + pd.to_timedelta(np.arange(len(bought)) * 340 // len(bought), unit="D")
        return bought.assign(country="unknown", description="item " + bought["stock_code"], date=date)
    frame = pd.read_parquet(path)
    frame = frame[(frame["quantity"] > 0) & (frame["unit_price"] > 0)].rename(columns={"invoice_date": "date"})
    text = ["customer_id", "country", "stock_code", "description"]
    return frame[["date"]].join(frame[text].astype(str))


# %%
# All months but the last
# -----------------------
# The words of an item's description are a list column: what is new to the shop is then not new to the model. A customer
# buys the same again and again; what counts here is what is new to a customer.

log = load().sort_values("date", kind="stable")
last = log["date"] >= log["date"].max() - pd.DateOffset(months=1)
train, test = log[~last], log[last]
items = train.groupby("stock_code", sort=True)["description"].last().reset_index()
items["words"] = items["description"].str.lower().str.split()
train = train.drop_duplicates(["customer_id", "stock_code"]).drop(columns="description")
bought = train[["customer_id", "stock_code"]]
known = test["customer_id"].isin(bought["customer_id"]) & test["stock_code"].isin(items["stock_code"])
test = test.loc[known, ["customer_id", "stock_code"]].drop_duplicates()
test = test[~pd.MultiIndex.from_frame(test).isin(pd.MultiIndex.from_frame(bought))]
print(
    f"{len(train):,} purchases of {train['customer_id'].nunique():,} customers and {len(items):,} items; to be found:"
)
print(
    f"{len(test):,} that {test['customer_id'].nunique():,} of these customers made for the first time a month later\n"
)

# %%
# Two towers
# ----------
# The softmax holds each purchase against the other items of its batch, corrected for how often they come there. Without
# hidden layers a tower adds up the vectors of its columns, which is enough here: settings were chosen on the month
# before the last.

X = train.merge(items, on="stock_code")[["customer_id", "country", "stock_code", "words"]]
model = TwoTowerClassifier(
    user_features=["customer_id", "country"],
    item_features=["stock_code", "words"],
    loss="softmax",
    embedding_dim=64,
    hidden_layer_sizes=(),
    lr=5e-3,
    lr_schedule="linear",
    max_epochs=4,
    batch_size=1024,
    early_stopping=False,
    random_state=0,
)
start = time.perf_counter()
model.fit(X, np.ones(len(X), int))
print(f"fitted in {time.perf_counter() - start:.0f} s\n")

# %%
# Index and recommend
# -------------------
# The recommender computes the items' vectors once; a list is a search with a customer's vector, without what the
# customer has.

recommender = Recommender(model, items, user="customer_id", item="stock_code")
customers = train[["customer_id", "country"]].drop_duplicates("customer_id")
ten = customers[customers["customer_id"].isin(test["customer_id"])].head(10)
lists = recommender.recommend(ten, 5, exclude=bought).merge(items[["stock_code", "description"]], on="stock_code")
for customer, own in lists.sort_values(["customer_id", "rank"]).groupby("customer_id"):
    print(f"{customer:>8}: {', '.join(own['description'].str.strip().str.lower())}")

names = items.set_index("stock_code")["description"].str.strip().str.lower()
some = bought["stock_code"].value_counts().index[:1]
alike = recommender.similar_items(some, 5)["similar"]
print(f"\nLike {names[some[0]]}: {', '.join(names[alike])}")

# %%
# Against what is popular
# -----------------------
# `evaluate_ranking` takes anything that recommends, so the rule to beat is a class of a few lines.


class Popular:
    """Recommends to everybody what most bought."""

    def __init__(self, log, items):
        self.items, self.user, self.item = items, "customer_id", "stock_code"
        self.order = log["stock_code"].value_counts().index

    def recommend(self, users, k, *, exclude, filter=None):
        """Return the k most popular items that each user does not have."""
        seen = exclude.groupby("customer_id")["stock_code"].agg(set)
        lists = {user: [i for i in self.order if i not in seen.get(user, ())][:k] for user in users["customer_id"]}
        rows = [(user, item, rank) for user, own in lists.items() for rank, item in enumerate(own, 1)]
        return pd.DataFrame(rows, columns=["customer_id", "stock_code", "rank"])


table = {
    name: evaluate_ranking(one, test, k=K, users=customers, exclude=bought).loc[K]
    for name, one in {"popularity": Popular(bought, items), "two towers": recommender}.items()
}
print(f"\nPurchases of the last month among {K} recommended items:")
print(pd.DataFrame(table).T.round(4).to_string())
