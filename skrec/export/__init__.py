"""From a fitted model to a file that runs without Python, or without skrec."""

from skrec.export._torch import net_inputs, to_torch

__all__ = ["net_inputs", "to_torch"]
