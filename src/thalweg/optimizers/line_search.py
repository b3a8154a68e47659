"""A line search: how far to go along a direction so that F falls enough and its slope flattens enough."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

from ..core.arrays import Array, Float, Scalar, finite_array, namespace, tree_map
from ..core.control import choose, while_loop
from ..core.kinds import takes_kinds
from ..errors import ArgumentError, shown
from .full_batch import Problem

if TYPE_CHECKING:
    from .conjugate_gradient import ConjugateGradient
    from .quasi_newton import QuasiNewton

STEP_LENGTH = {"step_length": "length"}
"""What rules record whose state holds the `length` of the last step along a direction."""
_MOST_TRIES = 20
_PATIENCE = 20
_ROUNDING = 8.0
"""A difference of this many units of rounding in F says nothing; it is then told from the slopes."""


class Point(NamedTuple):
    """F at x + length · d: its value, its slope gᵀd and its gradient g there."""

    length: Array
    F: Array
    slope: Array
    gradient: Array


class Found(NamedTuple):
    """What a line search came to."""

    length: Array
    """0 when no lower F was found."""
    F: Array
    gradient: Array
    lower: Array
    """Whether F has fallen, by as much as the first condition asks."""
    wolfe: Array
    """Whether both conditions hold."""
    evaluations: Array
    """Gradients computed."""


class Bracket(NamedTuple):
    """Where a line search stands: the best point so far, the other end of the interval, and the length to try next."""

    low: Point
    high: Point
    closed: Array
    """Whether a minimum is known to lie between them; until then `high` means nothing."""
    usable: Array
    """Whether F is finite at `high`."""
    trial: Array
    tries: Array
    found: Array


def wolfe_search(
    evaluate: Callable[[Array], tuple[Array, Array]],
    x: Float[Array, " parameters"],
    d: Float[Array, " parameters"],
    F: Array,
    g: Float[Array, " parameters"],
    first: Scalar = 1.0,
    decrease: Scalar = 1e-4,
    curvature: Scalar = 0.9,
) -> Found:
    """A length t of a step along d that meets the strong Wolfe conditions, from F and its gradient g at x.

    F(x + t d) ≤ F + c₁ t gᵀd and |g(x + t d)ᵀd| ≤ c₂ |gᵀd|; c₁ is `decrease`, c₂ `curvature`, 0 < c₁ < c₂ < 1, and t
    starts as `first`. Lengths grow until a minimum is enclosed (Nocedal & Wright 2006, algorithm 3.5), then the
    interval shrinks about it (3.6) by cubic interpolation (3.59). Each try costs one gradient; there are 20 at most.
    Where F is not finite the step was too long. `evaluate(x)` gives F and its gradient.

    >>> import numpy as np
    >>> found = wolfe_search(lambda x: (x @ x, 2 * x), np.array([3.0]), np.array([-1.0]), 9.0, np.array([6.0]))
    >>> float(found.length), bool(found.wolfe), int(found.evaluations)
    (1.0, True, 1)
    """
    xp = namespace(x)
    zero = xp.zeros((), dtype=x.dtype)
    no = xp.zeros((), dtype=xp.bool)
    here = Point(zero, F + zero, g @ d, g)
    noise = rounding(here.F)
    first = first + zero
    trial = xp.where(xp.isfinite(first) & (first > 0), first, 1.0)

    def searching(bracket: Bracket) -> Array:
        return ~bracket.found & (bracket.tries < _MOST_TRIES) & (here.slope < 0)

    def attempt(bracket: Bracket) -> Bracket:
        low, high, t = bracket.low, bracket.high, bracket.trial
        F_t, g_t = evaluate(x + t * d)
        finite = xp.isfinite(F_t) & xp.isfinite(g_t @ d)
        new = _select(finite, Point(t, F_t, g_t @ d, g_t), low._replace(length=t))
        enough = rise(here, new, noise) <= decrease * t * here.slope
        better = finite & enough & (rise(low, new, noise) < 0)
        turned = better & xp.where(bracket.closed, new.slope * (high.length - low.length) >= 0, new.slope >= 0)
        after = Bracket(
            low=_select(better, new, low),
            high=_select(~better, new, _select(turned, low, high)),
            closed=bracket.closed | ~better | turned,
            usable=xp.where(better, turned | bracket.usable, finite),
            trial=t,
            tries=bracket.tries + 1,
            found=better & (xp.abs(new.slope) <= curvature * xp.abs(here.slope)),
        )
        return after._replace(trial=xp.where(after.closed, _between(after, noise), _beyond(low, new, noise)))

    start = Bracket(here, here, no, no, trial, xp.zeros((), dtype=xp.int32), no)
    end = while_loop(xp, searching, attempt, start)
    lower = end.found | (end.low.F < here.F)
    best = _select(lower, end.low, here)
    return Found(best.length, best.F, best.gradient, lower, end.found, end.tries)


@takes_kinds
def line_search(
    evaluate: Callable[[Array], tuple[Array, Array]],
    x: Array,
    d: Array,
    F: float,
    g: Array,
    first: float = 1.0,
    decrease: float = 1e-4,
    curvature: float = 0.9,
) -> Found:
    """`wolfe_search` for arguments as they come; raises ArgumentError and DataError for what does not fit together.

    >>> import numpy as np
    >>> found = line_search(lambda x: (x @ x, 2 * x), np.array([3.0]), np.array([-1.0]), 9.0, np.array([6.0]))
    >>> float(found.length), bool(found.wolfe), int(found.evaluations)
    (1.0, True, 1)
    """
    x, d, g = finite_array("x", x), finite_array("d", d), finite_array("g", g)
    for name, v in (("x", x), ("d", d), ("g", g)):
        if len(v.shape) != 1 or v.shape != x.shape or 0 in v.shape:
            raise ArgumentError(f"{name} has shape {tuple(v.shape)}; x, d and g must be vectors of the same length")
    if not (0 < decrease < 1 and 0 < curvature < 1):
        raise ArgumentError(f"decrease is {decrease} and curvature {curvature}; they must be above 0 and below 1")
    xp = namespace(x)
    F = finite_array("F", F)

    def checked(point: Array) -> tuple[Array, Array]:
        found = evaluate(point)
        if not isinstance(found, tuple | list) or len(found) != 2 or getattr(found[1], "shape", None) != x.shape:
            raise ArgumentError(f"evaluate(x) gave {shown(found)}; it must give F and its gradient, an array like x")
        return found[0], found[1]

    return wolfe_search(checked, x * 1.0, d * 1.0, xp.asarray(F) * 1.0, g * 1.0, first, decrease, curvature)


def rounding(F: Array) -> Array:
    """What rounding may change in F, a sum over examples.

    >>> import numpy as np
    >>> float(rounding(np.float64(1.0)))
    1.7763568394002505e-15
    """
    xp = namespace(F)
    return _ROUNDING * xp.finfo(F.dtype).eps * xp.abs(F)


def rise(a: Point, b: Point, noise: Scalar) -> Array:
    """F_b - F_a; by the trapezoid rule from the slopes where it is less than the rounding of F.

    So steps go on to be judged rightly near a minimum, where F changes by less than its last digit (Hager & Zhang
    2005, the approximate Wolfe conditions).

    >>> float(rise(Point(0.0, 1.0, -4e-17, None), Point(1.0, 1.0, 2e-17, None), noise=1e-15))
    -1e-17
    """
    xp = namespace(a.F, b.F)
    told = b.F - a.F
    return xp.where(xp.abs(told) < noise, 0.5 * (b.length - a.length) * (a.slope + b.slope), told)


def cubic_minimum(a: Point, b: Point, noise: Scalar, otherwise: Scalar) -> Array:
    """Where the cubic with the values and slopes of two points is least: 0 stands for a, 1 for b.

    `otherwise` where it has no minimum. Nocedal & Wright 2006, 3.59.

    >>> float(cubic_minimum(Point(0.0, 4.0, -4.0, None), Point(1.0, 1.0, -2.0, None), 0.0, 0.5))  # (t - 2)²
    2.0
    """
    xp = namespace(a.F, b.F)
    width = b.length - a.length
    slope_a, slope_b = a.slope * width, b.slope * width
    one = slope_a + slope_b - 3.0 * rise(a, b, noise)
    square = one * one - slope_a * slope_b
    two = xp.sqrt(xp.maximum(square, xp.zeros_like(square)))
    divisor = slope_b - slope_a + 2.0 * two
    some = (square >= 0) & (divisor != 0)
    u = 1.0 - (slope_b + two - one) / xp.where(some, divisor, xp.ones_like(divisor))
    return xp.where(some & xp.isfinite(u), u, otherwise)


def _between(bracket: Bracket, noise: Scalar) -> Array:
    """The length to try within an interval: the cubic's minimum, not too near its ends; now and then the middle."""
    low, high = bracket.low, bracket.high
    xp = namespace(low.slope)
    u = xp.clip(cubic_minimum(low, high, noise, 0.5), 0.1, 0.9)
    u = xp.where(bracket.tries % 5 == 4, 0.5, u)
    return low.length + xp.where(bracket.usable, u, 0.1) * (high.length - low.length)


