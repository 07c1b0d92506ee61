"""
Beyond one process: one fit, and what engines start
===================================================

Clicks in Parquet are learnt by two processes together, each with its own row groups. Both come to the same model, an
ordinary one. Nothing in `fit` says so: it joins the group of `torch.distributed` that it finds. Who starts the
processes does not matter, so that the same function runs under all engines here:

    python examples/11_beyond_one_process.py                # starts two processes on this machine
    torchrun --standalone --nproc-per-node 2 examples/11_beyond_one_process.py torchrun
    python examples/11_beyond_one_process.py dask           # pip install "skrec-torch[scale]"
    python examples/11_beyond_one_process.py ray
    python examples/11_beyond_one_process.py spark          # pip install pyspark, and Java

Each prints a digest of the predictions; it is the same for all.
"""

import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import torch.distributed as dist
from sklearn.model_selection import GridSearchCV

from skrec import DeepFMClassifier
from skrec.datasets import make_ctr

FOLDER = Path(tempfile.gettempdir()) / "skrec_beyond_one_process"
IDS = [f"C{column}" for column in range(1, 7)]


def write_clicks():
    """Write 4,000 rows to two files of four row groups each."""
    FOLDER.mkdir(exist_ok=True)
    data = make_ctr(4000, random_state=0)
    table = pa.Table.from_pandas(data.X.assign(click=data.y), preserve_index=False)
    table = table.replace_schema_metadata(None)  # pandas' notes, which dask cannot read of lists
    for part in range(2):
        half = table[part * 2000 : (part + 1) * 2000]
        with tempfile.NamedTemporaryFile(dir=FOLDER, delete=False) as file:
            pq.write_table(half, file, row_group_size=500)
        os.replace(file.name, FOLDER / f"part-{part}.parquet")


def estimator(**params):
    """Return a small DeepFM; its batches of 256 rows are those of all processes together."""
    options = {"categorical_features": IDS, "batch_size": 256, "max_epochs": 2, "random_state": 0, "n_threads": 1}
    return DeepFMClassifier(**{**options, **params})


def digest(probability):
    """Return the first digits of a digest of predictions: equal ones are equal to the bit."""
    return sha256(np.ascontiguousarray(probability).tobytes()).hexdigest()[:12]


# %%
# What every process runs
# -----------------------
# The Dataset is the same in all of them; each reads row groups of its own.


def train(folder):
    """Fit together with the other processes of the group, and return the model."""
    clicks = ds.dataset(folder)
    return estimator().fit(clicks, "click")


def train_and_say(folder):
    """Do so, and let process 0 save the model, and say what it predicts."""
    model = train(folder)
    if dist.get_rank() == 0:
        joblib.dump(model, Path(folder).with_suffix(".joblib"))
        probability = model.predict_proba(ds.dataset(folder))
        print(f"{dist.get_world_size()} processes, digest of predictions {digest(probability)}", flush=True)


# %%
# Without an engine: processes of this machine
# --------------------------------------------


def join(rank, world, meeting):
    """Make the group: processes meet at a file here, at tcp://host:port on several machines."""
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # the loopback; on several machines the network between them
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=world)


def work(rank, world, meeting, folder):
    join(rank, world, meeting)
    train_and_say(folder)
    dist.destroy_process_group()


def processes():
    meeting = f"file://{tempfile.mkdtemp()}/meeting"
    started = [subprocess.Popen([sys.executable, sys.argv[0], "one", meeting, str(rank)]) for rank in range(2)]
    codes = [process.wait() for process in started]
    if any(codes):
        raise RuntimeError("a process has failed; it says above what it was")


def torchrun():
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    dist.init_process_group("gloo")
    train_and_say(str(FOLDER))
    dist.destroy_process_group()


# %%
# Search and scoring need no group
# --------------------------------
# A search fits many models, each in one process; rows are scored wherever they are. Both give what this process gives,
# to the bit.


