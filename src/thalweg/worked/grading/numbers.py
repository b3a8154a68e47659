"""Numbers as students write them: with a decimal point or a comma, with a minus of any kind; or no number at all."""

from __future__ import annotations

import re
from math import isfinite

_PLAIN = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_MINUS = str.maketrans("−–‐﹣－", "-----", " \u00a0\u202f")


def read_number(value: object) -> float | None:
    """A finite number; None for a text that is none.

    >>> read_number("0.25"), read_number(" −0,25 "), read_number("a quarter"), read_number(True)
    (0.25, -0.25, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.translate(_MINUS)
        if not _PLAIN.fullmatch(text):
            return None
        value = text.replace(",", ".")
    try:
        found = float(value)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, OverflowError):
        return None
    return found if isfinite(found) else None


def decimals_of(value: object) -> int:
    """How many decimals a number is told with.

    >>> decimals_of("-0,2500"), decimals_of(0.25), decimals_of(3.0), decimals_of("1.5e-3")
    (4, 2, 0, 4)
    """
    text = value.translate(_MINUS).replace(",", ".") if isinstance(value, str) else repr(value)
    if not isinstance(value, str):
        found = float(value)  # pyright: ignore[reportArgumentType]
        text = repr(found).removesuffix(".0")
    head, _, power = text.lower().partition("e")
    return max(0, len(head.partition(".")[2]) - (int(power) if power else 0))
