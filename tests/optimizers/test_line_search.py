"""The line search: strong Wolfe conditions on random functions, SciPy's conditions, and functions that go wrong."""

import jax
import numpy as np
import pytest
from descent_cases import NETWORKS, problem_of
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize
from scipy.interpolate import CubicHermiteSpline

from thalweg.optimizers.line_search import (
    Point,
    at_rest,
    cubic_minimum,
    line_search,
    newton_length,
    rise,
    standing_after,
    unknown_standing,
)


def hills(seed, n):
    """A random function that is bounded below: a bowl with waves on it."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, n))
    A = A @ A.T + 0.1 * np.eye(n)
    k, size, phase = rng.normal(size=(3, n)), rng.uniform(0, 3, 3), rng.uniform(0, 6, 3)

    def F(x):
        return 0.5 * x @ A @ x + size @ np.sin(k @ x + phase)

    def g(x):
        return A @ x + (size * np.cos(k @ x + phase)) @ k

    return F, g, rng.normal(size=n) * 3


def search(F, g, x, d, **settings):
    return line_search(lambda x: (F(x), g(x)), x, d, F(x), g(x), **settings)


@given(
    st.integers(0, 10**6),
    st.integers(1, 5),
    st.floats(-3, 3),
    st.sampled_from([(1e-4, 0.9), (1e-4, 0.1), (0.05, 0.3), (1e-3, 0.01)]),
)
def test_strong_wolfe_conditions_hold(seed, n, power, numbers):
    c1, c2 = numbers
    F, g, x = hills(seed, n)
    d = -g(x)
    found = search(F, g, x, d, first=10.0**power, decrease=c1, curvature=c2)
    t, slope = found.length, g(x) @ d
    assert found.lower
    assert found.wolfe
    assert found.evaluations <= 20
    assert F(x + t * d) <= F(x) + c1 * t * slope + 1e-12 * abs(F(x))
    assert abs(g(x + t * d) @ d) <= c2 * abs(slope) * (1 + 1e-9)
    assert F(x + t * d) == found.F
    np.testing.assert_array_equal(found.gradient, g(x + t * d))


def test_a_minimum_far_beyond_the_first_length_is_reached_in_few_tries():
    """Each length is up to ten times the one before."""
    found = search(lambda x: np.sqrt(1.0 + (x @ x)), lambda x: x / np.sqrt(1.0 + x @ x), np.array([1e9]), -np.ones(1))
    assert found.wolfe
    assert found.evaluations <= 13


def test_rounding_is_all_that_is_left_after_twenty_idle_iterations():
    here = unknown_standing(np.ones(1))._replace(lowest=np.array(1.0), least=np.array(2.0))
    for k in range(1, 21):
        here = standing_after(here, np.array(1.0), np.array([2.0]), 1)
        assert bool(at_rest(here)) == (k == 20)
    assert standing_after(here, np.array(1.0), np.array([1.9]), 1).idle == 0  # a smaller gradient counts
    assert standing_after(here, np.array(0.9), np.array([2.0]), 1).idle == 0


def test_tries_are_few():
    tries = []
    for seed in range(100):
        F, g, x = hills(seed, 4)
        tries.append(int(search(F, g, x, -g(x), first=1.0, curvature=0.1).evaluations))
    assert np.mean(tries) < 5


@pytest.mark.parametrize("name", NETWORKS)
def test_scipy_accepts_what_is_found(name):
    problem = problem_of(name)

    def F(x):
        return float(problem.gradient(x)[0])

    def g(x):
        return problem.gradient(x)[1]

    for seed in range(5):
        x = problem.net.ravel(problem.net.init(seed))
        d = -g(x)
        found = search(F, g, x, d, curvature=0.2)
        t = float(found.length)
        # SciPy tries 1 first, which is our length, and ends there if both conditions hold
        assert optimize.line_search(F, g, x, t * d, c2=0.2)[0] == 1.0


def test_scipy_refuses_what_does_not_meet_the_conditions():
    F, g, x = hills(3, 2)
    t = 10 * float(search(F, g, x, -g(x), curvature=0.1).length)
    assert optimize.line_search(F, g, x, -t * g(x), c2=0.1)[0] != 1.0


@given(st.lists(st.floats(-3, 3), min_size=4, max_size=4))
def test_the_cubic_is_least_where_its_derivative_says(numbers):
    F_a, F_b, slope_a, slope_b = numbers
    a, b = Point(2.0, np.float64(F_a), slope_a, None), Point(5.0, np.float64(F_b), slope_b, None)
    cubic = CubicHermiteSpline([2.0, 5.0], [F_a, F_b], [slope_a, slope_b])
    bends = [root for root in np.unique(cubic.derivative().roots()) if cubic.derivative(2)(root) > 1e-3]
    found = cubic_minimum(a, b, 0.0, np.nan)
    if bends and abs(cubic.c[0, 0]) > 1e-3:
        np.testing.assert_allclose(2.0 + 3.0 * found, bends[0], rtol=1e-6, atol=1e-6)


def test_a_quadratic_takes_two_tries_and_one_from_its_own_curvature():
    problem = problem_of("regression, chain", weight=None)
    A = np.diag([1.0, 7.0, 30.0])

    def F(x):
        return 0.5 * x @ A @ x

    x = np.array([1.0, -2.0, 0.5])
    d = -(A @ x)
    found = search(F, lambda x: A @ x, x, d, first=0.03, curvature=1e-9)
    assert (found.evaluations, bool(found.wolfe)) == (2, True)
    np.testing.assert_allclose(found.length, (d @ d) / (d @ A @ d), rtol=1e-9)
    x = problem.net.ravel(problem.net.init(3))
    d = -problem.gradient(x)[1]
    H = problem.hessian(x)
    assert d @ H @ d > 0
    np.testing.assert_allclose(newton_length(problem, x, d, -d @ d), d @ d / (d @ H @ d), rtol=1e-9)


def enclosed(F, slope, first, c1, c2):
    """The lengths that Nocedal & Wright's algorithm 3.6 tries when the first one encloses a minimum; what it cuts, too.

    The cubic is SciPy's; its minimum is kept a tenth of the interval off the ends, and every fifth try is the middle.
    """
    low, high, tried, cut = 0.0, None, [], []
    t = first
    while len(tried) < 20:
        tried.append(t)
        if F(t) <= F(0.0) + c1 * t * slope(0.0) and F(t) < F(low):
            if abs(slope(t)) <= c2 * abs(slope(0.0)):
                break
            if high is None or slope(t) * (high - low) >= 0:
                assert high is not None or slope(t) >= 0
                high = low
            low = t
        else:
            high = t
        ends = sorted([low, high])
        cubic = CubicHermiteSpline(ends, [F(end) for end in ends], [slope(end) for end in ends])
        least = [root for root in cubic.derivative().roots() if cubic.derivative(2)(root) > 0]
        u = np.clip((least[0] - low) / (high - low), 0.1, 0.9) if least else 0.5
        if len(tried) % 5 == 4:
            cut.append(abs(u - 0.5))
            u = 0.5
        t = low + u * (high - low)
    return tried, cut


@pytest.mark.parametrize(
    ("at", "c2", "steep"), [(0.07, 0.05, 20.0), (0.3, 0.3, 1.0), (0.62, 0.05, 1.0), (0.95, 0.3, 20.0)]
)
def test_within_an_interval_the_lengths_are_those_of_the_algorithm(at, c2, steep):
    """A valley with walls of two slopes and a sharp floor, in which the cubic's minimum lies far off."""

    def F(t):
        return np.sqrt((t - at) ** 2 + 1e-6) * (steep + 1) / 2 + (t - at) * (steep - 1) / 2

    def slope(t):
        return (t - at) / np.sqrt((t - at) ** 2 + 1e-6) * (steep + 1) / 2 + (steep - 1) / 2

    lengths = []

    def evaluate(x):
        lengths.append(float(x[0]))
        return np.asarray(F(x[0])), np.array([slope(x[0])])

    x, d = np.zeros(1), np.ones(1)
    found = line_search(evaluate, x, d, np.asarray(F(0.0)), np.array([slope(0.0)]), 1.0, 1e-4, c2)
    tried, cut = enclosed(F, slope, 1.0, 1e-4, c2)
    np.testing.assert_allclose(lengths, tried, rtol=1e-6)
    assert bool(found.wolfe)
    assert max(cut) > 0.05  # the middle was not what the cubic said


