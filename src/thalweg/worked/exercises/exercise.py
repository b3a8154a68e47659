"""Exercises of a step file: for each student a step with other numbers, of which some lines are left blank."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ...core.activations import ACTIVATIONS
from ...core.kinds import check_count, is_count, settings, takes_kinds
from ...core.losses import LOSSES
from ...errors import ArgumentError, shown
from ...formulas.evaluation import evaluate
from ...notebook import InWords
from ...notebook.pieces import paragraph, points
from ...registry import title_of
from ..calculation import WorkedStep
from ..document import Document
from ..grading.comparing import check_decimals, whole_view
from ..grading.comparison import Comparison
from ..grading.hand import Span, span
from ..grading.judging import Asked, Book, judge, spans
from ..grading.ledger import Ledger, ledger_of
from ..step_file import StepFile, read_step_file
from .blanks import blanks_of, words_of
from .drawing import drawn, flaws_of_values

NUMBERS = ("drawn", "file")
"""Where a student's numbers are from: drawn for each, or those of the file for all."""
MOST_STUDENTS = 2000
DRAWING = 1
"""Of the way in which numbers are drawn: raised with it, so that answers to other numbers are refused."""
_DECIMALS = 4
_TRIES = 60
_LOOKED_AT = 6
_TELLING = ("sign", "derivative", "transposed", "mean for sum", "factor", "term", "bias", "activation", "power")
"""Kinds of mistakes that an answer must tell from the right calculation."""


@dataclass(frozen=True)
class Settings:
    """All that an exercise is made from, besides its step file."""

    blank: tuple[str, ...]
    seed: int
    decimals: int
    step: int
    numbers: str
    notation: str | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """What one student has to work out. `flaws` are what could not be had: answers too small, or that tell little."""

    number: int
    name: str
    step: WorkedStep
    document: Document
    ledger: Ledger
    asked: Asked
    flaws: tuple[str, ...]

    @cached_property
    def key(self) -> dict[str, float]:
        """The right numbers, each line rounded before it is gone on with."""
        return self.ledger.rounded(self.asked.decimals)

    def judge(self, answers: Mapping[str, float], book: Book | None = None) -> Comparison:
        """Judge a student's answers, by the ids of the lines."""
        return judge(self.ledger, self.asked, answers, book)


