"""After a fit in a group nothing of the group is left but what the program holds."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, sys
from pathlib import Path
os.environ["GLOO_SOCKET_IFNAME"] = "lo"
import torch.distributed as dist
dist.init_process_group("gloo", init_method=sys.argv[1], rank=int(sys.argv[2]), world_size=2)
from skrec import FMClassifier
from skrec.datasets import make_ctr
from skrec.distributed import load, save
data = make_ctr(200, random_state=int(sys.argv[2]))
data_parallel = {"False": False}.get(sys.argv[4], sys.argv[4])
model = FMClassifier(max_epochs=1, data_parallel=data_parallel, random_state=0).fit(data.X, data.y)
if data_parallel == "sharded":
    save(model, sys.argv[3])
    load(sys.argv[3])
threads = lambda: [path.read_text() for path in Path("/proc/self/task").glob("*/comm")]
before = sum("gloo" in name for name in threads())
dist.destroy_process_group()
print(before > 0, [name for name in threads() if "gloo" in name])
"""


@pytest.mark.scale
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted where Linux lists them")
@pytest.mark.parametrize("data_parallel", ["auto", "False", "sharded"])
def test_the_threads_of_a_group_end_with_it(tmp_path, data_parallel):
    """One that is left may abort the process at its end."""
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, f"file://{tmp_path / 'meeting'}"]
    processes = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path / "model"), data_parallel],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    said = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert [out for out, _ in said] == ["True []\n"] * 2
