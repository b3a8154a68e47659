"""Reads damaged files, many of each kind, and tells what comes of them but an answer or a line of Thalweg's own.

    python tests/fuzz.py                                  # 1,000 of each target
    python tests/fuzz.py csv parquet --count 100000       # some targets, many
    python tests/fuzz.py onnx --first 4711 --count 1      # one input again, by its number; --here shows the whole error
    python tests/fuzz.py --seed 2 --keep found            # others; the files that are faults are written into a folder
    python tests/fuzz.py --crafted                        # those of hostile_cases.py

A file is made by its target, seed and number, and read in a process of its own, which may take so much processor time
and memory for each (fuzzing.py, fuzz_worker.py). A fault is

    an error that is none of ThalwegError, a warning, a message of several lines or of more than 1,000 characters
    a crash (the process ends by a signal), a hang (its time is spent), a blow-up (its memory is)
    code that is run, a file that is written, a program that is started, a connection that is opened

Parquet and Arrow are read by Thalweg in a child process first; here the same is done in the process itself, a hundred
times as fast, and what ends that is read again by way of the child: it is no fault if Thalweg then tells it in a line.
The exit status is 0 if no fault was found, else 1. It needs Linux.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

from fuzz_worker import made
from fuzzing import PATHS, SECONDS, Outcome, crafted_jobs, jobs_of, kept, run


def table(found: dict[str, Outcome]) -> str:
    """What came of each target, as a table in Markdown."""
    rows = [
        "| target | inputs | read | refused | ended a process, told | faults |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, one in found.items():
        faults = sum(map(len, one.faults.values()))
        rows.append(f"| {name} | {one.inputs:,} | {one.read:,} | {one.refused:,} | {one.shielded:,} | {faults:,} |")
    return "\n".join(rows)


def _here(name: str, seed: int, number: int) -> int:
    """Read one input without limits; what is raised is shown as Python does."""
    from hostile_targets import TARGETS

    warnings.simplefilter("error")
    (job,), target = jobs_of({name: 1}, seed, number), TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"t{target.suffix}")
        path.write_bytes(made(job, number, target.seeds()))
        target.read(path)
    return 0


def main() -> int:
    """Read what the command line says."""
    sys.path[:0] = [str(path) for path in PATHS]
    from hostile_targets import TARGETS

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all of them")
    parser.add_argument("--count", type=int, default=1000, help="inputs of each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of the processor, for an input")
    parser.add_argument("--keep", type=Path, help="a folder for the files that are faults")
    parser.add_argument("--crafted", action="store_true", help="the files that were made to break a reader, instead")
    parser.add_argument("--here", action="store_true", help="read one input in this process, and show the whole error")
    given = parser.parse_args()
    names = given.targets or list(TARGETS)
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        parser.error(f"no target {unknown[0]!r}: name some of {', '.join(TARGETS)}")
    if given.here:
        return _here(names[0], given.seed, given.first)
    jobs = crafted_jobs(names) if given.crafted else []
    jobs = jobs or jobs_of(dict.fromkeys(names, given.count), given.seed, given.first, seconds=given.seconds)
    found: dict[str, Outcome] = {}
    for name in dict.fromkeys(job["target"] for job in jobs):
        of_target = [job for job in jobs if job["target"] == name]
        found |= run([dict(job) for job in of_target])
        outcome = found[name]
        for fault, numbers in outcome.faults.items():
            told = f"{len(numbers):,} times (inputs {', '.join(map(str, numbers[:3]))}): {fault}"
            print(f"{name}: {told}", flush=True)
        if given.keep is not None:
            kept(of_target[0], outcome, given.keep)
    print(table(found))
    return 1 if any(one.faults for one in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
