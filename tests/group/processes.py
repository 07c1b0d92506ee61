"""Processes of one group on this machine, which run what tests send them: to start them is most of the cost."""

import os
import queue
import signal
import tempfile
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

SECONDS = 300  # that a process waits for another one: tests share a busy machine
PATIENCE = 300  # that a test waits for a process


def serve(rank, size, path, tasks, results, seconds):
    """Join the group, and run what comes until None does."""
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{path}", rank=rank, world_size=size, timeout=timedelta(seconds=seconds)
    )
    results.put((rank, "ready", None))
    while (task := tasks.get()) is not None:
        function, arguments, options = task
        try:
            results.put((rank, function(rank, *arguments, **options), None))
        except BaseException as error:
            results.put((rank, None, error if isinstance(error, Exception) else RuntimeError(repr(error))))
    dist.destroy_process_group()


class Processes:
    """A group of processes; `run` starts them, and again after a test that ended one.

    Parameters
    ----------
    size : int
    seconds : int, default=SECONDS
        After which a process takes another one for gone.
    """

    def __init__(self, size, seconds=SECONDS):
        self.size, self.seconds, self.processes = size, seconds, []

    def start(self):
        """Start them, if they do not run."""
        if self.processes:
            return
        context = torch.multiprocessing.get_context("spawn")
        path = Path(tempfile.mkdtemp()) / "rendezvous"
        self.tasks = [context.SimpleQueue() for _ in range(self.size)]
        self.results = context.Queue()
        for rank, tasks in enumerate(self.tasks):
            arguments = rank, self.size, path, tasks, self.results, self.seconds
            process = context.Process(target=serve, args=arguments, daemon=True)
            process.start()
            self.processes.append(process)
        self._answers(self.size)

    def send(self, function, *arguments, **options):
        """Let each process call a function, of its rank and what is given."""
        self.start()
        for tasks in self.tasks:
            tasks.put((function, arguments, options))

    def outcomes(self, n=None):
        """Return what `n` processes gave or raised, by rank; all of them if not given."""
        return {rank: error if error is not None else result for rank, result, error in self._answers(n or self.size)}

    def run(self, function, *arguments, **options):
        """Return what a function gave in each process; raise the error of the first one that raised."""
        self.send(function, *arguments, **options)
        outcomes = self.outcomes()
        for rank in range(self.size):
            if isinstance(outcomes[rank], Exception):
                raise outcomes[rank]
        return [outcomes[rank] for rank in range(self.size)]

    def signal(self, rank, number=signal.SIGKILL):
        """Send a signal to a process."""
        os.kill(self.processes[rank].pid, number)

    def stop(self):
        """End all processes, whatever they do."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.join()
        self.processes = []

    def _answers(self, n):
        answers = []
        try:
            for _ in range(n):
                answers.append(self.results.get(timeout=PATIENCE))
        except queue.Empty:
            self.stop()
            raise TimeoutError(f"{n - len(answers)} of {n} processes did not answer within {PATIENCE} s") from None
        return answers
