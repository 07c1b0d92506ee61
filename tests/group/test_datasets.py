"""Row groups of a Dataset are dealt out: each is read by one process."""

from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from skrec import FMClassifier
from skrec.data import _row_groups
from tests.group.cases import assert_equal, fit_part, learnt
from tests.samples import mixed, small, target

X = mixed(60)
Y = target(FMClassifier(), X)


def write(path, rows=slice(None), group=10, **columns):
    """Write rows to a file in groups of so many."""
    table = pa.Table.from_pandas(X[rows].assign(y=Y[rows], **columns), preserve_index=False)
    pq.write_table(table, path, row_group_size=group)
    return str(path)


def fit(rank, estimator, files, weight=None, valid=None):
    """Fit a Dataset of files, those of this process, and return what was learnt and what was read."""
    read = []
    original = _row_groups.RowGroups._read_group

    def noting(self, group, names):
        read.extend([(group.path, part.id) for part in group.row_groups] if len(names) > 2 else [])
        return original(self, group, names)

    options = {} if valid is None else {"X_val": ds.dataset(valid), "y_val": "y"}
    columns = {} if weight is None else {"sample_weight": weight}
    with mock.patch.object(_row_groups.RowGroups, "_read_group", noting):
        estimator.fit(ds.dataset(files[rank]), "y", **columns, **options)
    return learnt(estimator, X), read


def estimator(**params):
    columns = {"categorical_features": ["user", "item"], "embedding_l2": 1e-3}
    return small(FMClassifier, **{"batch_size": 8, "early_stopping": False, **columns, **params})


@pytest.mark.parametrize("weight", [None, "w"])
def test_each_group_is_read_by_one_process(two, tmp_path, weight):
    columns = {} if weight is None else {weight: np.arange(60) % 3}
    files = [write(tmp_path / "all.parquet", **columns)]
    (first, of_first), (second, of_second) = two.run(fit, estimator(), [files, files], weight)
    assert_equal(first, second, 0)
    assert not set(of_first) & set(of_second)
    assert len(set(of_first) | set(of_second)) == 6
    assert first["vocabularies"][0] == sorted(set(X["user"]))


def test_files_of_each_process_are_as_frames(two, tmp_path):
    """A process whose rows are one group takes them in the order of a frame."""
    files = [write(tmp_path / "0.parquet", slice(0, 40), 100)], [write(tmp_path / "1.parquet", slice(40, 60), 100)]
    frames = two.run(fit_part, estimator(), [40, 60], X, Y, how={"dtype": np.float32})
    for rank, (found, _) in enumerate(two.run(fit, estimator(), files)):
        assert_equal(found, frames[rank], 1e-5)
    ranks = [found for found, _ in two.run(fit, estimator(), files)]
    assert_equal(*ranks, 0)


def test_validation_groups_are_dealt_out_too(two, tmp_path):
    files, valid = [write(tmp_path / "all.parquet")], [write(tmp_path / "valid.parquet", slice(0, 30))]
    (first, _), (second, _) = two.run(fit, estimator(early_stopping=True), [files, files], None, valid)
    assert_equal(first, second, 0)
    assert len(first["history"]["valid_loss"]) > 0


def test_groups_are_held_out_in_each_process(two, tmp_path):
    files = [write(tmp_path / "all.parquet", group=3)]
    (first, _), (second, _) = two.run(fit, estimator(early_stopping=True, validation_fraction=0.2), [files, files])
    assert_equal(first, second, 0)
    assert len(first["history"]["valid_loss"]) > 0


def test_fewer_groups_than_processes(two, tmp_path):
    files = [write(tmp_path / "all.parquet", group=100)]
    two.send(fit, estimator(), [files, files])
    for error in two.outcomes().values():
        assert "a row group at least for each of 2 processes, got 1 in the Dataset" in str(error)


def test_files_that_only_some_have_in_common(two, tmp_path):
    shared, own = write(tmp_path / "shared.parquet"), write(tmp_path / "own.parquet", slice(0, 20))
    two.send(fit, estimator(), [[shared], [shared, own]])
    for error in two.outcomes().values():
        assert "got some in processes 0 and 1 alike" in str(error)
        assert "shared.parquet" in str(error)


def mixed_kinds(rank, files):
    small(FMClassifier).fit(*((ds.dataset(files), "y") if rank else (X, Y)))


def test_a_frame_here_and_a_dataset_there(two, tmp_path):
    two.send(mixed_kinds, [write(tmp_path / "all.parquet")])
    assert all(isinstance(error, ValueError) for error in two.outcomes().values())
