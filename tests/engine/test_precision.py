import pytest
import torch

from skrec.engine import _precision
from skrec.engine._precision import features_of, multiplies_bfloat16_faster, processor_units

CPUINFO = "processor\t: 0\nmodel name\t: some\n{}\t\t: fpu {} avx2\n\nprocessor\t: 1\nflags\t: other\n"


@pytest.mark.parametrize(
    ("line", "units", "faster"),
    [
        ("flags", "amx_bf16 avx512_bf16", True),
        ("flags", "avx512_bf16", True),
        ("Features", "bf16", True),
        ("Features", "sme", True),
        ("flags", "avx512f", False),
    ],
)
def test_a_processor_is_asked_for_its_units(line, units, faster, monkeypatch):
    monkeypatch.setattr(_precision, "processor_units", lambda: features_of(CPUINFO.format(line, units)))
    assert multiplies_bfloat16_faster("cpu") is faster
    assert not multiplies_bfloat16_faster("meta")


@pytest.mark.parametrize("supported", [True, False])
def test_a_gpu_is_asked_by_torch(supported, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: supported)
    assert multiplies_bfloat16_faster("cuda:0") is supported


def test_without_torchs_answer_linux_is_asked(monkeypatch, tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text(CPUINFO.format("flags", "avx512_bf16"))
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.setattr(_precision, "_CPUINFO", path)
    processor_units.cache_clear()
    try:
        assert processor_units() == {"fpu", "avx512_bf16", "avx2"}
    finally:
        processor_units.cache_clear()


def test_no_features_where_nothing_says_them():
    assert features_of("nothing") == set()