def test_length_where_the_curvature_is_not_positive():
    problem = problem_of("regression, chain")
    for seed in range(50):
        x = problem.net.ravel(problem.net.init(seed)) * 3
        eigenvalues, vectors = np.linalg.eigh(problem.hessian(x))
        if eigenvalues[0] < 0:
            break
    assert eigenvalues[0] < 0
    assert newton_length(problem, x, 4 * vectors[:, 0], -1.0) == pytest.approx(0.25)


@pytest.mark.parametrize("outside", [np.inf, np.nan])
def test_where_F_is_not_finite_the_step_was_too_long(outside):
    def F(x):
        return 1 / (1 - x[0]) - 4 * x[0] if x[0] < 1 else outside

    def g(x):
        return np.array([1 / (1 - x[0]) ** 2 - 4 if x[0] < 1 else outside])

    for first in (0.1, 1.0, 3.0, 1e6):
        found = search(F, g, np.array([0.0]), np.array([1.0]), first=first, curvature=0.01)
        assert found.wolfe
        assert float(found.length) == pytest.approx(0.5, abs=0.01)


def test_a_first_length_that_is_none():
    F, g, x = hills(1, 2)
    for first in (0.0, -1.0, np.nan, np.inf):
        assert search(F, g, x, -g(x), first=first).wolfe


