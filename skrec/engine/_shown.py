"""What skorch's callbacks see: batches as (X, y), y as `fit` had it, losses in its units, gradients without gaps.

Shape letters: B rows of a batch, U distinct rows of a table among what a batch looks up, W width.
"""

import torch
from skorch.dataset import Dataset

from skrec.engine._optimizers import is_table
from skrec.engine._rows import Batch
from skrec.ops import Scores


class ShownBatch(tuple):
    """A batch that is unpacked as skorch unpacks one: inputs, and labels or numbers of shape (B,).

    `inputs` and `target`, the latter codes or standardised numbers with the weights, are those of the Batch.
    """

    inputs: object
    target: object

    def __new__(cls, batch, target):
        """Show `batch`, whose targets mean `target`."""
        self = super().__new__(cls, (batch.inputs, target.targets(batch.target[0].cpu().numpy())))
        self.inputs, self.target = batch
        return self


class ShownRows(Dataset):
    """Rows as a Dataset of skorch, which has `X`, the rows themselves, and `y`, labels or numbers of shape (n_rows,).

    Parameters
    ----------
    rows : Rows or StreamedRows
    target : Classes or Numbers
    size : int
        Rows of a batch when the targets are read.
    """

    def __init__(self, rows, target, size):
        self.X, self.target, self.size = rows, target, size

    @property
    def y(self):
        """Labels or numbers, as `fit` had them."""
        codes = torch.cat([batch.target[0] for batch in self.X.batches(self.size)])
        return self.target.targets(codes.cpu().numpy())

    def __len__(self):
        return len(self.X)

    def __getitem__(self, rows):
        """Return the batch of some rows."""
        return ShownBatch(self.X[rows], self.target)


def shown(net, arguments):
    """Return the arguments of a callback's method as callbacks of the user see them."""
    see = {
        "batch": lambda batch: ShownBatch(batch, net.target) if isinstance(batch, Batch) else batch,
        "dataset_train": lambda rows: ShownRows(rows, net.target, net.batch_size),
        "dataset_valid": lambda rows: rows and ShownRows(rows, net.target, net.iterator_valid__batch_size),
        "y_pred": plain,
        "loss": lambda loss: loss.detach() * net.target.loss_unit,
    }
    return {name: see[name](value) if name in see else value for name, value in arguments.items()}


def plain(outputs):
    """Return outputs of shape (B, C): of Scores those of the rows' own items."""
    return (outputs.users * outputs.items).sum(1, keepdim=True) if isinstance(outputs, Scores) else outputs


def with_whole_gradients(named_parameters, optimizer):
    """Return names and parameters whose gradients can be clipped and measured.

    Of a table with a sparse gradient that is a stand-in with the rows that the batch looked up, each once, (U, W); its
    gradient is the memory of the table's. A parameter without numbers has none, for torch has no largest of them.
    """
    return [(name, _touched_rows(p, optimizer)) for name, p in named_parameters]


def _touched_rows(p, optimizer):
    if not is_table(p):
        return p if p.numel() else p.detach()
    rows, gradient = optimizer.merge_gradient(p)  # (U,), (U, ...)
    if len(rows) == 0:
        return p.detach()  # without a gradient
    stand_in = torch.nn.Parameter(p.detach().index_select(0, rows))
    stand_in.grad = gradient
    return stand_in
