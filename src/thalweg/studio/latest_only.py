"""Work off the page's own thread, of which only what was asked for last is done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from nicegui import background_tasks

from ..errors import ThalwegError
from .in_thread import in_thread

_log = logging.getLogger("thalweg.studio")
INSIDE = "something failed inside, which the terminal that started the studio tells"


class LatestOnly:
    """Calls `compute` in a thread and then `show` with what it gives, one after another; what waits is replaced.

    `tell` is called with the message of a user's mistake. What is at work when it is ended is not shown.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._next: tuple[Callable[[], Any], Callable[[Any], None]] | None = None
        self._running = self._ended = False

    @property
    def busy(self) -> bool:
        """Whether something is at work or waits."""
        return self._running

    def __call__(self, compute: Callable[[], Any], show: Callable[[Any], None]) -> None:
        """Do this next, in the place of what waits."""
        self._next = (compute, show)
        if not self._running and not self._ended:
            self._running = True
            background_tasks.create(self._work(), name="thalweg studio")

    def end(self) -> None:
        """Do no more."""
        self._ended, self._next = True, None

    async def _work(self) -> None:
        try:
            while self._next is not None:
                (compute, show), self._next = self._next, None
                try:
                    found = await in_thread(compute)
                    if not self._ended:
                        show(found)
                except ThalwegError as error:
                    self._told(str(error))
                except MemoryError:
                    self._told("the memory is too small for this picture: choose a smaller network")
                except Exception:  # told in the log of the server; a page shows no insides
                    _log.exception("a picture of the page failed")
                    self._told(INSIDE)
        finally:
            self._running = False

    def _told(self, text: str) -> None:
        if not self._ended:
            self._tell(text)