def test_uphill_and_flat_directions_go_nowhere():
    F, g, x = hills(5, 3)
    for d in (g(x), np.zeros(3)):
        found = search(F, g, x, d)
        assert (found.length, bool(found.lower), bool(found.wolfe), found.evaluations) == (0, False, False, 0)
        assert F(x) == found.F


def test_a_slope_without_end_ends():
    found = search(lambda x: -x[0], lambda x: np.array([-1.0]), np.zeros(1), np.ones(1))
    assert found.lower
    assert not found.wolfe
    assert found.evaluations == 20
    assert -found.length == found.F


def test_a_wrong_gradient_finds_nothing():
    found = search(lambda x: x @ x, lambda x: -2 * x, np.ones(1), np.ones(1))
    assert not found.lower
    assert found.length == 0


def test_below_the_rounding_of_F_the_slopes_decide():
    """F = 1 + 1e-20 x²: every F is the same number."""
    found = search(
        lambda x: 1.0 + 1e-20 * x @ x, lambda x: 2e-20 * x, np.ones(1), -np.ones(1), first=0.1, curvature=0.1
    )
    assert found.wolfe
    assert abs(found.length - 1) < 0.1
    assert rise(Point(0.0, 1.0, -1.0, None), Point(2.0, 1.5, 1.0, None), noise=0.1) == 0.5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_compiled_it_finds_the_same(dtype):
    A = np.diag(np.array([1.0, 7.0, 30.0], dtype))
    x = np.array([1.0, -2.0, 0.5], dtype)

    def evaluate(x):
        xp = x.__array_namespace__()
        return 0.5 * x @ A @ x + xp.sum(xp.cos(x)), A @ x - xp.sin(x)

    def run(x, first):
        F, g = evaluate(x)
        return line_search(evaluate, x, -g, F, g, first, 1e-4, 0.1)

    with jax.enable_x64(dtype == "float64"):
        compiled = jax.jit(run)
        for power in (-3, 0, 2):
            found, by_xla = run(x, 10.0**power), compiled(x, 10.0**power)
            assert by_xla.length.dtype == found.length.dtype == dtype
            assert by_xla.gradient.dtype == found.gradient.dtype == dtype
            np.testing.assert_allclose(by_xla.length, found.length, rtol=1e-4 if dtype == "float32" else 1e-12)
            assert by_xla.evaluations == found.evaluations
        assert compiled._cache_size() == 1
