"""
Serve a pipeline
================

A pipeline is saved by skops and written as one ONNX file. A process that has not seen its data loads both and puts them
behind FastAPI, on this machine alone; they get the same rows of JSON and give equal answers. How long does each take?

    pip install "skrec-torch[onnx]" onnxruntime skops fastapi uvicorn
    python examples/08_serve.py

The clicks are generated; ids are numbers, some are missing, and one row has nothing that the training rows had.
"""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

N_CALLS = 100


def write(folder):
    """Fit a pipeline, write it in both ways, and return rows to ask for."""
    import skops.io

    from skrec import DeepFMClassifier
    from skrec.datasets import make_ctr
    from skrec.export import to_onnx
    from skrec.preprocessing import TableEncoder

    clicks = make_ctr(20_000, random_state=0)
    X = clicks.X.astype({name: np.int64 for name in clicks.X if name.startswith("C")})
    X["I1"] = X["I1"].where(np.arange(len(X)) % 7 > 0)  # some are missing
    X["S1"] = [list(cell) for cell in X["S1"]]
    roles = {kind: [name for name in X if name.startswith(kind)] for kind in "CIS"}
    encoder = TableEncoder(categorical=roles["C"], numeric=roles["I"], sequence=roles["S"])
    pipeline = make_pipeline(encoder, DeepFMClassifier(max_epochs=2, random_state=0)).fit(X, clicks.y)
    skops.io.dump(pipeline, folder / "pipeline.skops")
    to_onnx(pipeline, folder / "pipeline.onnx")
    rows = json.loads(X[:N_CALLS].to_json(orient="records"))
    rows[1] |= {"C1": -5, "C2": None, "I1": None, "I2": None, "S1": []}
    return rows


def serve(folder, port):
    """Answer rows of JSON by both files, each under its name."""
    import onnxruntime
    import skops.io
    import uvicorn
    from fastapi import FastAPI

    from skrec.export import onnx_inputs
    from skrec.persistence import TRUSTED_TYPES

    app = FastAPI()
    pipeline = skops.io.load(folder / "pipeline.skops", trusted=TRUSTED_TYPES)
    session = onnxruntime.InferenceSession(folder / "pipeline.onnx")

    @app.post("/skops")
    def by_pipeline(rows: list[dict]) -> list[float]:
        return pipeline.predict_proba(pd.DataFrame(rows))[:, 1].tolist()

    @app.post("/onnx")
    def by_graph(rows: list[dict]) -> list[float]:
        [probability] = session.run(None, onnx_inputs(pd.DataFrame(rows), session))
        return probability[:, 1].tolist()

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


def ask(port, name, rows):
    """Return the answers to rows."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/{name}", json.dumps(rows).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return np.array(json.load(answer))


def wait(server, port, seconds=120):
    """Return when somebody listens at `port`."""
    for _ in range(10 * seconds):
        if server.poll() is not None:
            sys.exit("the server has ended")
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"the server did not start in {seconds} s")


def main():
    """Write, serve, ask."""
    with tempfile.TemporaryDirectory() as name, socket.socket() as free:
        rows = write(Path(name))
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        server = subprocess.Popen([sys.executable, __file__, name, str(port)])
        try:
            wait(server, port)
            answers = {way: ask(port, way, rows) for way in ("skops", "onnx")}
            print(f"largest difference of {len(rows)} rows: {abs(answers['skops'] - answers['onnx']).max():.1e}")
            for way in answers:
                start = time.perf_counter()
                alone = [ask(port, way, [row])[0] for row in rows]
                print(f"{way:5s}  {1000 * (time.perf_counter() - start) / len(rows):6.2f} ms a call of one row")
                assert np.allclose(alone, answers[way], atol=1e-5)
            assert np.allclose(answers["skops"], answers["onnx"], atol=1e-5)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
