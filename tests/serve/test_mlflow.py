"""Pipelines through mlflow's default format, which is skops, and through its server's way of calling a model."""

import mlflow
import numpy as np
import pandas as pd
import pytest
from category_encoders import TargetEncoder
from mlflow.exceptions import MlflowException
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrec import DeepFMClassifier, DINClassifier, DNNRegressor, MFRegressor
from skrec.persistence import TRUSTED_TYPES
from skrec.preprocessing import CategoryEncoder, HistoryEncoder, TableEncoder
from tests.samples import labels, mixed, outputs, scores, small

pytestmark = pytest.mark.filterwarnings("default")  # of mlflow and what it imports

COLUMNS = {"categorical": ["user", "item"], "numeric": ["age"], "sequence": ["history"]}
PIPELINES = {
    "scaled": (TableEncoder(**COLUMNS, numeric_transformer=StandardScaler()), small(DeepFMClassifier)),
    "statistics": (TableEncoder(**COLUMNS, statistics=TargetEncoder()), small(DNNRegressor)),
    "ids": (CategoryEncoder(), small(MFRegressor)),
    "histories": (
        HistoryEncoder("user", "item", "day"),
        TableEncoder(categorical=["user", "item"], sequence=["hist_item"]),
        small(DINClassifier, sequence_features={"hist_item": "item"}),
    ),
}


@pytest.fixture(autouse=True)
def tracking(tmp_path):
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    mlflow.create_experiment("serve", artifact_location=(tmp_path / "files").as_uri())
    mlflow.set_experiment("serve")


def fitted(name):
    frame = mixed().astype({"item": str}).assign(day=np.arange(100))
    frame = frame.drop(columns="history") if name == "histories" else frame
    frame = frame[["user", "item"]] if name == "ids" else frame
    pipeline = make_pipeline(*PIPELINES[name])
    y = scores(mixed()) if name in ("statistics", "ids") else labels(mixed()) == "yes"
    return pipeline.fit(frame, y), frame


@pytest.mark.parametrize("name", PIPELINES)
def test_the_default_format(name):
    pipeline, frame = fitted(name)
    logged = mlflow.sklearn.log_model(pipeline, name="pipeline", skops_trusted_types=TRUSTED_TYPES)
    assert mlflow.models.get_model_info(logged.model_uri).flavors["sklearn"]["serialization_format"] == "skops"
    again = mlflow.sklearn.load_model(logged.model_uri)
    np.testing.assert_array_equal(outputs(again, frame), outputs(pipeline, frame))
    np.testing.assert_array_equal(
        mlflow.pyfunc.load_model(logged.model_uri).predict(pd.DataFrame(frame)), pipeline.predict(frame)
    )


def test_types_have_to_be_trusted():
    pipeline, _ = fitted("ids")
    with pytest.raises(MlflowException, match=r"skops_trusted_types"):
        mlflow.sklearn.log_model(pipeline, name="pipeline")
