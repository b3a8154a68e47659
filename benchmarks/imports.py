"""What starting costs: `thalweg --help`, `thalweg train wine.csv` as processes, and the imports in the latter.

python benchmarks/imports.py                       # this tree
python benchmarks/imports.py --before OTHER/src    # beside another tree, in turns
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

from measuring import best_of_rounds, machine, ratio, report, table, times

TREE = Path(__file__).resolve().parents[1]
TABLE = TREE / "examples" / "data" / "wine.csv"
MAIN = "import sys; sys.argv[0] = 'thalweg'; from thalweg.cli import main; main()"
COMMANDS = {
    "`thalweg --help`": ["-c", MAIN, "--help"],
    "`thalweg train wine.csv`": ["-c", MAIN, "train", str(TABLE), "--target", "cultivar"],
}
TRAIN = COMMANDS["`thalweg train wine.csv`"]


def started(source: Path, arguments: list[str]) -> subprocess.CompletedProcess:
    """A process of a tree, in a folder of its own."""
    environment = {**os.environ, "PYTHONPATH": str(source), "COLUMNS": "80"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, *arguments]
        return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True)


def whole(source: Path, arguments: list[str]) -> float:
    """The time of a process."""
    began = time.perf_counter()
    started(source, arguments)
    return time.perf_counter() - began


def importing(source: Path, arguments: list[str]) -> float:
    """The time that a process spends in imports, as `-X importtime` counts it."""
    lines = started(source, ["-X", "importtime", *arguments]).stderr.splitlines()
    own = [line.partition(":")[2].partition("|")[0].strip() for line in lines if line.startswith("import time:")]
    return sum(int(number) for number in own if number.isdecimal()) * 1e-6


def main() -> None:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="the src of another tree")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--name", default="imports", help="name of the file in results/")
    asked = parser.parse_args()
    sources = {"now": TREE / "src", **({"before": asked.before.resolve()} if asked.before else {})}
    measures: dict[str, Callable[[Path], float]] = {
        **{f"{name}, whole process": lambda source, c=c: whole(source, c) for name, c in COMMANDS.items()},
        "`thalweg train wine.csv`, its imports": lambda source: importing(source, TRAIN),
    }
    rows = []
    for what, measure in measures.items():
        turns = {name: lambda source=source, measure=measure: measure(source) for name, source in sources.items()}
        best = best_of_rounds(turns, 1 if asked.quick else asked.rounds)
        compared = [times(best["before"]), ratio(best["before"], best["now"])] if asked.before else []
        rows.append([what, times(best["now"]), *compared])
    report(
        asked.name,
        [
            "# Imports",
            machine(("thalweg", "numpy", "polars", "matplotlib", "scikit-learn")),
            "The best of the rounds, in turns; imports are counted by Python, which makes them a little longer.",
            table(["", "now", *(["before", "ratio"] if asked.before else [])], rows),
        ],
    )


if __name__ == "__main__":
    main()
