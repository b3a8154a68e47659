"""Pairs of processes that train together: children of one process that has imported JAX and computed nothing.

A program, as such children are forked: it prints one JSON object of what became of them. A process is forked while it
has one thread: in a child the others are missing, and what they held stays held. Polars has some as soon as it is
imported, so each child imports the tables for itself.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import jax
import jax.experimental.multihost_utils
import numpy as np
import spread_run

import thalweg as tw
import thalweg.cli
import thalweg.cli.commands
from thalweg.training import processes, programs, signs_of_life

MOST_SECONDS = 90
"""A child that lives longer ends, and tells where it was."""
THREADS = Path("/proc/self/task")


class Child:
    """A process that does some work, and ends as Python does."""

    def __init__(self, place: Path, work: Callable[[], Any]) -> None:
        self.paths = {suffix: place.with_suffix(f".{suffix}") for suffix in ("out", "err", "json")}
        if THREADS.exists() and len(list(THREADS.iterdir())) > 1:
            raise RuntimeError("this process has threads by now: something that it imports starts them")
        self.number = os.fork()
        if self.number == 0:
            for descriptor, suffix in ((1, "out"), (2, "err")):
                os.dup2(os.open(self.paths[suffix], os.O_WRONLY | os.O_CREAT), descriptor)
            faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)
            try:
                found = work()
            except Exception:
                traceback.print_exc()
                sys.exit(1)
            self.paths["json"].write_text(json.dumps(found), encoding="utf-8")
            sys.exit(0)

    def wait_for(self, found: Callable[[], Any]) -> None:
        """Wait until something is there; raises what the child told where it ends before."""
        while not found():
            if os.waitpid(self.number, os.WNOHANG)[0]:
                raise ChildProcessError(self.paths["err"].read_text(encoding="utf-8")[-2000:])
            time.sleep(0.02)

    def send(self, number: int) -> float:
        """Send it a signal; gives the time."""
        os.kill(self.number, number)
        return time.monotonic()

    def ended(self) -> dict[str, Any]:
        """Its exit status, that of the signal that ended it negative, and what it printed and found."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.number, 0)[1])
        texts = {name: path.read_text(encoding="utf-8") for name, path in self.paths.items() if path.exists()}
        return {"status": status, **texts, "found": json.loads(texts.get("json", "null"))}


def started(place: Path, work: Callable[..., Any]) -> list[Child]:
    """Two processes that do the same work, told which of them it is and where they find each other."""
    with socket.socket() as trial:
        trial.bind(("localhost", 0))
        port = trial.getsockname()[1]
    joins = [{"coordinator": f"localhost:{port}", "processes": 2, "process_id": number} for number in (0, 1)]
    return [
        Child(place.with_name(f"{place.name}{number}"), lambda number=number: work(place.parent, joins[number]))
        for number in (0, 1)
    ]


def command(folder: Path, join: dict[str, Any], *more: str) -> list[str]:
    """The words of a training on a table."""
    words = [word for name, value in join.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    output = str(folder / "table.thalweg")
    return ["thalweg", "train", str(folder / "table.csv"), "--target", "y", "--output", output, *words, *more]


def without_figures() -> None:
    """Let no report be drawn, for which Matplotlib would be imported."""
    import thalweg.reports.report

    thalweg.reports.report.render_report = lambda *_, **__: ""


def trained_together(folder: Path, join: dict[str, Any]) -> dict[str, Any]:
    """What one of two finds that join by the command line, train on everything that is tested, and end."""
    import shared_stream_run

    without_figures()
    signs_of_life._SECONDS_BETWEEN_SIGNS = 0.1
    sys.argv = command(folder, join, "--epochs", "3")
    with suppress(SystemExit):
        thalweg.cli.run()
    print("trained", flush=True)
    signal.signal(signal.SIGABRT, signal.SIG_DFL)  # which the command line has wait, and which is no good end
    number = join["process_id"]
    found = {"runs": spread_run.trained("all", ["batches"])}
    found["refused"] = spread_run.refused(str(folder / ("other.csv" if number else "table.csv")))
    found |= shared_stream_run.together(folder, number)
    processes._WATCH[0]._between = 0.0  # so Python ends while one is told, unless it waits for that
    time.sleep(0.2 + 0.5 * number)  # the second ends later, unless the first waits for it
    return found


def killed(folder: Path) -> dict[str, Any]:
    """What becomes of the first of two on the command line when the other is killed."""

    def work(folder: Path, join: dict[str, Any]) -> None:
        without_figures()
        long = "--epochs", "100000000", "--patience", "0", "--checkpoint", str(folder / "checkpoints")
        sys.argv = command(folder, join, *long, "--every", "1epoch")
        thalweg.cli.main()

    first, second = started(folder / "killed", work)
    first.wait_for(lambda: list((folder / "checkpoints").glob("checkpoint-*")))
    began = second.send(signal.SIGKILL)
    return {"first": first.ended(), "seconds": time.monotonic() - began, "second": second.ended()}


def hanging(folder: Path) -> dict[str, Any]:
    """What becomes of the second of two when the first hangs; and of the first, which is terminated as it hangs."""

    def work(folder: Path, join: dict[str, Any]) -> None:
        tw.join_processes(**join, lost_after=2)
        P = np.ones((4, 1))
        trained = [lambda epoch: (folder / f"trains{join['process_id']}").touch()]
        tw.train(tw.mlp(1, 1), P, P, batch_size="all", epochs=10**8, devices="all", callbacks=trained)

    first, second = started(folder / "hanging", work)
    for number, child in enumerate((first, second)):
        child.wait_for((folder / f"trains{number}").exists)
    began = first.send(signal.SIGSTOP)
    found = {"second": second.ended(), "seconds": time.monotonic() - began}
    first.send(signal.SIGTERM)  # as schedulers send it; JAX has a service that would take it
    first.send(signal.SIGCONT)
    return {**found, "first": first.ended()}


def not_joined() -> list[str]:
    """The lines of what ends a process that joins no others."""
    told = []

    def tried(**given: Any) -> None:
        try:
            tw.join_processes(**given)
        except tw.ArgumentError as error:
            told.append(str(error))

    resolved = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **named: Any) -> Any:
        """As if a name server knew all: one that does not answer is asked for a minute."""
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolved(host, *arguments, **named)

    socket.getaddrinfo = getaddrinfo
    with socket.socket() as silent, socket.socket() as taken:
        silent.bind(("localhost", 0))
        taken.bind(("", 0))
        taken.listen()
        places = [f"localhost:{one.getsockname()[1]}" for one in (silent, taken)]
        tried(coordinator=places[0], processes=2, process_id=1, seconds=0.3)
        tried(coordinator="no-such-host.invalid:80", processes=2, process_id=1, seconds=0.3)
        tried(coordinator=places[1], processes=2, process_id=0, seconds=1)
    own, socket.gethostname = socket.gethostname, lambda: "lost.invalid"
    tried(coordinator="localhost:80", processes=2, process_id=1, seconds=0.3)
    socket.gethostname = own
    tried()
    jax.devices()
    tried()
    return told


def main(folder: Path) -> None:
    """Everything that becomes of processes on the tables that lie in a folder."""
    warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)  # JAX's, whatever has been done so far
    programs.check_xla_flags = lambda: None  # which asks another process what XLA says to those that the test gives
    alone = Child(folder / "alone", not_joined)
    both = started(folder / "both", trained_together)
    found = {"not joined": alone.ended(), "together": [one.ended() for one in both]}
    found |= {"model": (folder / "table.thalweg").read_bytes().hex()}
    found |= {"killed": killed(folder), "hanging": hanging(folder)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
