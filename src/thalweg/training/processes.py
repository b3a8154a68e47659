"""Processes that train together, by `jax.distributed`: how they find each other, and what they agree on.

Nothing of our own is on the wire: JAX's coordination service, XLA's collectives (gloo on CPUs, NCCL on GPUs). Each
process computes on its own devices, for its part of each update's examples; what a clock, a key or a callback decides
is decided for all of them, between two segments.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import sys
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import numpy as np

from ..core.kinds import check_count, check_number, takes_kinds
from ..errors import ArgumentError, LostProcessError, reason_of
from .coordinator import check_free, check_own_name, parse_address, wait_for
from .signs_of_life import SignsOfLife

AUTO = "auto"
_ENDINGS = ("callback", "interrupted", "seconds")
"""What one process may decide for all, the last of several counts."""
_SECONDS_BETWEEN_TRIES = 0.2
_HEARTBEAT_SECONDS = 20
"""After so long without a sign JAX's coordination service counts a process as gone."""
_WATCH: list[SignsOfLife] = []
"""The one of this process, where it has joined others."""


@takes_kinds
def join_processes(
    coordinator: str | None = None,
    processes: int | str = AUTO,
    process_id: int | None = None,
    *,
    seconds: float = 60.0,
    lost_after: float = 20.0,
) -> tuple[int, int]:
    """Let this process train together with others: each calls this first, then `train(..., devices="all")`.

    Args:
        coordinator: HOST:PORT of process 0, where it listens; None: as the cluster says.
        processes: How many there are; "auto": as SLURM, Open MPI or Kubernetes say.
        process_id: Which one this is, counted from 0; None: as the cluster says.
        seconds: How long to wait for the others.
        lost_after: A process that is silent for so many seconds while others compute with it is lost: these end.

    Returns which process this is, and how many there are. Raises ArgumentError where JAX has begun to compute before,
    where no cluster says what is left out, where this host's own name leads nowhere, and where the others don't come.

    >>> join_processes("localhost:8476", processes=2, process_id=2)
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: process_id is 2, but there are 2 processes: they are counted from 0
    """
    check_number("seconds", seconds)
    check_number("lost_after", lost_after, at_least=1.0)
    if processes != AUTO:
        check_count("processes", processes)
    if process_id is not None:
        check_count("process_id", process_id, 0)
        if processes != AUTO and process_id >= int(processes):
            raise ArgumentError(
                f"process_id is {process_id}, but there are {processes} processes: they are counted from 0"
            )
    address = None if coordinator is None else parse_address(coordinator)
    if (found := joined()) is not None:
        raise ArgumentError(f"this process is number {found[0]} of {found[1]} already: join_processes once")
    if getattr(sys.modules.get("jax._src.xla_bridge"), "_backends", None):
        raise ArgumentError("JAX has computed in this process already: join_processes before anything else")
    import jax

    check_own_name(address)
    if address is not None and process_id not in (None, 0):
        wait_for(address, str(coordinator), seconds)
    if address is not None and process_id == 0:
        check_free(address)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.config.update("jax_enable_preemption_service", False)  # it takes SIGTERM, which then ends nothing
    jax.config.update("jax_enable_recoverability", True)  # a lost process is told by an exception, not by an abort
    try:
        jax.distributed.initialize(
            coordinator,
            None if processes == AUTO else int(processes),
            process_id,
            initialization_timeout=max(1, int(seconds)),
            heartbeat_timeout_seconds=_HEARTBEAT_SECONDS,
        )
    except ValueError as error:
        raise ArgumentError(
            f"nothing in the environment (SLURM, Open MPI, Kubernetes) says which processes there are ({error}): give "
            "the coordinator (HOST:PORT), the number of processes, and which one this is"
        ) from None
    except RuntimeError as error:
        said = reason_of(error)
        raise ArgumentError(f"the processes did not find each other within {seconds:g} s ({said})") from None
    found = joined()
    assert found is not None
    watch = SignsOfLife(_client(), *found, lost_after)
    _WATCH.append(watch)
    atexit.register(watch.end)  # after the next, as the last that is registered runs first
    if found[0] == 0:
        atexit.register(_let_the_others_end, found[1])
    return found


