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
import tempfile
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
EPOCHS = 25
"""Of 4 updates in the larger network: the weights are compared after 100."""
TURNS, TRIES = 30, 5
"""Of the sums alone: how many follow one another in a try, of how many tries the median counts."""
_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def member(name: str, number: int, count: int, port: int, share: int, weights: str) -> None:
    """One of the processes: the first prints seconds an update and the updates, and saves the weights to a file.

    With a `share` above 1 it trains by itself, on so small a part of each batch; else of several processes it also
    prints the seconds of what gloo has to add up for one update.
    """
    import thalweg as tw

    if count > 1:
        tw.join_processes(f"localhost:{port}", count, number)
    layers, batch, examples = SIZES[name]
    batch, examples = batch // share, examples // share
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
        print(an_update, run.updates)
        np.save(weights, np.asarray(net.ravel(run.params), np.float64))
    if count > 1:
        exchange = seconds_of_exchange(layers)
        if number == 0:
            print(exchange)


def seconds_of_exchange(layers: tuple[int, ...], turns: int = TURNS, tries: int = TRIES) -> float:
    """What the sums of an update take, and nothing else: of the weights of the examples, then of gradient and loss.

    The median of some tries; the processes wait for one another in each sum.
    """
    import jax
    from jax.sharding import Mesh, PartitionSpec

    gradient = [np.zeros(shape, np.float32) for a, b in itertools.pairwise(layers) for shape in ((b, a), (b,))]

    def sums(_: int, values: tuple[jax.Array, list[jax.Array]]) -> tuple[jax.Array, list[jax.Array]]:
        total, gradient = values
        total = jax.lax.psum(total, "data")
        return jax.lax.psum((total, [values + total for values in gradient]), "data")

    mesh = Mesh(np.asarray(jax.devices()), ("data",))
    spread = jax.shard_map(
        lambda values: jax.lax.fori_loop(0, turns, sums, values),
        mesh=mesh, in_specs=PartitionSpec(), out_specs=PartitionSpec(), check_vma=False,
    )  # fmt: skip
    run = jax.jit(spread)
    values = (np.float32(0), gradient)
    jax.block_until_ready(run(values))
    found = []
    for _ in range(tries):
        began = time.perf_counter()
        jax.block_until_ready(run(values))
        found.append((time.perf_counter() - began) / turns)
    return sorted(found)[tries // 2]


def sent() -> int:
    """The bytes that were sent over the loopback so far."""
    lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()
    return next(int(line.split(":")[1].split()[8]) for line in lines if line.strip().startswith("lo:"))


def start(name: str, count: int, *, share: int = 1, weights: str = os.devnull) -> list[list[str]]:
    """What the members print, each a list of its lines: of one training, or of `share` trainings side by side."""
    with socket.socket() as trial:
        trial.bind(("localhost", 0))
        port = trial.getsockname()[1]
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": _ONE_THREAD, "OMP_NUM_THREADS": "1"}
    numbers = [0] * share if share > 1 else range(count)
    members = [
        subprocess.Popen(
            [sys.executable, __file__, "--member", name, str(number), str(count), str(port), str(share), weights],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )
        for number in numbers
    ]  # fmt: skip
    outputs = [one.communicate(timeout=600) for one in members]
    for one, (_, error) in zip(members, outputs, strict=True):
        assert one.returncode == 0, error[-2000:]
    return [output.splitlines() for output, _ in outputs]


def side_by_side(name: str, count: int) -> float:
    """Seconds an update of processes that train at once, each by itself, on its part of a batch."""
    return max(float(lines[-1].split()[0]) for lines in start(name, 1, share=count))


def together(name: str, count: int) -> tuple[float, float, np.ndarray, float]:
    """Seconds an update, of them for the sums alone, the weights, and the bytes sent an update."""
    before = sent()
    with tempfile.TemporaryDirectory() as folder:
        lines = start(name, count, weights=f"{folder}/weights.npy")[0]
        weights = np.load(f"{folder}/weights.npy")
    exchange = float(lines.pop()) if count > 1 else 0.0
    an_update, updates = lines[-1].split()
    exchanges = int(updates) + (TURNS * (TRIES + 1) if count > 1 else 0)
    return float(an_update), exchange, weights, (sent() - before) / exchanges


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
    parser.add_argument("--member", nargs=6, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.member:
        name, *numbers, weights = given.member
        return member(name, *map(int, numbers), weights)
    rows = []
    bandwidth, latency = loopback()
    for name, (layers, _, _) in SIZES.items():
        parameters = sum((a + 1) * b for a, b in itertools.pairwise(layers))
        alone = None
        for count in (1, 2, 4):
            an_update, exchange, weights, traffic = together(name, count)
            alone = alone or (an_update, weights)
            off = weights - alone[1]
            apart_by = np.linalg.norm(off) / np.linalg.norm(alone[1]), np.abs(off).max() / np.abs(alone[1]).max()
            apart = side_by_side(name, count) if count > 1 else an_update
            told = 2 * (count - 1) * 4 * parameters
            rows.append((
                name, f"{count}", times(an_update), f"{alone[0] / an_update:.2f}", times(apart),
                times(exchange) if count > 1 else "none",
                times(model(alone[0], count, parameters, bandwidth, latency)), "{:.1e}, {:.1e}".format(*apart_by),
                f"{traffic / 1024:,.0f} KiB", f"{told / 1024:,.0f} KiB",
            ))  # fmt: skip
    heads = (
        "network", "processes", "an update", "times as fast as one", "its part of the batch, by each alone, at once",
        "its sums alone", "the model's update", "‖Δw‖/‖w‖, and of the worst to the largest", "sent an update in all",
        "a ring's 2 (N - 1) · 4 bytes · parameters",
    )  # fmt: skip
    report(
        "processes",
        [
            machine(["thalweg", "jax"]),
            "Each process has one thread; 4 processes on 2 cores show that they agree, not how fast they are. The "
            "model is that of docs/scale.md, with C as one process took it, D no more than the cores, and for A what "
            f"the loopback gave just before: {bandwidth / 1e9:.1f} GB/s, and {times(latency)} a message. Beside it are "
            "what its two terms are here: as many processes at once, which send nothing, each with its part of the "
            "batch; and the sums of an update by gloo, with nothing to compute between them.",
            table(heads, rows),
        ],
    )
    return None


if __name__ == "__main__":
    main()
