"""What a net's outputs and codes mean: classes, or numbers in the units of the target.

Shape letters: B rows, C outputs.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit, softmax


@dataclass(frozen=True)
class Classes:
    """Logits of classes.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Labels, in the order of their codes.
    """

    classes: Any
    kind: ClassVar[str] = "classifier"
    loss_unit: ClassVar[float] = 1.0

    def targets(self, codes):
        """Return the labels of `codes`, (B,)."""
        return self.classes[codes]

    def decisions(self, outputs):
        """Return the log odds of the second class, (B,), with more classes all logits, (B, C)."""
        return outputs if outputs.shape[1] > 1 else outputs[:, 0]

    def probabilities(self, outputs):
        """Return the probability of each class, (B, n_classes)."""
        if outputs.shape[1] > 1:
            return softmax(outputs, axis=1)
        positive = expit(outputs)
        return np.hstack([1 - positive, positive])

    def predictions(self, outputs):
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
    loss_unit: float = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "loss_unit", self.scale * self.scale)  # a squared error's

    def targets(self, standardised):
        """Return numbers in the units of the target, (B,)."""
        # in float64: a large mean would take the digits of float32
        return standardised.astype(np.float64) * self.scale + self.mean

    def predictions(self, outputs):
        """Return the expected targets, (B,)."""
        return self.targets(outputs[:, 0])
