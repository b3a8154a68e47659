"""Long work of a page in a thread of its own: it tells how far it is, and can be stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ..errors import ThalwegError
from ..training.interruption import Interruption, interrupted_by

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
INSIDE = "something failed inside, which the terminal that started the studio tells"
NO_MEMORY = "the memory is too small: choose a smaller network, fewer of them, or a table of fewer rows"

Result = TypeVar("Result")
_log = logging.getLogger("thalweg.studio")
_ONE = threading.BoundedSemaphore(1)
"""Jobs of all pages: each takes all cores, and so they come one after another."""


class Job(Generic[Result]):
    """One piece of work; all of it may be called from anywhere, and none waits.

    >>> job = Job(lambda job: job.tell(1, 2) or 7)
    >>> job.wait(5), job.result, job.told, job.share
    (True, 7, '', 0.5)
    """

    def __init__(self, work: Callable[[Job[Result]], Result]) -> None:
        self._work = work
        self._interruption = Interruption()
        self._stopped = threading.Event()
        self.status = WAITING
        self.result: Result | None = None
        self.told = ""
        """What failed."""
        self.share = 0.0
        """How much of it is done."""
        self._thread = threading.Thread(target=self._run, name="thalweg studio job", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether it has."""
        return self.status in (DONE, FAILED)

    @property
    def stopped(self) -> bool:
        """Whether it is to end."""
        return self._stopped.is_set()

    def tell(self, done: float, of: float) -> None:
        """Say how far it is."""
        self.share = min(1.0, done / of) if of else 1.0

    def stop(self) -> None:
        """Let it end with what it has."""
        self._stopped.set()
        self._interruption.press()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, so many seconds at most; whether it has."""
        self._thread.join(timeout)
        return self.ended

    def _run(self) -> None:
        while not _ONE.acquire(timeout=0.2):
            if self.stopped:
                self.status = DONE
                return
        try:
            if self.stopped:
                self.status = DONE
                return
            self.status = RUNNING
            with interrupted_by(self._interruption):
                self.result = self._work(self)
            status = DONE
        except ThalwegError as error:
            status, self.told = FAILED, str(error)
        except MemoryError:
            status, self.told = FAILED, NO_MEMORY
        except Exception:  # told in the log of the server; a page shows no insides
            _log.exception("work of the page failed")
            status, self.told = FAILED, INSIDE
        finally:
            _ONE.release()
        self.status = status
