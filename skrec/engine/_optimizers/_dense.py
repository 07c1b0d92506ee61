"""The part of an optimizer that moves dense parameters: torch's own optimizer, and the decay beside it."""

import torch

__all__ = ["DenseUpdates", "decay_matrices"]


class DenseUpdates:
    """Lends parameters with dense gradients, and their state, to an optimizer of torch for one step.

    Parameters
    ----------
    kind : type
        Of torch's optimizer.
    options : dict
        Its own, checked by it.
    start : callable, default=None
        Of a parameter, its empty state and its group: makes what torch makes only in the optimizer's constructor.
    moments : tuple of str, default=()
        Names of the moments in the state.
    """

    def __init__(self, kind, options, start=None, moments=()):
        self._optimizer, self._start, self._moments = kind([{"params": []}], **options), start, moments
        self.defaults = self._optimizer.defaults

    def step(self, groups, state):
        """Move parameters; a weight decay in their groups is not torch's to apply.

        Parameters
        ----------
        groups : list of (group, parameters)
            Those of each group of the whole optimizer that have dense gradients.
        state : dict
            The whole optimizer's, by parameter.
        """
        for group, parameters in groups:
            self._begin(parameters, group, state)
        borrower = self._optimizer
        borrower.state = state
        # defaults: what this version of torch has more than the one that wrote a checkpoint
        borrower.param_groups = [
            {**self.defaults, **group, "params": parameters, "weight_decay": 0.0} for group, parameters in groups
        ]
        try:
            _unhooked(borrower.step)(borrower)
        finally:
            borrower.state, borrower.param_groups = {}, []

    def moments(self, parameters, group, state):
        """Return the moments of each of some parameters, a list of tensors each, which are made if missing."""
        self._begin(parameters, group, state)
        return [[state[p][name] for name in self._moments] for p in parameters]

    def _begin(self, parameters, group, state):
        for p in parameters:
            if self._start is not None and not state[p]:
                self._start(p, state[p], group)


def decay_matrices(parameters, group):
    """Shrink parameters of two or more axes by ``lr * weight_decay``, apart from their gradients."""
    if not group["weight_decay"]:
        return
    matrices = [p for p in parameters if p.ndim >= 2]
    if matrices:
        torch._foreach_mul_(matrices, 1 - float(group["lr"]) * group["weight_decay"])


def _unhooked(step):
    """Return the function under a bound `step` of torch, which calls global hooks: the whole optimizer's step does."""
    function = step.__func__
    return function.__wrapped__ if getattr(function, "hooked", False) else function
