"""Inputs that a network cannot make much of: a few values far from all others, or columns that are not scaled."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .finding import Finding

LARGE = 10.0
"""An input so large, as a root mean square, is not scaled."""
APART = 100.0
"""Nor are inputs of which one varies so many times as widely as another."""


def scaled(inputs: Mapping[str, np.ndarray]) -> tuple[Finding, ...]:
    """A finding if some input (examples, features) has values far outside the others, or is not scaled.

    >>> print(*scaled({"p": np.array([[2019.0, 0.3], [2024.0, 0.7]])}))
    the inputs are not scaled: P[:, 0] is 2.02e+03 on average, as a root mean square. Remedy: inputs scaled to a mean \
of 0 and a deviation of 1, as thalweg train scales them
    """
    from ..data.far_values import far_note, far_values

    sizes: list[tuple[float, float, str]] = []
    for name, P in inputs.items():
        place = "P" if len(inputs) == 1 else f"P[{name!r}]"
        for column, values in enumerate(np.asarray(P, np.float64).T):
            where = f"{place}[:, {column}]"
            far = far_values(values)
            if far is not None and far.ruinous:
                text = far_note(where, far).partition(": if that")[0]
                remedy = "such rows left out, or what is missing filled in, before the inputs are scaled"
                return (Finding("outliers", (), text, remedy),)
            sizes.append((float(np.sqrt(np.mean(values**2))), float(np.ptp(values)), where))
    size, _, where = max(sizes)
    spans = sorted((span, where) for _, span, where in sizes if span > 0)
    if size >= LARGE:
        text, severity = f"{where} is {size:.3g} on average, as a root mean square", size
    elif spans and spans[-1][0] >= APART * spans[0][0]:
        (least, narrow), (most, wide) = spans[0], spans[-1]
        text, severity = f"{wide} varies by {most:.3g}, {narrow} by {least:.3g}", most / least
    else:
        return ()
    remedy = "inputs scaled to a mean of 0 and a deviation of 1, as thalweg train scales them"
    return (Finding("unscaled inputs", (), f"the inputs are not scaled: {text}", remedy, severity),)