@dataclass(frozen=True, eq=False, repr=False)
class Exercise(InWords):
    """An exercise for a class: a task for each student, the same whenever it is made again from the same settings."""

    title: str
    settings: Settings
    file: StepFile
    tasks: tuple[Task, ...]
    book: Book

    @property
    def code(self) -> str:
        """The settings as one line, that answers carry, with the number of students and the file's sum."""
        return code_of(self.settings, len(self.tasks), self.file)

    def in_words(self) -> str:
        """What it is of, and for how many."""
        s, count = self.settings, len(self.tasks)
        asked = len(self.tasks[0].asked.blanks)
        return (
            f"{self.title}: {count} student{'s' * (count != 1)}, {asked} line{'s' * (asked != 1)} each "
            f"({', '.join(s.blank)}), {s.decimals} decimals, seed {s.seed}"
        )

    def in_html(self) -> str:
        """The same, with what could not be had."""
        return paragraph(self.in_words(), "title") + points(self.notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be had for some students, in a line each."""
        of: dict[str, list[str]] = {}
        for task in self.tasks:
            for flaw in task.flaws:
                of.setdefault(flaw, []).append(str(task.number))
        return tuple(
            f"{flaw} (student{'s' * (len(who) > 1)} {', '.join(who[:8])}{', ...' if len(who) > 8 else ''})"
            for flaw, who in of.items()
        )

    def sheet(self, form: str = "markdown", *, per_page: int = 1, hints: bool = False) -> str:
        """The sheets of all students as "markdown", "latex" or "html"; that of HTML judges what is typed."""
        from .rendering import rendered

        return rendered(self, form, per_page=per_page, hints=hints, key=False)

    def key(self, form: str = "markdown", *, per_page: int = 1) -> str:
        """The key: every blank worked out."""
        from .rendering import rendered

        return rendered(self, form, per_page=per_page, hints=False, key=True)

    def answers_csv(self) -> str:
        """A table to be filled in: a row for each student and line."""
        from .answers import template

        return template(self)


@takes_kinds
def exercise(
    step_file: StepFile | str | Path,
    blank: str | Sequence[str] = "sensitivities,updates",
    students: int | Sequence[str] = 1,
    *,
    seed: int = 0,
    round: int | None = None,  # noqa: A002 - the word of step files
    step: int = 1,
    numbers: str = "drawn",
    notation: str | None = None,
    title: str | None = None,
) -> Exercise:
    """Make an exercise of a step file: a step for each student, of which some lines are left blank.

    The numbers of each student are drawn by the seed and the student's number: few decimals; no unit saturated, dead or
    at a kink; no answer 0, 1 or too small to be seen at its decimals, no two alike; and such that what comes out of a
    mistake is not what comes out of the right calculation, within what rounding every line does.

    Args:
        step_file: A `StepFile`, or the path of one.
        blank: What is to be worked out: net_inputs, outputs, errors, loss, derivatives, sensitivities, gradients, parts
            (of the rule), updates, new_weights, or all; each may have a layer or unit, "sensitivities:layer1[0]"; or
            the symbol of a line.
        students: How many, or their names.
        seed: Of the numbers drawn.
        round: To how many decimals every line is to be rounded; None: as the file says, or else to 4.
        step: The step of the file, from 1.
        numbers: "drawn", or "file": those of the file, the same for all.
        notation: That of the symbols; None: the file's.
        title: What it is called; None: the file's title.

    Raises ArgumentError for what names nothing, and FileError for a file that cannot be read.

    >>> import tempfile
    >>> text = "[network]\\ninputs = 2\\nlayers = [{size = 2, activation = 'tanh'}, {size = 1}]"
    >>> text += "\\n[data]\\ninputs = [[1, 2]]\\ntargets = [0.5]"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "small.toml"
    ...     _ = path.write_text(text)
    ...     made = exercise(path, "sensitivities", students=3, seed=1)
    >>> print(made.in_words())
    small: 3 students, 3 lines each (sensitivities), 4 decimals, seed 1
    """
    file = step_file if isinstance(step_file, StepFile) else read_step_file(step_file)
    decimals = check_decimals("round", (file.decimals or _DECIMALS) if round is None else round)
    file = exactly(file)
    if numbers not in NUMBERS:
        raise ArgumentError(f"numbers is {shown(numbers)}; it must be 'drawn' or 'file'")
    settings = Settings(words_of(blank), check_count("seed", seed, 0), decimals, step, numbers, notation)
    names = names_of(students)
    book = Book()
    tasks = tuple(task_of(file, settings, number, name, book) for number, name in enumerate(names, start=1))
    return Exercise(title or file.title, settings, file, tasks, book)


def names_of(students: int | Sequence[str]) -> tuple[str, ...]:
    """A name for each student, empty where only their number is known."""
    if isinstance(students, int):
        if not is_count(students, 1, MOST_STUDENTS):
            raise ArgumentError(f"students is {shown(students)}; it must be a number from 1 to {MOST_STUDENTS:,}")
        return ("",) * students
    names = [str(name).strip() for name in students] if not isinstance(students, str) else [students]
    if not names:
        raise ArgumentError("students is empty: give a number, or at least one name")
    if len(names) > MOST_STUDENTS:
        raise ArgumentError(f"students has {len(names):,} names; it must have at most {MOST_STUDENTS:,}")
    for number, name in enumerate(names, start=1):
        if not name:
            raise ArgumentError(f"students: name {number} is empty")
        if name in names[: number - 1]:
            raise ArgumentError(f"students: {name!r} is there twice, as {names.index(name) + 1} and {number}")
    return tuple(names)


def exactly(file: StepFile) -> StepFile:
    """The file without its rounding: an exercise rounds by itself."""
    return dataclasses.replace(file, conventions=dataclasses.replace(file.conventions, decimals=None))


def code_of(settings: Settings, students: int, file: StepFile) -> str:
    """Settings as one line."""
    s = settings
    found = {"seed": s.seed, "round": s.decimals, "step": s.step, "numbers": s.numbers, "students": students}
    words = [f"{name}={value}" for name, value in found.items()]
    return " ".join([*words, f"blank={','.join(s.blank)}", f"file={sum_of(file)}"])


def sum_of(file: StepFile) -> str:
    """A short sum of all numbers and parts of a step file: another file has another one."""
    net, rule = file.network, file.rule.at(0)
    parts = [f"drawing {DRAWING}", f"{net.inputs}", LOSSES.name_of(file.loss), str(file.loss.reduction)]
    for layer in net.layers:
        activation = f"{ACTIVATIONS.name_of(layer.activation)} {settings(layer.activation)}"
        parts.append(f"{layer.name} {layer.size} {activation} {layer.sources} {layer.bias}")
    numbers = {field.name: getattr(rule, field.name) for field in rule.numbers()}
    parts += [title_of(file.rule), f"{numbers}", f"{file.batch_size} {file.l1} {file.l2} {file.fixed}"]
    shared = file.conventions.shared_bias, file.conventions.penalize, file.conventions.penalty_over
    parts += [f"{shared}", f"{file.conventions.learning_rates}"]
    arrays = [net.ravel(file.params), file.targets, file.sample_weight, file.target_weight, *file.inputs.values()]
    parts += [np.asarray([] if array is None else array, float).tobytes().hex() for array in arrays]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def task_of(file: StepFile, settings: Settings, number: int, name: str, book: Book) -> Task:
    """The task of one student: of the numbers drawn the first that has no flaw, or else the one of the fewest."""
    if settings.numbers == "file":
        return _task(file.open(settings.step, settings.notation), settings, number, name)
    file.open(settings.step, settings.notation)  # what is wrong with the file is told of the file
    rng = np.random.default_rng([settings.seed, number])
    best: tuple[int, WorkedStep] | None = None
    tasks: list[Task] = []
    for _ in range(_TRIES):
        try:
            step = drawn(file, rng).open(settings.step, settings.notation)
        except ArgumentError:  # numbers that diverge, or that a formula has no value at
            continue
        flaws = flaws_of_values(step)
        if best is None or flaws < best[0]:
            best = flaws, step
        if flaws:
            continue
        tasks.append(_looked_at(_task(step, settings, number, name), book))
        if not tasks[-1].flaws or len(tasks) == _LOOKED_AT:
            break
    if best is None:
        raise ArgumentError(f"no numbers can be drawn for student {number}: take the file's own, --numbers file")
    if not tasks:
        task = _looked_at(_task(best[1], settings, number, name), book)
        told = "a unit is saturated, dead or at a kink, or an output is its target"
        tasks.append(dataclasses.replace(task, flaws=(told, *task.flaws)))
    return min(tasks, key=lambda task: len(task.flaws))


def _task(step: WorkedStep, settings: Settings, number: int, name: str) -> Task:
    notation = settings.notation or step.notation
    document = step.document(notation, **whole_view(step))
    ledger = ledger_of(step, document, notation)
    blanks = blanks_of(step, ledger, settings.blank)
    key = ledger.rounded(settings.decimals)
    after = set(blanks)
    for id_, one in ledger.calculations.items():
        if any(letter in after for letter in one.made_of):
            after.add(id_)
    before = _made_of(ledger, blanks)
    printed = {
        id_: key[id_]
        for id_, one in ledger.calculations.items()
        if id_ in before and id_ not in after and one.formula is not None
    }
    return Task(number, name, step, document, ledger, Asked(blanks, printed, settings.decimals), ())


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


def _looked_at(task: Task, book: Book) -> Task:
    """With what its answers lack."""
    return dataclasses.replace(task, flaws=tuple(dict.fromkeys(flaws_of_answers(task, book))))


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
