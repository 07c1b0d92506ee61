"""How long to train on few rows: found on a part of them, for all of them."""

import copy

import torch

from skrec._learnt import copy_of
from skrec.data import shuffled, stratified
from skrec.engine import limit_threads
from skrec.estimators._base._threads import thread_limit
from skrec.estimators._base._training import make_net, run

SHARE = 0.2  # of the rows, on which the epochs are compared


def found_epochs(work, module, objective, rows, n_epochs, seed):
    """Return the number of epochs after which a copy of a module, trained on four fifths, was best on the others.

    Parameters
    ----------
    work : NetEstimator
        That has learnt its columns and its target.
    module : torch.nn.Module
        With its initial values; it is left as it is.
    objective : Objective
    rows : Rows
        All training rows.
    n_epochs : int
        At most.
    seed : int
    """
    try:
        cut = stratified(rows.target.numpy(), SHARE, seed) if objective.by_label else shuffled(len(rows), SHARE, seed)
    except ValueError:  # too many classes for so few rows
        return n_epochs
    train, valid = (rows.take(torch.from_numpy(part)) for part in cut)
    if not valid.weight.sum() > 0:
        return n_epochs
    # to the last epoch: what columns do together may be learnt late, after epochs in which nothing is
    settings = copy_of(work).set_params(callbacks=None, verbose=0, n_iter_no_change=n_epochs)
    net = make_net(settings, copy.deepcopy(module), objective.criterion(work._target_), work._target_, seed)
    with limit_threads(thread_limit(work)):
        return run(net, settings, train, valid, n_epochs=n_epochs, monitor="valid_loss")
