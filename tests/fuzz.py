"""Reads damaged files, many of each kind, and tells what comes of them but an answer or a line of Thalweg's own.

    python tests/fuzz.py                                  # 1,000 of each target
    python tests/fuzz.py csv parquet --count 100000       # some targets, many
    python tests/fuzz.py onnx --first 4711 --count 1      # one input again, by its number
    python tests/fuzz.py --seed 2 --keep found/           # others; the files that were faults lie in the folder

A file is made by its target, seed and number, and read in a process of its own, which may take so much processor time
and memory for each, and opens, starts and runs nothing. A fault is

    an error that is none of ThalwegError, a warning, a message of several lines or of more than 1,000 characters
    a crash (the process ends by a signal), a hang (its time is spent), a blow-up (its memory is)
    code that is run, a file that is written, a program that is started, a connection that is opened

Parquet and Arrow are read by Thalweg in a child process of their own; what ends or overfills that is no fault as long
as Thalweg tells it in a line. The exit status is 0 if no fault was found, else 1.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import mmap
import os
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
SECONDS = 10
"""Of the processor that an input may take."""
WAITED = 120
"""Seconds after which an input that takes none hangs."""
MEMORY = 2 << 30
"""Bytes that an input may take: tables may unpack to 512 MiB."""
LONGEST = 1000
CRAFTED = -1
"""The seed of the files of hostile_cases.py."""
_PLACE = struct.Struct("<qqq")
"""The number of the input that is read, how many were read, how many were refused."""
_FORBIDDEN = (
    "pickle.find_class", "marshal.load", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "subprocess.Popen",
    "socket.connect", "socket.bind", "socket.getaddrinfo", "os.remove", "os.rename", "os.mkdir", "os.symlink", "shutil.rmtree",
)  # fmt: skip


@dataclass
class Outcome:
    """What came of the inputs of a target."""

    inputs: int = 0
    read: int = 0
    refused: int = 0
    shielded: int = 0
    """Those that ended a child process, and were told."""
    faults: dict[str, list[int]] = field(default_factory=dict)
    """The numbers of the inputs, by what they are."""

    def add(self, fault: str, number: int) -> None:
        numbers = self.faults.setdefault(fault, [])
        if number not in numbers[-1:]:
            numbers.append(number)


def made(name: str, seed: int, number: int, seeds: Sequence[bytes]) -> bytes:
    """The input of a number."""
    from damage import damaged
    from hostile_cases import CASES
    from hostile_targets import TARGETS

    if seed == CRAFTED:
        return [make for target, make in CASES.values() if target == name][number]()
    return damaged(seeds, TARGETS[name].ways, Random(f"{name} {seed} {number}"))


def fault_of(read: Any, path: Path) -> tuple[bool, str | None]:
    """Whether a file is read, and what is wrong with how it was read or refused."""
    from thalweg.errors import ThalwegError

    try:
        read(path)
    except ThalwegError as error:
        told = str(error)
        if "\n" in told or len(told) > LONGEST:
            return False, f"a message of {len(told)} characters and {told.count(chr(10)) + 1} lines {_place(error)}"
        return False, None
    except Exception as error:
        return False, f"{type(error).__name__} {_place(error)}: {' '.join(str(error).split())[:120]}"
    return True, None


def _place(error: BaseException) -> str:
    """Where it came from: the innermost line of ours."""
    ours = [one for one in traceback.extract_tb(error.__traceback__) if "thalweg" in one.filename]
    return f"at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "elsewhere"


class Watch:
    """Sees what a reader may not do; `seen` is what it did."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.on = str(folder), "", False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in _FORBIDDEN:
            self.seen = self.seen or f"{event} {given[:1]!r:.80}"
        elif event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            if isinstance(given[0], str) and not given[0].startswith((self.folder, "/dev/null")):
                self.seen = self.seen or f"{given[0]} is opened to be written"
        elif event == "exec" and getattr(given[0], "co_filename", "") == "<unknown>":
            self.seen = self.seen or "code is run"

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        self.seen, self.on = "", True
        try:
            yield
        finally:
            self.on = False


