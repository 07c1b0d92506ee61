"""Encoders learn from a Dataset what they learn from its rows as a frame, and encode it a part at a time."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from category_encoders import CountEncoder
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, QuantileTransformer, StandardScaler

from skrec import FMClassifier
from skrec.data import _row_groups
from skrec.preprocessing import (
    CategoryEncoder,
    EncodedDataset,
    HashEncoder,
    HistoryEncoder,
    SequenceEncoder,
    TableEncoder,
)

N_ROWS = 400


def raw_frame(n_rows=N_ROWS, seed=0):
    """Return raw rows with text, whole numbers, numbers with gaps, and lists; gaps are in the last tenth alone."""
    rng = np.random.default_rng(seed)
    user = np.array([f"u{i}" for i in rng.zipf(1.5, n_rows) % 50], dtype=object)
    user[:: n_rows // 7] = None
    age = rng.normal(40, 10, n_rows)
    age[-n_rows // 10 :: 2] = np.nan
    tags = [[f"t{i}" for i in rng.integers(0, 9, rng.integers(0, 4))] for _ in range(n_rows)]
    return pd.DataFrame(
        {
            "user": user,
            "item": rng.integers(0, 30, n_rows) + 2**60,
            "age": age,
            "price": rng.gamma(2, 10, n_rows),
            "tags": tags,
            "click": (rng.random(n_rows) < 0.5).astype(np.int64),
            "weight": rng.integers(0, 3, n_rows).astype(np.float64),
        }
    )


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Return a function that writes a frame in row groups, of which parts of 64 rows are read at once."""
    monkeypatch.setattr(_row_groups, "PART_ROWS", 64)

    def write(frame, group=90):
        pq.write_table(
            pa.Table.from_pandas(frame, preserve_index=False), tmp_path / "rows.parquet", row_group_size=group
        )
        return ds.dataset(tmp_path / "rows.parquet")

    return write


def assert_same_rows(encoded, frame):
    """Compare an EncodedDataset with an encoded frame, value by value."""
    table = encoded.to_table(encoded.features).to_pandas()
    assert list(table) == list(frame)
    for name in frame:
        one, other = (of[name].tolist() for of in (table, frame))
        assert [_plain(value) for value in one] == [_plain(value) for value in other], name


def _plain(value):
    if isinstance(value, (list, np.ndarray)):
        return [None if part is None else part for part in value]
    return None if pd.isna(value) else value


