from types import SimpleNamespace

import pytest
from skorch.history import History

from skrec.engine import EpochTable, columns
from skrec.engine._table import as_cell


def test_columns_are_losses_scores_rate_and_seconds():
    epoch = dict.fromkeys(
        ["batches", "epoch", "dur", "train_batch_count", "valid_loss", "valid_loss_best", "mine", "lr", "train_loss"]
    )
    assert columns(epoch) == ["epoch", "train_loss", "valid_loss", "mine", "lr", "dur"]


@pytest.mark.parametrize(
    ("name", "value", "cell"),
    [
        ("epoch", 12, "12"),
        ("train_loss", 0.123456, "0.1235"),
        ("train_loss", 1.23456e9, "1.235e+09"),
        ("train_loss", 1.5e-7, "1.5e-07"),
        ("valid_score", float("nan"), "nan"),
        ("lr", 0.000123456, "0.0001235"),
        ("dur", 12.3456, "12.35"),
        ("event_cp", True, "+"),
        ("event_cp", False, ""),
        ("mine", None, ""),
        ("mine", "a text that is long", "a text that"),
    ],
)
def test_cells_are_short(name, value, cell):
    assert as_cell(name, value) == cell


def test_lines_are_as_long_as_the_first(capsys):
    table, net = EpochTable(), SimpleNamespace(history=History())
    table.on_train_begin(net)
    for epoch in (9, 10):
        net.history.new_epoch()
        for name, value in {"epoch": epoch, "train_loss": 10.0**epoch, "a_very_long_name": 1.5, "dur": 0.1}.items():
            net.history.record(name, value)
        table.on_epoch_end(net)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["epoch", "train_loss", "a_very_long_name", "seconds"]
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
