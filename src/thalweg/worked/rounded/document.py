"""A worked calculation rounded at every step: each line from the rounded numbers of the lines before it, as by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from math import isclose, isfinite
from typing import Any, TypeAlias

from ...errors import ArgumentError
from ...formulas.expression import Expression, Folded, Number, Product, Sum, parts, rebuilt
from ...formulas.write_text import TextWriter
from ..sections.document import Document, Line
from ..sections.enclosure import has_letters, value_of
from ..sections.origins import Origin, inner, number_at, origins
from ..sections.update import told_change
from ..sections.writing import as_printed
from ..step.decimals import round_half_up

_GIVEN = ("input", "target")
_DIGITS = 15
"""The most that are printed: those after it are a float's own rounding."""
_LOST = 1000.0
"""So many times too large, at least, is what was divided by a number that is rounded to 0."""
_LEAST = 6
"""Digits that a line is printed with at least."""
_SAME = 1e-6
"""How far apart two numbers of one quantity may be, computed for one example and for all."""
_NOTHING = 1e-14
"""What is left, at most, of one that is 0."""
Key: TypeAlias = frozenset[tuple[str, Any]]


def rounded_document(document: Document, decimals: int) -> Document:
    """A document in which every line is computed from the rounded values of the lines before it, and rounded itself.

    What is given (inputs, targets, settings, the parameters before the step) stands as it is. The exact value of a line
    is its `exact`.
    """
    lines, made_of = document.lines(), origins(document)
    found: dict[int, Line] = {}
    for number in _makers_first(made_of):
        found[number] = _rounded_line(lines[number], made_of[number], lines, found, decimals)
    return _with_lines(document, [found[number] for number in range(len(lines))], decimals)


def _makers_first(made_of: Sequence[Sequence[Origin]]) -> Iterator[int]:
    """The places of all lines, each after those that it is made of: a softmax stands before the last net input."""
    done: set[int] = set()
    for number in range(len(made_of)):
        waiting = [number]
        while waiting:
            last = waiting[-1]
            makers = {origin.line for origin in made_of[last] if origin.line is not None} - done - set(waiting)
            if makers:
                waiting.append(min(makers))
                continue
            waiting.pop()
            if last not in done:
                done.add(last)
                yield last


def as_shown(shown: Document, exact: Document, whole: Document, decimals: int) -> Document:
    """What is shown of a document, rounded: its lines with the numbers that `whole`, the rounded of `exact`, has there.

    `exact` shows everything, so that a line is the same whatever else is shown. Of a sum that is shown in part, what is
    left out is what the rounded numbers add up to.
    """
    exacts, wholes = ({_key(line): line for line in reversed(one.lines())} for one in (exact, whole))
    found = []
    for line in shown.lines():
        key = _key(line)
        if key not in wholes:
            found.append(_settled(line, line.steps, round_half_up(line.value or 0.0, decimals), decimals))
            continue
        if wholes[key].exact is None:  # given
            found.append(line)
            continue
        of_exact, of_whole = _numeric(exacts[key]), _numeric(wholes[key])
        steps = [
            step if has_letters(step) else _refolded(_as_in(step, of_exact, of_whole), of_whole)
            for step in _first(line)
        ]
        value = wholes[key].value
        assert value is not None
        found.append(_settled(line, steps, value, decimals))
    return _with_lines(shown, found, decimals)


def with_error_after(document: Document, error: float, decimals: int) -> Document:
    """A rounded document with the error that the rounded parameters after the step have."""
    lines = [
        dataclasses.replace(line, value=error) if line.about.get("quantity") == "error_after" else line
        for line in document.lines()
    ]
    return _with_lines(document, lines, decimals)


def _rounded_line(
    line: Line, made_of: Sequence[Origin], lines: Sequence[Line], before: Mapping[int, Line], decimals: int
) -> Line:
    """A line from the rounded ones before it."""
    if line.value is None or line.about.get("quantity") in _GIVEN:
        return line
    steps = list(_first(line))
    value = line.value
    for origin in made_of:
        if origin.line is None or origin.line not in before:
            continue
        exact, now = lines[origin.line].value, before[origin.line].value
        if exact is None or now is None:
            continue
        if origin.step is not None and origin.step < len(steps):
            number = number_at(line, origin)
            sign = next((sign for sign in (1.0, -1.0) if _are_one(number, sign * exact)), None)
            if sign is not None:
                steps[origin.step] = _replaced(steps[origin.step], origin.place, Number(sign * now + 0.0))
        elif origin.step is None and len(made_of) == 1 and _are_one(abs(line.value), abs(exact)):
            value = now if _are_one(line.value, exact) else -now
    if steps and not has_letters(steps[-1]):
        value = value_of(steps[-1])
        if not abs(value) <= _LOST * (abs(line.value) + 1.0) and isfinite(line.value):
            raise ArgumentError(
                f"rounding to {decimals} decimals: {TextWriter().write(line.symbol)} is {value:g}, and exactly "
                f"{line.value:g}: a number that it is divided by is rounded to 0; take more decimals"
            )
    return _settled(line, steps, round_half_up(value, decimals), decimals)


def _are_one(number: float, other: float) -> bool:
    """Whether two numbers are one quantity, computed for one example and for all."""
    return isclose(number, other, rel_tol=_SAME, abs_tol=_NOTHING)


