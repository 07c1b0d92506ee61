"""From a fitted model to a file that runs without Python, or without skrec."""

from skrec.export._feed import onnx_inputs
from skrec.export._onnx import to_onnx
from skrec.export._torch import net_inputs, to_torch

__all__ = ["net_inputs", "onnx_inputs", "to_onnx", "to_torch"]
