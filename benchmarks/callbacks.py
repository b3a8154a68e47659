"""What callbacks cost a run of small epochs: one that only listens, one that looks at the parameters now and then.

    python benchmarks/callbacks.py

The goal: a callback that does nothing slows no run by more than a tenth.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from measuring import machine, report, table, times

import thalweg as tw

_RNG = np.random.default_rng(0)
P = _RNG.normal(size=(300, 10))
T = P[:, :1] ** 2
NET = tw.mlp(10, 32, 1)
GOAL = 1.1
CALLBACKS: dict[str, Callable[[tw.EpochEnd], Any]] = {
    "none": lambda end: None,  # which is not given to the run
    "empty": lambda end: None,
    "looks every 10th epoch": lambda end: end.epoch % 10 or end.parameters(),
    "looks every epoch": lambda end: end.parameters(),
}
PREDICTED = (
    "Predicted before measuring: an empty callback costs a tuple and a call, 2 to 3 µs an epoch, and a return to the "
    "host every 50 ms: 1.01 to 1.05 for epochs of ten updates, and up to 1.1 for epochs of one. One that looks at each "
    "epoch runs them one by one, as all did before: 2 or more on XLA."
)


def seconds(name: str, engine: str, batch_size: int | str, epochs: int) -> float:
    given = [] if name == "none" else [CALLBACKS[name]]
    began = time.perf_counter()
    tw.train(NET, P, T, "mse", engine=engine, batch_size=batch_size, epochs=epochs, callbacks=given, verbose=False)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--name", default="callbacks", help="name of the file in results/")
    asked = parser.parse_args()
    rows = []
    for engine in ("numpy", "xla"):
        for batch_size in (32, "all"):
            found: dict[str, list[float]] = {name: [] for name in CALLBACKS}
            seconds("none", engine, batch_size, 2 * asked.epochs)
            for turn in range(3 if asked.quick else asked.rounds):
                for name in list(CALLBACKS) if turn % 2 == 0 else reversed(CALLBACKS):
                    found[name].append(seconds(name, engine, batch_size, asked.epochs))
            least = {name: min(values) for name, values in found.items()}
            slower = {
                name: statistics.median(a / b for a, b in zip(values, found["none"], strict=True))
                for name, values in found.items()
            }
            others = [f"{least[name] / least['none']:.2f} ({slower[name]:.2f})" for name in CALLBACKS if name != "none"]
            what = "1 update" if batch_size == "all" else f"{-(-len(T) // batch_size)} updates"
            rows.append([f"{engine}, {what} an epoch", times(least["none"]), *others])
    heads = ["run", "without callbacks", *(name for name in CALLBACKS if name != "none")]
    parts = [
        "# What callbacks cost",
        f"{asked.epochs:,} epochs of 10-32-1 on 300 examples, in a warm process. How many times as long a run takes "
        "with the callback as without: the best of the rounds by the best, and in brackets the median of the rounds' "
        f"ratios. The goal for an empty one is at most {GOAL}.",
        PREDICTED,
        table(heads, rows),
        machine(["thalweg", "numpy", "jax"]),
    ]
    report(asked.name, parts)


if __name__ == "__main__":
    main()
