"""Numbers as verdicts say them."""

from __future__ import annotations

_WRITTEN_OUT = 1e9


def factor(fold: float) -> str:
    """A factor to two digits, written out unless it is huge.

    >>> factor(412.3), factor(1.234), factor(23456.0), factor(1.26e40)
    ('410', '1.2', '23,000', '1.3e+40')
    """
    rounded = float(f"{fold:.2g}")
    return f"{rounded:,.0f}" if 10 <= rounded < _WRITTEN_OUT else f"{rounded:g}"


def percent(share: float) -> str:
    """A share in percent, written out unless it is huge.

    >>> percent(0.054), percent(12.3), percent(1.26e40)
    ('5 %', '1,230 %', '1.3e+42 %')
    """
    return f"{100 * share:,.0f} %" if 100 * share < _WRITTEN_OUT else f"{100 * share:.2g} %"
