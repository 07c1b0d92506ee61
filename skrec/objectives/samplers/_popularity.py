"""Items as they are taken."""

from typing import Any

from skrec.objectives.samplers._sampling import NegativeSampling


class PopularitySampling(NegativeSampling):
    """Draws each item as often as training rows have it."""

    name = "popularity"
    draws = "each as often as training rows have it"

    def mass(self, counts: Any) -> Any:
        """Return the counts."""
        return counts.copy()