COLUMNS = {"categorical": ["user", "item"], "numeric": ["age", "price"], "sequence": ["tags"]}
ENCODERS = {
    "table": TableEncoder(**COLUMNS),
    "frequencies": TableEncoder(**COLUMNS, categorical_encoder=CategoryEncoder(min_frequency=5, max_categories=20)),
    "share": TableEncoder(**COLUMNS, categorical_encoder=CategoryEncoder(min_frequency=0.02)),
    "hashed": TableEncoder(**COLUMNS, categorical_encoder=HashEncoder(64)),
    "scaled": TableEncoder(**COLUMNS, numeric_transformer=StandardScaler()),
    "quantiles": TableEncoder(**COLUMNS, numeric_transformer=QuantileTransformer(n_quantiles=10)),
    "one role": TableEncoder(numeric=["age"]),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_a_table_encoder_learns_what_it_learns_of_the_frame(written, name):
    frame = raw_frame()
    of_frame, of_rows = clone(ENCODERS[name]), clone(ENCODERS[name])
    rows = written(frame)
    encoded = of_rows.fit_transform(rows, "click")
    expected = of_frame.fit(frame.drop(columns="click")).transform(frame)
    assert isinstance(encoded, EncodedDataset)
    assert encoded.count_rows() == N_ROWS
    assert list(of_rows.get_feature_names_out()) == list(of_frame.get_feature_names_out()) == encoded.features
    assert_same_rows(encoded, expected)
    pd.testing.assert_frame_equal(of_rows.transform(frame), expected)


def test_columns_by_dtype_are_all_but_the_target(written):
    frame = raw_frame().drop(columns=["item", "weight"])
    encoder = TableEncoder().fit(written(frame), "click")
    assert encoder.roles_ == {"categorical": ["user"], "numeric": ["age", "price"], "sequence": ["tags"]}


@pytest.mark.parametrize("encoder", [CategoryEncoder(min_frequency=3), HashEncoder(32)])
def test_encoders_of_categories(written, encoder):
    frame = raw_frame()[["user", "item"]]
    rows = written(frame)
    encoded = clone(encoder).fit(rows).transform(rows)
    assert_same_rows(encoded, clone(encoder).fit(frame).transform(frame))


def test_an_encoder_of_lists(written):
    frame = raw_frame()[["user", "tags"]].assign(seen=lambda f: [f"{user}|u1" for user in f["user"]])
    encoder = SequenceEncoder(sequence_features={"seen": "user"}, min_frequency=3, max_length=2)
    rows = written(frame)
    assert_same_rows(clone(encoder).fit(rows).transform(rows), clone(encoder).fit(frame).transform(frame))


def test_histories_of_a_log(written):
    rng = np.random.default_rng(0)
    frame = raw_frame()[["user", "item"]].dropna().assign(day=lambda f: rng.integers(0, 50, len(f)))
    encoder = HistoryEncoder("user", "item", "day", max_length=5)
    rows = written(frame)
    with pytest.raises(ValueError, match=r"Expected the events as log=\.\.\., a frame, where X is a Dataset"):
        encoder.fit(rows)
    encoded = encoder.fit(rows, log=frame).transform(rows)
    assert encoded.features == ["user", "item", "day", "hist_item"]
    assert_same_rows(encoded, clone(encoder).fit(frame, log=frame).transform(frame))


def pipeline(**params):
    options = {"max_epochs": 2, "random_state": 0, "embedding_dim": 4, "early_stopping": False, **params}
    return make_pipeline(TableEncoder(**COLUMNS), FMClassifier(**options))


def test_a_pipeline_learns_and_predicts_as_of_the_frame(written):
    frame = raw_frame()
    rows = written(frame, group=10 * N_ROWS)  # one group: batches are those of the frame
    of_frame = pipeline().fit(frame, frame["click"])
    of_rows = pipeline().fit(rows, "click")
    expected = of_frame.predict_proba(frame)
    np.testing.assert_allclose(of_rows.predict_proba(frame), expected, rtol=1e-5)
    np.testing.assert_array_equal(of_rows.predict_proba(rows), of_rows.predict_proba(frame))
    assert list(of_rows[-1].feature_names_in_) == list(of_frame[-1].feature_names_in_)


def test_weights_are_a_column_and_no_feature(written):
    frame = raw_frame()
    rows = written(frame)
    model = pipeline().fit(rows, "click", fmclassifier__sample_weight="weight")
    assert "weight" not in model[-1].feature_names_in_
    assert "click" not in model[-1].feature_names_in_
    assert model.predict(rows).shape == (N_ROWS,)


def test_no_more_than_a_part_is_encoded_at_once(written):
    rows = written(raw_frame())
    encoder, sizes = TableEncoder(**COLUMNS).fit(rows), []
    encoded = encoder.transform(rows)
    transform = encoded.transform
    encoded.transform = lambda frame: sizes.append(len(frame)) or transform(frame)
    FMClassifier(max_epochs=1, random_state=0).fit(encoded, "click")
    assert max(sizes) <= 64
    assert sum(sizes) >= 2 * N_ROWS  # a pass to learn, an epoch


def test_it_can_be_pickled(written):
    rows = written(raw_frame())
    encoded = TableEncoder(**COLUMNS).fit(rows).transform(rows)
    assert pickle.loads(pickle.dumps(encoded)).to_table().equals(encoded.to_table())


def test_encoders_one_after_another(written):
    frame = raw_frame()[["user", "tags", "click"]]
    rows = written(frame)
    steps = make_pipeline(SequenceEncoder(sequence_features={"tags": "user"}), TableEncoder(categorical=["user"]))
    with pytest.warns(UserWarning, match="none of its tokens occurs"):
        encoded = steps.fit(rows, "click").transform(rows)
    assert encoded.features == ["user"]
    assert encoded.to_table(["user", "click"]).num_rows == N_ROWS


def test_what_needs_all_rows_says_so(written):
    rows = written(raw_frame())
    with pytest.raises(ValueError, match=r"statistics=CountEncoder\(.*\) of TableEncoder need all rows in memory"):
        TableEncoder(categorical=["user"], statistics=CountEncoder()).fit(rows)
    with pytest.raises(TypeError, match="HashEncoder for categorical_encoder with a Dataset, got OrdinalEncoder"):
        TableEncoder(categorical=["user"], categorical_encoder=OrdinalEncoder()).fit(rows)


def test_a_bad_number_in_any_row_is_found(written):
    frame = raw_frame()
    frame.loc[N_ROWS - 1, "price"] = np.inf
    with pytest.raises(ValueError, match="Column 'price': expected finite numbers, got inf"):
        TableEncoder(**COLUMNS).fit(written(frame))


def test_chunks_of_two_types():
    rows = ds.dataset([ds.dataset(pa.table({"a": ["x"]})), ds.dataset(pa.table({"a": ["y"]}))])
    assert CategoryEncoder().fit(rows).categories_[0].tolist() == ["x", "y"]
