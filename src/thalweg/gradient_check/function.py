"""A gradient function of one's own, judged by differences: which entries are wrong, and how they look wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ..core.kinds import check_count, is_count, takes_kinds
from ..errors import ArgumentError, shown
from .behaviour import value_of, watch
from .differences import Values, noise_of
from .entries import read_entries
from .findings import Finding
from .judgement import TOLERANCE, Question, draw, judge, scales
from .origin import where_it_comes_in
from .returned import Returned, read_returned
from .verdict import GradientCheck

MOST_ENTRIES = 2000
"""As many entries are checked, unless told otherwise."""


@takes_kinds
def check_gradient(
    function: Callable[[Any], Any],
    gradient: Callable[[Any], Any],
    x: Any,
    *,
    examples: int | None = None,
    shapes: Any = None,
    entries: int | Literal["all"] = MOST_ENTRIES,
    tolerance: float = TOLERANCE,
    seed: int = 0,
) -> GradientCheck:
    """Judge a gradient function of your own: which entries are wrong, and how they look wrong.

    ∂F/∂x_i ≈ (F(x + h e_i) - F(x - h e_i)) / 2h, the step h chosen for each entry.

    `function(x)` is F, one number; `gradient(x)` is ∂F/∂x, in the structure of x: an array of any shape, or a dict,
    list or tuple of such. `shapes` names the parts of a flat vector, {"W1": (3, 2), "b1": (3,)}; `examples` is the
    number of examples, so that a sum in the place of a mean is known. Of more than `entries` entries some of each
    array are checked, drawn by `seed`; "all" checks them all. Raises ArgumentError for what cannot be called so.

    >>> x = np.array([1.0, -2.0, 3.0])
    >>> check = check_gradient(lambda x: np.sum(x**2), lambda x: x, x)
    >>> check.passed, check.findings[0].kind, check.findings[0].number
    (False, 'factor', 0.5)
    >>> check_gradient(lambda x: np.sum(x**2), lambda x: 2 * x, x).passed
    True

    Steps: Ridders 1982, by extrapolation; F's rounding error: Moré & Wild 2011.
    """
    _check_arguments(function, gradient, examples, entries, tolerance, seed)
    told = read_entries(x, shapes)
    behaviour = watch(function, gradient, told)
    if behaviour.returned is None:
        return _unjudged(behaviour.findings, len(told.vector), tolerance)
    indices = draw(told.blocks, len(told.vector) if entries == "all" else entries, seed)

    def value_at(vector: np.ndarray) -> float:
        return value_of(function(told.build(vector)))

    def moved(at: np.ndarray) -> Values:
        def values(which: np.ndarray, points: np.ndarray) -> np.ndarray:
            found = np.empty(len(which))
            for place, (index, point) in enumerate(zip(which, points, strict=True)):
                vector = at.copy()
                vector[index] = point
                found[place] = value_at(vector)
            return found

        return values

    def gradient_at(vector: np.ndarray) -> Returned:
        F = value_at(vector)  # a gradient may work from what the function kept
        return read_returned(told, gradient(told.build(vector)), F)

    scale = scales(told.vector, told.blocks)
    direction = np.random.default_rng(seed).choice([-1.0, 1.0], len(scale)) * scale
    with np.errstate(all="ignore"):
        noise = noise_of(lambda t: value_at(told.vector + t * direction), behaviour.F)
        question = Question(
            value_at,
            moved,
            gradient_at,
            told.vector,
            behaviour.F,
            noise,
            told.blocks,
            indices,
            scale,
            float(tolerance),
            examples,
            seed,
        )
        check = judge(question, behaviour.returned, behaviour.findings)
    return replace(
        check, notes=(*behaviour.notes, *where_it_comes_in(told.blocks, check.parts, check.findings), *check.notes)
    )


def _unjudged(findings: tuple[Finding, ...], total: int, tolerance: float) -> GradientCheck:
    nothing = np.empty(0)
    return GradientCheck((), nothing, nothing, nothing, nothing, nothing, (), (), findings, (), total, tolerance)


def _check_arguments(function: Any, gradient: Any, examples: Any, entries: Any, tolerance: Any, seed: Any) -> None:
    for name, given in (("function", function), ("gradient", gradient)):
        if not callable(given):
            raise ArgumentError(f"{name} is {type(given).__name__}; it must be a function of x")
    if not is_count(entries) and entries != "all":
        raise ArgumentError(f"entries is {shown(entries)}; it must be a whole number of at least 1, or 'all'")
    check_count("seed", seed, 0)
    if examples is not None:
        check_count("examples", examples)
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0.0 < tolerance < 1.0:
        raise ArgumentError(f"tolerance is {shown(tolerance)}; it must be a number above 0 and below 1")
