"""Use skrec as an installed wheel: every public module, and the README's first example on small data.

    python .ci/try_wheel.py README.md dist/skrec_torch-*.tar.gz

Runs in an environment that has the wheel. The ratings are generated, so that nothing is downloaded. The sdist is looked
at for what its tests, its examples and a packager need.
"""

import importlib
import importlib.metadata
import pkgutil
import re
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

import skrec
from skrec import datasets


def movielens(name):
    """Return ratings, users and movies with the columns that the example reads, of a model with a known answer."""
    rng = np.random.default_rng(0)
    made = datasets.make_ratings(60, 40, 2_000, noise=0.1, random_state=0)
    ratings = made.X.set_axis(["user_id", "item_id"], axis=1).assign(rating=np.clip(made.y, 1, 5))
    users, movies = (ratings[[name]].drop_duplicates(ignore_index=True) for name in ("user_id", "item_id"))
    users = users.assign(gender=["F", "M"] * (len(users) // 2), age=rng.integers(18, 70, len(users)))
    movies["genres"] = [["drama"] if place % 3 else ["war", "love"] for place in range(len(movies))]
    return Bunch(ratings=ratings, users=users, movies=movies)


IN_SDIST = ["CHANGELOG.md", "CITATION.cff", "SECURITY.md", "LICENSE", "Makefile", "conftest.py", "setup.cfg"]
IN_SDIST += [".ci/try_wheel.py", "examples/01_first_pipeline.py", "tests/contract/cases.py", "tests/data/columns.py"]


def check_sdist(path):
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    lacking = [name for name in IN_SDIST if name not in names]
    assert not lacking, f"{path} lacks {lacking}"
    assert any(name.startswith("tests/files/") for name in names), f"{path} lacks the files of releases"
    made = [name for name in names if name.startswith("examples/output") or name.endswith(".pyc")]
    assert not made, f"{path} has {made}, which are made by running"


def main(readme, sdist):
    check_sdist(sdist)
    installed = Path(skrec.__file__).parent
    assert "site-packages" in installed.parts, f"skrec comes from {installed}, not from a wheel"
    assert (installed / "py.typed").exists()
    assert skrec.__version__ == importlib.metadata.version("skrec-torch")
    names = [module.name for module in pkgutil.walk_packages(skrec.__path__, "skrec.")]
    for name in names:
        if "_kernels" not in name:  # which need numba
            importlib.import_module(name)
    skrec.show_versions()
    example = re.search(r"```python\n(.*?)```", Path(readme).read_text(encoding="utf-8"), re.DOTALL).group(1)
    datasets.fetch_movielens = movielens
    began = time.perf_counter()
    exec(compile(example, str(readme), "exec"), {"__name__": "example"})
    print(f"skrec {skrec.__version__}: {len(names)} modules, README's example in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
