"""Which mistakes give a gradient: looked for layer by layer, from the output backward, one kind at a time, then two.

A mistake in a layer changes that layer and those before it alone. So each layer is explained, given what was found of
those after it, before the next one is looked at; what explains no array of its layer is given up there. A mistake that
is made in several layers, as in a loop, is one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core.arrays import Array
from ...core.network import Layer, Parameters
from .backward import array_with, gradient_with, passed_back, with_arrays, with_sensitivity
from .carrying import carrying_mistakes
from .mistake import Mistake, Place, State
from .numbers import known_factor, known_penalty
from .outputs import output_mistakes
from .problem import BIAS, Point, Problem, array_of, arrays_of
from .products import array_mistakes, moved_lines
from .rows import row_mistakes, row_mistakes_everywhere
from .slopes import slope_mistakes

LEFT = "left"
"""The kind of what stands for an array that no mistake explains."""
_OF_ZEROS = {"zero", "line_left_out", LEFT}
"""Kinds of mistakes that leave zeros."""
_BEAM = 60
"""So many explanations of the layers that are done are followed further."""
_MOST_WAYS = 200
"""So many ways to explain the arrays of a layer are followed, those of the fewest mistakes first."""


@dataclass(frozen=True)
class Explanation:
    """Mistakes that give the arrays of the layers that are done."""

    mistakes: tuple[Mistake, ...]
    states: tuple[State, ...]
    """How far the backward pass has come at each point."""

    @property
    def kinds(self) -> frozenset[tuple[str, str, bool]]:
        """The kinds of mistakes."""
        return frozenset(mistake.key for mistake in self.mistakes)

    @property
    def left(self) -> tuple[tuple[str, str], ...]:
        """The arrays that no mistake explains."""
        return tuple((mistake.layer, mistake.source) for mistake in self.mistakes if mistake.kind == LEFT)

    @property
    def cost(self) -> tuple[int, int, int]:
        """Fewer kinds, fewer numbers of their own, fewer places: the simplest explanation has the least."""
        free = len({mistake.key for mistake in self.mistakes if mistake.free and not mistake.known})
        return len(self.kinds), free, len(self.mistakes)


class Search:
    """The explanations of a gradient that is known at one or more points."""

    def __init__(self, points: Sequence[Point], given: Sequence[Parameters], precision: float) -> None:
        self.points, self.given = points, given
        self.problem = points[0].problem
        self._leave = 0
        self.near = max(1e-9, 64.0 * precision)
        self._rounding = {place: 16.0 * precision * _terms(points, *place) for place in arrays_of(self.problem.net)}
        self._right = [passed_back(at) for at in points]
        self._tried: dict[tuple[str, str], tuple[Mistake, ...]] = {}

    def explanations(self, budget: int, leave: int = 0) -> list[Explanation]:
        """The simplest explanations by as many kinds of mistakes, that leave as many arrays at most without one."""
        self._leave = leave
        budget += leave
        found = [Explanation((), tuple(State({}, {}, {}) for _ in self.points))]
        for layer in reversed(self.problem.net.layers):
            grown = [more for one in found for more in self._extended(one, layer, budget)]
            found = sorted(_distinct(grown), key=lambda one: one.cost)[:_BEAM]
            if not found:
                return []
        whole = [one for one in found if any(m.kind != LEFT for m in one.mistakes) and self._borne_out(one)]
        least = min((one.cost[:2] for one in whole), default=None)
        return [one for one in whole if one.cost[:2] == least]

    def same(self, layer: str, source: str, found: Sequence[Array]) -> bool:
        """Whether an array is the one given, at each point."""
        place = layer, source
        return all(self._near(place, array_of(g, *place), array) for g, array in zip(self.given, found, strict=True))

    def _near(self, place: tuple[str, str], given: Array, found: Array) -> bool:
        if not np.isfinite(found).all():
            return False
        size = max(float(np.abs(given).max(initial=0.0)), float(np.abs(found).max(initial=0.0)))
        off = float(np.abs(given - found).max(initial=0.0))
        return off <= self.near * size + self._rounding[place]

    def _extended(self, one: Explanation, layer: Layer, budget: int) -> Iterator[Explanation]:
        """An explanation with a layer more."""
        for mistakes in self._combined(one, layer, budget):
            for mended in self._with_numbers(one, layer, mistakes):
                states = tuple(
                    with_sensitivity(at, layer, state, mended)
                    for at, state in zip(self.points, one.states, strict=True)
                )
                yield from self._with_arrays(one, layer, mended, states, budget)

    def _combined(self, one: Explanation, layer: Layer, budget: int) -> Iterator[tuple[Mistake, ...]]:
        """None, one or two mistakes in the sensitivities of a layer, as far as the budget goes."""
        yield ()
        options = self._of_sensitivities(layer)
        rows = tuple(self._rows(one, layer, ()))
        singles = [mistake for mistake in (*options, *rows) if self._affordable(one, (mistake,), budget)]
        for mistake in singles:
            yield (mistake,)
        for first, second in itertools.combinations(singles, 2):
            if first.hook == second.hook or (first.free and second.free):
                continue
            if self._affordable(one, (first, second), budget):
                yield first, second
        if budget - len(one.kinds) >= 2:
            for mistake in options:
                if not mistake.free and mistake.hook != "terms":
                    for row in self._rows(one, layer, (mistake,)):
                        yield mistake, row

    def _affordable(self, one: Explanation, more: Sequence[Mistake], budget: int) -> bool:
        kinds = {mistake.key for mistake in more} | one.kinds
        return len(kinds) <= budget

    def _of_sensitivities(self, layer: Layer) -> tuple[Mistake, ...]:
        """The mistakes in a layer's sensitivities that change them, each once."""
        key = layer.name, ""
        if key not in self._tried:
            net = self.problem.net
            own = output_mistakes(self.problem) if layer is net.output else carrying_mistakes(net, layer)
            terms = (
                Mistake("sign", "terms", layer.name, "with the other sign", lambda place, right: -right),
                Mistake(
                    "factor", "terms", layer.name, "with a factor", lambda place, right: right, free=True, stays=False
                ),
            )
            self._tried[key] = (*self._different(layer, (*slope_mistakes(net, layer), *own)), *terms)
        return self._tried[key]

    def _different(self, layer: Layer, options: Sequence[Mistake]) -> Iterator[Mistake]:
        """Those that change what is right; of the derivatives of other activations those alone that are no other's."""
        seen: list[list[Array]] = []
        for mistake in options:
            found = [
                with_sensitivity(at, layer, state, (mistake,)).s[layer.name]
                for at, state in zip(self.points, self._right, strict=True)
            ]
            if self._alike(found, [state.s[layer.name] for state in self._right]):
                continue
            if mistake.kind == "other_loss" and self._proportional(
                found, [state.s[layer.name] for state in self._right]
            ):
                continue  # that is a factor
            if mistake.kind in ("other_slope", "slope_formula") and any(self._alike(found, other) for other in seen):
                continue
            if mistake.hook == "slope":
                seen.append(found)
            yield mistake

    def _proportional(self, first: Sequence[Array], second: Sequence[Array]) -> bool:
        a, b = (np.concatenate([array.reshape(-1) for array in arrays]) for arrays in (first, second))
        square = float(b @ b)
        return square > 0 and self._alike([a], [float(a @ b) / square * b])

    def _alike(self, first: Sequence[Array], second: Sequence[Array]) -> bool:
        return all(
            bool(np.abs(a - b).max(initial=0.0) <= self.near * np.abs(a).max(initial=0.0))
            for a, b in zip(first, second, strict=True)
        )

    def _rows(self, one: Explanation, layer: Layer, mistakes: tuple[Mistake, ...]) -> Iterator[Mistake]:
        """Weightings of the examples in the sensitivities of the output layer."""
        if layer is not self.problem.net.output:
            return
        at = self.points[0]
        state = with_sensitivity(at, layer, one.states[0], mistakes)
        source = BIAS if layer.bias else (layer.sources or ("",))[0]
        given = array_of(self.given[0], layer.name, source) - self.problem.penalty_by(at.params, layer.name, source)
        yield from row_mistakes_everywhere(self.problem, layer, Place(at, layer, source, state), given)

    def _with_numbers(self, one: Explanation, layer: Layer, mistakes: tuple[Mistake, ...]) -> list[tuple[Mistake, ...]]:
        """Mistakes in sensitivities with their number, if one has a number of its own: as the arrays have it."""
        place = next((k for k, mistake in enumerate(mistakes) if mistake.free), None)
        if place is None:
            return [mistakes]
        found: list[tuple[Mistake, ...]] = []
        numbers: list[float] = []
        at, before = self.points[0], one.states[0]
        for source in (*([BIAS] if layer.bias else []), *(layer.sources or ())):
            ends = []
            for number in (0.0, 1.0):
                tried = (*mistakes[:place], replace(mistakes[place], number=number), *mistakes[place + 1 :])
                state = with_sensitivity(at, layer, before, tried)
                ends.append(array_with(Place(at, layer, source, state), ()))
            number = self._number((layer.name, source), array_of(self.given[0], layer.name, source), *ends)
            if number is None or any(abs(number - other) <= 1e-6 * abs(number) for other in numbers):
                continue
            numbers.append(number)
            numbered = _numbered(mistakes[place], self.problem, number)
            found.append((*mistakes[:place], numbered, *mistakes[place + 1 :]))
        return found

    def _number(self, place: tuple[str, str], given: Array, at_0: Array, at_1: Array) -> float | None:
        """The number by which an array that changes from at_0 to at_1 is the given one."""
        slope = (at_1 - at_0).reshape(-1)
        square = float(slope @ slope)
        if not (np.isfinite(square) and square > 0):
            return None
        number = float(slope @ (given - at_0).reshape(-1)) / square
        if not np.isfinite(number):
            return None
        number = round(number) if abs(number - round(number)) <= 1e-12 * abs(number) else number
        return number if self._near(place, given, at_0 + number * (at_1 - at_0)) else None

    def _with_arrays(
        self, one: Explanation, layer: Layer, mistakes: tuple[Mistake, ...], states: tuple[State, ...], budget: int
    ) -> Iterator[Explanation]:
        """With the arrays of the layer, and the mistakes made in these; nothing if they are not explained."""
        sources = (*([BIAS] if layer.bias else []), *(layer.sources or ()))
        open_kinds = self._affordable(one, (*mistakes, _ANY), budget) or bool(one.kinds)
        off: list[str] = []
        for source in sources:
            places = [Place(at, layer, source, state) for at, state in zip(self.points, states, strict=True)]
            if not self.same(layer.name, source, [array_with(place, ()) for place in places]):
                off.append(source)
                if not open_kinds:
                    return
        if off and mistakes and len(off) == len(sources) > 1:
            return
        before = Explanation((*one.mistakes, *mistakes), ())
        options = [list(self._of_array(layer, source, states, before, budget)) for source in off]
        ways = [
            way
            for way in itertools.islice(itertools.product(*options), _MOST_WAYS)
            if self._affordable(one, (*mistakes, *way), budget) and _consistent((*before.mistakes, *way))
        ]
        for way in ways:
            made = (*mistakes, *way)
            after = tuple(with_arrays(at, layer, state, made) for at, state in zip(self.points, states, strict=True))
            yield Explanation((*one.mistakes, *made), after)

    def _of_array(
        self, layer: Layer, source: str, states: tuple[State, ...], before: Explanation, budget: int
    ) -> Iterator[Mistake]:
        """The mistakes in one array that explain it."""
        key = layer.name, source
        if key not in self._tried:
            self._tried[key] = tuple(array_mistakes(self.problem, layer, source))
        given = [array_of(g, layer.name, source) for g in self.given]
        places = [Place(at, layer, source, state) for at, state in zip(self.points, states, strict=True)]
        bare = given[0] - self.problem.penalty_by(self.points[0].params, layer.name, source)
        discovered = (
            row_mistakes(self.problem, places[0], bare),
            moved_lines(layer.name, source, array_with(places[0], ()), given[0]),
        )
        left_out = (self._left(layer.name, source),) if self._leave > len(before.left) else ()
        for mistake in itertools.chain(self._tried[key], *discovered, left_out):
            if not self._affordable(before, (mistake,), budget):
                continue
            tried = mistake
            if mistake.free:
                ends = [array_with(places[0], (replace(mistake, number=number),)) for number in (0.0, 1.0)]
                number = self._number(key, given[0], *ends)
                if number is None:
                    continue
                tried = _numbered(mistake, self.problem, number)
            if all(
                self._near(key, array, array_with(place, (tried,))) for place, array in zip(places, given, strict=True)
            ):
                yield tried

    def _left(self, layer: str, source: str) -> Mistake:
        """No mistake that is known: the array is as it is given."""

        def given(place: Place, right: Array) -> Array:
            return next(
                array_of(g, layer, source) for g, at in zip(self.given, self.points, strict=True) if at is place.at
            )

        return Mistake(LEFT, "array", layer, f"{layer} {source}", given, source)

    def _borne_out(self, one: Explanation) -> bool:
        """Whether the whole pass gives what is given, and more numbers are explained than are free."""
        return (
            all(
                self._near(place, array_of(given, *place), array_of(found, *place))
                for at, given in zip(self.points, self.given, strict=True)
                for found in [gradient_with(at, one.mistakes)]
                for place in arrays_of(self.problem.net)
            )
            and self._telling(one) > one.cost[1] + one.cost[0] - 1
        )

    def _telling(self, one: Explanation) -> int:
        """How many numbers that are explained differ from the right ones, equal ones and negatives counted once."""
        sizes: list[float] = []
        for at, given in zip(self.points, self.given, strict=True):
            for place in [place for place in arrays_of(self.problem.net) if place not in one.left]:
                wrong, right = array_of(given, *place), array_of(at.right, *place)
                size = max(float(np.abs(wrong).max(initial=0.0)), float(np.abs(right).max(initial=0.0)))
                differs = np.abs(wrong - right) > 1e3 * self.near * size + self._rounding[place]
                if {mistake.kind for mistake in one.mistakes} - _OF_ZEROS:
                    differs &= wrong != 0.0  # zeros come of much
                sizes += np.abs(wrong - right)[differs].tolist()
        ordered = np.sort(np.asarray(sizes))
        return int(len(ordered) > 0) + int((np.diff(ordered) > 1e-6 * ordered[1:]).sum())


