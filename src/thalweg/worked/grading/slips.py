"""Slips of the pen: digits exchanged or wrong, cut off, rounded too early."""

from __future__ import annotations

import math

_NEAR = 0.02
"""Of its size a number may be off to look as if it had been rounded too early."""


def slip(given: float, right: float, decimals: int) -> tuple[str, str] | None:
    """What a number looks like beside the right one: a kind of mistake and its words; None for nothing known.

    >>> slip(0.1324, 0.1234, 4), slip(0.12, 0.12344, 4), slip(0.7, 0.1234, 4)
    (('digits', 'two digits are exchanged'), ('rounding', 'rounded to 2 decimals'), None)
    """
    shown, wanted = f"{abs(given):.{decimals}f}", f"{abs(right):.{decimals}f}"
    for fewer in range(decimals - 1, 0, -1):
        if given == round(right, fewer) and given != 0.0:
            return "rounding", f"rounded to {fewer} decimal{'s' * (fewer > 1)}"
    if not right:
        return None
    alike = math.copysign(1.0, given) == math.copysign(1.0, right) and len(shown) == len(wanted)
    if alike:
        apart = [k for k, (one, other) in enumerate(zip(shown, wanted, strict=True)) if one != other]
        match apart:
            case [k, m] if (shown[k], shown[m]) == (wanted[m], wanted[k]) and "." not in shown[k : m + 1].strip("."):
                if m - k == 1 or (m - k == 2 and "." in shown[k:m]):
                    return "digits", "two digits are exchanged"
    if abs(given - right) <= _NEAR * abs(right):
        return "rounding", "near: rounded too early on the way, or a digit is wrong"
    if alike and sum(one != other for one, other in zip(shown, wanted, strict=True)) == 1:
        return "digits", "one digit is wrong"
    return None
