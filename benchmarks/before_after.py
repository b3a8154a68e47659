"""Two versions of Thalweg side by side: time of a training step, and of Levenberg-Marquardt to its goals.

python benchmarks/before_after.py BEFORE BUILDING1     # BEFORE: another checkout; BUILDING1: PROBEN1's building1.dt
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from measuring import machine, report, table, times

HERE = Path(__file__).resolve().parents[1]
STEP = """
import json, sys
from contenders import CONTENDERS, SIZES, Work
name, size, rule, seconds = sys.argv[1:]
print(json.dumps(CONTENDERS[name](Work(SIZES[size], rule, float(seconds))).seconds_a_step()))
"""
LM = """
import json, sys, time
from pathlib import Path
from levenberg_marquardt import CONTENDERS, Work, attempt, tasks
name, number, building, seeds = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
task = list(tasks(building))[number]
solve = CONTENDERS[name](task, 20.0)
goal = task.goals[-1]
works = [Work(task.net, task.P, task.T, seed, 20.0) for seed in range(seeds)]
attempt(solve, works[0], goal)
found = [attempt(solve, work, goal) for work in works]
print(json.dumps([task.name, sum(s for s, _ in found), sum(done for _, done in found)]))
"""


def child(tree: Path, code: str, *arguments: object) -> object:
    """What a program on a version of the package prints."""
    path = os.pathsep.join([str(tree / "src"), str(tree / "benchmarks"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False, cwd=tree
    )
    if done.returncode:
        raise SystemExit(f"{tree}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Parse, measure in turns, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("building", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a measurement of a step")
    parser.add_argument("--seeds", type=int, default=6, help="starts of Levenberg-Marquardt")
    asked = parser.parse_args()
    trees = {"before": asked.before.resolve(), "now": HERE}

    jobs = [
        (f"a step of {size}, {rule}, {name}", STEP, (name, size, rule, asked.seconds))
        for size in ("tiny", "small", "medium", "large")
        for rule in ("adam", "momentum")
        for name in ("Thalweg", "Thalweg NumPy")
    ] + [
        (f"lm, task {'abc'[number]}, to its hard goal, {name}", LM, (name, number, asked.building, asked.seeds))
        for number in range(3)
        for name in ("Thalweg", "Thalweg, compiled by XLA")
    ]
    rows = []
    for title, code, arguments in jobs:
        found: dict[str, list[float]] = {name: [] for name in trees}
        goals = {}
        for turn in range(asked.rounds):
            for name in list(trees)[:: 1 if turn % 2 == 0 else -1]:
                told = child(trees[name], code, *arguments)
                if isinstance(told, list):
                    goals[name] = told[2]
                found[name].append(told[1] if isinstance(told, list) else told)
        best = {name: min(seconds) for name, seconds in found.items()}
        middle = {name: statistics.median(seconds) for name, seconds in found.items()}
        same = f"{goals['before']} / {goals['now']}" if goals else ""
        row = [title, times(best["before"]), times(best["now"])]
        row += [f"{best['now'] / best['before']:.2f}", f"{middle['now'] / middle['before']:.2f}", same]
        rows.append(row)
        print(row, file=sys.stderr, flush=True)
    commit = subprocess.run(
        ["git", "-C", str(trees["before"]), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    report(
        "before_after",
        [
            "# Before and after",
            f"{machine(['jax', 'numpy'])}. Before: {commit}. {asked.rounds} rounds in turns, each in a process.",
            table(["what", "before", "now", "now / before, best", "median", "goals reached, before / now"], rows),
        ],
    )


if __name__ == "__main__":
    main()