def work(jobs: list[dict[str, Any]], state: Path) -> None:
    """Read the inputs of targets, one after the other; each fault is a line of JSON."""
    import faulthandler

    import hostile_targets

    faulthandler.enable()
    faulthandler.register(signal.SIGXCPU, chain=True)
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as folder, state.open("r+b") as file:
        watch, place = Watch(Path(folder)), mmap.mmap(file.fileno(), 0)
        for at, job in enumerate(jobs):
            target = hostile_targets.TARGETS[job["target"]]
            path, seeds = Path(folder, f"t{target.suffix}"), target.seeds()
            read = target.within if target.within and not job["whole"] else target.read
            for whole in seeds:  # which brings in what is imported, too
                path.write_bytes(whole)
                taken, fault = fault_of(read, path)
                if fault or not taken:
                    fault = f"a whole file is refused: {fault or hashlib.sha256(whole).hexdigest()[:8]}"
                    print(json.dumps({"job": at, "number": -1, "fault": fault}), flush=True)
            counts = job["counts"]
            for number in range(job["first"], job["end"]):
                _PLACE.pack_into(place, at * _PLACE.size, number, *counts)
                path.write_bytes(made(job["target"], job["seed"], number, seeds))
                _limit()
                with watch.watching():
                    taken, fault = fault_of(read, path)
                counts[0 if taken else 1] += 1
                if watch.seen and not (target.within and job["whole"]):
                    fault = f"{watch.seen}; {fault}"
                if fault:
                    print(json.dumps({"job": at, "number": number, "fault": fault}), flush=True)
            _PLACE.pack_into(place, at * _PLACE.size, job["end"], *counts)


def _limit() -> None:
    """Bound the processor time and the memory from here on."""
    used = sum(os.times()[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + SECONDS + 1, resource.RLIM_INFINITY))
    if not _limited:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, resource.RLIM_INFINITY))
        _limited.append(True)


_limited: list[bool] = []


def run(counts: dict[str, int], *, seed: int = 0, first: int = 0, keep: Path | None = None) -> dict[str, Outcome]:
    """Read so many inputs of each target, and tell what came of them; files that are faults are kept in a folder."""
    found = {name: Outcome(count) for name, count in counts.items()}
    jobs: list[dict[str, Any]] = [
        {"target": name, "seed": seed, "first": first, "end": first + count, "whole": False, "counts": [0, 0]}
        for name, count in counts.items()
    ]
    while jobs:
        told, places, ending = _worked(jobs)
        if ending and places[0][0] < jobs[0]["first"]:
            raise RuntimeError(f"{jobs[0]['target']}: before its first input, {ending}")
        for line in told:
            found[jobs[line["job"]]["target"]].add(line["fault"], line["number"])
        left: list[dict[str, Any]] = []
        for job, (number, *taken) in zip(jobs, places, strict=True):
            outcome = found[job["target"]]
            outcome.read, outcome.refused = taken
            if job["first"] <= number < job["end"]:  # it ended here
                _ended(job, number, ending, outcome)
                job |= {"first": number + 1, "counts": taken}
            if number < job["end"] > job["first"]:
                left.append(job)
        jobs = left
    if keep is not None:
        for name, outcome in found.items():
            _kept(name, seed, outcome, keep)
    return found


def _ended(job: dict[str, Any], number: int, ending: str, outcome: Outcome) -> None:
    """What an input is that ended the process: told by Thalweg's own child, or a fault."""
    from hostile_targets import TARGETS

    if TARGETS[job["target"]].within is not None:
        alone = {**job, "first": number, "end": number + 1, "whole": True}
        told, _, again = _worked([alone])
        if not told and not again:
            outcome.shielded += 1
            return
        ending = again or told[0]["fault"]
    outcome.add(ending, number)


def _worked(jobs: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[tuple[int, int, int]], str]:
    """What a process told that read the inputs of jobs, where it stood, and how it ended if it did not go through."""
    with tempfile.TemporaryDirectory() as folder:
        state, out = Path(folder, "state"), Path(folder, "out")
        state.write_bytes(b"".join(_PLACE.pack(job["first"] - 1, *job["counts"]) for job in jobs))
        errors = Path(folder, "errors")
        with out.open("wb") as lines, errors.open("wb") as said:
            child = subprocess.Popen(
                [sys.executable, str(HERE / "fuzz.py"), "--work", str(state)],
                stdin=subprocess.PIPE, stdout=lines, stderr=said, env=_environment(),
            )  # fmt: skip
            assert child.stdin is not None
            child.stdin.write(json.dumps(jobs).encode())
            child.stdin.close()
            ending = _awaited(child, state)
        if not ending and child.returncode:
            ending = _signal(child.returncode, errors.read_text(errors="replace"))
        content = state.read_bytes()
        told = [json.loads(line) for line in out.read_text(errors="replace").splitlines() if line.startswith("{")]
    return told, [_PLACE.unpack_from(content, at) for at in range(0, len(content), _PLACE.size)], ending