def joined() -> tuple[int, int] | None:
    """Which process this is and how many train together; None where it trains alone. JAX is not imported for it."""
    state = getattr(sys.modules.get("jax._src.distributed"), "global_state", None)
    if state is None or state.client is None:
        return None
    return int(state.process_id), int(state.num_processes)


def is_first() -> bool:
    """Whether this process writes: the first of several, or the only one.

    >>> is_first()
    True
    """
    found = joined()
    return found is None or found[0] == 0


def gathered(values: np.ndarray) -> np.ndarray:
    """The values that each process has, with a leading axis of processes; of a process alone, its own.

    >>> gathered(np.ones(2)).shape
    (1, 2)
    """
    if joined() is None:
        return values[None]
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.process_allgather(values))


def await_others() -> None:
    """Wait until all processes have come so far."""
    with with_others():
        gathered(np.zeros(1, np.float32))


def agreed(seconds: float, ending: str | None) -> tuple[float, str | None]:
    """The longest time that a segment took in any process, and why the run ends, if it does in any."""
    code = 1 + _ENDINGS.index(ending) if ending in _ENDINGS else 0
    times, codes = gathered(np.asarray([seconds, code], np.float32)).T
    most = int(codes.max())
    return float(times.max()), ending if most == 0 else _ENDINGS[most - 1]


@contextmanager
def with_others() -> Iterator[None]:
    """What processes compute together; raises LostProcessError where one of them is lost."""
    try:
        with _WATCH[0].computing() if _WATCH else nullcontext():
            yield
    except (RuntimeError, ValueError) as error:
        of_xla = type(error).__name__ in ("JaxRuntimeError", "XlaRuntimeError") or "Gloo" in str(error)
        if joined() is None or not of_xla:
            raise
        said = reason_of(error)
        raise LostProcessError(
            f"another process of this training was lost ({said}): start all of them again; a training with checkpoints "
            "goes on from the last one"
        ) from None


def check_same(name: str, *parts: Any) -> None:
    """Raise ArgumentError, in every process, where processes have other bytes of what should be the same."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part)
    own = np.frombuffer(hashed.digest()[:8], np.uint8)
    found = gathered(own)
    if not (found == found[0]).all():
        others = [str(number) for number, row in enumerate(found) if not np.array_equal(row, found[0])]
        raise ArgumentError(
            f"the processes were given different {name} (process {' and '.join(others)} than process 0): start all "
            "with the same command, on the same files"
        )


@functools.cache
def meet() -> None:
    """Wait, once, until all processes have come so far; raises LostProcessError where one of them is lost.

    Reading a table may take one of them longer than JAX waits when it asks what devices all of them have.
    """
    found = joined()
    if found is None:
        return
    with with_others():
        live = _live(found[1])
    if len(live) < found[1]:
        lost = " and ".join(str(number) for number in range(found[1]) if number not in live)
        raise LostProcessError(f"process {lost} of this training was lost before it began: start all of them again")


def _live(count: int) -> Collection[int]:
    """The processes that are still there, once each of them has asked or is gone."""
    return _client().get_live_nodes(list(range(count)))


def _client() -> Any:
    """The client of the coordination service, for which JAX has no public name."""
    from jax._src import distributed

    return distributed.global_state.client


def _let_the_others_end(count: int) -> None:
    """Process 0, with which the coordination service ends, ends last: others would take its end for a fault."""

    def wait() -> None:
        with suppress(Exception):  # of a service that is gone there is nothing to wait for
            while len(_live(count)) > 1:
                time.sleep(_SECONDS_BETWEEN_TRIES)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    waiting.join(_HEARTBEAT_SECONDS)
