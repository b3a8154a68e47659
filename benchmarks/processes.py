"""Processes that train together, over the loopback of one machine: how much faster, and what they send.

python benchmarks/processes.py             # 1, 2 and 4 processes, each with one thread
"""

from __future__ import annotations

import argparse
import itertools
import os
import socket
import subprocess
import sys
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--member", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.member:
        name, *numbers = given.member
        return member(name, *map(int, numbers))
    rows = []
    for name, (layers, _, _) in SIZES.items():
        parameters = sum((a + 1) * b for a, b in itertools.pairwise(layers))
        alone = None
        for count in (1, 2, 4):
            an_update, _, number, traffic = together(name, count)
            alone = alone or (an_update, number)
            told = 2 * (count - 1) * 4 * parameters
            rows.append((
                name, f"{count}", times(an_update), f"{alone[0] / an_update:.2f}", f"{abs(number / alone[1] - 1):.1e}",
                f"{traffic / 1024:,.0f} KiB", f"{told / 1024:,.0f} KiB",
            ))  # fmt: skip
    heads = (
        "network", "processes", "an update", "times as fast as one", "the weights differ by", "sent an update in all",
        "a ring's 2 (N - 1) · 4 bytes · parameters",
    )  # fmt: skip
    report(
        "processes",
        [
            machine(["thalweg", "jax"]),
            "Each process has one thread; 4 processes on 2 cores show that they agree, not how fast they are.",
            table(heads, rows),
        ],
    )
    return None


if __name__ == "__main__":
    main()
