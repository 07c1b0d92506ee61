"""Items as they are taken."""

from skrec.objectives.samplers._sampling import NegativeSampling


class PopularitySampling(NegativeSampling):
    """Draws each item as often as training rows have it."""

    name = "popularity"
    draws = "each as often as training rows have it"

    def mass(self, counts):
        """Return the counts."""
        return counts.copy()
