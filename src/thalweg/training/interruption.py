"""Ctrl-C while networks are trained: it ends the training, which keeps what it has."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def interruption() -> Iterator[Interruption]:
    """What the first Ctrl-C sets; the second raises KeyboardInterrupt.

    One that came when nobody asked any more goes to the handler before. Outside the main thread signals are left alone.
    """
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
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, before)
    if found.unheard:
        signal.raise_signal(signal.SIGINT)
