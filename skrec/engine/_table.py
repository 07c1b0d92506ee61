"""The table that a fit prints."""

from numbers import Real
from typing import Any

from skorch.callbacks import Callback

WIDTH = 11  # of a column, at least
FIRST, LAST = ("epoch", "train_loss", "valid_loss"), ("lr", "dur")
COUNTS = ("batches", "train_batch_count", "valid_batch_count")
CALLED = {"dur": "seconds"}


def columns(epoch: Any) -> Any:
    """Return what an epoch's record has for people: losses first, rate and seconds last, no flags of best epochs."""
    names = [name for name in epoch if name not in (*FIRST, *LAST, *COUNTS) and not name.endswith("_best")]
    return [*(name for name in FIRST if name in epoch), *names, *(name for name in LAST if name in epoch)]


class EpochTable(Callback):
    """Print a line an epoch under the names that the history has; columns are those of the first epoch."""

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Begin a new table."""
        self.columns_: Any = None

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Print the epoch, before the first one the names."""
        epoch = net.history[-1]
        if self.columns_ is None:
            names = {name: CALLED.get(name, name.removeprefix("event_")) for name in columns(epoch)}
            self.columns_ = {name: max(len(called), 5 if name == "epoch" else WIDTH) for name, called in names.items()}
            self._print(names)
            self._print({name: "-" * width for name, width in self.columns_.items()})
        self._print({name: as_cell(name, epoch.get(name)) for name in self.columns_})

    def _print(self, cells):
        widths = self.columns_.items()
        print("  ".join(cells[name].rjust(width) for name, width in widths), flush=True)


def as_cell(name, value: Any):
    """Return a value of the history as short text."""
    if value is None or isinstance(value, bool):
        return "+" if value else ""
    if not isinstance(value, Real):
        return str(value)[:WIDTH]
    number = float(value)
    if name == "dur":
        return f"{number:.2f}"
    plain = 1e-3 <= abs(number) < 1e6 and not number.is_integer() and name != "lr"
    return f"{number:.4f}" if plain else f"{number:.4g}"
