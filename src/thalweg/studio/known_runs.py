"""The kept runs of all pages, by ids that nobody guesses: who has the address of a comparison finds them again."""

from __future__ import annotations

import re
import secrets
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .kept_runs import KeptRun

MOST_KNOWN = 100
_MOST_BYTES = 64 << 20
"""Of the models of those that are known."""
_ID = re.compile(r"[A-Za-z0-9_-]{8}")


def new_id() -> str:
    """An id of 48 random bits."""
    return secrets.token_urlsafe(6)


def is_id(text: str) -> bool:
    """Whether a text may be an id.

    >>> is_id(new_id()), is_id("../etc")
    (True, False)
    """
    return _ID.fullmatch(text) is not None


class KnownRuns:
    """Those that were kept last, so many and so large at most; it may be used from anywhere."""

    def __init__(self, most: int = MOST_KNOWN, most_bytes: int = _MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._runs: OrderedDict[str, KeptRun] = OrderedDict()
        self._lock = threading.Lock()

    def enter(self, run: KeptRun) -> None:
        """Know one, or know it by another name; those that were entered first are forgotten for it."""
        with self._lock:
            self._runs[run.id] = run
            self._runs.move_to_end(run.id)
            while len(self._runs) > 1 and (len(self._runs) > self._most or self._bytes() > self._most_bytes):
                self._runs.popitem(last=False)

    def get(self, id_: str) -> KeptRun | None:
        """The one of an id; None if it is not known here, or no more."""
        with self._lock:
            return self._runs.get(id_)

    def forget(self, id_: str) -> None:
        """Know one no longer."""
        with self._lock:
            self._runs.pop(id_, None)

    def _bytes(self) -> int:
        return sum(len(run.content or b"") for run in self._runs.values())


KNOWN = KnownRuns()
