"""Which arithmetic a device multiplies matrices in fastest."""

from functools import cache
from pathlib import Path
from typing import Any

import torch

UNITS = {"amx_bf16", "avx512_bf16", "bf16", "sme"}  # of x86 the first two, of Arm the others
_CPUINFO = Path("/proc/cpuinfo")


def multiplies_bfloat16_faster(device: Any) -> Any:
    """Return whether a device has units that multiply bfloat16, which is then two to five times as fast as float32.

    Parameters
    ----------
    device : str or torch.device
    """
    kind = torch.device(device).type
    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return kind == "cpu" and not UNITS.isdisjoint(processor_units())


@cache
def processor_units():
    """Return the names of the processor's features, as torch knows them, before 2.8 as Linux does; none elsewhere."""
    ask = getattr(torch.cpu, "get_capabilities", None)
    known = {name for name, there in ask().items() if there is True} if ask else set()
    return known | features_of(_CPUINFO.read_text()) if _CPUINFO.exists() else known


def features_of(cpuinfo):
    """Return the features that the text of /proc/cpuinfo lists for the first processor."""
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    return next((set(value.split()) for name, _, value in lines if name.strip() in ("flags", "Features")), set())
