"""Levenberg-Marquardt beside its peers: time to the same training error; what an iteration costs; peak memory.

python benchmarks/levenberg_marquardt.py FOLDER/building1.dt
python benchmarks/levenberg_marquardt.py FOLDER/building1.dt --quick
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lm_contenders import CONTENDERS, Reached, Work
from measuring import machine, ratio, report, table, times
from proben1 import read

import thalweg as tw

OURS, ADAM = "Thalweg", "PyTorch, Adam"
PACKAGES = ("thalweg", "numpy", "scipy", "jax", "scikit-learn", "torch", "torch-levenberg-marquardt", "optimistix")
MEMORY = """
import json, sys
from pathlib import Path
import numpy as np, thalweg as tw
import scipy.linalg.lapack
examples, engine = int(sys.argv[1]), sys.argv[2]
rng = np.random.default_rng(0)
P, T = rng.normal(size=(examples, 10)), rng.normal(size=(examples, 1))
def peak():  # of this program alone: getrusage's maximum holds the parent's, from before the program began
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
net = tw.mlp(10, 20, 10, 1)
tw.train(net, P[:1000], T[:1000], optimizer="lm", epochs=1, engine=engine)
before = peak()
run = tw.train(net, P, T, optimizer="lm", epochs=2, engine=engine)
after = peak()
print(json.dumps([(after - before) / 1024, (P.nbytes + T.nbytes) / 2**20]))
"""


@dataclass(frozen=True)
class Task:
    """A network, examples, and the mean square errors to reach, the easiest first."""

    name: str
    net: tw.Network
    P: np.ndarray
    T: np.ndarray
    goals: tuple[float, ...]


def tasks(building: Path) -> Iterator[Task]:
    """The three tasks."""
    P = np.linspace(-1.0, 1.0, 200)[:, None]
    yield Task("(a) sine, 1-10-1, 200 examples", tw.mlp(1, 10, 1), P, np.sin(np.pi * P), (1e-4, 1e-6))
    P, T = read(building).part("train")
    yield Task(f"(b) building1, 14-16-3, {len(P):,} examples", tw.mlp(14, 16, 3), P, T, (1e-3, 7.5e-4))
    net = tw.mlp(10, 20, 10, 1)
    P = np.random.default_rng(0).normal(size=(5000, 10))
    T = tw.forward(net, net.init(99), P).output
    yield Task("(c) teacher, 10-20-10-1, 5,000 examples", net, P, T, (1e-3, 1e-5))


def attempt(solve: Callable[[Work, float], Any], work: Work, goal: float) -> tuple[float, bool]:
    """Seconds until the goal or the limit, and whether the goal was reached, as measured afterwards by Thalweg."""
    began = time.perf_counter()
    try:
        x = solve(work, goal)
    except Reached as reached:
        x = reached.x
    seconds = time.perf_counter() - began
    error = float(np.mean((tw.forward(work.net, work.net.unravel(np.asarray(x, float)), work.P).output - work.T) ** 2))
    return seconds, error <= 1.02 * goal


def child(task: Task, name: str, seeds: list[int], limit: float) -> dict[str, Any]:
    """What a process of its own finds for a contender: for each goal (seconds, reached) of each seed, and the extra of
    the first call, imports and compilation included.
    """
    began = time.perf_counter()
    solve = CONTENDERS[name](task, limit)
    first = 0.0 if name == ADAM else time.perf_counter() - began  # Adam's rate is chosen there
    found: list[list[tuple[float, bool]]] = []
    for goal in task.goals:
        if found and not any(done for _, done in found[-1]):
            found.append([(limit, False)] * len(seeds))
            continue
        results = []
        for seed in seeds:
            work = Work(task.net, task.P, task.T, seed, limit)
            if not found and not results:  # what only the first call costs
                cold = attempt(solve, work, goal)[0]
                results.append(attempt(solve, work, goal))
                first += max(0.0, cold - results[0][0])
            else:
                results.append(attempt(solve, work, goal))
        found.append(results)
    return {"first": first, "found": found}


def race(task: Task, building: Path, names: list[str], seeds: int, limit: float, notes: list[str]) -> list[list[str]]:
    """A row for each goal and contender: median seconds, ratio to ours, with the first call, seeds that reached it.

    Each contender runs in processes of its own, so that no library's waiting threads take time from another: even
    seeds in one round, odd ones in a second with the order turned round.
    """
    found: dict[str, list[list[tuple[float, bool]]]] = {}
    first: dict[str, list[float]] = {}
    tuned: str | None = None
    rounds = [list(range(0, seeds, 2)), list(range(1, seeds, 2))]
    for turn, of_round in enumerate(rounds):
        for name in names if turn == 0 else names[::-1]:
            if not of_round:
                continue
            command = [sys.executable, "-W", "ignore", __file__, str(building), "--limit", str(limit), "--tasks"]
            command += [task.name[1], "--child", name, "--child-seeds", ",".join(map(str, of_round))]
            with tempfile.TemporaryDirectory() as cache:
                env = {**os.environ, "JAX_COMPILATION_CACHE_DIR": cache}
                if tuned is not None:
                    env["ADAM"] = tuned
                done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
            if done.returncode:
                notes.append(f"{task.name}: {name} did not run: {(done.stderr.strip() or 'no word').splitlines()[-1]}")
                continue
            told = json.loads(done.stdout.splitlines()[-1])
            if name == ADAM:
                tuned = told["adam"]
            first.setdefault(name, []).append(told["first"])
            parts = found.setdefault(name, [[] for _ in task.goals])
            for part, results in zip(parts, told["found"], strict=True):
                part.extend((seconds, reached) for seconds, reached in results)
            print(task.name, name, told, file=sys.stderr)
    if tuned is not None:
        notes.append(f"{task.name}: Adam's learning rate and batch size: {tuned}")
    rows = []
    for number, goal in enumerate(task.goals):
        medians = {
            name: statistics.median(s if done else limit for s, done in parts[number]) for name, parts in found.items()
        }
        for name, seconds in medians.items():
            results = found[name][number]
            reached = sum(done for _, done in results)
            more = "" if reached * 2 > len(results) else "> "
            once, ours_once = seconds + min(first[name]), medians[OURS] + min(first[OURS])
            row = [times(seconds), ratio(seconds, medians[OURS]), times(once), ratio(once, ours_once)]
            rows.append([f"{goal:g}", name, *(more + cell for cell in row), f"{reached} of {len(results)}"])
    return rows


def seconds_an_iteration(net: tw.Network, examples: int, engine: str, budget: float) -> float:
    """Of plain and of accelerated steps alike: the default rule, after a warm-up."""
    rng = np.random.default_rng(1)
    P = rng.normal(size=(examples, sum(net.inputs.values())))
    T = tw.forward(net, net.init(99), P).output + 0.1 * rng.normal(size=(examples, net.output.size))
    once = tw.train(net, P, T, optimizer="lm", epochs=1, engine=engine).seconds
    once = min(once, tw.train(net, P, T, optimizer="lm", epochs=1, engine=engine).seconds)
    epochs = max(2, min(50, int(budget / max(once, 1e-4))))
    run = tw.train(net, P, T, optimizer="lm", epochs=epochs, engine=engine)
    return run.seconds / run.epochs


def growth(examples: list[int], weights: list[int], budget: float) -> list[str]:
    """Tables of the time of an iteration against examples and against weights."""
    engines = ("numpy", "xla")
    net = tw.mlp(10, 20, 10, 1)
    rows = [
        [f"{count:,}", *(times(seconds_an_iteration(net, count, engine, budget)) for engine in engines)]
        for count in examples
    ]
    parts = [f"An iteration against examples (10-20-10-1, {net.parameter_count} weights):"]
    parts.append(table(["examples", "NumPy", "XLA"], rows))
    rows = []
    for count in weights:
        net = tw.mlp(10, round((count - 1) / 12), 1)
        name = f"{net.parameter_count:,} (10-{net.layers[0].size}-1)"
        rows.append([name, *(times(seconds_an_iteration(net, 5000, engine, budget)) for engine in engines)])
    parts.append("An iteration against weights (5,000 examples):")
    parts.append(table(["weights", "NumPy", "XLA"], rows))
    return parts


def memory(examples: list[int]) -> list[str]:
    """A table of peak memory beyond that of a run on 1,000 examples."""
    rows = []
    for count in examples:
        row = [f"{count:,}"]
        for engine in ("numpy", "xla"):
            command = [sys.executable, "-c", MEMORY, str(count), engine]
            peak, data = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            if engine == "numpy":
                row.append(f"{data:.0f} MiB")
                row.append(f"{8 * count * 441 / 2**20:,.0f} MiB")
            row.append(f"{peak:.0f} MiB")
        rows.append(row)
    title = "Peak memory of two iterations beyond that of a run on 1,000 examples (10-20-10-1), data within:"
    return [title, table(["examples", "data", "J would be", "NumPy", "XLA"], rows)]


@contextmanager
def quietly() -> Iterator[None]:
    """Peers warn of steps that were not accepted, and of iterations that ran out."""
    import warnings

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def main() -> None:
    """Parse, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("building", type=Path, help="PROBEN1's building1.dt")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds after which a contender gives up")
    parser.add_argument("--tasks", default="abc")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--quick", action="store_true", help="2 seeds, 10 s, small sizes")
    parser.add_argument("--only-race", action="store_true", help="leave out growth and memory")
    parser.add_argument("--name", default="levenberg_marquardt", help="name of the file in results/")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--child-seeds", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        task = next(task for task in tasks(asked.building) if task.name[1] == asked.tasks)
        with quietly():
            told = child(task, asked.child, [int(seed) for seed in asked.child_seeds.split(",")], asked.limit)
        print(json.dumps({**told, "adam": os.environ.get("ADAM")}))
        return
    seeds, limit = (2, 10.0) if asked.quick else (asked.seeds, asked.limit)
    names = [OURS, *(name for name in asked.contenders if name != OURS)]
    notes: list[str] = []
    parts = [
        "# Levenberg-Marquardt",
        f"{machine(PACKAGES)}.",
        f"Time until the mean square error of all examples is at most the goal: median of {seeds} seeds, the same "
        "initial weights for all, each contender in processes of its own; float64 but for Adam. `With the first call`: "
        "what the first call of a process costs more (imports, tracing, compilation) is added, with an empty cache. "
        f"`>`: not reached within {limit:g} s in half of the seeds or more, which then count as that. A contender that "
        "reached the easier goal with no seed does not try the harder one.",
    ]
    header = ["goal", "", "seconds", "ours ×", "with the first call", "ours ×", "reached"]
    with quietly():
        for task in tasks(asked.building):
            if task.name[1] in asked.tasks:
                parts += [f"## {task.name}", table(header, race(task, asked.building, names, seeds, limit, notes))]
        if notes:
            parts.append("\n".join(f"* {note}" for note in notes))
        if not asked.only_race:
            sizes = [1000, 10_000] if asked.quick else [1000, 10_000, 100_000, 1_000_000]
            weights = [100, 300] if asked.quick else [100, 300, 1000, 3000]
            parts += ["## Growth", *growth(sizes, weights, 1.0 if asked.quick else 5.0), *memory(sizes)]
    report(asked.name, parts)


if __name__ == "__main__":
    main()