_ANY = Mistake("any", "array", "", "any", lambda place, right: right)


def _terms(points: Sequence[Point], layer: str, source: str) -> float:
    """The size of what an array adds up: rounding is a share of that."""
    found = 0.0
    for at in points:
        x = 1.0 if source == BIAS else float(np.abs(at.a(source)).max(initial=0.0))
        found = max(found, float(np.abs(at.right_sensitivities[layer]).sum(axis=0).max(initial=0.0)) * x)
    return found


def _numbered(mistake: Mistake, problem: Problem, number: float) -> Mistake:
    """A mistake with its number; one whose number comes of the problem is not free."""
    if mistake.kind == "factor":
        known = known_factor(problem, number)
    elif mistake.kind in ("penalty", "absolute_penalty"):
        known = known_penalty(problem, number, mistake.source, mistake.kind)
        number = number if known is None or abs(number) > 1e-6 * max(problem.l1, problem.l2) else 0.0
    else:
        known = None
    return replace(mistake, number=number, known=known is not None)


def _consistent(mistakes: Sequence[Mistake]) -> bool:
    """Whether a mistake with a number has the same wherever it is made."""
    numbers: dict[tuple[str, str, bool], list[float]] = {}
    for mistake in mistakes:
        if mistake.number is not None:
            numbers.setdefault(mistake.key, []).append(mistake.number)
    return all(max(found) - min(found) <= 1e-5 * max(map(abs, found)) for found in numbers.values() if len(found) > 1)


def _distinct(found: Sequence[Explanation]) -> list[Explanation]:
    """Each explanation once."""
    seen: dict[frozenset[object], Explanation] = {}
    for one in found:
        key = frozenset((mistake.key, mistake.hook, mistake.layer, mistake.source) for mistake in one.mistakes)
        seen.setdefault(key, one)
    return list(seen.values())
