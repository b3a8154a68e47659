"""A training as a state machine, without a page: run, pause, step, undo; a thread of its own does the work."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..core.network import Parameters
from ..errors import ThalwegError
from ..plots.thinned import Thinned
from ..training.ending import unlogged
from ..training.replay import ReplayedUpdate
from ..training.run import Run
from ..training.segments import SegmentResult
from ..training.stepwise import Mark, Stepwise
from .building import Built
from .turns import TURNS

MOST_UNDONE = 30
_MOST_UNDO_BYTES = 64 << 20
_MOST_LOOKED_AT = 200_000
"""Parameters times examples of a batch."""
_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_ALONE, _SECONDS_A_ROUND, _SECONDS_AT_LEAST = 0.2, 0.1, 0.003
"""How long a training goes on between two looks alone; all of them, one after another, where others wait; a turn."""
READY, RUNNING, PAUSED, ENDED, FAILED = "ready", "running", "paused", "ended", "failed"

_log = logging.getLogger("thalweg.studio")


def seconds_a_turn(waiting: int) -> float:
    """How long a training goes on where so many others wait for their turn.

    >>> seconds_a_turn(0), seconds_a_turn(1), seconds_a_turn(500)
    (0.2, 0.05, 0.003)
    """
    return max(_SECONDS_AT_LEAST, _SECONDS_A_ROUND / (waiting + 1)) if waiting else _SECONDS_ALONE


class Sample(NamedTuple):
    """What a page shows of a training at a moment; `version` grows with each change."""

    version: int
    status: str
    epochs: int
    updates: int
    seconds: float
    parameters: Parameters | None
    told: str
    """Why it ended, or what failed; empty before."""
    stopped: str | None
    can_undo: bool
    upcoming: ReplayedUpdate | None = None
    """The update that comes next; None before the first command, and of a network that is too large for it."""


@dataclass
class _Past:
    """Where a training stood before something was done."""

    built: Built
    stepwise: Stepwise | None
    mark: Mark | None


@dataclass
class _Command:
    """Something for the thread to do: up to which update to run, if at all."""

    until: Callable[[Stepwise], int]
    steps: bool = field(default=False)


class Session:
    """One training of one page, in a thread while it runs; all of it may be called from anywhere, and none waits long.

    A command while another is at work is done after it; `pause` ends the one at work at its next look, after about a
    fifth of a second. Close a session that is no longer needed.
    """

    def __init__(self, built: Built) -> None:
        self.built = built
        self._lock = threading.RLock()
        self._commands: deque[_Command] = deque()
        self._thread: threading.Thread | None = None
        self._paused = threading.Event()
        self._stepwise: Stepwise | None = None
        self._past: list[_Past] = []
        self._version = 0
        self._status, self._told = READY, ""
        self._parameters: Parameters | None = None
        self._upcoming: ReplayedUpdate | None = None
        self._looked = self._clock_from = 0.0
        self._ending: Run | None = None
        self._closed = False
        self.curves: dict[str, Thinned] = {}
        """What was recorded so far, by name."""
        self._show_start()

    @property
    def busy(self) -> bool:
        """Whether the thread is at work, or about to be."""
        with self._lock:
            return self._thread is not None

    @property
    def ending(self) -> Run | None:
        """The run, if it has ended."""
        return self._ending

    @property
    def epochs_at_most(self) -> int:
        """The epochs after which it ends."""
        with self._lock:
            return self.built.recipe.epochs if self._stepwise is None else self._stepwise.recipe.epochs

    @property
    def leads_nowhere(self) -> bool:
        """Whether it diverged, after which only a reset or an undo leads anywhere."""
        with self._lock:
            return self._stepwise is not None and self._stepwise.stopped == "diverged"

    @property
    def went_on(self) -> bool:
        """Whether it was run on where it had ended."""
        return self.epochs_at_most != self.built.recipe.epochs

    def run(self) -> None:
        """Run to the end; an ended run goes on for as many epochs as it was asked for at first."""
        self._do(_Command(lambda stepwise: stepwise.last))

    def step(self) -> None:
        """Make one update."""
        self._do(_Command(lambda stepwise: stepwise.updates + 1, steps=True))

    def epoch(self) -> None:
        """Run to the end of the epoch; at its end, one more."""
        self._do(_Command(lambda stepwise: (stepwise.updates // stepwise.steps + 1) * stepwise.steps, steps=True))

    def pause(self, *, wait: bool = False) -> None:
        """End what is at work, and do not begin what waits; with `wait` come back only when that is so."""
        with self._lock:
            self._commands.clear()
            self._paused.set()
            thread = self._thread
        if wait and thread is not None:
            thread.join()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is at work, so many seconds at most; whether that is so."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return not self.busy

    def reset(self, built: Built | None = None) -> None:
        """Begin anew, from the initial parameters; with another training, begin that."""
        self.pause(wait=True)
        with self._lock:
            if self._stepwise is not None or built is not None:
                self._remember()
            self.built = built or self.built
            self._stepwise, self._clock_from = None, 0.0
            self._ending = self._upcoming = None
            self._status, self._told = READY, ""
            self._show_start()

    def undo(self) -> bool:
        """Go back to before the last command; whether there was one."""
        self.pause(wait=True)
        with self._lock:
            if not self._past:
                return False
            past = self._past.pop()
            self.built, self._stepwise = past.built, past.stepwise
            self._ending, self._told, self._upcoming = None, "", None
            if self._stepwise is None or past.mark is None:
                self._status = READY
                self._stepwise = None
                self._show_start()
                return True
            self._stepwise.back(past.mark)
            self._status = PAUSED if self._stepwise.stopped is None else ENDED
            self.curves = {}
            for result in self._stepwise.results:
                self._add(result)
            self._parameters = self._stepwise.parameters()
            self._look_ahead(self._stepwise)
            if self._stepwise.stopped is not None:
                self._conclude(self._stepwise)
            self._version += 1
            return True

    def sample(self) -> Sample:
        """How the training stands now."""
        with self._lock:
            stepwise = self._stepwise
            epochs, updates, seconds, stopped = (0, 0, 0.0, None)
            if stepwise is not None:
                epochs, updates = stepwise.epochs, stepwise.updates
                seconds, stopped = stepwise.seconds, stepwise.stopped
            return Sample(
                self._version, self._status, epochs, updates, seconds, self._parameters, self._told, stopped,
                bool(self._past), self._upcoming,
            )  # fmt: skip

    def finished(self) -> Run | None:
        """The run as far as it is, with nothing at work any more; None before its first update."""
        self.pause(wait=True)
        with self._lock:
            if self._stepwise is None or not self._stepwise.updates:
                return None
            if self._ending is None:
                with unlogged():
                    self._ending = self._stepwise.conclude()
            return self._ending

    def close(self) -> None:
        """End what is at work and let go of all that is held."""
        with self._lock:
            self._closed = True
        self.pause()
        with self._lock:
            self._past.clear()
            if self._thread is None:
                self._let_go()

    def _let_go(self) -> None:
        self._stepwise, self._ending, self._parameters, self._upcoming, self.curves = None, None, None, None, {}

    def _do(self, command: _Command) -> None:
        with self._lock:
            if self._closed:
                return
            self._commands.append(command)
            self._paused.clear()
            if self._thread is None:
                self._status = RUNNING
                self._version += 1
                self._thread = threading.Thread(target=self._work, name="thalweg studio", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        try:
            while True:
                with self._lock:
                    if not self._commands or self._closed:
                        break
                    command = self._commands.popleft()
                self._perform(command)
            status, told = None, None
        except ThalwegError as error:
            status, told = FAILED, str(error)
        except MemoryError:
            status, told = FAILED, "the memory is too small: choose a smaller network, or a table of fewer rows"
        except Exception:  # told in the log of the server; a page shows no insides
            _log.exception("a training of the page failed")
            status, told = FAILED, "something failed inside, which the terminal that started the studio tells"
        with self._lock:
            self._thread = None
            if self._closed:
                self._let_go()
                return
            if status is None:
                status = PAUSED if self._stepwise is None or self._stepwise.stopped is None else ENDED
            self._status = status
            self._told = self._told if told is None else told
            self._version += 1

    def _perform(self, command: _Command) -> None:
        with self._lock:
            self._remember()
            self._ending, self._told = None, ""
        stepwise = self._stepwise
        if stepwise is None:
            stepwise = Stepwise(self.built.recipe)
            with self._lock:
                self._stepwise = stepwise
        if stepwise.stopped is not None:
            stepwise.extend(1 if command.steps else self.built.spec.epochs)
            self._clock_from = stepwise.seconds
        results = stepwise.advance(command.until(stepwise))
        while True:
            if not command.steps and self._is_late(stepwise):
                results = stepwise.advance(-(-stepwise.updates // stepwise.steps) * stepwise.steps)  # whole epochs
                if stepwise.updates % stepwise.steps == 0:
                    stepwise.end("seconds")
                    break
            stepwise.pace.seconds = seconds_a_turn(TURNS.waiting)
            with TURNS:
                result = None if self._paused.is_set() and not command.steps else next(results, None)
                if result is None:
                    break
                parameters = stepwise.parameters()
                with self._lock:
                    self._add(result)
                    self._parameters = parameters
                    self._version += 1
                if time.monotonic() - self._looked > _SECONDS_BETWEEN_LOOKS:
                    self._look_ahead(stepwise)
        self._look_ahead(stepwise)
        if stepwise.stopped is not None and not self._closed:
            self._conclude(stepwise)

    def _is_late(self, stepwise: Stepwise) -> bool:
        """Whether the time of a run is up."""
        most = self.built.spec.max_seconds
        return most is not None and stepwise.stopped is None and stepwise.seconds - self._clock_from >= most

    def _look_ahead(self, stepwise: Stepwise) -> None:
        """Open the update that comes next, of a network so small that this costs next to nothing."""
        size = self.built.network.parameter_count * min(stepwise.recipe.batch_order.batch_size, 10_000)
        upcoming = stepwise.upcoming() if size <= _MOST_LOOKED_AT else None
        with self._lock:
            self._upcoming = upcoming
            self._looked = time.monotonic()
            self._version += 1

    def look(self) -> ReplayedUpdate | None:
        """The update that comes next, made ready if it is not; nothing may be at work."""
        with self._lock:
            if self._upcoming is None and self._thread is None and not self._closed:
                self._stepwise = self._stepwise or Stepwise(self.built.recipe)
                self._upcoming = self._stepwise.upcoming()
            return self._upcoming

    def _conclude(self, stepwise: Stepwise) -> None:
        with unlogged():
            ending = stepwise.conclude()
        with self._lock:
            self._ending, self._told, self._parameters = ending, ending.explanation, ending.params

    def _remember(self) -> None:
        stepwise = self._stepwise
        mark = None if stepwise is None else stepwise.mark()
        self._past.append(_Past(self.built, stepwise, mark))
        most = max(1, min(MOST_UNDONE, _MOST_UNDO_BYTES // (40 * self.built.network.parameter_count)))
        del self._past[:-most]

    def _add(self, result: SegmentResult) -> None:
        records = result.records
        if not result.epochs:
            return
        named: dict[str, Any] = {
            "loss": records.loss,
            "validation_loss": records.validation_loss,
            "test_loss": records.test_loss,
            "gradient_norm": records.gradient_norm,
            **dict(zip(self.built.recipe.recorded, records.recorded, strict=True)),
        }
        for name, values in named.items():
            if values is not None and name != "seconds":
                self.curves.setdefault(name, Thinned()).add(np.asarray(values))

    def _show_start(self) -> None:
        self.curves = {}
        self._parameters = self.built.recipe.params
        self._version += 1
