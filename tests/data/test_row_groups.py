import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from skrec.data import _row_groups
from skrec.data._row_groups import RowGroups

N_ROWS = 30


def table(**columns):
    return pa.table({"row": range(N_ROWS), "y": [0, 1] * 15, "w": [0.0, 1.0, 2.0] * 10, **columns})


@pytest.fixture
def dataset(tmp_path):
    """Two files, of row groups of 7 and of 4 rows."""
    pq.write_table(table()[:16], tmp_path / "0.parquet", row_group_size=7)
    pq.write_table(table()[16:], tmp_path / "1.parquet", row_group_size=4)
    return ds.dataset(tmp_path)


def rows_of(parts):
    return [row for frame, _, _ in parts for row in frame["row"]]


@pytest.mark.parametrize("part", [1, 5, 12, 99])
def test_parts_are_the_rows_in_order(dataset, part, monkeypatch):
    monkeypatch.setattr(_row_groups, "PART_ROWS", part)
    groups = RowGroups(dataset, "y")
    assert (len(groups.groups), groups.n_rows, groups.columns) == (7, N_ROWS, ["row", "w"])
    parts = list(groups.parts())
    assert rows_of(parts) == list(range(N_ROWS))
    assert np.concatenate([y for _, y, _ in parts]).tolist() == [0, 1] * 15
    assert {weight for _, _, weight in parts} == {None}
    assert max(len(frame) for frame, _, _ in parts) < 2 * max(part, 2)


def test_groups_come_in_the_order_that_is_asked_for(dataset):
    assert rows_of(RowGroups(dataset, "y").parts([6, 0, 2])) == [28, 29, *range(7), 14, 15]


def test_rows_without_weight_are_not_there(dataset):
    groups = RowGroups(dataset, "y", "w")
    expected = [row for row in range(N_ROWS) if row % 3]
    assert (groups.columns, groups.n_rows, rows_of(groups.parts())) == (["row"], len(expected), expected)
    assert np.concatenate([weight for _, _, weight in groups.parts()]).tolist() == [1.0, 2.0] * 10


def test_only_the_columns_that_are_asked_for_are_read(dataset):
    assert [frame.columns.tolist() for frame, _, _ in RowGroups(dataset, columns=["w", "row"]).parts()] == [
        ["w", "row"]
    ]
    with pytest.raises(ValueError, match=r"got a frame without \['rov'\] \(did you mean 'row'"):
        RowGroups(dataset, columns=["rov"])


def test_whole_groups_are_held_out(dataset):
    groups = RowGroups(dataset, "y", "w")
    train, valid = groups.split(0.3, seed=0)
    assert (len(train.groups), len(valid.groups), groups.n_held(0.3)) == (5, 2, 2)
    assert sorted(rows_of(train.parts()) + rows_of(valid.parts())) == rows_of(groups.parts())
    assert (train.n_rows, valid.n_rows) == tuple(len(rows_of(half.parts())) for half in (train, valid))
    assert rows_of(groups.split(0.3, seed=0)[1].parts()) == rows_of(valid.parts())
    assert any(rows_of(groups.split(0.3, seed)[1].parts()) != rows_of(valid.parts()) for seed in range(1, 5))
    with pytest.raises(ValueError, match="whole row groups are held out, and there are 7"):
        groups.split(0.1, seed=0)


def test_a_part_without_weight_cannot_be_held_out(tmp_path):
    pq.write_table(table(w=[0.0] * 15 + [1.0] * 15), tmp_path / "0.parquet", row_group_size=15)
    with pytest.raises(ValueError, match="a part of the row groups has no row of positive weight"):
        RowGroups(ds.dataset(tmp_path / "0.parquet"), "y", "w").split(0.5, seed=0)


def test_groups_without_a_label_are_not_held_out_of_its_rows(tmp_path):
    labels = [0] * 10 + [0, 1] * 10
    pq.write_table(table(y=labels), tmp_path / "0.parquet", row_group_size=5)
    groups = RowGroups(ds.dataset(tmp_path / "0.parquet"), "y", "w").only(1)
    assert (len(groups.groups), groups.n_rows) == (4, 7)
    assert rows_of(groups.parts()) == [row for row in range(N_ROWS) if labels[row] and row % 3]
    for seed in range(9):
        train, valid = groups.split(0.25, seed)
        assert train.n_rows + valid.n_rows == 7
    nowhere = groups.only(7)
    assert (nowhere.groups, nowhere.n_rows, list(nowhere.parts())) == ([], 0, [])
    assert list(nowhere.frame) == ["row"]


def test_a_label_is_one_value(tmp_path):
    pq.write_table(table(y=[[0]] * N_ROWS), tmp_path / "0.parquet")
    with pytest.raises(TypeError, match="Column 'y': expected a label a row for y, got list<"):
        RowGroups(ds.dataset(tmp_path), "y").labels()


def test_partitions_are_columns(tmp_path):
    ds.write_dataset(table(), tmp_path, format="parquet", partitioning=["y"], partitioning_flavor="hive")
    groups = RowGroups(ds.dataset(tmp_path, partitioning="hive"), "y")
    assert groups.columns == ["row", "w"]
    for frame, y, _ in groups.parts([1]):
        assert frame["row"].tolist() == list(range(1, N_ROWS, 2))
        assert (y == 1).all()


@pytest.mark.parametrize("kind", ["csv", "feather", "memory"])
def test_other_formats_are_read_a_file_at_a_time(kind, tmp_path):
    if kind == "memory":
        dataset = ds.dataset(table())
    else:
        ds.write_dataset(table(), tmp_path, format=kind)
        dataset = ds.dataset(tmp_path, format=kind)
    groups = RowGroups(dataset, "y", "w")
    assert len(groups.groups) == 1
    assert rows_of(groups.parts()) == [row for row in range(N_ROWS) if row % 3]
    assert RowGroups(dataset).n_rows == N_ROWS


def test_a_filtered_dataset_is_refused(dataset):
    with pytest.raises(
        ValueError, match=r"Expected a Dataset of all rows of its files, got a filtered one .*\[paths\].*weight zero"
    ):
        RowGroups(dataset.filter(ds.field("row") > 3), "y")


def test_weights_are_numbers(tmp_path):
    pq.write_table(table(w=["a"] * N_ROWS), tmp_path / "0.parquet")
    with pytest.raises(TypeError, match="Column 'w': expected numbers for sample_weight, got string"):
        RowGroups(ds.dataset(tmp_path), "y", "w")
