"""Exercises of a step file: for each student a step with other numbers, of which some lines are left blank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...core.kinds import check_count, is_count, takes_kinds
from ...errors import ArgumentError, shown
from ...notebook import InWords
from ...notebook.pieces import paragraph, points
from ..grading.comparing import check_decimals
from ..grading.judging import Book
from ..notations import AnyNotation
from ..step_files.file import StepFile, read_step_file
from .blanks import words_of
from .choices import NUMBERS
from .making import Maker
from .task import Settings, Task, code_of, exactly

MOST_STUDENTS = 2000
_DECIMALS = 4


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

    @takes_kinds
    def sheet(self, form: str = "markdown", *, per_page: int = 1, hints: bool = False) -> str:
        """The sheets of all students as "markdown", "latex" or "html"; that of HTML judges what is typed."""
        from .rendering import rendered

        return rendered(self, form, per_page=per_page, hints=hints, key=False)

    @takes_kinds
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
    notation: AnyNotation | None = None,
    title: str | None = None,
) -> Exercise:
    """Make an exercise of a step file: a step for each student, of which some lines are left blank.

    The numbers of each student are drawn by the seed and the student's number: few decimals; no unit saturated, dead or
    at a kink; no answer 0, 1 or too small to be seen at its decimals, no two alike; and such that what comes out of a
    mistake is not what comes out of the right calculation, within what rounding every line does.

    Args:
        step_file: A `StepFile`, or the path of one.
        blank: What is to be worked out: net_inputs, outputs, errors, loss, derivatives, sensitivities, gradients, parts
            (of the rule), updates, new_weights, or all; each may have a layer or unit, "sensitivities:layer1[0]";
            "random:8" for 8 lines that the seed draws; or the symbol of a line.
        students: How many, or their names.
        seed: Of the numbers drawn.
        round: To how many decimals every line is to be rounded; None: as the file says, or else to 4.
        step: The step of the file, from 1.
        numbers: "drawn", or "file": those of the file, the same for all.
        notation: That of the symbols, by its name or as a table of symbols; None: the file's.
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
    maker = Maker(file, settings)
    tasks = tuple(maker.task(number, name) for number, name in enumerate(names, start=1))
    return Exercise(title or file.title, settings, file, tasks, maker.book)


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
