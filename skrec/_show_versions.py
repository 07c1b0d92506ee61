"""What a report of a bug needs to say of the machine and its packages."""

import importlib.metadata
import os
import platform
import sys

import torch

from skrec.engine import multiplies_bfloat16_faster, processor_units

_REQUIRED = ("torch", "scikit-learn", "skorch", "pandas", "numpy", "scipy", "category-encoders", "pyarrow")
_OPTIONAL = ("numba", "pooch", "matplotlib", "faiss-cpu", "onnx", "onnxscript", "rich", "polars", "skops")
_UNITS = {"avx", "avx2", "avx512f", "avx512_bf16", "amx_bf16", "fma", "neon", "asimd", "sve", "bf16", "sme", "sme_bf16"}


def show_versions() -> None:
    """Print what a report of a bug needs to say: packages, processor, threads, and what fits choose by them.

    Examples
    --------
    >>> import skrec
    >>> skrec.show_versions()  # doctest: +ELLIPSIS
    System
        python: ...
    """
    for title, lines in (("System", _system()), ("Packages", _packages()), ("Training", _training())):
        print(title)
        for name, value in lines.items():
            print(f"    {name}: {value}")


def _system():
    python = sys.version.replace("\n", " ")
    return {"python": python, "executable": sys.executable, "machine": platform.platform()}


def _packages():
    return {name: _version(name) for name in ("skrec-torch", *_REQUIRED, *_OPTIONAL)}


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _training():
    """Return what decides how fast a fit is, and what "auto" stands for here."""
    gpus = [torch.cuda.get_device_name(place) for place in range(torch.cuda.device_count())]
    bfloat16 = multiplies_bfloat16_faster("cpu")
    return {
        "processors": os.cpu_count(),
        "threads of torch": torch.get_num_threads(),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "not set"),
        "units": ", ".join(sorted(_UNITS & processor_units())) or "none known",
        "GPUs": ", ".join(gpus) or "none",
        'precision="auto"': "bfloat16 in fits large enough" if bfloat16 else "float32",
        "kernels": "not compiled, numba is not installed" if _version("numba") == "not installed" else "numba",
    }
