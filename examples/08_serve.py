"""
Serve a pipeline
================

A pipeline is saved by skops and written as one ONNX file, a `Recommender` with its items and their index is saved as a
whole. A process that has not seen their data loads all three and puts them behind FastAPI, on this machine alone. Both
files of the pipeline get the same rows of JSON and give equal answers. How long does each take?

    pip install "skrec-torch[onnx]" onnxruntime skops fastapi uvicorn
    python examples/08_serve.py

The clicks are generated; ids are numbers, some are missing, and one row has nothing that the training rows had. Where
mlflow is installed, the pipeline is also logged in its default format, loaded and scored.
"""

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

N_CALLS = 100
N_ITEMS = 5
SECONDS = 300  # after which the server ends, whatever has become of this process


def write(folder):
    """Fit a pipeline and a Recommender, write them, and return rows and users to ask for."""
    import skops.io

    from skrec import DeepFMClassifier, MFClassifier
    from skrec.datasets import make_ctr
    from skrec.export import to_onnx
    from skrec.preprocessing import TableEncoder
    from skrec.retrieval import ExactIndex, Recommender

    clicks = make_ctr(20_000, random_state=0)
    X = clicks.X.astype({name: np.int64 for name in clicks.X if name.startswith("C")})
    X["I1"] = X["I1"].where(np.arange(len(X)) % 7 > 0)  # some are missing
    X["S1"] = [list(cell) for cell in X["S1"]]
    roles = {kind: [name for name in X if name.startswith(kind)] for kind in "CIS"}
    encoder = TableEncoder(categorical=roles["C"], numeric=roles["I"], sequence=roles["S"])
    pipeline = make_pipeline(encoder, DeepFMClassifier(max_epochs=2, random_state=0)).fit(X, clicks.y)
    skops.io.dump(pipeline, folder / "pipeline.skops")
    to_onnx(pipeline, folder / "pipeline.onnx")

    taken = X.loc[clicks.y == 1, ["C1", "C2"]].set_axis(["user_id", "item_id"], axis=1)
    model = MFClassifier(n_negatives=4, max_epochs=2, random_state=0).fit(taken, np.ones(len(taken)))
    recommender = Recommender(model, taken[["item_id"]].drop_duplicates(), index=ExactIndex())
    skops.io.dump(recommender, folder / "recommender.skops")

    rows = json.loads(X[:N_CALLS].to_json(orient="records"))
    rows[1] |= {"C1": -5, "C2": None, "I1": None, "I2": None, "S1": []}
    users = taken["user_id"].drop_duplicates()[:N_CALLS].tolist()
    return pipeline, recommender, rows, users


def serve(folder):
    """Answer JSON by all files, each under its name, at a port that the system chooses and this prints."""
    import onnxruntime
    import skops.io
    import uvicorn
    from fastapi import FastAPI

    from skrec.export import onnx_inputs
    from skrec.persistence import TRUSTED_TYPES

    app = FastAPI()
    pipeline, recommender = (
        skops.io.load(folder / f"{name}.skops", trusted=TRUSTED_TYPES) for name in ("pipeline", "recommender")
    )
    session = onnxruntime.InferenceSession(folder / "pipeline.onnx")

    @app.post("/skops")
    def by_pipeline(rows: list[dict]) -> list[float]:
        return pipeline.predict_proba(pd.DataFrame(rows))[:, 1].tolist()

    @app.post("/onnx")
    def by_graph(rows: list[dict]) -> list[float]:
        [probability] = session.run(None, onnx_inputs(pd.DataFrame(rows), session))
        return probability[:, 1].tolist()

    @app.post("/recommend")
    def lists(users: list[int]) -> list[dict]:
        return recommender.recommend(users, N_ITEMS).to_dict("records")

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        print(door.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[door])


def ask(port, name, content):
    """Return the answers to rows, or to users."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/{name}", json.dumps(content).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.load(answer)


def milliseconds(call, n_calls):
    """Return what a call takes, the quickest of three rounds."""
    rounds = []
    for _ in range(3):
        start = time.perf_counter()
        for place in range(n_calls):
            call(place)
        rounds.append(1000 * (time.perf_counter() - start) / n_calls)
    return min(rounds)


def compare_here(folder, pipeline, rows):
    """Print what a row takes in this process, without a server between."""
    import onnxruntime

    from skrec.export import onnx_inputs

    session = onnxruntime.InferenceSession(folder / "pipeline.onnx")
    frames = [pd.DataFrame([row]) for row in rows]
    inputs = [onnx_inputs(frame, session) for frame in frames]
    python = milliseconds(lambda place: pipeline.predict_proba(frames[place]), len(rows))
    graph = milliseconds(lambda place: session.run(None, inputs[place]), len(rows))
    print(
        f"one row in this process: pipeline {python:.2f} ms, graph {graph:.3f} ms, {python / graph:.0f} times as fast"
    )


def through_mlflow(folder, pipeline, rows):
    """Log the pipeline in the default format of mlflow, load it, and check its answers."""
    import mlflow

    from skrec.persistence import TRUSTED_TYPES

    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.create_experiment("serve", artifact_location=(folder / "mlflow").as_uri())
    mlflow.set_experiment("serve")
    logged = mlflow.sklearn.log_model(pipeline, name="pipeline", skops_trusted_types=TRUSTED_TYPES)
    again, frame = mlflow.sklearn.load_model(logged.model_uri), pd.DataFrame(rows)
    assert (again.predict_proba(frame) == pipeline.predict_proba(frame)).all()
    print(f"mlflow {mlflow.__version__}: loaded and scored, equal")


def main():
    """Write, serve, ask."""
    with tempfile.TemporaryDirectory() as name:
        pipeline, recommender, rows, users = write(Path(name))
        server = subprocess.Popen([sys.executable, sys.argv[0], name], stdout=subprocess.PIPE, text=True)
        alarm = threading.Timer(SECONDS, server.kill)
        alarm.start()
        try:
            port = int(server.stdout.readline() or sys.exit("the server has ended"))
            answers = {way: np.array(ask(port, way, rows)) for way in ("skops", "onnx")}
            print(f"largest difference of {len(rows)} rows: {abs(answers['skops'] - answers['onnx']).max():.1e}")
            assert np.allclose(answers["skops"], answers["onnx"], atol=1e-5)
            for way, together in answers.items():
                alone = [ask(port, way, [row])[0] for row in rows]
                assert np.allclose(alone, together, atol=1e-5)
                taken = milliseconds(lambda place, way=way: ask(port, way, [rows[place]]), len(rows))
                print(f"{way:5s}  {taken:6.2f} ms a call of one row")
            lists = pd.DataFrame(ask(port, "recommend", users))
            pd.testing.assert_frame_equal(lists, recommender.recommend(users, N_ITEMS), check_dtype=False)
            print(f"lists of {N_ITEMS} items for {len(users)} users, the same as here")
        finally:
            alarm.cancel()
            server.terminate()
            server.wait()
        compare_here(Path(name), pipeline, rows)
        if find_spec("mlflow"):
            through_mlflow(Path(name), pipeline, rows)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(Path(sys.argv[1]))
    else:
        main()
