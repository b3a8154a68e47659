"""Ctrl-C while networks are trained: it ends the training, which keeps what it has."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any


class Interruption:
    """Whether Ctrl-C was pressed; who asks and is told so, ends."""

    def __init__(self) -> None:
        self._pressed = threading.Event()
        self.heard = False

    def press(self) -> None:
        """As Ctrl-C does."""
        self._pressed.set()

    def ask(self) -> None:
        """As a button does, from any thread: one that comes when nobody asks any more is forgotten.

        >>> late = Interruption()
        >>> late.ask()
        >>> late.pressed(), late.unheard
        (True, False)
        """
        self.heard = True
        self._pressed.set()

    def pressed(self) -> bool:
        """Whether to end; from any thread."""
        self.heard = self.heard or self._pressed.is_set()
        return self._pressed.is_set()

    @property
    def unheard(self) -> bool:
        """Whether Ctrl-C was pressed after the last question."""
        return self._pressed.is_set() and not self.heard


class Interrupted(Exception):  # noqa: N818 - no error, as KeyboardInterrupt is none
    """Ctrl-C came while a training waited for the compiler; the training ends with what it has."""


_CURRENT: ContextVar[Interruption | None] = ContextVar("interruption", default=None)
_GIVEN: ContextVar[Interruption | None] = ContextVar("interruption that is given", default=None)


def check_interruption() -> None:
    """Raise Interrupted if the training that this is done for is to end."""
    current = _CURRENT.get()
    if current is not None and current.pressed():
        raise Interrupted


@contextmanager
def termination(saves: bool) -> Iterator[list[Interruption]]:
    """What is listed is pressed by SIGTERM, of a training that saves: it ends, and then the process, by the signal.

    A handler that the process has for it stays. Outside the main thread signals are left alone.
    """
    listed: list[Interruption] = []
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not (saves and in_main_thread and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL):
        yield listed
        return
    came: list[int] = []

    def handle(number: int, frame: Any) -> None:
        came.append(number)
        for one in listed:
            one.press()

    signal.signal(signal.SIGTERM, handle)
    try:
        yield listed
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if came:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError, AttributeError):  # closed, full, or there is none
                    stream.flush()
            signal.raise_signal(signal.SIGTERM)


@contextmanager
def interrupted_by(given: Interruption) -> Iterator[None]:
    """Let trainings within be interrupted by `given.press()`, which another thread calls, and not by Ctrl-C.

    >>> stop = Interruption()
    >>> with interrupted_by(stop), interruption() as inside:
    ...     inside is stop
    True
    """
    token = _GIVEN.set(given)
    try:
        yield
    finally:
        _GIVEN.reset(token)


@contextmanager
def interruption(listed: list[Interruption] | None = None) -> Iterator[Interruption]:
    """What the first Ctrl-C sets; the second raises KeyboardInterrupt.

    One that came when nobody asked any more goes to the handler before. Outside the main thread signals are left alone.
    It is added to those that are `listed` to be told of another signal.
    """
    given = _GIVEN.get()
    if given is not None:
        if listed is not None:
            listed.append(given)
        token = _CURRENT.set(given)
        try:
            yield given
        finally:
            _CURRENT.reset(token)
        return
    found = Interruption()
    if listed is not None:
        listed.append(found)
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: Any) -> None:
        if found.pressed():
            raise KeyboardInterrupt
        found.press()

    signal.signal(signal.SIGINT, handle)
    token = _CURRENT.set(found)
    try:
        yield found
    finally:
        _CURRENT.reset(token)
        signal.signal(signal.SIGINT, before)
    if found.unheard:
        signal.raise_signal(signal.SIGINT)
