"""A gradient function of one's own, judged by differences: which entries are wrong, and how they look wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from ..core.arrays import Array, Tree
from ..core.kinds import check_count, check_number, is_count, is_finite_number, takes_kinds
from ..core.losses import Loss
from ..core.network import Network
from ..errors import ArgumentError, shown
from .behaviour import value_of, watch
from .differences import Values, noise_of
from .entries import Shapes, read_entries
from .findings import Finding
from .guarded import Guard
from .judgement import TOLERANCE, Question, draw, in_order, judge, scales
from .mistakes.problem import Problem
from .origin import follow_on, where_it_comes_in
from .returned import Returned, read_returned
from .student import Student, read_functions
from .verdict import GradientCheck
from .with_network import Data, know, read_problem

MOST_ENTRIES = 2000
"""As many entries are checked, unless told otherwise."""
MOST_WITH_NETWORK = 300
"""As many where the network is known, by which all entries are looked at when a mistake is looked for."""
_FEWEST_WITH_NETWORK = 40
_MOST_VALUES = 300_000
"""Of more than 1000 examples fewer entries are: so many times an example with an entry moved."""
MOST_SECONDS = 60.0
"""So long one call of a function may take, unless told otherwise."""


@takes_kinds
def check_gradient(
    function: Callable[[Tree], Tree] | None,
    gradient: Callable[[Tree], Tree] | Tree = ...,
    x: Tree = ...,
    *,
    network: Network | None = None,
    loss: str | Loss | None = None,
    data: Data | None = None,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l1: float = 0.0,
    l2: float = 0.0,
    examples: int | None = None,
    shapes: Shapes | None = None,
    entries: int | Literal["all"] | None = None,
    tolerance: float = TOLERANCE,
    seed: int = 0,
    max_seconds: float | None = MOST_SECONDS,
) -> GradientCheck:
    """Judge a gradient function of your own: which entries are wrong, and by which mistake.

    ∂F/∂x_i ≈ (F(x + h e_i) - F(x - h e_i)) / 2h, the step h chosen for each entry.

    `function(x)` is F, one number; `gradient(x)` is ∂F/∂x, in the structure of x: an array of any shape, or a dict,
    list or tuple of such. One function that gives both, (F, gradient), can be given alone: `check_gradient(f, x)`.
    `shapes` names the parts of a flat vector, {"W1": (3, 2), "b1": (3,)}; `examples` is the number of examples, so that
    a sum in the place of a mean is known.

    Args:
        function: F of x; or f of x, that gives (F, gradient); None with a network: F is the network's.
        gradient: Its gradient; with a network also the numbers themselves, in the structure of x.
        x: Where it is judged: an array, or a dict, list or tuple of such.
        network: The network that x holds the parameters of, in whichever order. Then the mistakes that people make in
            a backward pass are tried, one and two at a time, and named if the very numbers come out.
        loss: With a network: a name or object of `tw.losses`; None: the one that `tw.train` would take.
        data: With a network: (P, T), the inputs and targets that the function works on.
        sample_weight: With a network: (examples,) weights of the examples.
        target_weight: With a network: (examples, outputs) weights of the targets.
        targets: With a network: "complete", or "ignore_nan".
        l1: With a network: F has l1 Σ|w| over the weights.
        l2: With a network: F has (l2/2) Σ w² over the weights.
        examples: The number of examples, where there is no network.
        shapes: The shapes of the parts of a flat vector, by name.
        entries: Of more entries so many, some of each array, are checked one by one, drawn by `seed`; "all" checks them
            all; None: 2000, or with a network 300, fewer of more than 1000 examples.
        tolerance: How far an entry may be from the difference, as a share of their size.
        seed: Of the drawing of entries.
        max_seconds: A call that takes longer is given up; None: none is.

    What the functions print is kept back and told. Raises ArgumentError for what cannot be called so, for a call that
    does not come back, and, with a network, for one that raises, with the line.

    >>> x = np.array([1.0, -2.0, 3.0])
    >>> check = check_gradient(lambda x: np.sum(x**2), lambda x: x, x)
    >>> check.passed, check.findings[0].kind, check.findings[0].number
    (False, 'factor', 0.5)
    >>> check_gradient(lambda x: np.sum(x**2), lambda x: 2 * x, x).passed
    True

    With the network known, mistakes have names:

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 3, 1, hidden="sigmoid")
    >>> P, T = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [0.0]])
    >>> def backward(x):
    ...     a = 1 / (1 + np.exp(-P @ x["W1"].T - x["b1"]))
    ...     s2 = (a @ x["W2"].T + x["b2"] - T) / len(P)
    ...     s1 = s2 @ x["W2"]                                      # and where is f'?
    ...     return {"W1": s1.T @ P, "b1": s1.sum(0), "W2": s2.T @ a, "b2": s2.sum(0)}
    >>> rng = np.random.default_rng(0)
    >>> x = {"W1": rng.normal(size=(3, 2)), "b1": np.zeros(3), "W2": rng.normal(size=(1, 3)), "b2": np.zeros(1)}
    >>> print(check_gradient(None, backward, x, network=net, loss="half_mse", data=(P, T)).findings[0])
    W1 and b1: this is what comes out without f' in layer1

    Steps: Ridders 1982, by extrapolation; F's rounding error: Moré & Wild 2011.
    """
    _check_options(examples, entries, tolerance, seed, max_seconds)
    guard = Guard(max_seconds, own_errors=network is None)
    with guard.watching():
        student = read_functions(guard, function, gradient, x, shapes, network is not None)
        problem = None
        if network is not None:
            weights = {"sample_weight": sample_weight, "target_weight": target_weight, "targets": targets}
            problem = read_problem(network, loss, data, **weights, l1=l1, l2=l2)
        else:
            _refuse_without_network(loss, data, sample_weight, target_weight, targets, l1, l2)
        most = entries or (MOST_ENTRIES if problem is None else _most_entries(problem.count))
        check = _check(student, problem, examples, most, tolerance, seed)
    return replace(check, notes=(*guard.notes(), *check.notes))


def _most_entries(examples: int) -> int:
    """How many entries are looked at one by one where the network is known.

    >>> _most_entries(200), _most_entries(3000), _most_entries(10**6)
    (300, 100, 40)
    """
    return max(_FEWEST_WITH_NETWORK, min(MOST_WITH_NETWORK, _MOST_VALUES // examples))


def _check(
    student: Student,
    problem: Problem | None,
    examples: int | None,
    most: int | Literal["all"],
    tolerance: float,
    seed: int,
) -> GradientCheck:
    """The verdict on a student's gradient."""
    told, total = student.entries, len(student.entries.vector)
    scale = scales(told.vector, told.blocks)
    known, more = None, ""
    if problem is not None:
        examples = problem.count

        def given_at(vector: np.ndarray) -> np.ndarray:
            given = student.gradient(told.build(vector))
            return in_order(told.blocks, read_returned(told, given), total)

        value = student.value
        F_at = None if value is None else lambda vector: value_of(value(told.build(vector)))
        known, more = know(problem, told, F_at, given_at, scale, seed)
        if value is None:
            assert known is not None
            of = known

            def network_value(given: Tree) -> float:
                return of.value(read_entries(given).vector)

            student = student._replace(value=network_value)
    function, gradient = student.value, student.gradient
    assert function is not None
    behaviour = watch(function, gradient, told)
    if behaviour.returned is None:
        return _unjudged(behaviour.findings, total, tolerance)

    def value_at(vector: np.ndarray) -> float:
        return value_of(function(told.build(vector))) if known is None else known.value(vector)

    def moved(at: np.ndarray) -> Values:
        of_network = None if known is None else known.moved(at)
        if of_network is not None:
            return of_network

        def values(which: np.ndarray, points: np.ndarray) -> np.ndarray:
            found = np.empty(len(which))
            for place, (index, point) in enumerate(zip(which, points, strict=True)):
                vector = at.copy()
                vector[index] = point
                found[place] = value_at(vector)
            return found

        return values

    def gradient_at(vector: np.ndarray) -> Returned:
        F = value_of(function(told.build(vector)))  # a gradient may work from what the function kept
        return read_returned(told, gradient(told.build(vector)), F)

    returned = behaviour.returned

    def name(given: np.ndarray) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        assert known is not None
        fixed = student.numbers or {found.kind for found in behaviour.findings} & {"accumulated", "stale"}
        as_returned = in_order(told.blocks, returned, total)
        beside = None
        if not fixed and np.array_equal(as_returned, given, equal_nan=True):
            at = told.vector + 0.3 * scale * np.random.default_rng([seed, 3]).normal(size=total)
            beside = at, in_order(told.blocks, gradient_at(at), total)
        return known.names(given, told.vector, beside, returned.precision)

    direction = np.random.default_rng(seed).choice([-1.0, 1.0], len(scale)) * scale
    with np.errstate(all="ignore"):
        F = behaviour.F if known is None else known.value(told.vector)
        question = Question(
            value_at,
            moved,
            gradient_at,
            told.vector,
            F,
            noise_of(lambda t: value_at(told.vector + t * direction), F),
            told.blocks,
            draw(told.blocks, total if most == "all" else most, seed),
            scale,
            float(tolerance),
            examples,
            seed,
            name=None if known is None else name,
            terms=0.0 if known is None else known.terms,
        )
        check = judge(question, returned, behaviour.findings)
    notes = [*behaviour.notes, *where_it_comes_in(told.blocks, check.parts, check.findings), *check.notes]
    named = any(found.text.startswith("this is what comes out") for found in check.findings)
    if named:
        notes += follow_on(told.blocks, check.parts, check.findings)
    if known is not None and "wrong" in check.verdicts and not named:
        notes.append("none of the mistakes that people make, tried one and two at a time, gives these numbers")
    return replace(check, notes=tuple(notes), before=(more,) if more else ())


