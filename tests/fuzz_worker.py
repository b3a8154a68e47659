"""The process in which damaged files are read: each within limits, watched for what no reader may do.

It is started by fuzzing.py: the jobs come on the standard input; what is wrong goes to the standard output, a line of
JSON each; where it stands, to a file that outlasts it.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import faulthandler
import hashlib
import importlib
import json
import mmap
import os
import resource
import signal
import struct
import sys
import tempfile
import traceback
import typing
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

MEMORY = 2 << 30
"""Bytes that an input may take: tables may unpack to 512 MiB."""
LONGEST = 1000
CRAFTED = -1
"""The seed of the files that were made to break a reader."""
PLACE = struct.Struct("<qqq")
"""The number of the input that is read, how many were read, how many were refused."""
_FORBIDDEN = (
    "pickle.find_class",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "subprocess.Popen",
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.symlink",
    "shutil.rmtree",
)
_WRITERS = {collections.__file__, dataclasses.__file__, typing.__file__}
"""Which run annotations once they are read, and the methods of classes of what is imported late."""
_WRITTEN = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def made(job: dict[str, Any], number: int, seeds: Sequence[bytes]) -> bytes:
    """The input of a number: it and its target and seed say all of it."""
    from damage import damaged

    module, name, seed = importlib.import_module(job["module"]), job["target"], job["seed"]
    if seed == CRAFTED:
        return [make for target, make in module.CASES.values() if target == name][number]()
    return damaged(seeds, module.TARGETS[name].ways, Random(f"{name} {seed} {number}"))


def fault_of(read: Callable[[Path], object], path: Path) -> tuple[bool, str | None]:
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


def _importing() -> bool:
    """Whether what runs is the body of a module that is imported, as of a library at its first use."""
    frame = sys._getframe(2)
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None


class Watch:
    """Sees what a reader may not do but in its folder; `seen` is what it did."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.on = str(folder), "", False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.on or self.seen:
            return
        what = str(given[0]) if given else ""
        if event == "open":
            written = isinstance(given[2], int) and given[2] & _WRITTEN and isinstance(given[0], str)
            if written and not what.startswith((self.folder, "/dev/null")):
                self.seen = f"{what} is opened to be written"
        elif event == "exec" and getattr(given[0], "co_filename", "") == "<string>":
            by = sys._getframe(1).f_code.co_filename
            if by not in _WRITERS and not _importing():
                self.seen = f"code is run by {by}"
        elif event in _FORBIDDEN and not what.startswith(self.folder):
            self.seen = f"{event} {what:.80}"

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """While a file is read."""
        self.seen, self.on = "", True
        try:
            yield
        finally:
            self.on = False


def work(jobs: list[dict[str, Any]], state: Path) -> None:
    """Read the inputs of jobs, one after the other."""
    faulthandler.enable()
    faulthandler.register(signal.SIGXCPU, chain=True)
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as folder, state.open("r+b") as file:
        watch, place = Watch(Path(folder)), mmap.mmap(file.fileno(), 0)
        known: dict[str, Sequence[bytes]] = {}
        for at, job in enumerate(jobs):
            target = importlib.import_module(job["module"]).TARGETS[job["target"]]
            path = Path(folder, f"t{target.suffix}")
            read = target.within if target.within and not job["whole"] else target.read
            _bound_time(600)
            seen = job["target"] in known
            seeds = known[job["target"]] if seen else known.setdefault(job["target"], target.seeds())
            for whole in () if seen else seeds:  # which brings in what is imported, too
                path.write_bytes(whole)
                taken, fault = fault_of(read, path)
                if fault or not taken:
                    _tell(at, -1, f"a whole file is refused: {fault or hashlib.sha256(whole).hexdigest()[:8]}")
            _bound_memory()
            counts = job["counts"]
            for number in range(job["first"], job["end"]):
                PLACE.pack_into(place, at * PLACE.size, number, *counts)
                path.write_bytes(made(job, number, seeds))
                _bound_time(job["seconds"])
                with watch.watching():
                    taken, fault = fault_of(read, path)
                counts[0 if taken else 1] += 1
                if watch.seen and not (target.within and job["whole"]):  # which starts the child process
                    fault = watch.seen
                if fault:
                    _tell(at, number, fault)
            PLACE.pack_into(place, at * PLACE.size, job["end"], *counts)


def _tell(job: int, number: int, fault: str) -> None:
    print(json.dumps({"job": job, "number": number, "fault": fault}), flush=True)


def _bound_time(seconds: float) -> None:
    """The processor's time from here on: the system counts whole seconds."""
    used = sum(os.times()[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, resource.RLIM_INFINITY))


def _bound_memory() -> None:
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, resource.RLIM_INFINITY))


if __name__ == "__main__":
    work(json.loads(sys.stdin.read()), Path(sys.argv[1]))