def _settled(line: Line, steps: Sequence[Expression], value: float, decimals: int) -> Line:
    """The line with other steps and a rounded value, with so many digits as make it true, the exact value beside it."""
    numbers = [step for step in steps if not has_letters(step)]
    least = _digits_of(value, decimals)
    digits = next(
        (
            digits
            for digits in range(max(least, _LEAST), _DIGITS + 1)
            if all(round_half_up(value_of(as_printed(step, digits)), decimals) == value for step in numbers)
        ),
        None,
    )
    return dataclasses.replace(
        line, steps=tuple(steps), value=value, exact=line.value, digits=digits, approximate=digits is None
    )


def _digits_of(value: float, decimals: int) -> int:
    """How many significant digits a number with so many decimals has."""
    return min(_DIGITS, decimals + len(str(int(abs(value))))) if isfinite(value) else decimals


def _first(line: Line) -> tuple[Expression, ...]:
    """The steps up to the first by numbers: those after it would round within a line."""
    for number, step in enumerate(line.steps):
        if not has_letters(step):
            return line.steps[: number + 1]
    return line.steps


def _numeric(line: Line) -> Expression | None:
    """The formula by numbers, if there is one."""
    return next((step for step in line.steps if not has_letters(step)), None)


def _key(line: Line) -> Key:
    return frozenset(line.about.items())


def _replaced(expression: Expression, place: Sequence[int], by: Expression) -> Expression:
    """An expression with another at a place."""
    if not place:
        return by
    first, *rest = place
    found = [_replaced(part, rest, by) if k == first else part for k, part in enumerate(inner(expression))]
    return rebuilt(expression, found)


def _as_in(shown: Expression, exact: Expression | None, whole: Expression | None) -> Expression:
    """The numbers of a shown formula as they are in the whole one, each by its place: what is given stands as it is."""
    if exact is None or whole is None:
        return shown
    if shown == exact:
        return whole
    here, there, rounded = parts(shown), parts(exact), parts(whole)
    folded = next((k for k, part in enumerate(here) if isinstance(part, Folded)), None)
    if isinstance(shown, Sum) and isinstance(exact, Sum) and folded is not None and len(there) == len(rounded):
        after = len(here) - folded - 1
        there = (*there[:folded], here[folded], *there[len(there) - after :])
        rounded = (*rounded[:folded], here[folded], *rounded[len(rounded) - after :])
    if not here or not len(here) == len(there) == len(rounded):
        return _with_numbers(shown, dict(_paired(exact, whole)))
    return rebuilt(shown, [_as_in(*both) for both in zip(here, there, rounded, strict=True)])


def _paired(first: Expression | None, second: Expression | None) -> Iterator[tuple[float, float]]:
    match first, second:
        case (None, _) | (_, None):
            return
        case Number(exact), Number(value):
            yield float(exact), float(value)
        case _:
            for both in zip(parts(first), parts(second), strict=False):
                yield from _paired(*both)


def _with_numbers(expression: Expression, numbers: dict[float, float]) -> Expression:
    match expression:
        case Number(float() as value):
            return Number(numbers.get(value, value))
        case Folded() | Number():
            return expression
        case _:
            return rebuilt(expression, [_with_numbers(part, numbers) for part in parts(expression)])


def _refolded(shown: Expression, whole: Expression | None) -> Expression:
    """A sum that is shown in part, with what its other terms add up to in the whole one."""
    match shown, whole:
        case Sum(terms), Sum():
            kept = tuple(term for term in terms if not isinstance(term, Folded))
            rest = round(value_of(whole) - value_of(Sum(kept)), _DIGITS)
            return Sum(tuple(Folded(t.count, rest) if isinstance(t, Folded) else t for t in terms))
        case Product(factors), Product(others) if len(factors) == len(others):
            return Product(tuple(_refolded(*both) for both in zip(factors, others, strict=True)))
    return shown


def _with_lines(document: Document, lines: Sequence[Line], decimals: int) -> Document:
    """The document with other lines in the place of its own, its facts and its last sentence by what they say."""
    left = iter(lines)
    sections = tuple(
        dataclasses.replace(
            section, items=tuple(next(left) if isinstance(item, Line) else item for item in section.items)
        )
        for section in document.sections
    )
    digits = max([document.digits, *(_digits_of(line.value, decimals) for line in lines if line.value is not None)])
    errors = {
        name: line.value
        for line in lines
        if (name := line.about.get("quantity")) in ("error_before", "error_after") and line.value is not None
    }
    if len(errors) == 2:
        last = sections[-1]
        told = told_change(round_half_up(errors["error_after"] - errors["error_before"], decimals), document.digits)
        items = tuple(told if isinstance(item, str) and item.startswith("The error ") else item for item in last.items)
        sections = (*sections[:-1], dataclasses.replace(last, items=items))
    return dataclasses.replace(
        document, sections=sections, digits=digits, facts={**document.facts, **errors, "decimals": decimals}
    )


def last_error(document: Document) -> float | None:
    """The error of all examples in a document, or of its only one."""
    for quantity in ("error_before", "example_error"):
        values = [line.value for line in document.lines() if line.about.get("quantity") == quantity]
        if values:
            return values[0]
    return None
