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
data = make_ctr(200, random_state=int(sys.argv[2]))
FMClassifier(max_epochs=1, random_state=0).fit(data.X, data.y)
threads = lambda: [path.read_text() for path in Path("/proc/self/task").glob("*/comm")]
before = sum("gloo" in name for name in threads())
dist.destroy_process_group()
print(before > 0, [name for name in threads() if "gloo" in name])
"""


@pytest.mark.scale
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted where Linux lists them")
def test_the_threads_of_a_group_end_with_it(tmp_path):
    """One that is left may abort the process at its end."""
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, f"file://{tmp_path / 'meeting'}"]
    processes = [
        subprocess.Popen([*command, str(rank)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err[-2000:]
        assert out == "True []\n"
