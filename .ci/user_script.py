"""What a user writes: `try_types.py` looks for no error here, and for one in each typing error that it makes."""

import pandas as pd
from sklearn.pipeline import make_pipeline

import skrec
from skrec import DeepFMClassifier, DINClassifier, MFRegressor, TwoTowerClassifier
from skrec.metrics import evaluate_ranking, ndcg_at_k
from skrec.model_selection import TemporalSplit
from skrec.preprocessing import CategoryEncoder, HistoryEncoder, TableEncoder
from skrec.retrieval import Recommender


def click_model(log: pd.DataFrame, weight: float) -> pd.DataFrame:
    encoder = TableEncoder(categorical=["user_id"], categorical_encoder=CategoryEncoder(min_frequency=2))
    model = DeepFMClassifier(embedding_dim=8, hidden_layer_sizes=(64, 32), lr=0.01, max_epochs=3, random_state=0)
    pipe = make_pipeline(HistoryEncoder("user_id", "item_id", "time", max_length=20), encoder, model)
    for train, test in TemporalSplit("time", n_splits=2).split(log):
        pipe.fit(log.iloc[train], log["click"].iloc[train])
        print(len(test), pipe.predict_proba(log.iloc[test])[:, 1].mean() * weight)
    din = DINClassifier(sequence_features={"hist_item_id": "item_id"}, device="auto").fit(log, log["click"])
    print(din.predict_proba(log).shape, din.best_epoch_ + 1, model.history_["train_loss"].min())
    return din.embedding("item_id")


def lists(log: pd.DataFrame, items: pd.DataFrame) -> float:
    rated = MFRegressor(user="user_id", item="item_id", y_range=(1, 5)).fit(log, log["rating"]).predict(log)
    towers = TwoTowerClassifier(user_features=["user_id"], loss="softmax", n_negatives=64).fit(log, log["click"])
    recommender = Recommender(towers, items, unknown_users="drop")
    top = recommender.recommend(["ann", "bob"], k=10, exclude=log)
    print(top["score"].max(), evaluate_ranking(recommender, log, k=[5, 10]).round(3), skrec.__version__)
    return ndcg_at_k(log["click"], rated, groups=log["user_id"], k=10)
