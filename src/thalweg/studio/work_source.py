"""The steps of the room Work: of the page's training, of an example of the gallery, or of a file of one's own."""

from __future__ import annotations

import dataclasses
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import ArgumentError, FileError, ThalwegError, shown
from ..optimizers.full_batch import FullBatchRule
from ..registry import title_of
from ..system import read_toml
from ..training.replay import ReplayedUpdate
from ..worked.calculation import WorkedStep
from ..worked.notations import NOTATIONS, AnyNotation, Notation, notation_named
from ..worked.notations.named import is_table
from ..worked.other_batch import all_at_once, one_by_one
from ..worked.step_files.file import StepFile, read_step_file
from ..worked.step_files.gallery import gallery, gallery_step
from ..worked.step_files.of_step import step_file_of
from .building import Built
from .session import ENDED, RUNNING, Session
from .uploads import plain_name
from .work_replay import Replayer, labelled, step_told
from .work_state import AS_MADE, BATCH, ONLINE, OWN_FILE, RUN, WorkState

LARGEST = 2 << 20
"""Bytes of a step file, and of a table of symbols."""
MOST_PARAMETERS = 100_000
MOST_ONLINE = 12
"""Examples that are shown one after another."""
MOST_TOGETHER = 12
"""Steps of a file that one picture holds; of a file of more each is opened by itself."""
_MOST_EXAMPLES = 50_000


@dataclass(frozen=True, eq=False)
class OwnFile:
    """A step file that was brought: its name without folders, and what it holds."""

    name: str
    file: StepFile


@dataclass(frozen=True, eq=False)
class Opened:
    """What was opened: the steps, that of the number that was asked for first, and how many there are (None: open).

    `file` is what an exercise is made of; `told` are sentences on what was opened.
    """

    steps: Sequence[WorkedStep]
    number: int
    last: int | None
    file: StepFile
    told: tuple[str, ...] = ()


class _StoppedError(Exception):
    """The steps of a file are not gone through any further."""


class Source:
    """What steps are opened of, for one page; it remembers where it was in a run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._replayer: Replayer | None = None
        self._replays: object = None
        self._lock = threading.Lock()
        self.own: OwnFile | None = None

    def open(self, state: WorkState, stopped: threading.Event, told: Callable[[int], None]) -> Opened | None:
        """The steps that a state is about; None if it was `stopped` on the way, which is `told`.

        Raises ThalwegError, as the commands do, for what there is not.
        """
        with self._lock, np.errstate(all="ignore"):  # of a run that diverges the numbers say it
            if state.of == RUN:
                return self._of_run(state, stopped, told)
            file = self._file(state.of)

            def on_the_way(number: int) -> None:
                if stopped.is_set():
                    raise _StoppedError
                told(number)

            with suppress(_StoppedError):
                return of_file(file, state, on_the_way)
            return None

    def _file(self, of: str) -> StepFile:
        if of != OWN_FILE:
            return gallery_step(of)
        if self.own is None:
            raise ArgumentError("this step is of a file of one's own, which an address does not hold: upload it")
        return self.own.file

    def _of_run(self, state: WorkState, stopped: threading.Event, told: Callable[[int], None]) -> Opened | None:
        session = self._session
        built, sample = session.built, session.sample()
        ended = sample.status == ENDED or sample.stopped is not None
        opened = None if ended else sample.upcoming
        number = state.step
        if number is None and opened is not None:
            number = opened.number
        elif number is None:
            number = max(1, sample.updates if ended else sample.updates + 1)
        if opened is None and not sample.updates and number == 1 and sample.status != RUNNING:
            opened = session.look()
        if sample.stopped is not None and number > sample.updates:
            raise ArgumentError(
                f"step {number:,}: the run ends with update {sample.updates:,}: open one up to it, or let it run on"
            )
        replayer = self._replayer_of(built, number <= sample.updates)
        if opened is None or opened.number != number:
            opened = replayer.open(number, stopped, told)
            if opened is None:
                return None
        else:
            opened = _with_rows(opened, replayer)
        step = step_told(built, opened)
        steps, said = _batched(step, opened, replayer, built, state)
        last = None if sample.stopped is None else sample.updates
        return Opened(steps, number, last, step_file_of(steps[0]), said)

    def _replayer_of(self, built: Built, free: bool) -> Replayer:
        epochs = max(self._session.epochs_at_most, built.recipe.epochs)
        key = (built, epochs, free)
        if self._replayer is None or self._replays != key:
            self._replayer, self._replays = Replayer(built, epochs, free=free), key
        return self._replayer


def _with_rows(opened: ReplayedUpdate, replayer: Replayer) -> ReplayedUpdate:
    """An update of the session's own run, its rows as those of the table."""
    rows = replayer.recipe.rows
    assert rows is not None
    return dataclasses.replace(opened, rows=rows if opened.rows is None else rows[opened.rows])


