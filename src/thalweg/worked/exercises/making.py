"""The task of each student: of the numbers drawn the first that leave nothing to be desired, or else the nearest."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ...errors import ArgumentError
from ...formulas.evaluation import evaluate
from ..calculation import WorkedStep
from ..grading.comparing import whole_view
from ..grading.hand import Span, span
from ..grading.held_numbers import Asked
from ..grading.judging import Book, spans
from ..grading.ledger import Ledger, ledger_of, rounded_by_hand
from ..grading.other_numbers import with_numbers_of
from ..sections.document import Document
from ..step_files.file import StepFile
from .blanks import blanks_of
from .drawing import drawn, flaws_of_values
from .task import Settings, Task

_TRIES = 60
_LOOKED_AT = 6
_TELLING = ("sign", "derivative", "transposed", "mean for sum", "factor", "term", "bias", "activation", "power")
"""Kinds of mistakes that an answer must tell from the right calculation."""


class Maker:
    """Makes the tasks of an exercise; what they have in common is worked out once, from the file's own numbers.

    So a student's task does not hang on which others there are. Raises ArgumentError for what is wrong with the file.
    """

    def __init__(self, file: StepFile, settings: Settings) -> None:
        self.file, self.settings = file, settings
        self.book = Book()
        step = self._open(file)
        self.document, self.ledger = self._written(step)
        self.blanks = blanks_of(step, self.ledger, settings.blank, settings.seed)
        self._own = step

    def task(self, number: int, name: str) -> Task:
        """The task of one student."""
        if self.settings.numbers == "file":
            return self._task(self._own, number, name)
        rng = np.random.default_rng([self.settings.seed, number])
        best: tuple[int, WorkedStep] | None = None
        tasks: list[Task] = []
        for _ in range(_TRIES):
            try:
                step = self._open(drawn(self.file, rng))
            except ArgumentError:  # numbers that diverge, or that a formula has no value at
                continue
            flaws = flaws_of_values(step)
            if best is None or flaws < best[0]:
                best = flaws, step
            if flaws:
                continue
            tasks.append(self._looked_at(self._task(step, number, name)))
            if not tasks[-1].flaws or len(tasks) == _LOOKED_AT:
                break
        if best is None:
            raise ArgumentError(f"no numbers can be drawn for student {number}: take the file's own, --numbers file")
        if not tasks:
            task = self._looked_at(self._task(best[1], number, name))
            told = "a unit is saturated, dead or at a kink, or an output is its target"
            tasks.append(dataclasses.replace(task, flaws=(told, *task.flaws)))
        return min(tasks, key=lambda task: len(task.flaws))

    def _open(self, file: StepFile) -> WorkedStep:
        return file.open(self.settings.step, self.settings.notation)

    def _written(self, step: WorkedStep) -> tuple[Document, Ledger]:
        notation = step.notation if self.settings.notation is None else self.settings.notation
        document = step.document(notation, **whole_view(step))
        return document, ledger_of(step, document, notation)

    def _task(self, step: WorkedStep, number: int, name: str) -> Task:
        document, ledger = self.document, with_numbers_of(self.ledger, step)
        if ledger is None:  # other formulas hold for other numbers, such as those of relu
            document, ledger = self._written(step)
        key = ledger.rounded(self.settings.decimals)
        printed = {id_: rounded_by_hand(key[id_], self.settings.decimals) for id_ in self._printed}
        asked = Asked(self.blanks, printed, self.settings.decimals)
        return Task(number, name, step, document, ledger, asked, ())

    @cached_property
    def _printed(self) -> tuple[str, ...]:
        """The lines that the blanks are worked out from, and that give none of them away."""
        calculations = self.ledger.calculations
        after = set(self.blanks)
        for id_, one in calculations.items():
            if any(letter in after for letter in one.made_of):
                after.add(id_)
        before = _made_of(self.ledger, self.blanks) - after
        given = ("input", "target")
        return tuple(
            id_ for id_, one in calculations.items() if id_ in before and one.line.about.get("quantity") not in given
        )

    def _looked_at(self, task: Task) -> Task:
        """With what its answers lack."""
        return dataclasses.replace(task, flaws=tuple(dict.fromkeys(flaws_of_answers(task, self.book))))


def _made_of(ledger: Ledger, blanks: Sequence[str]) -> set[str]:
    """All lines that these are made of, and those that these are made of."""
    found, rest = set(blanks), list(blanks)
    while rest:
        one = ledger.calculations.get(rest.pop())
        for id_ in () if one is None else one.made_of:
            if id_ in ledger.calculations and id_ not in found:
                found.add(id_)
                rest.append(id_)
    return found


def flaws_of_answers(task: Task, book: Book) -> list[str]:
    """The answers that are trivial, alike, or those of a mistake as well, in words."""
    ledger, asked, key = task.ledger, task.asked, task.key
    texts = {
        id_: f"{text} of example {id_.partition('#')[2]}" if "#" in id_ else text
        for id_, text in ledger.names.texts.items()
    }
    right = spans(ledger, asked, {id_: key[id_] for id_ in asked.blanks})
    hand = {**{id_: Span(value, value) for id_, value in ledger.given.items()}}
    for id_ in ledger.calculations:
        value = key.get(id_)
        told = id_ in asked.printed or id_ in asked.blanks
        hand[id_] = right[id_] if value is None or not told else Span(value, value).wider(asked.half)
    flaws: list[str] = []
    seen: dict[tuple[object, float], str] = {}
    for id_ in asked.blanks:
        one, value = ledger.calculations[id_], key[id_]
        assert one.formula is not None
        if one.is_copy:
            continue
        if abs(value) < 20 * asked.half or abs(abs(value) - 1.0) < 2 * asked.half:
            flaws.append(f"{texts[id_]} is near 0 or 1")
        size = one.line.about.get("quantity"), round(abs(value), asked.decimals)
        if size in seen and not _is_near(abs(ledger.exact[id_]), abs(ledger.exact[seen[size]])):
            flaws.append(f"{texts[id_]} and {texts[seen[size]]} are of one size")
        seen[size] = id_
        for mistake in book.of(one, ledger):
            if mistake.kind not in _TELLING or not span(mistake.formula, hand, asked.half).meets(right[id_]):
                continue
            if not _is_near(
                evaluate(mistake.formula, ledger.exact), ledger.exact[id_]
            ):  # without a factor 1 is no mistake
                flaws.append(f"{texts[id_]} may come out by a mistake, too: {mistake.words}")
    return flaws


def _is_near(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1e-9)
