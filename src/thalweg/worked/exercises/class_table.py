"""A class's answers as one table: who, how many points, which line, and what went wrong there."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.kinds import takes_kinds
from ...core.plain_data import JsonObject
from ...errors import ArgumentError, DataError
from ...notebook import InWords
from ...notebook.pieces import paragraph, points, table
from ..grading.comparison import Comparison, number
from ..grading.judging import Book
from ..step_files.file import StepFile, read_step_file
from .answers import Answered, Answers, numbers_of, read_answers
from .blanks import words_of
from .choices import NUMBERS
from .making import Maker
from .other_sheets import sheet_of
from .task import Settings, Task, check_of, exactly, sum_of

_MOST_WORDS = 90


@dataclass(frozen=True)
class Grade:
    """What a student has done.

    `is_missing` where there are no answers of theirs at all; `sheet` is the number of another student, if most of the
    answers are those of that one's sheet.
    """

    number: int
    name: str
    comparison: Comparison
    is_missing: bool = False
    sheet: int | None = None

    @property
    def who(self) -> str:
        """The student's name, or their number."""
        return self.name or str(self.number)


@dataclass(frozen=True, repr=False)
class ClassTable(InWords):
    """The grades of a class, and what was told of the table of answers."""

    grades: tuple[Grade, ...]
    notes: tuple[str, ...]

    def in_words(self) -> str:
        """The table as text, what the class did wrong most often, and the notes."""
        rows = [[str(cell) for cell in row] for row in (self.heads, *self.rows())]
        widths = [max(len(row[k]) for row in rows) for k in range(len(self.heads))]
        out = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*out, *(f"{count} × {what}" for what, count in self.frequent()), *self.notes])

    def in_html(self) -> str:
        """The same as a table."""
        often = points(f"{count} × {what}" for what, count in self.frequent())
        return table(self.heads, self.rows(), most=500) + often + "".join(map(paragraph, self.notes))

    @property
    def heads(self) -> tuple[str, ...]:
        """The columns of `rows`."""
        return "student", "points", "first wrong line", "mistake", "answer", "instead of", "more"

    def rows(self) -> list[tuple[str, ...]]:
        """A row for each student: points, the first wrong line, what it looks like, and how many mistakes follow."""
        found = []
        for grade in self.grades:
            told = grade.comparison
            first, decimals = told.first_wrong, told.decimals
            score = f"{told.points}/{len(told.lines)}"
            who = f"{grade.number} {grade.name}".strip()
            if first is None:
                empty = sum(line.verdict == "empty" for line in told.lines)
                said = "no answers" if grade.is_missing else f"{empty} empty" if empty else ""
                found.append((who, score, "", said, "", "", ""))
                continue
            more = len(told.mistakes) - 1
            words = f"{first.kind}: {first.words}"
            words = f"these are the numbers of student {grade.sheet}'s sheet" if grade.sheet else words
            words = words if len(words) <= _MOST_WORDS else words[: _MOST_WORDS - 3] + "..."
            assert first.given is not None
            instead = number(first.expected, decimals)
            row = (who, score, first.id, words, number(first.given, decimals), instead, f"+{more}" if more else "")
            found.append(row)
        return found

    def frequent(self, most: int = 5) -> list[tuple[str, int]]:
        """The mistakes that more than one student made: in which quantity, of what kind, and by how many."""
        counts: Counter[str] = Counter()
        for grade in self.grades:
            if grade.sheet:  # these are no mistakes
                continue
            kinds = {f"{line.kind} in {line.id.partition(':')[0]}" for line in grade.comparison.mistakes}
            counts.update(kind for kind in kinds if not kind.startswith("unknown"))
        return [(what, count) for what, count in counts.most_common(most) if count > 1]

    def to_dict(self) -> JsonObject:
        """Plain data: every student with points, mistakes and all lines."""
        return {
            "students": [
                {
                    "student": grade.number,
                    "name": grade.name,
                    "is_missing": grade.is_missing,
                    **({} if grade.sheet is None else {"sheet": grade.sheet}),
                    **grade.comparison.to_dict(),
                }
                for grade in self.grades
            ],
            "frequent": [{"mistake": what, "students": count} for what, count in self.frequent()],
            "notes": list(self.notes),
        }

    def to_csv(self) -> str:
        """A row for each mistake of each student; one for a student without."""
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\r\n")
        heads = ("student", "name", "points", "out_of", "line", "symbol", "answer", "expected", "kind", "mistake")
        rows.writerow(heads)
        for grade in self.grades:
            told = grade.comparison
            who = (grade.number, grade.name, told.points, len(told.lines))
            for line in told.mistakes:
                rows.writerow((*who, line.id, line.symbol, line.given, line.expected, line.kind, line.words))
            if not told.mistakes:
                rows.writerow((*who, "", "", "", "", "", ""))
        return "\ufeff" + out.getvalue()


