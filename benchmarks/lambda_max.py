"""λ_max of a 784-256-128-10 network on 10,000 examples, beside PyHessian, PyTorch, SciPy and JAX, and beside training.

    pip install --no-deps pyhessian    # without it, its rows are left out
    python benchmarks/lambda_max.py [--rounds 2]    # on a machine of more than two cores: taskset -c 0,1 python ...

All work in float32 on all cores that they may use, from the same parameters (the initial ones, and those after some
epochs of training), for softmax with cross-entropy, and stop by their own criteria. What they find is held against a
converged value in double precision. So that nobody is judged by a criterion that asks for more than another, each is
timed with the loosest of its tolerances that reached an accuracy from all starts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from curvature_contenders import CONTENDERS, NET, Contender, Point, reference
from measuring import best_of_rounds, machine, ratio, report, table, times, version_of

import thalweg as tw

HERE = Path(__file__).parent
OURS = "Thalweg"
GOALS = (1e-2, 1e-3, 1e-4)
_REST = 0.5
"""Seconds before each measure, in which the threads of the one before it stop waiting for work by spinning."""
PACKAGES = ("thalweg", "numpy", "scipy", "jax", "torch", "pyhessian")


def examples(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Standardised inputs that lean to 32 directions, as pictures do, and ten classes that depend on these."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(count, 32))
    P = hidden @ rng.normal(size=(32, 784)) / np.sqrt(32) + 0.5 * rng.normal(size=(count, 784))
    labels = np.argmax(hidden @ rng.normal(size=(32, 10)) + 0.3 * rng.normal(size=(count, 10)), axis=1)
    return ((P - P.mean(axis=0)) / P.std(axis=0)).astype(np.float32), labels


def points(count: int, epochs: list[int]) -> dict[str, Point]:
    """The initial parameters, and those after some epochs of `tw.train` as it is by default."""
    P, labels = examples(count)
    start = Point(P, labels, NET.init(0, dtype="float32"))
    found = {}
    for number in epochs:
        params = start.params
        if number:
            run = tw.train(NET, P, start.targets, "cross_entropy", epochs=number, params=params, engine="xla")
            params = run.params
        where = "at the start" if not number else "after an epoch" if number == 1 else f"after {number} epochs"
        found[where] = Point(P, labels, params)
    return found


def timed(work: Callable[[], Any]) -> float:
    """Seconds that some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def over(contender: Contender, tolerance: float, seeds: range) -> Callable[[], float]:
    """A measure: mean seconds over the starts."""

    def measure() -> float:
        time.sleep(_REST)
        began = time.perf_counter()
        for seed in seeds:
            contender.find(tolerance, seed)
        return (time.perf_counter() - began) / len(seeds)

    return measure


def ladder(contender: Contender, exact: float, seeds: range) -> dict[float, tuple[float, float]]:
    """Worst relative error and mean number of products by tolerance, to that of the hardest goal, and by default."""
    found: dict[float, tuple[float, float]] = {}
    for tolerance in contender.tolerances:
        if tolerance != contender.default and any(error <= min(GOALS) for error, _ in found.values()):
            continue
        errors, products = [], []
        for seed in seeds:
            errors.append(abs(contender.find(tolerance, seed) / exact - 1.0))
            products.append(contender.products)
        found[tolerance] = max(errors), float(np.mean(products))
    return found


def at_point(name: str, point: Point, seeds: range, rounds: int) -> tuple[list[str], list[tuple[str, ...]]]:
    """Equal work, then times, at one point; and a line for each accuracy."""
    exact = reference(point)
    contenders = {who: kind(point) for who, kind in CONTENDERS.items() if who != "PyHessian" or version_of("pyhessian")}
    ladders = {who: ladder(contender, exact, seeds) for who, contender in contenders.items()}

    def chosen(who: str, goal: float) -> float | None:
        return next((tolerance for tolerance, (error, _) in ladders[who].items() if error <= goal), None)

    wanted = {(who, contender.default) for who, contender in contenders.items()}
    wanted |= {(who, tolerance) for who in contenders for goal in GOALS if (tolerance := chosen(who, goal))}
    order = [(who, tolerance) for who in contenders for tolerance in ladders[who] if (who, tolerance) in wanted]

    measures = {f"{who} {tolerance:g}": over(contenders[who], tolerance, seeds) for who, tolerance in order}
    took = best_of_rounds(measures, rounds)

    def row(who: str, tolerance: float | None, ours: float) -> tuple[str, ...]:
        if tolerance is None:
            return who, "none of those tried", "", "", "", "–"
        error, products = ladders[who][tolerance]
        seconds = took[f"{who} {tolerance:g}"]
        return who, f"{tolerance:g}", f"{products:.0f}", f"{error:.1e}", times(seconds), ratio(seconds, ours)

    header = ("", "its tolerance", "products", "true relative error", "time", "takes so many times as long")
    lines: list[tuple[str, ...]] = []
    parts = [f"## {name.capitalize()}", f"λ_max = {exact:.6f}, in double precision."]
    for goal in GOALS:
        mine = chosen(OURS, goal)
        assert mine is not None, f"Thalweg does not reach {goal:g}"
        best = took[f"{OURS} {mine:g}"]
        rows = [row(who, chosen(who, goal), best) for who in contenders]
        parts += [f"To a true error of at most {goal:g}:", table(header, rows)]
        lines.append((name, f"{goal:g}", times(best), *(cells[-1] for cells in rows[1:])))
    best = took[f"{OURS} {contenders[OURS].default:g}"]
    rows = [row(who, contender.default, best) for who, contender in contenders.items()]
    told = "At a tolerance of 0.001, the default of `tw.curvature_spectrum` and of PyHessian:"
    lines.append((name, "each by default", times(best), *(cells[-1] for cells in rows[1:])))
    return [*parts, told, table(header, rows)], lines


