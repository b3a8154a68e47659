"""How long a worked step takes: typed at a prompt, opened of a large network, replayed far into a run.

python benchmarks/worked_step.py
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measuring import machine, report, table

import thalweg as tw

ROOT = Path(__file__).parents[1]
COMMAND = [str(Path(sys.executable).with_name("thalweg")), "step", str(ROOT / "examples/worked/ncsu_chain.toml")]


def best(call: Callable[[], object], rounds: int) -> float:
    """The shortest time of some rounds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)


def large() -> Callable[[], tw.WorkedStep]:
    """784-256-128-10, a batch of 128, Adam."""
    net = tw.mlp(784, 256, 128, 10, hidden="relu", output="softmax")
    rng = np.random.default_rng(0)
    P, T = rng.random((128, 784)).astype("float32"), np.eye(10, dtype="float32")[rng.integers(0, 10, 128)]
    params = net.init(0, dtype="float32")
    return lambda: tw.worked_step(net, "cross_entropy", params, P, T, "adam")


def replays(rounds: int) -> list[list[str]]:
    """Rows: a run of 100,000 updates, and its last one opened."""
    P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    rows = []
    for engine in ("numpy", "xla"):
        for batch_size in ("all", 1):
            epochs = 100_000 if batch_size == "all" else 25_000
            net = tw.mlp(2, 4, 1, output="sigmoid")
            run = tw.train(net, P, T, batch_size=batch_size, epochs=epochs, engine=engine)
            seconds = best(lambda run=run: run.step(100_000), 1 if engine == "numpy" else rounds)
            rows.append([f"{engine}, batch {batch_size}", f"{run.seconds:.2f} s", f"{seconds:.2f} s"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--name", default="worked_step", help="name of the file in results/")
    asked = parser.parse_args()
    rounds = 1 if asked.quick else asked.rounds
    typed = best(lambda: subprocess.run(COMMAND, capture_output=True, check=True), rounds)
    open_large = large()
    opened = best(open_large, rounds)
    step = open_large()
    page = step.to_html()
    rows = [
        ["`thalweg step` of a 2-3-1 network, from the command typed to its end", f"{typed:.2f} s", "0.5 s"],
        ["784-256-128-10, batch of 128: opened, values only", f"{opened:.3f} s", "2 s"],
        ["its page, folded", f"{best(step.to_html, rounds):.2f} s, {len(page.encode()) / 1e6:.2f} MB", "2 MB"],
    ]
    parts = [
        "# Worked steps",
        machine(("thalweg", "numpy", "jax")),
        table(["", "best of the rounds", "goal"], rows),
        "A run of 100,000 updates (2-4-1, XOR, Adam), and its last update replayed and opened:",
        table(["engine", "the run", "replayed and opened"], replays(rounds)),
    ]
    report(asked.name, parts)


if __name__ == "__main__":
    main()
