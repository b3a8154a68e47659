"""How a command joins others that train with it, each on its own machine or devices."""

from __future__ import annotations

import ctypes
import dataclasses
import io
import os
import signal
import sys
from typing import TYPE_CHECKING

from ..errors import ArgumentError

if TYPE_CHECKING:
    from ..tables.settings import Settings

AUTO = "auto"


def join(
    settings: Settings, processes: str | None, coordinator: str | None, process_id: int | None
) -> tuple[Settings, tuple[int, int] | None]:
    """The settings of a training together with others, and which process of how many this is; None: it trains alone.

    Raises ArgumentError for options that do not say which processes there are.
    """
    if processes is None:
        for option, value in (("--coordinator", coordinator), ("--process-id", process_id)):
            if value is not None:
                raise ArgumentError(f"{option} is of a training in several processes: give --processes too")
        return settings, None
    if processes != AUTO and not (processes.isdecimal() and int(processes) > 0):
        raise ArgumentError(f"processes is {processes!r}; it must be auto or a whole number of at least 1")
    if processes != AUTO and int(processes) > 1 and (coordinator is None or process_id is None):
        raise ArgumentError(
            "say where process 0 listens and which process this is: --coordinator HOST:PORT --process-id I; or give "
            "--processes auto under SLURM, Open MPI or Kubernetes"
        )
    if settings.best or settings.folds is not None or settings.members is not None:
        raise ArgumentError("several processes train one network together: leave out best, folds and members")
    if settings.devices not in (None, "all"):
        raise ArgumentError(
            f"devices is {settings.devices}, and several processes use all that they have: leave it out"
        )
    if processes == "1":
        return dataclasses.replace(settings, devices="all"), None
    from ..training.processes import join_processes

    _keep_native_output_out()
    joined = join_processes(coordinator, AUTO if processes == AUTO else int(processes), process_id)
    return dataclasses.replace(settings, devices="all"), joined


def _keep_native_output_out() -> None:
    """Let this program's own output go where it went, and what libraries in C++ print nowhere.

    They tell of each connection on the standard output; and where process 0 is lost, theirs is a page of addresses and
    an abort, while Python is told of it by the next sum that fails: the thread that would abort waits instead.
    """
    kept_out, kept_error = os.dup(1), os.dup(2)
    sys.stdout.flush()
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stdout, sys.stderr = _stream(kept_out, sys.stdout), _stream(kept_error, sys.stderr)
    if hasattr(signal, "pause"):
        libc = ctypes.CDLL(None)
        libc.signal.argtypes, libc.signal.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
        libc.signal(signal.SIGABRT, ctypes.cast(libc.pause, ctypes.c_void_p))


def _stream(place: int, like: object) -> io.TextIOWrapper:
    """A stream that writes to an open file, encoded as another one is."""
    encoding = getattr(like, "encoding", None) or "utf-8"
    errors = getattr(like, "errors", None) or "backslashreplace"
    raw = io.BufferedWriter(io.FileIO(place, "wb"))
    return io.TextIOWrapper(raw, encoding=encoding, errors=errors, line_buffering=True)