def _batched(
    step: WorkedStep, opened: ReplayedUpdate, replayer: Replayer, built: Built, state: WorkState
) -> tuple[Sequence[WorkedStep], tuple[str, ...]]:
    """The step by another batch, if one is asked for, and what is told of it."""
    if state.batch == ONLINE:
        return _online(step)
    if state.batch == BATCH and len(replayer.recipe.examples.T) > step.examples:
        if len(replayer.recipe.examples.T) > _MOST_EXAMPLES:
            raise ArgumentError(
                f"batch: the training has {len(replayer.recipe.examples.T):,} examples, and at most "
                f"{_MOST_EXAMPLES:,} are opened together: open the step as it was made"
            )
        return [labelled(built, all_at_once(opened, replayer.recipe))], ()
    return [step], ()


def _online(step: WorkedStep) -> tuple[Sequence[WorkedStep], tuple[str, ...]]:
    if step.examples == 1:
        return [step], ()
    steps = one_by_one(step, MOST_ONLINE)
    told = "One example an update, from the same parameters: no update of this run."
    more = f"The first {MOST_ONLINE} of {step.examples:,} examples are shown." if step.examples > MOST_ONLINE else ""
    return steps, tuple(filter(None, (told, more)))


@cache
def gallery_titles() -> dict[str, str]:
    """The examples of the gallery by their names, as they are offered."""
    return {one.name: f"{one.name}: {one.title}" for one in gallery()}


def of_file(file: StepFile, state: WorkState, told: Callable[[int], None] | None = None) -> Opened:
    """The steps of a step file from the one that is asked for; raises ThalwegError for what it has not.

    `told` is called with the number of each step on the way to one that stands far on.

    >>> opened = of_file(gallery_step("aifh_xor_online"), WorkState(of="aifh_xor_online", step=2))
    >>> [step.number for step in opened.steps], opened.number, opened.last
    ([1, 2, 3, 4], 2, 4)
    """
    file = batched_file(file, state.batch)
    number = 1 if state.step is None else state.step
    if number > max(file.steps, 1) or file.steps > MOST_TOGETHER:
        return Opened([file.open(number, told=told)], number, None, file)
    return Opened(file.run(), number, file.steps, file)


def batched_file(file: StepFile, batch: str) -> StepFile:
    """A step file whose updates take one example each, or all; raises ArgumentError for a rule that cannot."""
    if batch == AS_MADE or file.targets is None:
        return file
    count = len(file.targets)
    if batch == ONLINE and isinstance(file.rule, FullBatchRule):
        raise ArgumentError(f"{title_of(file.rule)} takes all examples at once: its batch is all of them")
    steps = max(file.steps, min(count, MOST_ONLINE)) if batch == ONLINE else min(file.steps, MOST_ONLINE)
    return dataclasses.replace(file, batch_size=1 if batch == ONLINE else None, steps=steps)


def own_file(name: str, content: bytes) -> OwnFile:
    """The step file in some bytes; messages call it by its name alone."""
    with _brought(name, content) as path:
        table = read_toml(path, "give a step file").get("notation")
        if isinstance(table, str) and is_table(table):
            raise FileError(
                f"{plain_name(name)}: its notation is the table {shown(table)}, which did not come with it: leave it "
                "out, and bring the table by itself"
            )
        read = read_step_file(path, most_parameters=MOST_PARAMETERS)
    title = read.title if read.title != path.stem else plain_name(name).removesuffix(".toml")
    return OwnFile(plain_name(name), dataclasses.replace(read, title=title))


def own_notation(name: str, content: bytes) -> type[Notation]:
    """The notation of a table of symbols in some bytes, by the name of its file."""
    stem = plain_name(name).removesuffix(".toml")
    name = f"my_{stem}" if stem in NOTATIONS else stem
    with _brought(f"{name}.toml", content) as path:
        return notation_named(path)


@contextmanager
def _brought(name: str, content: bytes) -> Iterator[Path]:
    """What was brought as a file in a temporary folder, which no message names."""
    name = plain_name(name)
    if not name.lower().endswith(".toml"):
        raise FileError(f"{name}: it must be a .toml file, as docs/step-files.md tells")
    if len(content) > LARGEST:
        raise FileError(f"{name}: {len(content) / 2**20:.1f} MiB, and the page takes at most {LARGEST >> 20}")
    with tempfile.TemporaryDirectory(prefix="thalweg-studio-") as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            yield path
        except ThalwegError as error:
            raise type(error)(str(error).replace(str(path), name).replace(folder, "")) from None
        except (RecursionError, MemoryError):
            raise FileError(f"{name}: it says too much to be read") from None


def notation_of(state: WorkState, own: type[Notation] | None) -> AnyNotation | None:
    """The notation that a state names; None: the steps' own. Raises ArgumentError for an unknown one."""
    if not state.notation:
        return None
    if own is not None and state.notation == own.name:
        return own
    if state.notation not in NOTATIONS:
        try:
            notation_named(state.notation.removesuffix(".toml"))
        except ThalwegError as error:
            raise ArgumentError(f"{error}. A table of symbols of one's own is not in an address: upload it") from None
    return state.notation
