"""Measures what `engine="auto"` weighs: the time that NumPy spends between multiplications, and XLA's start.

    python benchmarks/engine_choice.py

`choose_engine` in src/thalweg/training/recipe.py holds them: seconds an update, and a layer in each update; and the
start in seconds above which XLA is chosen.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np
from measuring import best_of_rounds, machine, report, table, times

import thalweg as tw

RULES = {"gd": tw.optimizers.GradientDescent(), "momentum": tw.optimizers.Momentum(), "adam": tw.optimizers.Adam()}
BATCH = 8
START = """
import json, time
began = time.perf_counter()
import numpy as np, thalweg as tw
P = np.linspace(-1, 1, 32)[:, None].repeat(4, axis=1)
net = tw.mlp(4, *[4] * {layers})
called = time.perf_counter()
tw.train(net, P, P, optimizer={rule!r}, batch_size=8, epochs=2, validation=(P, P), patience=5, engine={engine!r})
print(json.dumps(time.perf_counter() - called))
"""


def network(layers: int) -> tw.Network:
    """So small that multiplications cost nothing."""
    return tw.mlp(4, *[4] * layers)


def seconds_an_update(layers: int, rule: Any, engine: str, seconds: float) -> float:
    """Of the steady state, batches drawn and validation judged as in a usual run."""
    P = np.linspace(-1, 1, 32 * BATCH)[:, None].repeat(4, axis=1)
    seen: list[tuple[float, int]] = []

    def look(end: Any) -> Any:
        seen.append((time.perf_counter(), end.updates))
        return tw.STOP if seen[-1][0] - seen[0][0] > seconds else None

    look.every_epoch = False  # pyright: ignore[reportFunctionMemberAccess]
    tw.train(
        network(layers),
        P,
        P,
        optimizer=rule,
        batch_size=BATCH,
        epochs=10**8,
        validation=(P, P),
        engine=engine,
        callbacks=[look],
    )
    (first_at, first), (last_at, last) = seen[min(2, len(seen) - 2)], seen[-1]
    return (last_at - first_at) / (last - first)


def start(layers: int, rule: str, rounds: int) -> tuple[float, float]:
    """Seconds that XLA's start adds to the first `tw.train` of a process: with an empty cache, and a filled one."""

    def call(engine: str, env: dict[str, str]) -> float:
        code = START.format(layers=layers, rule=rule, engine=engine)
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    cold, warm, plain = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            env = {
                **os.environ,
                "JAX_COMPILATION_CACHE_DIR": cache,
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",  # as Thalweg sets it for its own cache folder
            }
            cold.append(call("xla", env))
            warm.append(call("xla", env))
            plain.append(call("numpy", env))
    return min(cold) - min(plain), min(warm) - min(plain)


def main() -> None:
    """Parse, measure, fit, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", nargs="+", type=int, default=[1, 2, 3, 4])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a measurement")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 0.2 s")
    parser.add_argument("--name", default="engine_choice", help="name of the file in results/")
    asked = parser.parse_args()
    rounds, seconds = (2, 0.2) if asked.quick else (asked.rounds, asked.seconds)

    rows, fits = [], []
    for name, rule in RULES.items():
        found = []
        for layers in asked.layers:
            best = best_of_rounds(
                {
                    engine: lambda layers=layers, rule=rule, engine=engine: seconds_an_update(
                        layers, rule, engine, seconds
                    )
                    for engine in ("numpy", "xla")
                },
                rounds,
            )
            cold, warm = start(layers, name, rounds)
            saved = best["numpy"] - best["xla"]
            found.append((layers, saved, cold))
            cells = (times(best["numpy"]), times(best["xla"]), times(cold), times(warm), f"{cold / saved:,.0f}")
            rows.append([f"{name}, {layers} layers", *cells])
            print(rows[-1], file=sys.stderr)
        slope, offset = np.polyfit([layers for layers, _, _ in found], [saved for _, saved, _ in found], 1)
        fits.append([name, times(offset), times(slope), times(float(np.mean([cold for _, _, cold in found])))])
    parts = [
        "# The choice of the engine",
        f"{machine(['thalweg', 'jax', 'numpy'])}. Best of {rounds} rounds of about {seconds:g} s; layers of 4 units, "
        f"batches of {BATCH}, float32, validation after each epoch of 32 updates.",
        table(
            [
                "rule, network",
                "NumPy, an update",
                "XLA, an update",
                "XLA's start, empty cache",
                "XLA's start, filled cache",
                "updates from which XLA wins, cold",
            ],
            rows,
        ),
        "What NumPy spends more on an update, as a line through the layers, and the start it is weighed against:",
        table(["rule", "seconds an update", "and for each layer", "XLA's start, empty cache"], fits),
    ]
    report(asked.name, parts)


if __name__ == "__main__":
    main()