def _unjudged(findings: tuple[Finding, ...], total: int, tolerance: float) -> GradientCheck:
    nothing = np.empty(0)
    return GradientCheck((), nothing, nothing, nothing, nothing, nothing, (), (), findings, (), total, tolerance)


def _check_options(
    examples: int | None, entries: int | Literal["all"] | None, tolerance: float, seed: int, max_seconds: float | None
) -> None:
    if entries is not None and not is_count(entries) and entries != "all":
        raise ArgumentError(f"entries is {shown(entries)}; it must be a whole number of at least 1, or 'all'")
    check_count("seed", seed, 0)
    if examples is not None:
        check_count("examples", examples)
    if not is_finite_number(tolerance) or not 0.0 < tolerance < 1.0:
        raise ArgumentError(f"tolerance is {shown(tolerance)}; it must be a number above 0 and below 1")
    if max_seconds is not None and not check_number("max_seconds", max_seconds) > 0.0:
        raise ArgumentError("max_seconds is 0; it must be above 0, or None for as long as it takes")


def _refuse_without_network(
    loss: object, data: object, sample_weight: object, target_weight: object, targets: str, l1: float, l2: float
) -> None:
    """Raise ArgumentError for what says nothing where no network is given."""
    given = {
        "loss": loss is not None,
        "data": data is not None,
        "sample_weight": sample_weight is not None,
        "target_weight": target_weight is not None,
        "targets": targets != "complete",
        "l1": bool(l1),
        "l2": bool(l2),
    }
    for name, is_given in given.items():
        if is_given:
            raise ArgumentError(f"{name} goes with a network: give network=tw.mlp(...) too, or leave it out")