FIRST = {
    "`tw.curvature_spectrum`": "c.Thalweg(point).find(1e-3, 0)",
    "`tw.train`, 3 epochs, batches of 32": "train(None)",
    "`tw.train`, 3 epochs, batches of 128": "train(128)",
    "PyHessian": "c.PyHessian(point).find(1e-3, 0)",
    "PyTorch, power iteration": "c.TorchPower(point).find(1e-3, 0)",
    "JAX, power iteration": "c.JAXPower(point).find(1e-3, 0)",
}
PROGRAM = """
import time
import numpy as np
data = np.load({data!r})
began = time.perf_counter()
import curvature_contenders as c
import thalweg as tw
point = c.Point(data["P"], data["labels"], c.NET.unravel(data["x"]))
def train(batch_size):
    tw.train(c.NET, point.P, point.targets, "cross_entropy", epochs=3, batch_size=batch_size, params=point.params)
{work}
print(time.perf_counter() - began)
"""


def first_calls(point: Point) -> str:
    """Seconds of the first call of a process, imports included: with an empty compilation cache, and once more."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = f"{folder}/point.npz"
        np.savez(data, P=point.P, labels=point.labels, x=NET.ravel(point.params))
        for number, (name, work) in enumerate(FIRST.items()):
            if name == "PyHessian" and not version_of("pyhessian"):
                continue
            environment = {**os.environ, "JAX_COMPILATION_CACHE_DIR": f"{folder}/{number}"}
            environment["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
            command = [sys.executable, "-c", PROGRAM.format(data=data, work=work)]
            took = [
                float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
                for _ in range(2)
            ]
            rows.append((name, *map(times, took)))
    return table(("first call of a process, imports included", "nothing cached", "once more"), rows)


def beside_training(all_points: dict[str, Point], seeds: range, rounds: int) -> str:
    """λ_max against three epochs of training of the same network, after the first calls."""
    start = next(iter(all_points.values()))

    def train(batch_size: int | None) -> None:
        tw.train(NET, start.P, start.targets, "cross_entropy", epochs=3, batch_size=batch_size, params=start.params)

    measures = {f"3 epochs, batches of {size or 32}": lambda s=size: timed(lambda: train(s)) for size in (None, 128)}
    for where, point in all_points.items():
        for tolerance in (1e-3, 1e-2):
            measures[f"λ_max {where}, tolerance {tolerance:g}"] = over(CONTENDERS[OURS](point), tolerance, seeds)
    for measure in measures.values():
        measure()
    took = best_of_rounds(measures, rounds)
    small, large = (took[name] for name in list(took)[:2])
    rows = [(name, times(s), ratio(s, small), ratio(s, large)) for name, s in took.items()]
    return table(("", "time", "of 3 epochs in batches of 32 (default)", "in batches of 128"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--epochs", type=int, nargs="+", default=[0, 1, 3, 10], help="of training before each point")
    parser.add_argument("--seeds", type=int, default=3, help="starts, over which errors are the worst and times means")
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--name", default="lambda_max")
    parser.add_argument("--quick", action="store_true", help="one round, one start")
    arguments = parser.parse_args()
    rounds, seeds = (1, range(1)) if arguments.quick else (arguments.rounds, range(arguments.seeds))

    import torch

    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(threads)
    all_points = points(arguments.examples, arguments.epochs)
    training = beside_training(all_points, seeds, max(rounds, 2))
    details: list[str] = []
    lines: list[tuple[str, ...]] = []
    for name, point in all_points.items():
        told, of_point = at_point(name, point, seeds, rounds)
        details += told
        lines += of_point
    peers = [who for who in CONTENDERS if who != OURS and (who != "PyHessian" or version_of("pyhessian"))]
    parts = [
        f"λ_max of a 784-256-128-10 network ({NET.parameter_count:,} parameters, ReLU, softmax with cross-entropy) on "
        f"{arguments.examples:,} examples, float32, {threads} threads, after the first call; a time is the mean over "
        f"{len(seeds)} starts, in the best round; an error the worst of them.",
        "## Beside training",
        training,
        "## Beside other ways to it",
        "How many times as long as ours the others take, to a true relative error of λ_max:",
        table(("", "error", OURS, *peers), lines),
        *details,
        "## The first call",
        first_calls(all_points[list(all_points)[min(1, len(all_points) - 1)]]),
    ]
    report(arguments.name, [*parts, machine(PACKAGES)])


if __name__ == "__main__":
    main()
