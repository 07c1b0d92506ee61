"""What a step costs in two processes of one thread, and in one process of one thread and of two.

    python examples/benchmarks/group_steps.py [FM DeepFM DCNv2] [--rows 200000] [--batch 2048 16384]

Prints milliseconds of processor a step, of one process; rows/s by wall of the epochs that were timed; and of two
processes how much each sends a step for tables. The first epoch is not timed. The wall says something on a quiet
machine alone.
"""

import argparse
import os
import tempfile
import time

import torch
import torch.distributed as dist

import skrec
from skrec.datasets import make_ctr
from skrec.engine._group._channel import Channel

EPOCHS = 2  # that are timed


def fit(model, X, y, batch, threads, epochs):
    cls = getattr(skrec, f"{model}Classifier")
    options = {"embedding_dim": 8, "batch_size": batch, "early_stopping": False, "embedding_l2": 0.0, "random_state": 0}
    known = cls().get_params()
    if "hidden_layer_sizes" in known:
        options["hidden_layer_sizes"] = (256, 128)
    cls(**options, n_threads=threads, max_epochs=epochs).fit(X, y)


def measure(model, X, y, batch, threads):
    """Return seconds of processor and of wall of the epochs after the first."""
    spent = []
    for epochs in (1, 1 + EPOCHS):
        start = time.process_time(), time.perf_counter()
        fit(model, X, y, batch, threads, epochs)
        spent.append((time.process_time() - start[0], time.perf_counter() - start[1]))
    return spent[1][0] - spent[0][0], spent[1][1] - spent[0][1]


def work(rank, world, meeting, args, results):
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    if world > 1:
        dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=world)
    data = make_ctr(
        args.rows, n_categorical=26, cardinality=args.cardinality, n_numeric=13, n_sequence=0, random_state=0
    )
    X, y = data.X[rank::world].reset_index(drop=True), data.y[rank::world]
    sent, spread = [0, 0], Channel.spread

    def counting(self, tensor, sizes, to=None):
        if tensor.element_size() == 4:  # of tables; other messages are bytes
            sent[0] += 1
            sent[1] += 4 * len(tensor)
        return spread(self, tensor, sizes, to)

    Channel.spread = counting
    for threads in args.threads:
        for model in args.models:
            fit(model, X, y, max(args.batch), threads, 1)  # loads kernels
            for batch in args.batch:
                cpu, wall = measure(model, X, y, batch, threads)
                steps = -(-args.rows // batch) * EPOCHS
                results.put((rank, model, batch, threads, 1e3 * cpu / steps, args.rows * EPOCHS / wall, tuple(sent)))
                sent[:] = [0, 0]


def run(world, args):
    results = torch.multiprocessing.get_context("spawn").SimpleQueue()
    meeting = f"file://{tempfile.mkdtemp()}/meeting"
    torch.multiprocessing.spawn(work, (world, meeting, args, results), nprocs=world)
    while not results.empty():
        rank, model, batch, threads, milliseconds, rate, (n_messages, n_bytes) = results.get()
        if rank == 0:
            size = f", {n_bytes / n_messages / 1e3:,.0f} KB a step" if n_messages else ""
            print(
                f"{world} x {threads} {model:8} {batch:6}: {milliseconds:6.1f} ms of processor a step, "
                f"{rate:9,.0f} rows/s{size}",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=["FM", "DeepFM"])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--cardinality", type=int, default=20_000)
    parser.add_argument("--batch", type=int, nargs="+", default=[2048, 16384])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args()
    for world in args.processes:
        args.threads = [1, 2] if world == 1 else [1]
        run(world, args)