def _beyond(before: Point, now: Point, noise: Scalar) -> Array:
    """The length to try when F still falls: the cubic's minimum ahead, up to ten times the last length."""
    u = cubic_minimum(before, now, noise, float("inf"))
    xp = namespace(u)
    times = 1.0 + xp.where(u > 1, u - 1.0, float("inf")) * (now.length - before.length) / now.length
    return now.length * xp.clip(times, 1.1, 10.0)


def _select(condition: Array, a: Point, b: Point) -> Point:
    xp = namespace(a.gradient)
    return tree_map(lambda one, other: xp.where(condition, one, other), a, b)


def newton_length(
    problem: Problem, x: Float[Array, " parameters"], d: Float[Array, " parameters"], slope: Array
) -> Array:
    """-gᵀd / dᵀ∇²F d, the length to the least F along d if F is quadratic; 1/‖d‖ where F is not convex along d.

    One product with the exact Hessian, about two gradients.
    """
    xp = namespace(x)
    curvature = d @ problem.hessian_product(x, d)
    convex = xp.isfinite(curvature) & (curvature > 0)
    return xp.where(convex, -slope / xp.where(convex, curvature, 1.0), ratio(1.0, norm(d)))


class Standing(NamedTuple):
    """What a rule knows of F at x, and for how long it has not come lower."""

    F: Array
    gradient: Array
    lowest: Array
    """The lowest F so far."""
    least: Array
    """The least norm of a gradient so far."""
    idle: Array
    """Iterations in a row that lowered neither."""
    evaluations: Array
    """Gradients computed so far."""


