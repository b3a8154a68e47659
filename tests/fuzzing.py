"""Damaged files, read in a process of their own that may end: what came of each is told, and the next are read."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compiling import FLAGS
from fuzz_worker import CRAFTED, PLACE, made

HERE = Path(__file__).resolve().parent
PATHS = (HERE.parent / "src", HERE, *(HERE / room for room in ("core", "cli", "exchange")))
SECONDS = 20
"""Of the processor that an input may take."""
WAITED = 120
"""Seconds after which an input that takes none hangs."""
MOST = 4000
"""Inputs that a process reads: what a library keeps of each is not counted against those that come later."""
MODULE = "hostile_targets"


@dataclass
class Outcome:
    """What came of the inputs of a target."""

    inputs: int = 0
    read: int = 0
    refused: int = 0
    shielded: int = 0
    """Those that ended a process where Thalweg lets a child process read first, and told it."""
    faults: dict[str, list[int]] = field(default_factory=dict)
    """The numbers of the inputs, by what they are."""

    def add(self, fault: str, number: int) -> None:
        """Enter a fault; one of a whole file has no number, and is entered once."""
        numbers = self.faults.setdefault(fault, [])
        if number not in numbers[-1:]:
            numbers.append(number)


Jobs = list[dict[str, Any]]


def jobs_of(
    counts: dict[str, int], seed: int = 0, first: int = 0, *, seconds: float = SECONDS, module: str = MODULE
) -> Jobs:
    """So many inputs of each target, from a number on, by no more than a process reads."""
    shared = {"seed": seed, "whole": False, "seconds": seconds, "module": module}
    return [
        {**shared, "target": name, "first": at, "end": min(at + MOST, first + count), "counts": [0, 0]}
        for name, count in counts.items()
        for at in range(first, first + count, MOST)
    ]


def _of_one_process(jobs: Jobs) -> Jobs:
    """The first of the jobs, as many as a process takes."""
    total, count = 0, 0
    for job in jobs:
        total += job["end"] - job["first"]
        if count and total > MOST:
            break
        count += 1
    return jobs[:count]


def crafted_jobs(names: Any, module: str = MODULE) -> Jobs:
    """The files that were made to break a reader, of some targets."""
    cases = importlib.import_module(module).CASES.values()
    return jobs_of(Counter(name for name, _ in cases if name in names), CRAFTED, module=module)


def run(jobs: Jobs) -> dict[str, Outcome]:
    """Read the inputs of jobs, and tell what came of them, by their targets."""
    found: dict[str, Outcome] = {}
    for job in jobs:
        found.setdefault(job["target"], Outcome()).inputs += job["end"] - job["first"]
    while jobs:
        now = _of_one_process(jobs)
        told, places, ending = _worked(now)
        if ending and places[0][0] < jobs[0]["first"]:
            raise RuntimeError(f"{jobs[0]['target']}: before its first input, {ending}")
        for line in told:
            job = jobs[line["job"]]
            found[job["target"]].add(_named(job, line["number"], line["fault"]), line["number"])
        left: Jobs = []
        for job, (number, *taken) in zip(now, places, strict=True):
            outcome = found[job["target"]]
            if job["first"] <= number < job["end"]:  # it ended here
                _ended(job, number, ending, outcome)
                job |= {"first": number + 1, "counts": taken}
            if number < job["end"] > job["first"]:
                left.append(job)
            else:
                outcome.read += taken[0]
                outcome.refused += taken[1]
        jobs = left + jobs[len(now) :]
    return found


def _named(job: dict[str, Any], number: int, fault: str) -> str:
    """A fault of a file that was made, with what it is called."""
    if job["seed"] != CRAFTED or number < 0:
        return fault
    cases = importlib.import_module(job["module"]).CASES.items()
    return f"{[case for case, (target, _) in cases if target == job['target']][number]}: {fault}"


def _ended(job: dict[str, Any], number: int, ending: str, outcome: Outcome) -> None:
    """What an input is that ended the process: told by Thalweg, whose own child process reads it first, or a fault."""
    if importlib.import_module(job["module"]).TARGETS[job["target"]].within is not None:
        told, _, again = _worked([{**job, "first": number, "end": number + 1, "whole": True}])
        if not told and not again:
            outcome.shielded += 1
            return
        ending = again or told[0]["fault"]
    outcome.add(_named(job, number, ending), number)


def _worked(jobs: Jobs) -> tuple[Jobs, list[tuple[int, int, int]], str]:
    """What a process told that read the inputs of jobs, where it stood, and how it ended if it did not go through."""
    with tempfile.TemporaryDirectory() as folder:
        state, out, errors = (Path(folder, name) for name in ("state", "out", "errors"))
        state.write_bytes(b"".join(PLACE.pack(job["first"] - 1, *job["counts"]) for job in jobs))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PATHS)), "POLARS_MAX_THREADS": "1"}
        environment["XLA_FLAGS"] = FLAGS
        environment["RUST_BACKTRACE"] = "0"  # Polars' are long, and nobody reads them
        environment["JAX_ENABLE_COMPILATION_CACHE"] = "false"  # which is written into the user's folder
        with out.open("wb") as lines, errors.open("wb") as said:
            child = subprocess.Popen(
                [sys.executable, str(HERE / "fuzz_worker.py"), str(state)],
                stdin=subprocess.PIPE, stdout=lines, stderr=said, env=environment, cwd=folder,
            )  # fmt: skip
            assert child.stdin is not None
            child.stdin.write(json.dumps(jobs).encode())
            child.stdin.close()
            ending = _awaited(child, state)
        if not ending and child.returncode:
            ending = _signal(child.returncode, errors.read_text(errors="replace"), jobs[0]["seconds"])
        content = state.read_bytes()
        told = [json.loads(line) for line in out.read_text(errors="replace").splitlines() if line.startswith("{")]
    return told, [PLACE.unpack_from(content, at) for at in range(0, len(content), PLACE.size)], ending


def _awaited(child: subprocess.Popen[bytes], state: Path) -> str:
    """Nothing once the process ended; why it was ended if it stood still."""
    before, since = b"", time.monotonic()
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(1)
            return ""
        now = state.read_bytes()
        if now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since > WAITED:
            child.kill()
            child.wait()
            return f"a hang: it waits for {WAITED} s"


def _signal(status: int, said: str, seconds: float) -> str:
    """How a process ended, and in which line of ours."""
    ours = next((line.strip() for line in said.splitlines() if "File" in line and "/thalweg/" in line), "")
    place = f" ({Path(ours.split(chr(34))[1]).name}{ours.split(chr(34))[2]})" if ours.count('"') == 2 else ""
    if -status == signal.SIGXCPU:
        return f"a hang: more than {seconds} s{place}"
    if status > 0:
        last = (said.strip().splitlines() or [""])[-1]
        return f"the process ends with {status}{place}: {last[:200]}"
    memory = " for want of memory" if "alloc" in said else ""
    return f"a crash: {signal.Signals(-status).name}{memory}{place}"


def kept(job: dict[str, Any], outcome: Outcome, folder: Path) -> None:
    """Write the first inputs of each fault into a folder."""
    target = importlib.import_module(job["module"]).TARGETS[job["target"]]
    folder.mkdir(parents=True, exist_ok=True)
    seeds = target.seeds() if outcome.faults else ()
    for numbers in outcome.faults.values():
        for number in [one for one in numbers if one >= 0][:3]:
            name = f"{job['target'].replace(' ', '_')}-{job['seed']}-{number}{target.suffix}"
            (folder / name).write_bytes(made(job, number, seeds))
