"""How long does it take to name a mistake in a backward pass, and how many of the planted ones are named?

python benchmarks/name_mistakes.py

The mistakes are those of tests/backprop_by_hand.py, a student's pass in plain NumPy: each alone, and two at a time, in
each of six networks where they change the gradient.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from measuring import machine, report, table

import thalweg as tw

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from backprop_by_hand import NETS, loss_and_gradient  # noqa: E402
from planted_mistakes import SINGLES, cases, check_of  # noqa: E402

LARGE = {"sizes": (784, 30, 10), "hidden": "sigmoid", "output": "softmax", "loss": "cross_entropy", "l2": 0.0}
OF_LARGE = (("no f'",), ("new W",), ("no f' at the output",), ("W1 transposed",), ("targets one later", "no f'"), ())


def verdict(check: tw.GradientCheck, wrong: tuple[str, ...]) -> str:
    """How a planted mistake came out."""
    told = " ".join(found.text for found in check.findings)
    if check.passed:
        return "not flagged"
    if "this is what comes out" not in told:
        return "flagged, no name"
    return "named" if all(re.search(SINGLES[one], told) for one in wrong) else "named wrongly"


def planted(every: int) -> tuple[list[list[str]], list[str]]:
    """A row for each network, and the mistakes that have no name, or a wrong one."""
    rows, left = [], []
    for name in NETS:
        counts: Counter[str] = Counter()
        seconds = []
        for wrong in [wrong for net, wrong in cases() if net == name][::every]:
            began = time.perf_counter()
            check = check_of(name, wrong)
            seconds.append(time.perf_counter() - began)
            found = verdict(check, wrong)
            counts[found] += 1
            if found != "named":
                left.append(f"{name}: {' and '.join(wrong)}: {found}")
        rows.append(
            [
                name,
                str(counts.total()),
                str(counts["named"]),
                str(counts["flagged, no name"]),
                str(counts["named wrongly"]),
                str(counts["not flagged"]),
                f"{np.median(seconds):.2f} s",
                f"{max(seconds):.2f} s",
            ]
        )
    return rows, left


def large() -> list[list[str]]:
    """784-30-10 on 200 examples."""
    rng = np.random.default_rng(0)
    P, T = rng.random((200, 784)), np.eye(10)[rng.integers(0, 10, 200)]
    x = {
        "W1": 0.05 * rng.normal(size=(30, 784)),
        "b1": rng.normal(size=30),
        "W2": rng.normal(size=(10, 30)),
        "b2": rng.normal(size=10),
    }
    net = tw.mlp(*LARGE["sizes"], hidden="sigmoid", output="softmax")
    rows = []
    for wrong in OF_LARGE:
        began = time.perf_counter()
        check = tw.check_gradient(
            lambda x, wrong=wrong: loss_and_gradient(LARGE, P, T, x, wrong),
            x,
            network=net,
            loss="cross_entropy",
            data=(P, T),
        )
        seconds = time.perf_counter() - began
        told = "right" if check.passed and not wrong else verdict(check, wrong)
        rows.append([" and ".join(wrong) or "no mistake", told, f"{seconds:.1f} s"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every tenth mistake, and no large network")
    parser.add_argument("--name", default="name_mistakes", help="name of the file in results/")
    arguments = parser.parse_args()
    rows, left = planted(10 if arguments.quick else 1)
    heads = ["network", "planted", "named", "no name", "named wrongly", "not flagged", "median", "longest"]
    parts = ["# Mistakes that have a name", machine(("thalweg", "numpy")), table(heads, rows)]
    if left:
        parts += ["Without their name:", "\n".join(f"* {one}" for one in left)]
    if not arguments.quick:
        parts += ["784-30-10, 200 examples (the goal: 20 s):", table(["mistake", "", "time"], large())]
    report(arguments.name, parts)


if __name__ == "__main__":
    main()
