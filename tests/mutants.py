"""Plants one-line mistakes in a copy of the tree, one at a time, and tells which of them the tests see.

    python tests/mutants.py                                   # every mistake of tests/mutants.toml
    python tests/mutants.py src/thalweg/optimizers            # those in a folder, or in a file
    python tests/mutants.py src/thalweg/training --only drop  # those whose file, texts, tests or reason hold a word

An entry of the list is a [[mutant]] with the `file`, the `old` text, which must stand in it exactly once, the `new`
text, the `tests` that should fail with it (as pytest takes them), and `why`, the mistake in words. A mistake is

    killed          the tests fail with it
    SURVIVED        they pass: a test is missing
    NOT APPLICABLE  the code has moved on: the old text is not there exactly once, or a file or a test is gone

The exit status is 0 if all were killed, else 1. The tests are first run without a mistake, and must pass. The tree
itself is never written to. It needs the standard library and pytest, no more.
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
"""Seconds that tests may take; a mistake that makes them loop is seen."""
KILLED, SURVIVED, NOT_APPLICABLE = "killed", "SURVIVED", "NOT APPLICABLE"
_LEFT_OUT = shutil.ignore_patterns(".?*", "__pycache__", "*.egg-info", "build", "dist")


@dataclass(frozen=True)
class Mutant:
    """One mistake."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    why: str


class StaleError(Exception):
    """A mistake that can't be planted any more."""


def read_list(path: Path) -> list[Mutant]:
    """The mistakes of a list."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
    return [Mutant(**{**entry, "tests": tuple(entry["tests"])}) for entry in entries]


def chosen(mutants: Sequence[Mutant], place: str, only: str) -> list[Mutant]:
    """Those of a folder or a file that hold a word."""
    place = os.path.normpath(place)
    return [
        mutant
        for mutant in mutants
        if place in (".", mutant.file) or mutant.file.startswith(f"{place}/")
        if only in "\n".join((mutant.file, mutant.old, mutant.new, mutant.why, *mutant.tests))
    ]


def mistaken(tree: Path, mutant: Mutant) -> str:
    """The text of the file with the mistake; raises StaleError if it can't be planted, or a test is not there."""
    for path in (mutant.file, *(test.partition("::")[0] for test in mutant.tests)):
        if not (tree / path).exists():
            raise StaleError(f"there is no {path}")
    text = (tree / mutant.file).read_text(encoding="utf-8")
    if (found := text.count(mutant.old)) != 1:
        raise StaleError(f"the old text stands {found} times in {mutant.file}: {mutant.old!r}")
    return text.replace(mutant.old, mutant.new)


def passes(tree: Path, tests: Sequence[str]) -> bool:
    """Whether tests of a tree pass; raises StaleError if pytest does not find them."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return False
    if done.returncode in (4, 5):  # a path or name that is not there; no tests
        raise StaleError(f"pytest does not find {', '.join(tests)}")
    return done.returncode == 0


def judged(tree: Path, mutant: Mutant) -> tuple[str, str]:
    """What becomes of a mistake in a tree, which is as before afterwards; and why it could not be planted."""
    file = tree / mutant.file
    try:
        text = mistaken(tree, mutant)
        right = file.read_bytes()
        file.write_text(text, encoding="utf-8")
        try:
            return (SURVIVED if passes(tree, mutant.tests) else KILLED), ""
        finally:
            file.write_bytes(right)
    except StaleError as error:
        return NOT_APPLICABLE, str(error)


def run(tree: Path, mutants: Sequence[Mutant]) -> int:
    """Judge mistakes on a copy of a tree, and print a line for each; gives the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(tree, copy, ignore=_LEFT_OUT)
        tests = sorted(set(itertools.chain.from_iterable(mutant.tests for mutant in mutants)))
        there = [test for test in tests if (copy / test.partition("::")[0]).exists()]
        try:
            if there and not passes(copy, there):
                print("the tests fail without a mistake: mend them first")
                return 1
        except StaleError as error:
            print(f"{NOT_APPLICABLE}: {error}")
            return 1
        counts = dict.fromkeys((KILLED, SURVIVED, NOT_APPLICABLE), 0)
        for mutant in mutants:
            began = time.perf_counter()
            found, reason = judged(copy, mutant)
            counts[found] += 1
            seconds = time.perf_counter() - began
            print(f"{found:{len(NOT_APPLICABLE)}} {seconds:6.1f} s  {mutant.file}: {mutant.why}", flush=True)
            if reason:
                print(f"{'':{len(NOT_APPLICABLE)}} {'':8}  {reason}", flush=True)
    print(", ".join(f"{count} {found}" for found, count in counts.items()))
    return 0 if counts[KILLED] == len(mutants) else 1


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", nargs="?", default=".", help="a folder or a file of the tree")
    parser.add_argument("--only", default="", help="a word")
    arguments = parser.parse_args()
    mutants = chosen(read_list(LIST), arguments.place, arguments.only)
    if not mutants:
        parser.error("there is no such mistake in the list")
    return run(TREE, mutants)


if __name__ == "__main__":
    sys.exit(main())
