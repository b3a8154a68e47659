"""Ctrl-C while networks are trained: it ends the training, which keeps what it has."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
def interruption() -> Iterator[Interruption]:
    """What the first Ctrl-C sets; the second raises KeyboardInterrupt.

    One that came when nobody asked any more goes to the handler before. Outside the main thread signals are left alone.
    """
    given = _GIVEN.get()
    if given is not None:
        token = _CURRENT.set(given)
        try:
            yield given
        finally:
            _CURRENT.reset(token)
        return
    found = Interruption()
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
