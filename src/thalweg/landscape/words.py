"""Numbers as verdicts say them."""

from __future__ import annotations


def factor(fold: float) -> str:
    """A factor to two digits, written out.

    >>> factor(412.3), factor(1.234), factor(23456.0)
    ('410', '1.2', '23,000')
    """
    rounded = float(f"{fold:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"