def unknown_standing(x: Float[Array, " parameters"]) -> Standing:
    """Before F has been looked at."""
    xp = namespace(x)
    count = xp.zeros((), dtype=xp.int32)
    zero = xp.zeros((), dtype=x.dtype)
    return Standing(zero, xp.zeros_like(x), zero, zero, count, count)


def standing_at(problem: Problem, here: Standing, x: Float[Array, " parameters"]) -> Standing:
    """The standing at x: as the last iteration left it; before the first one F and its gradient are computed."""

    def look(here: Standing) -> Standing:
        F, g = problem.gradient(x)
        return here._replace(F=F, gradient=g, lowest=F, least=norm(g), evaluations=here.evaluations + 1)

    return choose(namespace(x), here.evaluations == 0, look, lambda here: here, here)


def standing_after(here: Standing, F: Array, gradient: Float[Array, " parameters"], evaluations: Array) -> Standing:
    """The standing after an iteration that came to this F and gradient with so many evaluations."""
    xp = namespace(gradient)
    size = norm(gradient)
    lower = (here.lowest > F) | (here.least > size)
    return Standing(
        F=F,
        gradient=gradient,
        lowest=xp.minimum(F, here.lowest),
        least=xp.minimum(size, here.least),
        idle=xp.where(lower, xp.zeros_like(here.idle), here.idle + 1),
        evaluations=here.evaluations + evaluations,
    )


def at_rest(here: Standing) -> Array:
    """Whether rounding is all that is left: for 20 iterations neither F nor the gradient has become less."""
    return here.idle >= _PATIENCE


def check_wolfe(rule: ConjugateGradient | QuasiNewton) -> None:
    """Raise ArgumentError unless the rule's `decrease` is below its `curvature`: else no step may meet both."""
    if isinstance(rule.decrease, Real) and isinstance(rule.curvature, Real) and rule.decrease >= rule.curvature:
        raise ArgumentError(
            f"{type(rule).__name__}: decrease is {rule.decrease} and curvature {rule.curvature}; "
            "decrease must be below curvature"
        )


def norm(v: Float[Array, " parameters"]) -> Array:
    """√(vᵀv).

    >>> import numpy as np
    >>> float(norm(np.array([3.0, 4.0])))
    5.0
    """
    return namespace(v).sqrt(v @ v)


def ratio(a: Scalar, b: Scalar) -> Array:
    """a / b, 0 where b is 0.

    >>> float(ratio(1.0, 0.0))
    0.0
    """
    xp = namespace(a, b)
    none = b == 0
    return xp.where(none, 0.0, a / xp.where(none, 1.0, b))
