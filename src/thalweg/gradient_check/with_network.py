"""What is known of a student's gradient when the network is: what F is of it, and which mistakes give the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from ..core.arrays import Array
from ..core.kinds import check_number
from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..errors import ArgumentError, shown
from ..training.arguments import check_examples, default_loss
from .differences import Values
from .entries import Entries
from .findings import Finding
from .mistakes.objective import POINTS, Recognised, recognise
from .mistakes.packing import Packing, packings
from .mistakes.problem import Point, Problem, array_of, arrays_of
from .mistakes.search import Search
from .mistakes.telling import findings_of
from .perturbed import perturbed_losses, size_of_terms

Data: TypeAlias = tuple[Array | Mapping[str, Array], Array]
"""The inputs and targets that a function works on."""
_BESIDE = 0.3
"""How far beside x, in scales, the other points are."""


def read_problem(
    network: Network,
    loss: str | Loss | None,
    data: Data | None,
    *,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l1: float = 0.0,
    l2: float = 0.0,
) -> Problem:
    """The problem that a gradient is of; raises ArgumentError and DataError for what makes none."""
    if not isinstance(network, Network):
        raise ArgumentError(f"network is {shown(network)}; it must be a network, such as tw.mlp(2, 3, 1)")
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise ArgumentError(f"data is {shown(data)}; with a network it must be (P, T), its inputs and targets")
    chosen: Loss = LOSSES.get(default_loss(network) if loss is None else loss)
    chosen.check(network.output.activation)
    of_targets = {"target_weight": target_weight, "targets": targets}
    P, T = data
    examples = check_examples(network, chosen, P, T, sample_weight, "float64", **of_targets)
    return Problem(network, chosen, examples, 1.0, check_number("l1", l1), check_number("l2", l2))


class Known(NamedTuple):
    """A problem as the student's x and function have it."""

    problem: Problem
    packing: Packing
    note: str
    entries: Entries

    def value(self, vector: np.ndarray) -> float:
        """The value at a vector of x's entries."""
        return self.problem.value(self.problem.net.unravel(vector[self.packing.order]))

    def moved(self, at: np.ndarray) -> Values | None:
        """F with one entry of a vector moved, for many at once; None where that cannot be had so."""
        problem, order = self.problem, self.packing.order
        if problem.bias_l2 or problem.factor == 0.0:
            return None
        penalties = {"l1": problem.l1 / problem.factor, "l2": problem.l2 / problem.factor}
        inputs, T, weight = problem.examples
        found = perturbed_losses(
            problem.net, problem.loss, problem.net.unravel(at[order]), inputs, T, weight, **penalties
        )
        place = np.argsort(order)
        return lambda which, points: problem.factor * found(place[which], points)

    @property
    def terms(self) -> float:
        """The size of the terms that F is a difference of."""
        _, T, weight = self.problem.examples
        return abs(self.problem.factor) * size_of_terms(self.problem.net, self.problem.loss, T, weight)

    def right(self, vector: np.ndarray) -> np.ndarray:
        """The right gradient in the order of x."""
        found = np.empty_like(vector)
        net = self.problem.net
        found[self.packing.order] = net.ravel(Point(self.problem, net.unravel(vector[self.packing.order])).right)
        return found

    def names(
        self, given: np.ndarray, x: np.ndarray, beside: tuple[np.ndarray, np.ndarray] | None, precision: float
    ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        """The mistakes that give a gradient at x, and at a point beside it; and the arrays that they do not explain.

        All of the gradient is to be explained, or at least all but one array. Both are empty if it is not.
        """
        net, order = self.problem.net, self.packing.order
        seen = [(x, given), *([beside] if beside is not None else [])]
        points = [Point(self.problem, net.unravel(at[order])) for at, _ in seen]
        gradients = []
        for (at, g), _ in zip(seen, points, strict=True):
            whole = np.where(np.isnan(g), self.right(at), g)
            if not np.isfinite(whole).all():
                return (), ()
            gradients.append(net.unravel(whole[order]))
        search = Search(points, gradients, precision)
        wrong = [
            place for place in arrays_of(net) if not search.same(*place, [array_of(at.right, *place) for at in points])
        ]
        names = self.packing.names(net, self.entries.blocks)
        for budget, leave in ((1, 0), (2, 0), (1, 1)):
            found = search.explanations(budget, leave)
            if found:
                told = findings_of(self.problem, found, names, wrong)
                left = tuple(names[place] for place in found[0].left)
                own = {block.name for block in self.entries.blocks}
                text = "no mistake of those that were tried gives its numbers"
                return (*told, *(Finding("none", (name,), text) for name in left if name not in own)), left
        return (), ()


def know(
    problem: Problem,
    entries: Entries,
    F_at: Callable[[np.ndarray], float] | None,
    gradient_at: Callable[[np.ndarray], np.ndarray],
    scale: np.ndarray,
    seed: int,
) -> tuple[Known | None, str]:
    """What the student's function is of the network, and what is to be told of it; None if it is another function.

    Without a function (F_at is None) F is the network's, and x is read so that more of the gradient is right.
    """
    ways = packings(problem.net, entries)
    x = entries.vector
    rng = np.random.default_rng([seed, 2])
    X = [x, *(x + _BESIDE * scale * rng.normal(size=len(x)) for _ in range(POINTS - 1))]
    if F_at is None:
        way, note = _likeliest(problem, entries, ways, X, gradient_at)
        return Known(problem, way, note, entries), note
    F = np.array([F_at(at) for at in X])
    found: Recognised | None = recognise(problem, ways, X, F)
    if found is not None:
        return Known(found.problem, found.packing, found.note, entries), found.note
    own = problem.value(problem.net.unravel(x[ways[0].order]))
    return None, (
        f"function(x) is {F[0]:.6g}, and the network's {LOSSES.name_of(problem.loss)} is {own:.6g} at this x: it is "
        "another function of x, neither a multiple of it nor of another loss, so that no mistakes could be tried: is "
        "the network the one that the function computes, on the same data?"
    )


def _likeliest(
    problem: Problem,
    entries: Entries,
    ways: list[Packing],
    X: list[np.ndarray],
    gradient_at: Callable[[np.ndarray], np.ndarray],
) -> tuple[Packing, str]:
    """The way of reading x by which most arrays of the gradient are right."""
    if len(ways) == 1:
        return ways[0], ""
    given = gradient_at(X[0])
    right: list[int] = []
    for way in ways:
        expected = Known(problem, way, "", entries).right(X[0])
        near = np.abs(given - expected) <= 1e-7 * (1e-3 * np.abs(expected).max() + np.abs(expected))
        right.append(int(near.sum()))
    best = int(np.argmax(right))
    if right[best] > 0.05 * len(given) and right.count(right[best]) == 1 and best != 0:
        return ways[best], f"x was read as {ways[best].said}, as by which more of the gradient is right"
    note = (
        f"x was read as {ways[0].said}; it could hold the parameters in {len(ways) - 1} other ways: if it does, let "
        "f give (F, gradient), or give shapes"
    )
    return ways[0], note
