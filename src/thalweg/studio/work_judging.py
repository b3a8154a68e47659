"""Answers that are typed into a sheet, judged as `thalweg grade` judges them, in the words beside a blank."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import NamedTuple

from ..worked.exercises.answers import COLUMNS
from ..worked.exercises.making import Maker
from ..worked.exercises.task import Task, code_of
from ..worked.grading.comparison import VERDICTS, Judged
from ..worked.grading.judging import Book
from ..worked.grading.numbers import read_number

LONGEST_ANSWER = 40


class Verdicts(NamedTuple):
    """What is said of a sheet: the count in words, and of each blank a class and words."""

    told: str
    of: dict[str, tuple[str, str]]


def judged(task: Task, book: Book, typed: Mapping[str, str]) -> Verdicts:
    """The verdicts on what was typed, by the ids of the lines; a right number is never told.

    >>> import thalweg as tw
    >>> made = tw.worked.exercise(tw.worked.gallery_step("mazur"), "errors", numbers="file")
    >>> first, second = made.tasks[0].asked.blanks
    >>> found = judged(made.tasks[0], made.book, {first: "-0.7414", second: "much"})
    >>> found.told, found.of[first], found.of[second]
    ('1 of 2 right', ('right', 'right'), ('wrong', 'no number'))
    """
    texts = {id_: typed.get(id_, "").strip()[:LONGEST_ANSWER] for id_ in task.asked.blanks}
    numbers = {id_: number for id_, text in texts.items() if (number := read_number(text)) is not None}
    told = task.judge(numbers, book)
    of = {line.id: _said(line) for line in told.lines}
    for id_, text in texts.items():
        if text and id_ not in numbers:
            of[id_] = "wrong", "no number"
    return Verdicts(told.count, of)


def _said(line: Judged) -> tuple[str, str]:
    if line.verdict == "empty":
        return "", ""
    if line.verdict in ("right", "follow-on"):
        return "right" if line.verdict == "right" else "follow", VERDICTS[line.verdict]
    what = f"{line.kind}: {line.words}" if line.kind and line.kind != "unknown" else line.words
    also = f" (or {'; or '.join(line.also)})" if line.also else ""
    if line.verdict == "again":
        return "wrong", f"the same mistake again: {what}"
    if line.kind in ("", "unknown"):
        return "wrong", "not right"
    return "wrong", f"not right; it looks like {what}{also}"


def answers_csv(maker: Maker, task: Task, typed: Mapping[str, str]) -> str:
    """What was typed as the table that `thalweg grade` reads."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    code = code_of(maker.settings, task.number, maker.file)
    for id_ in task.asked.blanks:
        text = typed.get(id_, "").strip()[:LONGEST_ANSWER]
        rows.writerow((task.number, task.name, id_, task.ledger.names.texts[id_], text, code))
    return "\ufeff" + out.getvalue()