@takes_kinds
def grade(
    step_file: StepFile | str | Path, answers: Answers | str | Path, *, settings: Settings | None = None
) -> ClassTable:
    """Grade a class's answers to an exercise of a step file.

    The table that goes with an exercise (`Exercise.answers_csv`) says which exercise it is; each student's numbers are
    then drawn again.

    Args:
        step_file: The step file that the exercise was made of, or its path.
        answers: A table of answers, or its path.
        settings: Those of the exercise, for a table that does not tell them.

    Raises DataError, with the row, for answers of another exercise, of a student or line that there is not, and for two
    numbers for one line. A text that is no number is told, and counts as empty; so do the answers of a student who is
    missing.
    """
    file = exactly(step_file if isinstance(step_file, StepFile) else read_step_file(step_file))
    read = answers if isinstance(answers, Answers) else read_answers(answers)
    made, count = _settings(file, read, settings)
    maker = Maker(file, made)
    book = maker.book
    tasks: dict[int, Task] = {}
    notes: list[str] = []
    grades: list[Grade] = []
    for student in sorted(read.students, key=lambda one: one.number):
        number = _number(read, student, count)
        task = tasks[number] = tasks.get(number) or maker.task(number, student.name)
        grades.append(_grade(read, task, student, number, book, notes))
    if count:
        missing = [number for number in range(1, count + 1) if number not in tasks]
        for number in missing:
            task = tasks[number] = maker.task(number, "")
            grades.append(Grade(number, "", task.judge({}, book), is_missing=True))
        if missing:
            told = ", ".join(map(str, missing[:20])) + (", ..." if len(missing) > 20 else "")
            notes.append(f"no answers of student{'s' * (len(missing) > 1)} {told}: counted as empty")
    if made.numbers == "drawn":
        grades = [_with_sheet(one, tasks, notes) for one in grades]
    return ClassTable(tuple(sorted(grades, key=lambda one: one.number)), tuple(notes))


def _with_sheet(grade: Grade, tasks: Mapping[int, Task], notes: list[str]) -> Grade:
    """The grade of one whose numbers are those of another's sheet, with a note that says so."""
    told = grade.comparison
    found = sheet_of(grade.number, {line.id: line.given for line in told.lines if line.given is not None}, tasks)
    if found is None:
        return grade
    other, fit = found
    answered = sum(line.given is not None for line in told.lines)
    notes.append(
        f"student {grade.who}: these are the numbers of student {other}'s sheet ({fit} of {answered} answers fit it)"
    )
    return replace(grade, sheet=other)


def _grade(read: Answers, task: Task, student: Answered, number: int, book: Book, notes: list[str]) -> Grade:
    names, asked = task.ledger.names, task.asked.blanks
    find: dict[str, str] = {}
    for cell in student.cells:
        if cell.line in find:
            continue
        of = names.find_all(cell.line)
        blank = [id_ for id_ in of if id_ in asked]
        if len(blank) > 1:
            told = " or ".join(blank[:4])
            raise DataError(f"{read.place} row {cell.row}: line {cell.line!r} is {len(blank)} lines: write {told}")
        if of:
            find[cell.line] = blank[0] if blank else ""
    numbers, told = numbers_of(read.place, student, find, [*asked, *(names.spellings[id_] for id_ in asked)])
    notes += told
    return Grade(number, student.name, task.judge(numbers, book))


def _number(read: Answers, student: Answered, count: int) -> int:
    number = student.number
    if not number and count == 1 and len(read.students) == 1:
        return 1
    if not number:
        raise DataError(f"{read.place} row {student.row}: it has no student's number: add the column student")
    if count and number > count:
        raise DataError(f"{read.place} row {student.row}: student {number}: the exercise has 1 to {count}")
    return number


def _settings(file: StepFile, read: Answers, given: Settings | None) -> tuple[Settings, int]:
    """The settings of the exercise, and for how many students it was made; 0 if that is not known."""
    if not read.code:
        if given is None:
            raise DataError(
                f"{read.place} does not tell which exercise it is of: keep the column exercise of the table that came "
                "with the sheets, or give the settings of the exercise (--blank, --seed, --round)"
            )
        return given, 0
    words = {name: value for name, _, value in (word.partition("=") for word in read.code.split())}
    try:
        students = int(words["students"])
        settings = Settings(
            words_of(words["blank"]), int(words["seed"]), int(words["round"]), int(words["step"]), words["numbers"]
        )
        sum_then = words["file"]
    except (KeyError, ValueError, ArgumentError) as error:
        raise DataError(
            f"{read.place}: {read.code[:80]!r} are no settings of an exercise: keep them as they came"
        ) from error
    if settings.numbers not in NUMBERS:
        raise DataError(
            f"{read.place}: numbers={settings.numbers} is no setting of an exercise: keep them as they came"
        )
    if sum_then != (found := sum_of(file)):
        raise DataError(
            f"{read.place}: its answers are of another exercise: of a step file with the sum {sum_then}, and this one "
            f"has {found}; grade with the file that the sheets were made of"
        )
    code, _, check = read.code.rpartition(" check=")
    if check != check_of(code):
        raise DataError(
            f"{read.place}: the settings in its column exercise ({read.code[:80]}) are not as they came: copy them "
            "from the table of answers that came with the sheets"
        )
    if given is not None:
        raise DataError(f"{read.place} tells its settings itself ({read.code[:80]}): leave out those given")
    return settings, students
