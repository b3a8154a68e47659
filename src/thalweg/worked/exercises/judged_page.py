"""What the page knows of an exercise: how each line is calculated, so that it can judge it, and never the key itself.

The script works out a line from what is given and from what was typed before it, as `grading` does: a key is nowhere in
the page. Formulas are lists: a name and what it is made of; each is held once, in `pool`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...formulas.expression import (
    Call,
    Constant,
    Expression,
    Folded,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from ..grading.ledger import Calculation, Ledger
from ..grading.likeness import COUNTED_EACH, CUT
from ..grading.mistake import KINDS
from ..grading.ways import ways

if TYPE_CHECKING:
    from .exercise import Exercise


def page_data(exercise: Exercise) -> dict[str, Any]:
    """The students with what is given to them, and the lines with their calculations and mistakes."""
    pool: dict[str, int] = {}
    formulas: list[Any] = []

    def pooled(formula: Expression | None) -> int:
        assert formula is not None
        told = as_lists(formula)
        key = repr(told)
        if key not in pool:
            pool[key] = len(formulas)
            formulas.append(told)
        return pool[key]

    said: dict[tuple[str, str], int] = {}
    words: list[list[str]] = []

    def told(kind: str, text: str) -> int:
        if (kind, text) not in said:
            said[kind, text] = len(words)
            words.append([kind, text])
        return said[kind, text]

    def mistakes(of: Calculation, ledger: Ledger, is_blank: bool) -> list[list[int]]:
        found = exercise.book.of(of, ledger) if is_blank else ()
        return [[told(mistake.kind, mistake.words), pooled(mistake.formula)] for mistake in found]

    students = []
    for task in exercise.tasks:
        lines = []
        used = {letter for one in task.ledger.calculations.values() for letter in one.made_of}
        for id_, one in task.ledger.calculations.items():
            if one.formula is None:
                if id_ in used:
                    lines.append([id_, "given", task.ledger.exact[id_]])
            elif id_ in task.asked.printed:
                lines.append([id_, "printed", task.asked.printed[id_]])
            else:
                is_blank = id_ in task.asked.blanks
                others = [[pooled(way.formula), mistakes(way, task.ledger, is_blank)] for way in ways(one, task.ledger)]
                kind = "blank" if is_blank else "hidden"
                lines.append(
                    [
                        id_,
                        kind,
                        pooled(one.formula),
                        mistakes(one, task.ledger, is_blank),
                        *([others] if others else []),
                    ]
                )
        students.append({"number": task.number, "name": task.name, "given": dict(task.ledger.given), "lines": lines})
    return {
        "decimals": exercise.settings.decimals,
        "code": exercise.code,
        "kinds": list(KINDS),
        "counted_each": sorted(COUNTED_EACH),
        "cut": CUT,
        "symbols": dict(exercise.tasks[0].ledger.names.texts),
        "words": words,
        "pool": formulas,
        "students": students,
    }


def as_lists(formula: Expression) -> Any:
    """A formula as lists: a text is an id, a number itself.

    >>> as_lists(Sum((Symbol("x"), Negative(Number(2.0)))))
    ['+', 'x', ['-', 2.0]]
    """
    match formula:
        case Symbol(base):
            return base
        case Number(value):
            return float(value)
        case Constant(name):
            return 2.718281828459045 if name == "e" else 3.141592653589793
        case Folded(_, float() as value):
            return value
        case Negative(of):
            return ["-", as_lists(of)]
        case Sum(found):
            return ["+", *map(as_lists, found)]
        case Product(found):
            return ["*", *map(as_lists, found)]
        case Quotient(top, bottom):
            return ["/", as_lists(top), as_lists(bottom)]
        case Power(base, exponent):
            return ["^", as_lists(base), as_lists(exponent)]
        case Call(str() as name, arguments):
            return [name, *map(as_lists, arguments)]
    raise ValueError(f"no formula of an exercise: {type(formula).__name__}")
