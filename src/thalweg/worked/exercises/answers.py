"""Tables of answers: the one that goes with an exercise to be filled in, and what comes back of it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DataError, shown, unknown
from ...system import read_ordinary_file
from ..grading.numbers import read_number

if TYPE_CHECKING:
    from .exercise import Exercise

COLUMNS = ("student", "name", "line", "symbol", "answer", "exercise")
"""Of a table with a row for each student and line."""
_OTHER_NAMES = {
    "no": "student",
    "number": "student",
    "nr": "student",
    "id": "line",
    "value": "answer",
    "answers": "answer",
}
_LONGEST = 20_000_000
_SEPARATOR = re.compile(r"sep=([,;\t])", re.IGNORECASE)


@dataclass(frozen=True)
class Cell:
    """An answer as it stands in a table: in which row, of which line by its name, and the text."""

    row: int
    line: str
    text: str


@dataclass
class Answered:
    """The answers of one student."""

    number: int
    name: str
    row: int
    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True)
class Answers:
    """A table of answers, read: of which exercise (its line of settings, if the table tells it), and of whom."""

    place: str
    code: str
    students: tuple[Answered, ...]


def template(exercise: Exercise) -> str:
    """A table to be filled in: a row for each student and line, with the exercise's settings, which grading needs."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for task in exercise.tasks:
        texts = task.ledger.names.texts
        for id_ in task.asked.blanks:
            rows.writerow((task.number, task.name, id_, texts[id_], "", exercise.code))
    return "\ufeff" + out.getvalue()  # by which spreadsheets see that it is UTF-8


def read_answers(path: str | Path) -> Answers:
    """Read a table of answers: with a row for each student and line, or a row for each student and a column a line.

    Raises FileError for a file that cannot be read, and DataError, with the row, for a table that is none of answers.
    """
    place = str(path)
    content = read_ordinary_file(path, "name the table of answers, such as sheet.answers.csv")
    if len(content) > _LONGEST:
        raise DataError(f"{place} has {len(content):,} bytes: it is no table of answers")
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # as spreadsheets of Windows write it
    return answers_of(text, place)


def answers_of(text: str, place: str) -> Answers:
    """The answers of a table's text; `place` is its name in messages."""
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise DataError(f"{place} is no text: save the answers as CSV")
    first, _, rest = text.lstrip().partition("\n")
    said = _SEPARATOR.fullmatch(first.strip("\r\n"))
    if said:  # a line for spreadsheets alone
        first, text = rest.partition("\n")[0], f"\n{rest}"
    delimiter = said[1] if said else max((",", ";", "\t"), key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise DataError(f"{place} is no table ({error}): save the answers as CSV") from error
    numbered = [(k, row) for k, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)]
    if not numbered:
        raise DataError(f"{place} is empty: it must have a head with {', '.join(COLUMNS)}")
    head = [cell.strip().casefold() for cell in numbered[0][1]]
    head = [_OTHER_NAMES.get(name, name) for name in head]
    for name in COLUMNS:
        if head.count(name) > 1:
            raise DataError(f"{place}: the column {name!r} is there {head.count(name)} times")
    body = [(k, [cell.strip() for cell in row] + [""] * (len(head) - len(row))) for k, row in numbered[1:]]
    if not body:
        raise DataError(f"{place} has no answers below its head")
    for k, row in body:
        if any(row[len(head) :]):
            raise DataError(
                f"{place} row {k}: it has {len(row)} cells, the head {len(head)}; a decimal comma needs quotes in a "
                'table of commas, "0,25"'
            )
    if "answer" in head and ("line" in head or "symbol" in head):
        return _long(place, head, body)
    given = numbered[0][1]
    others = [(k, given[k].strip()) for k, name in enumerate(head) if name not in COLUMNS and given[k].strip()]
    if ("student" not in head and "name" not in head) or not others:
        raise DataError(
            f"{place} has the columns {shown(given)}; it must have student, line and answer, or student and a column "
            "for each line"
        )
    return _wide(place, head, others, body)


def _at(head: Sequence[str], row: Sequence[str], name: str) -> str:
    return row[head.index(name)] if name in head else ""


def _code(place: str, head: Sequence[str], body: Sequence[tuple[int, list[str]]]) -> str:
    """The one exercise that the rows are of."""
    codes = {}
    for k, row in body:
        if code := _at(head, row, "exercise"):
            codes.setdefault(code, k)
    if len(codes) > 1:
        (_, first), (code, second), *_ = codes.items()
        raise DataError(f"{place} row {second}: its exercise is {shown(code)}, another than that of row {first}")
    return next(iter(codes), "")


def _number(place: str, k: int, head: Sequence[str], row: Sequence[str]) -> int:
    text = _at(head, row, "student")
    if not text and "student" not in head:
        return 0
    if not text.isdecimal() or not int(text):
        raise DataError(f"{place} row {k}: student {shown(text)} is no number of one: 1, 2, ... as on the sheet")
    return int(text)


def _long(place: str, head: Sequence[str], body: Sequence[tuple[int, list[str]]]) -> Answers:
    found: dict[tuple[int, str], Answered] = {}
    for k, row in body:
        number, name = _number(place, k, head, row), _at(head, row, "name")
        key = (number, "" if number else name)
        student = found.setdefault(key, Answered(number, name, k))
        student.name = student.name or name
        line = _at(head, row, "line") or _at(head, row, "symbol")
        if not line:
            raise DataError(f"{place} row {k}: it names no line")
        student.cells.append(Cell(k, line, _at(head, row, "answer")))
    return Answers(place, _code(place, head, body), tuple(found.values()))


def _wide(
    place: str, head: Sequence[str], lines: Sequence[tuple[int, str]], body: Sequence[tuple[int, list[str]]]
) -> Answers:
    found: dict[tuple[int, str], Answered] = {}
    for k, row in body:
        number, name = _number(place, k, head, row), _at(head, row, "name")
        key = (number, "" if number else name)
        if key in found:
            who = f"student {number}" if number else shown(name)
            raise DataError(f"{place} row {k}: {who} is there twice, first in row {found[key].row}")
        cells = [Cell(k, line, row[column]) for column, line in lines]
        found[key] = Answered(number, name, k, cells)
    return Answers(place, _code(place, head, body), tuple(found.values()))


def numbers_of(
    place: str, student: Answered, find: dict[str, str], names: Sequence[str]
) -> tuple[dict[str, float], list[str]]:
    """A student's numbers by the ids of the lines, and what is told of texts that are no numbers.

    `find` gives the id of each name that was found, empty for a line that was not asked; `names` are those known.

    Raises DataError for an unknown line, for one that was not asked, and for two numbers for one.
    """
    found: dict[str, float] = {}
    rows: dict[str, int] = {}
    notes: list[str] = []
    for cell in student.cells:
        id_ = find.get(cell.line)
        if id_ is None:
            raise DataError(f"{place} row {cell.row}: {unknown('line', cell.line, list(names)[:20], also=names)}")
        if not cell.text:
            continue
        if not id_:
            raise DataError(f"{place} row {cell.row}: line {cell.line!r} is no blank of this exercise")
        number = read_number(cell.text)
        if number is None:
            notes.append(f"row {cell.row}: {shown(cell.text)} is no number: counted as empty")
            continue
        if id_ in found and found[id_] != number:
            raise DataError(
                f"{place} row {cell.row}: student {student.number or student.name} has {cell.line!r} twice: "
                f"{found[id_]:g} in row {rows[id_]}, and {number:g}"
            )
        found[id_], rows[id_] = number, cell.row
    return found, notes
