"""How far a run is, and the time left: on a terminal, in a notebook, or as lines."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from ..notebook import in_notebook

if TYPE_CHECKING:
    from rich.console import Console

SECONDS_UNSEEN = 1.0
"""A run that is over sooner shows nothing, unless it is asked to."""
_SECONDS_BETWEEN_LINES = 2.0


class Standing(NamedTuple):
    """Where a run stands: its epochs, done and at most; the share of its updates; its seconds and losses."""

    epoch: int
    epochs: int
    share: float
    seconds: float
    loss: float | None = None
    validation_loss: float | None = None

    @property
    def losses(self) -> str:
        """The losses of the last epoch, in words."""
        told = "" if self.loss is None else f"loss {self.loss:.4g}"
        return told if self.validation_loss is None else f"{told}  validation {self.validation_loss:.4g}"


class Display(ABC):
    """Something that shows standings, one after another, and at the end stays as it is."""

    @abstractmethod
    def show(self, standing: Standing, told: str) -> None:
        """Show a standing, and the time it took or is left."""

    def close(self) -> None:  # noqa: B027 - lines need no end
        """Nothing comes any more."""


class Bar(Display):
    """A bar on a terminal."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(finished_style="bar.complete"),
            TextColumn("{task.fields[losses]}"),
            TextColumn("{task.fields[told]}", style="dim"),
            console=console,
            auto_refresh=False,
        )
        self._task: Any = None

    def show(self, standing: Standing, told: str) -> None:
        """As a bar."""
        fields = {"epoch": f"{standing.epoch:>5}", "epochs": standing.epochs, "losses": standing.losses, "told": told}
        if self._task is None:
            self._task = self._bar.add_task("train", total=1.0, **fields)
            self._bar.start()
        self._bar.update(self._task, completed=standing.share, refresh=True, **fields)

    def close(self) -> None:
        """The last one stays."""
        self._bar.stop()


class Cell(Display):
    """A bar under a cell of a notebook, in its colours."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, standing: Standing, told: str) -> None:
        """The cell's output, made or changed."""
        display = import_module("IPython.display").display  # there, since this is one of its kernels

        words = f"epoch {standing.epoch:,}/{standing.epochs:,}  {standing.losses}  {told}"
        page = (
            '<div style="font-variant-numeric: tabular-nums; white-space: pre-wrap">'
            f'<progress value="{standing.share:.4f}" max="1" aria-label="training" '
            f'style="width: 12em; vertical-align: middle"></progress> {escape(words)}</div>'
        )
        shown = {"text/plain": words, "text/html": page}
        if self._handle is None:
            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)


class Lines(Display):
    """A line every few seconds on the standard error."""

    def __init__(self) -> None:
        self._written, self._last = float("-inf"), ""

    def show(self, standing: Standing, told: str) -> None:
        """A line, if it is time for one."""
        self._last = f"epoch {standing.epoch}/{standing.epochs}  {standing.losses}  {told}"
        if time.monotonic() - self._written >= _SECONDS_BETWEEN_LINES:
            self._write()

    def close(self) -> None:
        """The last line."""
        if self._last:
            self._write()

    def _write(self) -> None:
        print(self._last, file=sys.stderr)
        self._written, self._last = time.monotonic(), ""


class Progress:
    """Shows standings on a display, with the time left, which is reckoned from those that were shown."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._first: Standing | None = None
        self._last: Standing | None = None

    def show(self, standing: Standing) -> None:
        """Show where a run stands."""
        self._first = self._first or standing
        self._last = standing
        left = seconds_left(self._first, standing)
        self._display.show(standing, "" if left is None else f"{clock_time(left)} left")

    def close(self) -> None:
        """The run is over: show for how long it ran."""
        if self._last is not None:
            self._display.show(self._last, f"in {clock_time(self._last.seconds)}")
        self._display.close()


def progress_for(verbose: bool | None) -> Progress | None:
    """What shows a run: nothing, unless someone can see it or asks for it."""
    if verbose is False:
        return None
    if in_notebook():
        return Progress(Cell())
    if sys.stderr is not None and sys.stderr.isatty():
        from rich.console import Console

        return Progress(Bar(Console(file=sys.stderr, highlight=False, emoji=False)))
    return Progress(Lines()) if verbose else None


def seconds_left(first: Standing, now: Standing) -> float | None:
    """How long the rest takes if it goes on as since the first standing; None if nothing was done since.

    >>> seconds_left(Standing(0, 10, 0.0, 1.0), Standing(5, 10, 0.5, 3.0))
    2.0
    """
    done = now.share - first.share
    return (now.seconds - first.seconds) * (1.0 - now.share) / done if done > 0 else None


def clock_time(seconds: float) -> str:
    """Seconds as a clock shows them.

    >>> clock_time(7.2), clock_time(75), clock_time(7384)
    ('0:07', '1:15', '2:03:04')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
