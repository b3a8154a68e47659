"""What stands on a student's sheet, or in its key: what is given, and the lines, some of them blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...formulas.expression import Expression, Number, Symbol, parts, rebuilt
from ..grading.comparison import number
from ..grading.ledger import Calculation, rounded_by_hand
from ..sections.enclosure import has_letters
from ..sections.heading import letters_of
from .task import Task

if TYPE_CHECKING:
    from .exercise import Exercise


@dataclass(frozen=True)
class Row:
    """A line of a sheet: `value` as it is printed, none for a blank; `formula` and `numbers` where they are told."""

    id: str
    symbol: Expression
    value: str
    is_blank: bool
    formula: Expression | None = None
    numbers: Expression | None = None


@dataclass(frozen=True)
class Sheet:
    """A student's sheet, or its key."""

    number: int
    name: str
    title: str
    told: tuple[str, ...]
    symbols: tuple[tuple[Expression, str], ...]
    given: tuple[tuple[Expression, str], ...]
    sections: tuple[tuple[str, tuple[Row, ...]], ...]
    is_key: bool

    @property
    def who(self) -> str:
        """Whose it is, in words."""
        return f"student {self.number}" + (f": {self.name}" if self.name else "")


def sheet_of(exercise: Exercise, task: Task, *, hints: bool, key: bool) -> Sheet:
    """The sheet of a task, with the formulas of the blanks if `hints`; or its key, with their numbers."""
    decimals = task.asked.decimals
    ledger = task.ledger
    given = [
        (ledger.symbols[id_], _short(value, decimals)) for id_, value in ledger.given.items() if id_ in ledger.weights
    ]
    sections: dict[str, list[Row]] = {}
    for id_, one in ledger.calculations.items():
        blank = id_ in task.asked.blanks
        is_given = one.line.about.get("quantity") in ("input", "target")
        if not (blank or is_given or id_ in task.asked.printed):
            continue
        told = task.asked.printed.get(id_, task.key[id_])
        value = _short(told, decimals) if is_given else number(told, decimals)
        formula = numbers = None
        if blank and (hints or key):
            formula = _letters(one)
        if blank and key and not one.is_copy:
            numbers = _with_numbers(one.formula, task.key, decimals)
        row = Row(id_, one.line.symbol, value if key or not blank else "", blank, formula, numbers)
        sections.setdefault(one.section, []).append(row)
    plural = f"{decimals} decimal{'s' * (decimals != 1)}"
    asked = (
        "The numbers of the blanks, each line rounded before it is gone on with."
        if key
        else f"Work out the lines with a blank. Round every line to {plural} before you go on with it."
    )
    return Sheet(
        task.number,
        task.name,
        f"{exercise.title}{': key' * key}",
        (*task.document.introduction, f"Notation: {task.document.text}.", asked),
        () if key else _explained(task, sections, given),
        tuple(given),
        tuple((title, tuple(rows)) for title, rows in sections.items()),
        key,
    )


def _explained(
    task: Task, sections: Mapping[str, Sequence[Row]], given: Sequence[tuple[Expression, str]]
) -> tuple[tuple[Expression, str], ...]:
    """Of the letters of the calculation those of the sheet, and the settings."""
    rows = [row for found in sections.values() for row in found]
    shown = [symbol for symbol, _ in given] + [part for row in rows for part in (row.symbol, row.formula) if part]
    settings = [task.ledger.symbols[id_] for id_ in task.ledger.given if id_ not in task.ledger.weights]
    bases = {(letter.base, letter.mark) for part in (*shown, *settings) for letter in letters_of(part)}
    return tuple(
        (symbol, meaning)
        for symbol, meaning in task.document.symbols
        if any((letter.base, letter.mark) in bases for letter in letters_of(symbol))
    )


def _short(value: float, decimals: int) -> str:
    return f"{rounded_by_hand(value, max(decimals, 4)):.10g}"


def _letters(one: Calculation) -> Expression | None:
    found = [step for step in one.line.steps if has_letters(step)]
    return found[-1] if found else None


def _with_numbers(formula: Expression | None, key: Mapping[str, float], decimals: int) -> Expression | None:
    """A formula with the numbers of the key."""
    if formula is None:
        return None
    if isinstance(formula, Symbol):
        return Number(key[formula.base])
    return rebuilt(formula, [found for part in parts(formula) if (found := _with_numbers(part, key, decimals))])
