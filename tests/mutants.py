"""Plants one-line mistakes in a copy of the tree, one at a time, and tells which of them the tests see.

    python tests/mutants.py                                   # every mistake of tests/mutants.toml
    python tests/mutants.py src/thalweg/optimizers            # those in a folder, or in a file
    python tests/mutants.py src/thalweg/training --only adam  # those whose text, tests or reason hold a word

An entry of the list is a [[mutant]] with the `file`, the `old` text, which must stand in it exactly once, the `new`
text, the `tests` that should fail with it (paths, as pytest takes them), and `why` it matters. A mistake is

    killed          the tests fail with it
    SURVIVED        they pass: a test is missing
    NOT APPLICABLE  the code has moved on: the old text is not there exactly once, or a file or test is gone

The exit status is 0 if all were killed. The tests are first run without any mistake, and must pass. The tree itself is
never written to. Nothing beyond the standard library and pytest is needed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TREE = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_suffix(".toml")
LIMIT = 600
"""Seconds after which tests with a mistake are stopped: it made them loop, which they would be seen to do."""
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "venv", "shared")


@dataclass(frozen=True)
class Mutant:
    """One mistake."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    why: str


class StaleError(Exception):
    """What a mistake cannot be planted for."""


def read_list(path: Path) -> list[Mutant]:
    """The mistakes of a list."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
    return [Mutant(**{**entry, "tests": tuple(entry["tests"])}) for entry in entries]


def chosen(mutants: Sequence[Mutant], place: str, only: str) -> list[Mutant]:
    """Those in a folder or file, whose text, tests or reason hold a word."""
    place = place.rstrip("/")
    return [
        mutant
        for mutant in mutants
        if place in ("", ".", mutant.file) or mutant.file.startswith(f"{place}/")
        if only in "\n".join((mutant.file, mutant.old, mutant.new, mutant.why, *mutant.tests))
    ]


def mistaken(tree: Path, mutant: Mutant) -> str:
    """The text of the file with the mistake; raises StaleError if it can't be planted or its tests are not there."""
    for path in (mutant.file, *(test.partition("::")[0] for test in mutant.tests)):
        if not (tree / path).exists():
            raise StaleError(f"there is no {path}")
    text = (tree / mutant.file).read_text(encoding="utf-8")
    if (found := text.count(mutant.old)) != 1:
        raise StaleError(f"the old text stands {found} times in {mutant.file}: {mutant.old!r}")
    return text.replace(mutant.old, mutant.new)


def passes(tree: Path, tests: Sequence[str]) -> bool:
    """Whether the tests of a tree pass; raises StaleError if pytest finds none of them."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return False
    if done.returncode in (4, 5):  # a wrong path or name of a test; no test
        raise StaleError(f"pytest finds no tests in {' '.join(tests)}")
    return done.returncode == 0


def judged(tree: Path, mutant: Mutant) -> tuple[str, str]:
    """What became of a mistake planted in a tree, which is as before afterwards; and why it could not be planted."""
    file = tree / mutant.file
    try:
        text = mistaken(tree, mutant)
        right = file.read_bytes()
        file.write_text(text, encoding="utf-8")
        try:
            return ("SURVIVED", "") if passes(tree, mutant.tests) else ("killed", "")
        finally:
            file.write_bytes(right)
    except StaleError as stale:
        return "NOT APPLICABLE", str(stale)


def run(tree: Path, mutants: Sequence[Mutant]) -> int:
    """Judge mistakes on a copy of a tree, and print a line for each; gives the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(tree, copy, ignore=_LEFT_OUT)
        tests = sorted(set(itertools.chain.from_iterable(mutant.tests for mutant in mutants)))
        there = [test for test in tests if (copy / test.partition("::")[0]).exists()]
        try:
            if there and not passes(copy, there):
                print("the tests fail without any mistake: mend them first")
                return 1
        except StaleError as stale:
            print(stale)
            return 1
        counts = dict.fromkeys(("killed", "SURVIVED", "NOT APPLICABLE"), 0)
        for mutant in mutants:
            began = time.perf_counter()
            found, reason = judged(copy, mutant)
            counts[found] += 1
            print(f"{found:14} {time.perf_counter() - began:5.1f} s  {mutant.file}: {mutant.why}", flush=True)
            if reason:
                print(f"{'':24}{reason}", flush=True)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 0 if counts["killed"] == len(mutants) else 1


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", nargs="?", default="", help="a folder or a file of the tree")
    parser.add_argument("--only", default="", help="only mistakes whose text, tests or reason hold this")
    arguments = parser.parse_args()
    mutants = chosen(read_list(LIST), arguments.place, arguments.only)
    if not mutants:
        parser.error("the list has no such mistake")
    return run(TREE, mutants)


if __name__ == "__main__":
    sys.exit(main())
