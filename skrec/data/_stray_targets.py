"""Targets of a chain that are there without the one that they need."""

from typing import Any

from skrec._text import quoted
from skrec._warn import warn
from skrec.data._several_targets import name_of


def warn_of_strays(codes: Any, counts: Any, targets: Any, learner: Any) -> None:
    """Warn of rows that have a target without the one before.

    Parameters
    ----------
    codes : ndarray of shape (n_kinds, K)
        Kinds of rows, 1 where a target is positive.
    counts : ndarray of shape (n_kinds,)
        The rows of each kind.
    targets : Targets
    learner : str
        The name of the estimator.
    """
    stray = (codes[:, 1:] == 1) & (codes[:, :-1] == 0)
    if not stray.any():
        return
    place = int(stray.any(0).argmax())
    later, earlier = (name_of(p, targets.names) for p in (place + 1, place))
    names = list(targets.names or range(len(targets.parts)))
    warn(
        f"{learner}: {int(counts[stray.any(1)].sum())} rows have a target without the one before it, such as {later} "
        f"without {earlier}; in a chain that cannot be: check the order of the columns, {quoted(names)}, or those rows"
    )
