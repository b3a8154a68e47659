"""A step and someone's numbers for some of its lines, by whatever name they go."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.kinds import is_count
from ...core.plain_data import GivenObject
from ...errors import ArgumentError, shown
from ..notations import AnyNotation
from ..sections.document import Document
from ..step.values import StepValues
from .comparison import Comparison
from .held_numbers import Asked
from .judging import judge
from .ledger import MOST_LINES, Ledger, ledger_of
from .numbers import decimals_of, read_number

MOST_DECIMALS = 10
_FEWEST = 2
_MANY = 1_000_000


def whole_view(step: StepValues) -> dict[str, Any]:
    """The view that shows every line of a step; raises ArgumentError for a step of too many."""
    about = step.network.parameter_count * (step.examples + 2)
    if about > 3 * MOST_LINES:
        raise ArgumentError(
            f"the step has about {about:,} lines, which no one works by hand: choose a smaller network or fewer "
            "examples"
        )
    most = dict.fromkeys(("most_examples", "most_neurons", "most_terms"), _MANY)
    return {**most, "examples": tuple(range(step.examples)), "digits": 12}


def check_decimals(place: str, decimals: object) -> int:
    """A number of decimals; raises ArgumentError for what is none."""
    if not is_count(decimals, 1, MOST_DECIMALS):
        raise ArgumentError(f"{place} is {shown(decimals)}; it must be a whole number from 1 to {MOST_DECIMALS}")
    return int(decimals)


def compare(
    step: StepValues, document: Document, notation: AnyNotation, answers: GivenObject, decimals: int | None
) -> Comparison:
    """Judge answers to the lines of a step, each as finely as it is told where `decimals` do not say how finely.

    Raises ArgumentError for a name of no line, and for what is no number.
    """
    if not isinstance(answers, Mapping) or not answers:
        raise ArgumentError(
            f"answers is {shown(answers)}; it must be a mapping from lines to numbers: {{'s2_1': -0.19}}"
        )
    ledger = ledger_of(step, document, notation)
    found: dict[str, float] = {}
    told: dict[str, int] = {}
    asked: list[str] = []
    for name, value in answers.items():
        id_ = find_line(ledger, name)
        if id_ in asked:
            raise ArgumentError(f"answers has {name!r} twice: {id_} is told already")
        asked.append(id_)
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        number = read_number(value)
        if number is None:
            raise ArgumentError(f"answers: {name!r} is {shown(value)}; it must be a finite number")
        found[id_] = number
        told[id_] = min(MOST_DECIMALS, max(_FEWEST, decimals_of(value)), _decimals_of_single(value))
    blanks = tuple(id_ for id_ in ledger.calculations if id_ in asked)
    if decimals is not None:
        return judge(ledger, Asked(blanks, {}, check_decimals("round", decimals)), found)
    return judge(ledger, Asked(blanks, {}, max([_FEWEST, *told.values()]), told), found)


def _decimals_of_single(value: object) -> int:
    """How many decimals a number of single precision, or a half, can be held to; all of any other.

    >>> _decimals_of_single(np.float32(0.25)), _decimals_of_single(np.float32(250)), _decimals_of_single(0.25)
    (5, 2, 10)
    """
    digits = np.finfo(value.dtype).precision - 1 if isinstance(value, np.floating) else MOST_DECIMALS
    if digits >= MOST_DECIMALS:
        return MOST_DECIMALS
    size = abs(float(value))  # pyright: ignore[reportArgumentType]
    places = digits - math.floor(math.log10(size)) - 1 if 0.0 < size < math.inf else digits
    return max(1, min(digits, places))  # of a small number that is a difference no more is known


def find_line(ledger: Ledger, name: object) -> str:
    """The id of a line that is calculated; raises ArgumentError for others."""
    if not isinstance(name, str):
        raise ArgumentError(f"answers has the key {shown(name)}; it must be the name of a line, such as 's2_1'")
    id_ = ledger.names.find(name, [id_ for id_, one in ledger.calculations.items() if one.formula is not None])
    if ledger.calculations[id_].formula is None:
        raise ArgumentError(f"line {name!r} is given, or only told as a number: there is nothing to work out")
    return id_
