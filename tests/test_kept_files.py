"""Files that releases have written, kept in `tests/files`: every later release reads them, and predicts as they did.

``python -m tests.test_kept_files`` writes those of this version, once, when it is released.
"""

import json
from pathlib import Path
from zipfile import ZIP_DEFLATED

import numpy as np
import pandas as pd
import pytest
import skops.io
from category_encoders import TargetEncoder
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrec import DeepFMClassifier, DINClassifier, MFClassifier, TwoTowerClassifier, WideDeepRegressor, __version__
from skrec.persistence import TRUSTED_TYPES
from skrec.preprocessing import HistoryEncoder, TableEncoder
from skrec.retrieval import ApproximateIndex, Recommender
from tests.samples import ITEMS, USERS, fitted, labels, mixed, outputs, small, target

FOLDER = Path(__file__).parent / "files"
COLUMNS = {"categorical": ["user", "item"], "numeric": ["age"], "sequence": ["history"]}


def rows():
    frame = mixed(40).assign(day=np.arange(40))
    return frame.assign(age=frame["age"].where(frame["age"] > 35))


def pipeline():
    encoder = TableEncoder(**COLUMNS, statistics=TargetEncoder(), numeric_transformer=StandardScaler())
    return make_pipeline(encoder, small(DeepFMClassifier, numeric_embedding="piecewise"))


def histories():
    table = TableEncoder(categorical=["user", "item"], sequence=["hist_item"])
    net = small(DINClassifier, sequence_features={"hist_item": "item"}, activation="dice")
    return make_pipeline(HistoryEncoder("user", "item", "day"), table, net)


def crossed():
    return small(WideDeepRegressor, crossed_columns=[("user", "item")])


def towers():
    estimator, _ = fitted(TwoTowerClassifier, user_features=["user", "age"])
    items = mixed(6)[["item", "history"]].assign(item=ITEMS)
    return Recommender(estimator, items, user="user", item="item", index=ApproximateIndex(n_lists=2, n_probe=2))


MAKE = {
    "pipeline": lambda: pipeline().fit(rows(), labels(mixed(40))),
    "histories": lambda: histories().fit(rows().drop(columns="history"), labels(mixed(40)) == "yes"),
    "crossed": lambda: crossed().fit(mixed(40), target(crossed(), mixed(40))),
    "going_on": lambda: fitted(MFClassifier, 40, warm_start=True)[0],
    "recommender": towers,
}


def says(name, model):
    """Return what is expected of a file, as a list of numbers."""
    if name == "recommender":
        users = pd.DataFrame({"user": USERS, "age": np.linspace(20, 60, len(USERS))})
        return model.recommend(users, 3)["score"].tolist()
    if name == "going_on":
        model.fit(mixed(40), labels(mixed(40)))
    return outputs(model, mixed(40) if name in ("going_on", "crossed") else rows()).tolist()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.skops")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_is_read(path):
    model = skops.io.load(path, trusted=TRUSTED_TYPES)
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(says(path.stem, model), expected, rtol=1e-4, atol=1e-5)


def test_there_are_files_of_every_kind():
    assert {path.stem for path in FOLDER.glob("*/*.skops")} == set(MAKE)
    assert sum(path.stat().st_size for path in FOLDER.glob("*/*")) < 400_000


def test_a_file_of_another_version_says_so(monkeypatch):
    monkeypatch.setattr("skrec.__version__", "99.0")
    path = next(iter(sorted(FOLDER.glob("*/crossed.skops"))))
    with pytest.warns(InconsistentVersionWarning, match=r"WideDeepRegressor of .*skrec .*under .*99\.0"):
        skops.io.load(path, trusted=TRUSTED_TYPES)


def write():
    """Write the files of this version."""
    folder = FOLDER / __version__
    folder.mkdir(parents=True)
    for name, make in MAKE.items():
        model = make()
        skops.io.dump(model, folder / f"{name}.skops", compression=ZIP_DEFLATED)
        (folder / f"{name}.json").write_text(json.dumps(says(name, model)), encoding="utf-8")


if __name__ == "__main__":
    write()
