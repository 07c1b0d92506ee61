"""All items alike."""

from typing import Any

import numpy as np

from skrec.objectives.samplers._sampling import NegativeSampling


class UniformSampling(NegativeSampling):
    """Draws all items that training rows have equally often."""

    name = "uniform"
    draws = "all equally often"

    def mass(self, counts: Any) -> Any:
        """Return one for each item that there is."""
        return (counts > 0).astype(np.int64)