def search(backend):
    """Search on an engine that joblib knows."""
    frame = ds.dataset(FOLDER).to_table().to_pandas()
    grid = GridSearchCV(estimator(max_epochs=1), {"embedding_dim": [4, 8]}, cv=2, scoring="roc_auc", n_jobs=2)
    with joblib.parallel_config(backend):
        grid.fit(frame.drop(columns="click"), frame["click"])
    return grid


def same(name, found, expected):
    print(f"{name}: {digest(found)}, in this process {digest(expected)}", flush=True)
    assert digest(found) == digest(expected)


def dask():
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None)
    with cluster, Client(cluster) as client:
        workers = list(client.scheduler_info()["workers"])
        meeting = f"file://{tempfile.mkdtemp()}/meeting"
        fits = [
            client.submit(work, rank, len(workers), meeting, str(FOLDER), workers=[worker], pure=False)
            for rank, worker in enumerate(workers)
        ]
        client.gather(fits)
        model = joblib.load(FOLDER.with_suffix(".joblib"))
        expected = model.predict_proba(ds.dataset(FOLDER))
        print(f"2 processes, digest of predictions {digest(expected)}", flush=True)
        # without `meta` dask would try the model on rows of its own making
        rows = dd.read_parquet(FOLDER).map_partitions(model.predict_proba, meta=np.empty((0, 2), np.float32))
        same("scored by dask", rows.compute(), expected)
        found = search("dask").cv_results_["mean_test_score"]
        same("searched by dask", found, search("threading").cv_results_["mean_test_score"])


def ray():
    import ray as engine
    from ray.train import ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer
    from ray.util.joblib import register_ray

    engine.init(num_cpus=3, include_dashboard=False, log_to_driver=False)
    trainer = TorchTrainer(
        lambda config: train_and_say(config["folder"]),
        train_loop_config={"folder": str(FOLDER)},
        scaling_config=ScalingConfig(num_workers=2),
        torch_config=TorchConfig(backend="gloo"),
    )
    trainer.fit()
    model = joblib.load(FOLDER.with_suffix(".joblib"))
    expected = model.predict_proba(ds.dataset(FOLDER))
    print(f"2 processes, digest of predictions {digest(expected)}", flush=True)

    def score(frame):
        return pd.DataFrame({"row": frame["row"], "p": model.predict_proba(frame)[:, 1]})

    numbered = ds.dataset(FOLDER).to_table().to_pandas().rename_axis("row").reset_index()
    scored = engine.data.from_pandas(numbered).map_batches(score, batch_format="pandas").to_pandas().sort_values("row")
    same("scored by ray", scored["p"].to_numpy(), expected[:, 1])
    register_ray()
    found = search("ray").cv_results_["mean_test_score"]
    same("searched by ray", found, search("threading").cv_results_["mean_test_score"])
    engine.shutdown()


def spark():
    from pyspark.ml.torch.distributor import TorchDistributor
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers run the Python that has skrec
    session = SparkSession.builder.master("local[2]").config("spark.driver.host", "127.0.0.1").getOrCreate()
    TorchDistributor(num_processes=2, local_mode=True, use_gpu=False).run(os.path.abspath(sys.argv[0]), "torchrun")
    model = joblib.load(FOLDER.with_suffix(".joblib"))

    def score(frames):
        for frame in frames:
            yield pd.DataFrame({"p": model.predict_proba(frame)[:, 1]})

    rows = session.read.parquet(str(FOLDER)).coalesce(1)
    scored = rows.mapInPandas(score, "p float").toPandas()["p"].to_numpy()
    expected = model.predict_proba(ds.dataset(FOLDER))[:, 1]
    same("scored by spark, in any order", np.sort(scored), np.sort(expected))
    session.stop()


if __name__ == "__main__":
    engine = sys.argv[1] if len(sys.argv) > 1 else "processes"
    if engine == "one":  # of the two processes
        work(int(sys.argv[3]), 2, sys.argv[2], str(FOLDER))
        sys.exit()
    if engine != "torchrun":  # of which two processes come here
        write_clicks()
    elif not FOLDER.exists():
        sys.exit("run it without an engine once, which writes the rows")
    {"processes": processes, "torchrun": torchrun, "dask": dask, "ray": ray, "spark": spark}[engine]()
