"""How the program ends: Ctrl-C and SIGTERM end it at once or as soon as what is being written is whole."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from ..errors import LostProcessError, visible

INTERRUPTED, TERMINATED = 130, 143
"""The exit statuses after Ctrl-C and after SIGTERM."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Process:
    """What has become of this process."""

    listens = False
    """Whether the handlers are ours: not where the commands are run within another program."""
    status = 0
    """That of the signal that came first."""
    asked = False
    """Whether one came since saving began."""
    saving = False
    writing = False


_PROCESS = _Process()


def listen() -> None:
    """From now on Ctrl-C and SIGTERM end the program with one line and a status, whatever it does."""
    _PROCESS.listens = True
    for number in _SIGNALS:
        signal.signal(number, _end_or_wait)


def interrupted_status() -> int:
    """The status of a program whose training was interrupted, by the signal that came, to whichever process."""
    each, agreement = [], sys.modules.get("thalweg.training.agreement")  # there if this one trained
    if agreement is not None:
        with suppress(LostProcessError):  # one that a second signal ended is not waited for
            each = agreement.exchanged_data(_PROCESS.status)
    return _PROCESS.status or next(filter(None, each), INTERRUPTED)


@contextmanager
def saving() -> Iterator[Callable[[], None]]:
    """Gives a function; from its first call on what is trained is saved before a signal is heard.

    A second signal ends the program at once.
    """

    def begin() -> None:
        if not _PROCESS.saving:
            _PROCESS.saving, _PROCESS.asked = True, False

    try:
        yield begin
    finally:
        _PROCESS.saving = False


@contextmanager
def writing() -> Iterator[None]:
    """What belongs together is written before any signal is heard."""
    _PROCESS.writing = True
    try:
        yield
    finally:
        _PROCESS.writing = False


def late_status() -> int:
    """The status of a signal that came while what belongs together was written; 0 if none did."""
    return _PROCESS.status


def settle() -> None:
    """All is written: a signal that came before ends the program after this, one that comes later changes nothing."""
    if _PROCESS.listens:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def leave(message: str, status: int) -> NoReturn:
    """End with a message of one line."""
    print(f"thalweg: {visible(' '.join(message.splitlines()))}", file=sys.stderr)
    sys.exit(status)


def end_at_once(status: Any) -> None:
    """End without waiting, if XLA still compiles what nobody needs any more, or others train with what failed here.

    Both would be waited for else; the others are told by the connections that end.
    """
    programs, processes = (sys.modules.get(f"thalweg.training.{name}") for name in ("programs", "processes"))
    alone = processes is None or processes.joined() is None
    if (programs is not None and programs.compiling()) or (status and not alone):
        _flush()
        os._exit(status if isinstance(status, int) else bool(status))


def _end_or_wait(number: int, frame: Any) -> None:
    """End the program, unless it trains, which a training ends itself, or saves."""
    again, _PROCESS.asked = _PROCESS.asked, True
    _PROCESS.status = _PROCESS.status or (INTERRUPTED if number == signal.SIGINT else TERMINATED)
    of_training = signal.getsignal(signal.SIGINT)
    if of_training is not _end_or_wait and callable(of_training):  # only SIGTERM comes here then
        of_training(signal.SIGINT, frame)
    elif not (_PROCESS.writing or (_PROCESS.saving and not again)):
        _end()


def _end() -> NoReturn:
    """End at once: an exception could be lost in whatever the program is doing."""
    if (atomic := sys.modules.get("thalweg.system.atomic")) is not None:
        atomic.remove_unfinished()
    line = b"thalweg: interrupted\n" if _PROCESS.status == INTERRUPTED else b"thalweg: terminated\n"
    if os.isatty(2):
        line = b"\x1b[?25h\n" + line  # the cursor, which a bar may have hidden
    _flush()
    with suppress(OSError):
        os.write(2, line)
    os._exit(_PROCESS.status)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, RuntimeError):  # closed, full, or being written to
            continue
