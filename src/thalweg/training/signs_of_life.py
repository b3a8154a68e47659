"""Signs of life of processes that train together: who waits for one that hangs is told, and ends.

A process that is killed closes its connections, and the next sum fails; one that hangs, or whose network is cut, does
not, and the others would wait in XLA without end. So each tells the coordination service that it lives, and looks at
the others: where one is silent for long while the rest compute with it, they end with one line.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_SECONDS_BETWEEN_SIGNS = 1.0
_KEY = "thalweg/lives/"


class SignsOfLife:
    """What this process tells the others, and has heard of them, through a client of JAX's coordination service."""

    def __init__(self, client: Any, own: int, count: int, lost_after: float) -> None:
        self._client, self._own, self._lost_after = client, own, lost_after
        self._between = min(_SECONDS_BETWEEN_SIGNS, lost_after / 4)
        now = time.monotonic()
        self._heard = {number: ("", now) for number in range(count) if number != own}
        self._answered = now
        """When the coordination service, which process 0 has, last answered."""
        self._since: float | None = None
        """Since when this process computes with the others; None while it does not."""
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._tell, self._look)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Tell and look no more, before Python ends: a thread that it finds within JAX's client aborts the process."""
        self._over.set()
        until = time.monotonic() + self._lost_after
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    @contextmanager
    def computing(self) -> Iterator[None]:
        """What is computed with the others; where one of them is silent meanwhile, the process ends."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._since = None

    def _tell(self) -> None:
        """Say that this process lives, and hear which others do, again and again."""
        signs = 0
        while not self._over.is_set():
            signs += 1
            with suppress(Exception):  # no answer is what is looked for
                self._client.key_value_set(f"{_KEY}{self._own}", str(signs), True)
                for number, (before, _) in list(self._heard.items()):
                    sign = self._sign_of(number)
                    if sign != before:
                        self._heard[number] = sign, time.monotonic()
                self._answered = time.monotonic()
            self._over.wait(self._between)

    def _sign_of(self, number: int) -> str:
        with suppress(Exception):  # it has not told anything yet
            return self._client.key_value_try_get(f"{_KEY}{number}")
        return ""

    def _look(self) -> None:
        """End this process where it computes with one that is silent."""
        while not self._over.wait(self._between):
            since, now = self._since, time.monotonic()
            if since is None or now - since < self._lost_after:
                continue
            silent = [number for number, (_, heard) in self._heard.items() if now - heard > self._lost_after]
            if now - self._answered > self._lost_after:
                silent = [0]
            if silent:
                told = " and ".join(map(str, silent))
                line = f"thalweg: process {told} of this training gave no sign of life for {self._lost_after:g} s: "
                with suppress(OSError, ValueError):
                    print(f"{line}start all of them again", file=sys.stderr, flush=True)
                    sys.stdout.flush()
                os._exit(1)  # the thread that trains waits in XLA, where no exception reaches it
