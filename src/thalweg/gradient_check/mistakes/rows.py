"""Examples that are left out, doubled, or alone: found from what the gradient lacks, in any number of examples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.arrays import Array
from ...core.network import Layer
from .mistake import Hook, Mistake, Place
from .problem import BIAS, Problem

_NEAR = 1e-7
_MOST = 4
"""So many weightings at most are tried of an array."""


def row_mistakes(problem: Problem, place: Place, given: Array) -> Iterator[Mistake]:
    """Weightings of the examples in one array that make it what is given; place.source says which."""
    weights, bias = place.source != BIAS, place.source == BIAS
    for number, (kind, what, w) in enumerate(_weightings(problem, place, given)):
        if number == _MOST:
            return

        def change(place: Place, right: Array, w: Array = w) -> Array:
            s = place.s * w[:, None]
            return s.sum(axis=0) if bias else s.T @ place.at.a(place.source)

        yield Mistake(kind, "product" if weights else "sum", place.layer.name, what, change, place.source)


def row_mistakes_everywhere(problem: Problem, layer: Layer, place: Place, given: Array) -> Iterator[Mistake]:
    """The same for the error terms of a layer, so that what comes before it has them too."""
    hook: Hook = "terms"
    for number, (kind, what, w) in enumerate(_weightings(problem, place, given)):
        if number == _MOST:
            return
        yield Mistake(kind, hook, layer.name, what, lambda place, right, w=w: right * w[:, None])


def _weightings(problem: Problem, place: Place, given: Array) -> Iterator[tuple[str, str, Array]]:
    """Kind, words and factors of the examples that explain an array seen along some directions."""
    C, seen = _contributions(place, given)
    N = len(C)
    if N < 2 or not np.isfinite(seen).all():
        return
    c = problem.c()
    weight = np.broadcast_to(np.asarray(c, np.float64), (N, problem.net.output.size)).mean(axis=1)
    share = weight / weight.sum() if weight.sum() > 0 else np.full(N, 1.0 / N)
    mean = problem.loss.reduction == "mean"
    total, before = C.sum(axis=0), np.cumsum(C, axis=0)
    kept = np.cumsum(share)
    near = _NEAR * max(float(np.abs(seen).max(initial=0.0)), float(np.abs(total).max(initial=0.0)))
    names = [f"row {row}" for row in range(N)]
    again = [("", np.ones(N))]

    def those(candidates: Array) -> list[int]:
        off = np.abs(candidates - seen).max(axis=1)
        return [int(k) for k in np.flatnonzero(off <= near)]

    def renormed(share_kept: Array) -> list[tuple[str, Array]]:
        with np.errstate(all="ignore"):
            return again + ([(", the mean taken of the others", 1.0 / share_kept)] if mean else [])

    for more, rho in renormed(1.0 - share):
        for q in those(rho[:, None] * (total - C)):
            w = np.full(N, rho[q])
            w[q] = 0.0
            yield "row_left_out", f"without {names[q]} of the examples{more}", w
    for more, rho in renormed(1.0 + share):
        for q in those(rho[:, None] * (total + C)):
            w = np.full(N, rho[q])
            w[q] *= 2.0
            yield "row_twice", f"with {names[q]} of the examples twice{more.replace('the others', 'all')}", w
    for more, rho in (("", np.ones(N)), (", its share in the mean left out", 1.0 / share)):
        for q in those(rho[:, None] * C) if mean or not more else ():
            w = np.zeros(N)
            w[q] = rho[q]
            which = "the last" if q == N - 1 else "the first" if q == 0 else names[q]
            yield "one_row", f"of {which} of the examples alone{more}", w
    for words, sums, part in (("first", before[1:-1], kept[1:-1]), ("last", total - before[:-2], 1.0 - kept[:-2])):
        for more, rho in renormed(part):
            for k in those(rho[: len(sums), None] * sums) if len(sums) else ():
                number = k + 2 if words == "first" else N - k - 1
                w = np.zeros(N)
                w[slice(None, number) if words == "first" else slice(N - number, None)] = rho[k] if more else 1.0
                if number < N - 1:
                    text = f"of the {words} {number} of {N} examples alone{more.replace(' of the others', ' of these')}"
                    yield "some_rows", text, w


def _contributions(place: Place, given: Array) -> tuple[Array, Array]:
    """What each example gives an array, and the array itself, both along a few directions: (examples, k), (k,)."""
    s = place.s
    if place.source == BIAS:
        return s, given
    x = place.at.a(place.source)
    u = np.random.default_rng(0).uniform(0.5, 1.5, x.shape[1]) * np.where(np.arange(x.shape[1]) % 2, -1.0, 1.0)
    return s * (x @ u)[:, None], given @ u
