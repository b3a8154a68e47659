"""How long an exercise for a class of 30 takes, from the command typed to its end, and how long its grading.

python benchmarks/exercises.py
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measuring import machine, report, table

from thalweg.worked.exercises.class_table import grade
from thalweg.worked.exercises.exercise import exercise

EXAMPLES = Path(__file__).parents[1] / "examples" / "worked"
COMMAND = [str(Path(sys.executable).with_name("thalweg")), "exercise"]
STUDENTS = 30


def best(call: Callable[[], object], rounds: int) -> float:
    """The shortest time of some rounds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)


def row(name: str, file: Path, blank: str, folder: Path, rounds: int) -> list[str]:
    """The command that writes sheets, key and table; and a class's answers, every third wrong, graded."""
    output = folder / f"{file.stem}.html"
    options = ["--blank", blank, "--students", str(STUDENTS), "--seed", "1", "--output", str(output)]
    typed = best(lambda: subprocess.run([*COMMAND, str(file), *options], capture_output=True, check=True), rounds)
    made = exercise(file, blank, STUDENTS, seed=1)
    answers = folder / f"{file.stem}.csv"
    lines = made.answers_csv().removeprefix("\ufeff").splitlines()
    values = [task.key[id_] * (1 if task.number % 3 else -1) for task in made.tasks for id_ in task.asked.blanks]
    filled = [line.replace(",,", f",{value:.4f},") for line, value in zip(lines[1:], values, strict=True)]
    filled = [line.replace(f",{value:.4f},", ",,", 1) for line, value in zip(filled, values, strict=True)]
    answers.write_text("\n".join([lines[0], *filled]), encoding="utf-8")
    graded = best(lambda: grade(file, answers), rounds)
    asked = len(made.tasks[0].asked.blanks)
    return [name, str(asked), f"{typed:.2f} s", f"{output.stat().st_size / 1e6:.2f} MB", f"{graded:.2f} s"]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--name", default="exercises", help="name of the file in results/")
    asked = parser.parse_args()
    rounds = 1 if asked.quick else asked.rounds
    cases = (
        ("2-2-1, one example", "aifh_xor_online", "sensitivities,updates"),
        ("2-3-1, one example", "ncsu_chain", "sensitivities,updates"),
        ("the same, every line", "ncsu_chain", "all"),
        ("a graph of four layers, 29 parameters", "nnd_e3_4_graph", "sensitivities,updates"),
    )
    with tempfile.TemporaryDirectory() as folder:
        rows = [row(name, EXAMPLES / f"{file}.toml", blank, Path(folder), rounds) for name, file, blank in cases]
    parts = [
        "# Exercises",
        machine(("thalweg", "numpy")),
        f"Sheets that judge, key and table of answers for {STUDENTS} students, from `thalweg exercise` typed to its "
        "end; the goal is 5 s. Graded: the answers of the class, of which every third student's are wrong.",
        table(["network", "blanks of a student", "exercise", "its page", "graded"], rows),
    ]
    report(asked.name, parts)


if __name__ == "__main__":
    main()
