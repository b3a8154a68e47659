"""A student's function called with care: that it raises, hangs or prints is told with the place in its own lines."""

from __future__ import annotations

import contextlib
import ctypes
import io
import linecache
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import ParamSpec, TypeVar

from ..errors import ArgumentError, ThalwegError, shown, visible

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_LOOK_EVERY = 0.2
_LONGEST_LINE = 80


class _TooLong(BaseException):
    """Raised within a call that takes too long; no `except Exception` of the call's own stops it."""


class Guard:
    """The calls of a check: each of limited time, what they print kept back, what they raise told in one line.

    The time is watched by a thread, that raises an exception in the thread that calls: at the next step of Python, so
    that a loop without an end is left, though not one call of a library that never comes back. The function itself is
    called in the thread of the check: what belongs to a thread (JAX's and PyTorch's modes) stays as it is.
    """

    def __init__(self, max_seconds: float | None = None, *, own_errors: bool = True) -> None:
        self.max_seconds = max_seconds
        self.own_errors = own_errors
        self.printed = _Printed()
        self._role, self._began, self._place = "", 0.0, ""
        self._lock = threading.Lock()
        self._thread = threading.get_ident()
        self._late = False
        self._ended = threading.Event()

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """While calls may be made."""
        if self.max_seconds is None:
            yield
            return
        self._thread = threading.get_ident()
        watcher = threading.Thread(target=self._watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._ended.set()
            watcher.join()

    def around(self, role: str, called: Callable[Given, Answer]) -> Callable[Given, Answer]:
        """The function, called with care; raises ArgumentError for what takes too long, or raises itself."""

        def guarded(*given: Given.args, **named: Given.kwargs) -> Answer:
            if self._role:  # within a call of ours
                return called(*given, **named)
            try:
                try:
                    self._begin(role)
                    with contextlib.redirect_stdout(self.printed):
                        found = called(*given, **named)
                finally:
                    self._end()
            except _TooLong:
                raise ArgumentError(
                    f"{role}(x) has not come back after {self.max_seconds:g} s{self._place}: does a loop end? Or give "
                    "it longer, as by max_seconds=600, or None for as long as it takes"
                ) from None
            except (ThalwegError, KeyboardInterrupt):
                raise
            except (Exception, SystemExit) as error:
                if self.own_errors and isinstance(error, Exception):
                    raise
                told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
                raise ArgumentError(f"{role}(x) raises {_short(told)}{_raised_at(error)}") from error
            return found

        return guarded

    def notes(self) -> tuple[str, ...]:
        """What is to be known of the calls."""
        printed = self.printed
        if not printed.lines:
            return ()
        more = f" ({printed.lines:,} lines in all)" if printed.lines > 1 else ""
        return (f"a function prints{printed.place}: {shown(printed.first)}{more}; what it prints was kept back",)

    def _begin(self, role: str) -> None:
        with self._lock:
            self._late = False
            self._role, self._began = role, time.monotonic()

    def _end(self) -> None:
        with self._lock:
            self._role = ""
            if self._late:  # it came back at the last moment: what was not raised yet is not any more
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), None)

    def _watch(self) -> None:
        assert self.max_seconds is not None
        while not self._ended.wait(min(_LOOK_EVERY, self.max_seconds)):
            with self._lock:
                if self._role and not self._late and time.monotonic() - self._began > self.max_seconds:
                    frame = sys._current_frames().get(self._thread)
                    self._place = _place_of(_own(frame)) if frame is not None else ""
                    self._late = True
                    raised = ctypes.py_object(_TooLong)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), raised)


class _Printed(io.TextIOBase):
    """What is printed, counted, of which the first line is kept, and where it was printed."""

    def __init__(self) -> None:
        self.lines = 0
        self.first = ""
        self.place = ""

    def write(self, text: str) -> int:
        if not self.place:
            frame = sys._getframe(1)
            self.place = _place_of(frame)
        if not self.lines:
            self.first += text.partition("\n")[0][:_LONGEST_LINE]
        self.lines += text.count("\n")
        return len(text)

    def writable(self) -> bool:
        return True


def _own(frame: FrameType) -> FrameType:
    """The innermost frame that is the function's own: not of an installed library, nor of Thalweg."""
    at: FrameType | None = frame
    while at is not None:
        if not _of_library(at.f_code.co_filename):
            return at
        at = at.f_back
    return frame


def _of_library(name: str) -> bool:
    return "site-packages" in name or name.startswith(sys.base_prefix) or name.startswith("<frozen") or name == __file__


def _place_of(frame: FrameType) -> str:
    return _told(frame.f_code.co_filename, frame.f_lineno)


def _raised_at(error: BaseException) -> str:
    """Where an error was raised: the last line of the function's own."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename != __file__]
    own = [one for one in frames if not _of_library(one.filename)] or frames
    return _told(own[-1].filename, own[-1].lineno or 0) if own else ""


def _told(name: str, number: int) -> str:
    """A line of a file in words, with what stands there."""
    text = _short(linecache.getline(name, number).strip())
    if name.startswith("<") or "ipykernel" in name:
        where = f"line {number}" + (" of the cell" if "ipy" in name else "")
    else:
        where = f"{name.replace(chr(92), '/').rpartition('/')[2]}, line {number}"
    return f", at {where}" + (f" ({text})" if text else "")


def _short(text: str) -> str:
    text = " ".join(visible(text).split())
    return text if len(text) <= 2 * _LONGEST_LINE else f"{text[: 2 * _LONGEST_LINE]}..."
