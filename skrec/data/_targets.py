"""What `y` means: labels or numbers, to codes that a loss takes, and back from a net's outputs.

Shape letters: B rows, C outputs.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import expit, softmax

from skrec._text import quoted

SQUARES = 1e4  # room for sums of squared errors; losses in units of the target have theirs as well


@dataclass(frozen=True)
class Classes:
    """Labels of classes, of which a net gives the logits.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Labels, sorted; a label's code is its place.
    factors : ndarray of shape (n_classes,), optional
        On the weights of their rows; ones if not given.
    """

    classes: Any
    factors: Any = None
    kind: ClassVar[str] = "classifier"
    loss_unit: ClassVar[float] = 1.0

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many outputs the one target has, as a tuple."""
        return (1 if len(self.classes) == 2 else len(self.classes),)

    def encode(self, y: Any, weight: Any, dtype: Any) -> Any:
        """Return the codes of labels, (B,) int64, and the weights with the classes' factors."""
        codes, labels = distinct_labels(y)
        unknown = labels[~np.isin(labels, self.classes)]
        if len(unknown):
            raise ValueError(
                f"Expected labels among {quoted(self.classes.tolist())}, got {quoted(unknown.tolist())} in y"
            )
        codes = np.searchsorted(self.classes, labels)[codes]
        return codes, weight if self.factors is None else weight * self.factors[codes]

    def targets(self, codes: Any) -> Any:
        """Return the labels of `codes`, (B,)."""
        return self.classes[codes]

    def decisions(self, outputs: Any) -> Any:
        """Return the log odds of the second class, (B,), with more classes all logits, (B, C)."""
        return outputs if outputs.shape[1] > 1 else outputs[:, 0]

    def probabilities(self, outputs: Any) -> Any:
        """Return the probability of each class, (B, n_classes)."""
        if outputs.shape[1] > 1:
            return softmax(outputs, axis=1)
        positive = expit(outputs)
        return np.hstack([1 - positive, positive])

    def predictions(self, outputs: Any) -> Any:
        """Return the most probable labels, (B,)."""
        logits = self.decisions(outputs)
        return self.classes[(logits > 0).astype(int) if logits.ndim == 1 else logits.argmax(1)]


@dataclass(frozen=True)
class Numbers:
    """Numbers that the net sees with mean 0 and variance 1.

    Parameters
    ----------
    mean, scale : float
        Of the target.
    """

    mean: float = 0.0
    scale: float = 1.0
    kind: ClassVar[str] = "regressor"
    sizes: ClassVar[tuple[int]] = (1,)
    loss_unit: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "loss_unit", self.scale * self.scale)  # a squared error's

    def encode(self, y: Any, weight: Any, dtype: Any) -> Any:
        """Return numbers standardised, (B,) of `dtype`, and the weights as they are."""
        with np.errstate(over="ignore"):
            scaled = (y - self.mean) / self.scale
        far = np.abs(scaled) > np.finfo(dtype).max ** 0.5 / SQUARES
        if far.any():
            raise ValueError(
                f"Expected targets y like those of fit, of mean {self.mean:.3g} and standard deviation "
                f"{self.scale:.3g}, got {y[far][0]:.3g}, too far off for a finite loss; clip them, or fit afresh "
                "on rows that have both"
            )
        return scaled.astype(dtype), weight

    def targets(self, standardised: Any) -> Any:
        """Return numbers in the units of the target, (B,)."""
        # in float64: a large mean would take the digits of float32
        return standardised.astype(np.float64) * self.scale + self.mean

    def predictions(self, outputs: Any) -> Any:
        """Return the expected targets, (B,)."""
        return self.targets(outputs[:, 0])


def distinct_labels(y: Any) -> Any:
    """Return int64 codes of labels, (n_rows,), and the distinct labels, sorted."""
    if y.dtype.kind in "iub":
        return pd.factorize(y, sort=True)  # by hashing, a tenth of the time of sorting
    labels, codes = np.unique(y, return_inverse=True)
    return codes, labels