def _environment() -> dict[str, str]:
    paths = (HERE.parent / "src", HERE, HERE / "core", HERE / "cli", HERE / "training")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "POLARS_MAX_THREADS": "1"}


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


def _signal(status: int, said: str) -> str:
    """How a process ended, and in which line of ours."""
    ours = next((line.strip() for line in said.splitlines() if "File" in line and "/thalweg/" in line), "")
    place = f" ({Path(ours.split(chr(34))[1]).name}{ours.split(chr(34))[2]})" if ours.count('"') == 2 else ""
    if -status == signal.SIGXCPU:
        return f"a hang: more than {SECONDS} s{place}"
    if status > 0:
        last = (said.strip().splitlines() or [""])[-1]
        return f"the process ends with {status}{place}: {last[:200]}"
    memory = " for want of memory" if "alloc" in said else ""
    return f"a crash: {signal.Signals(-status).name}{memory}{place}"


def _kept(name: str, seed: int, outcome: Outcome, folder: Path) -> None:
    from hostile_targets import TARGETS

    folder.mkdir(parents=True, exist_ok=True)
    seeds = TARGETS[name].seeds() if outcome.faults else ()
    for numbers in outcome.faults.values():
        for number in [one for one in numbers if one >= 0][:3]:
            path = folder / f"{name.replace(' ', '_')}-{seed}-{number}{TARGETS[name].suffix}"
            path.write_bytes(made(name, seed, number, seeds))


def table(found: dict[str, Outcome]) -> str:
    """What came of each target, as a table in Markdown."""
    rows = [
        "| target | inputs | read | refused | ended a child, told | faults |",
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
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"t{target.suffix}")
        path.write_bytes(made(name, seed, number, target.seeds()))
        target.read(path)
    return 0


def main() -> int:
    """Read what the command line says."""
    if sys.argv[1:2] == ["--work"]:
        work(json.loads(sys.stdin.read()), Path(sys.argv[2]))
        return 0
    from hostile_cases import CASES
    from hostile_targets import TARGETS

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all of them")
    parser.add_argument("--count", type=int, default=1000, help="inputs of each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--keep", type=Path, help="a folder for the files that are faults")
    parser.add_argument("--cases", action="store_true", help="the files that were made to break a reader, instead")
    parser.add_argument("--here", action="store_true", help="read one input in this process, and show the whole error")
    given = parser.parse_args()
    if given.here:
        return _here(given.targets[0], given.seed, given.first)
    unknown = [name for name in given.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target {unknown[0]!r}: name some of {', '.join(TARGETS)}")
    found: dict[str, Outcome] = {}
    if given.cases:
        cases = Counter(name for name, _ in CASES.values() if name in (given.targets or TARGETS))
        found = run(cases, seed=CRAFTED)
        for name, outcome in found.items():
            names = [case for case, (target, _) in CASES.items() if target == name]
            for fault, numbers in outcome.faults.items():
                print(f"{name}: {', '.join(names[number] for number in numbers)}: {fault}", flush=True)
        print(table(found))
        return 1 if any(one.faults for one in found.values()) else 0
    for name in given.targets or TARGETS:
        found |= run({name: given.count}, seed=given.seed, first=given.first, keep=given.keep)
        for fault, numbers in found[name].faults.items():
            print(f"{name}: {len(numbers):,} times (inputs {', '.join(map(str, numbers[:3]))}): {fault}", flush=True)
    print(table(found))
    return 1 if any(one.faults for one in found.values()) else 0


if __name__ == "__main__":
    sys.path[:0] = [path for path in _environment()["PYTHONPATH"].split(os.pathsep) if path not in sys.path]
    sys.exit(main())
