"""Processes that train together, over the loopback of one machine: how much faster, what they send, what was foretold.

python benchmarks/processes.py             # 1, 2 and 4 processes, each with one thread
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from measuring import machine, report, table, times

SIZES: dict[str, tuple[tuple[int, ...], int, int]] = {
    "20-32-1, batches of 256": ((20, 32, 1), 256, 16_384),
    "784-256-128-10, batches of 4,096": ((784, 256, 128, 10), 4_096, 16_384),
}
"""Of each network its layers, the examples of an update, and all examples."""
EPOCHS = 12
_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def member(name: str, number: int, count: int, port: int) -> None:
    """One of the processes: the first prints seconds an update, the updates, and a number that the weights give."""
    import thalweg as tw

    if count > 1:
        tw.join_processes(f"localhost:{port}", count, number)
    layers, batch, examples = SIZES[name]
    rng = np.random.default_rng(0)
    P = rng.normal(size=(examples, layers[0])).astype(np.float32)
    T = np.tanh(P[:, : layers[-1]])
    net = tw.mlp(*layers, hidden="tanh")
    run = tw.train(
        net, P, T, "mse", batch_size=batch, epochs=EPOCHS, engine="xla", devices="all", record="seconds", verbose=False
    )
    seconds = run.history["seconds"]
    half = len(seconds) // 2  # the first epochs wait for the compiler
    steps = -(-examples // batch)
    if number == 0:
        an_update = (seconds[-1] - seconds[half]) / ((len(seconds) - 1 - half) * steps)
        print(an_update, run.updates, float(np.abs(net.ravel(run.params)).sum()))


def sent() -> int:
    """The bytes that were sent over the loopback so far."""
    lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()
    return next(int(line.split(":")[1].split()[8]) for line in lines if line.strip().startswith("lo:"))


def together(name: str, count: int) -> tuple[float, int, float, float]:
    """Seconds an update, updates, the number that the weights give, and the bytes sent an update."""
    with socket.socket() as trial:
        trial.bind(("localhost", 0))
        port = trial.getsockname()[1]
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": _ONE_THREAD, "OMP_NUM_THREADS": "1"}
    before = sent()
    members = [
        subprocess.Popen(
            [sys.executable, __file__, "--member", name, str(number), str(count), str(port)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )
        for number in range(count)
    ]  # fmt: skip
    outputs = [one.communicate(timeout=600) for one in members]
    for one, (_, error) in zip(members, outputs, strict=True):
        assert one.returncode == 0, error[-2000:]
    an_update, updates, number = outputs[0][0].splitlines()[-1].split()
    return float(an_update), int(updates), float(number), (sent() - before) / int(updates)


def loopback(size: int = 64 << 20, turns: int = 2000) -> tuple[float, float]:
    """Bytes a second over the loopback, and the seconds that a message of a byte takes."""
    with socket.create_server(("localhost", 0)) as server:

        def answer() -> None:
            other, _ = server.accept()
            with other:
                other.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for _ in range(turns):
                    other.sendall(other.recv(1))
                left = size
                while left:
                    left -= len(other.recv(1 << 20))
                other.sendall(b".")

        answering = threading.Thread(target=answer)
        answering.start()
        with socket.create_connection(server.getsockname()) as one:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            began = time.perf_counter()
            for _ in range(turns):
                one.sendall(b".")
                one.recv(1)
            latency = (time.perf_counter() - began) / turns / 2
            began = time.perf_counter()
            one.sendall(bytes(size))
            one.recv(1)
            bandwidth = size / (time.perf_counter() - began)
        answering.join()
    return bandwidth, latency


def model(alone: float, count: int, parameters: int, bandwidth: float, latency: float) -> float:
    """The seconds of an update that docs/scale.md foretells: C / D + A, where D are no more than the cores.

    >>> f"{model(0.1, 2, 1_000_000, 1e9, 1e-5):.4f}"
    '0.0580'
    """
    if count == 1:
        return alone
    together = 2 * 4 * parameters / bandwidth + 2 * latency * math.log2(count)
    return alone / min(count, os.cpu_count() or 1) + together


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--member", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.member:
        name, *numbers = given.member
        return member(name, *map(int, numbers))
    rows = []
    bandwidth, latency = loopback()
    for name, (layers, _, _) in SIZES.items():
        parameters = sum((a + 1) * b for a, b in itertools.pairwise(layers))
        alone = None
        for count in (1, 2, 4):
            an_update, _, number, traffic = together(name, count)
            alone = alone or (an_update, number)
            told = 2 * (count - 1) * 4 * parameters
            rows.append((
                name, f"{count}", times(an_update), f"{alone[0] / an_update:.2f}",
                times(model(alone[0], count, parameters, bandwidth, latency)), f"{abs(number / alone[1] - 1):.1e}",
                f"{traffic / 1024:,.0f} KiB", f"{told / 1024:,.0f} KiB",
            ))  # fmt: skip
    heads = (
        "network", "processes", "an update", "times as fast as one", "the model's update", "the weights differ by",
        "sent an update in all", "a ring's 2 (N - 1) · 4 bytes · parameters",
    )  # fmt: skip
    report(
        "processes",
        [
            machine(["thalweg", "jax"]),
            "Each process has one thread; 4 processes on 2 cores show that they agree, not how fast they are. The "
            "model is that of docs/scale.md, with C as one process took it, D no more than the cores, and for A what "
            f"the loopback gave just before: {bandwidth / 1e9:.1f} GB/s, and {times(latency)} a message.",
            table(heads, rows),
        ],
    )
    return None


if __name__ == "__main__":
    main()
