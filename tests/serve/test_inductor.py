"""A net compiled by AOTInductor, which needs a C++ compiler."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from skrec import FMClassifier
from skrec.export import net_inputs, to_torch
from tests.export.test_torch import later
from tests.samples import fitted

RUN = """
import sys, numpy as np, torch
compiled = torch._inductor.aoti_load_package(sys.argv[1])
for inputs, expected in torch.load(sys.argv[2], weights_only=True):
    np.testing.assert_allclose(compiled(*inputs).numpy(), expected.numpy(), atol=1e-5)
assert not any(name.startswith("skrec") for name in sys.modules)
"""


@pytest.mark.filterwarnings("default")
def test_a_compiled_net_answers_as_the_estimator(tmp_path):
    estimator, _ = fitted(FMClassifier)
    to_torch(estimator, tmp_path / "net.pt2")
    program = torch.export.load(tmp_path / "net.pt2")
    package = torch._inductor.aoti_compile_and_package(program, package_path=str(tmp_path / "compiled.pt2"))
    frames = [later()[:n_rows] for n_rows in (1, 1000)]
    cases = [(net_inputs(estimator, f), torch.from_numpy(estimator.predict_proba(f))) for f in frames]
    torch.save(cases, tmp_path / "cases")
    subprocess.run([sys.executable, "-c", RUN, package, tmp_path / "cases"], check=True, cwd=tmp_path)
    assert np.isfinite(cases[0][1]).all()
