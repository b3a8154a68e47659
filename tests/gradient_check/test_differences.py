"""Slopes by differences lie within their uncertainty; each entry has a step of its own; kinks and noise are seen."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from thalweg.gradient_check.differences import noise_of, slopes

EPS = np.finfo(np.float64).eps


def of(f, x, noise=None, thorough=False, scale=1.0, tolerance=1e-6):
    """The slope of a function of one number, as that of an entry."""
    F = float(f(np.float64(x)))
    noise = noise_of(lambda t: float(f(x + scale * t)), F) if noise is None else noise
    values = lambda indices, points: np.array([f(point) for point in points])  # noqa: E731
    with np.errstate(all="ignore"):
        found = slopes(values, np.array([x]), np.array([0]), np.array([scale]), F, noise, tolerance, thorough=thorough)
    return type(found)(*(float(part[0]) for part in found))


def peak(x):
    return np.exp(-((1e3 * (x - 0.3)) ** 2))


SMOOTH = {
    "exp": (np.exp, np.exp),
    "sin of 50 x": (lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "a fifth power": (lambda x: x**5 - 3 * x, lambda x: 5 * x**4 - 3),
    "with a large constant": (lambda x: 1e6 + np.sin(x), np.cos),
    "a narrow peak": (peak, lambda x: -2e6 * (x - 0.3) * peak(x)),
    "with a jump of the second derivative": (lambda x: x * abs(x), lambda x: 2 * abs(x)),
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
@given(st.floats(-2.0, 2.0), st.booleans())
@example(1.3e-10, False)
def test_the_derivative_lies_within_the_uncertainty(name, x, thorough):
    f, derivative = SMOOTH[name]
    found = of(f, x, thorough=thorough)
    rounding = 4 * EPS * abs(derivative(x))
    assert abs(found.derivative - derivative(x)) <= found.uncertainty + rounding
    assert np.isnan(found.before)


def test_the_uncertainty_is_small_where_it_can_be():
    for x in (0.3, 1.0, -1.7):
        assert of(np.exp, x).uncertainty < 1e-8 * np.exp(x)
        assert of(np.exp, x, tolerance=1e-10).uncertainty < 1e-9 * np.exp(x)


def test_two_extrapolations_leave_nothing_of_a_fifth_power():
    """Differences of x⁵ are off by 10 x³h² + 5 x h⁴ + ..., of which three steps are enough to be rid."""
    found = of(lambda x: x**5, 0.7, tolerance=0.5)
    assert found.step > 1e-3
    assert found.derivative == pytest.approx(5 * 0.7**4, rel=1e-12)


def test_the_step_follows_the_function():
    wide, narrow = of(np.sin, 0.5), of(lambda x: np.sin(1e5 * x), 0.5)
    assert narrow.step < 1e-2 * wide.step
    assert of(lambda x: 1e8 + x * x, 0.5).step > wide.step


def test_entries_have_steps_of_their_own():
    x = np.array([0.5, 0.5])
    rates = np.array([1.0, 1e5])
    values = lambda indices, points: np.sin(rates[indices] * points)  # noqa: E731
    found = slopes(values, x, np.array([0, 1]), np.ones(2), 0.0, EPS, 1e-6)
    assert found.step[1] < 1e-2 * found.step[0]
    np.testing.assert_allclose(found.derivative, rates * np.cos(rates * 0.5), rtol=1e-7)


def test_a_kink_shows_its_two_slopes():
    found = of(lambda x: np.exp(x) + 3.0 * max(x, 0.0), 0.0, thorough=True)
    assert found.before == pytest.approx(1.0, rel=1e-5)
    assert found.after == pytest.approx(4.0, rel=1e-5)
    assert np.isnan(of(lambda x: np.exp(x) + 3.0 * max(x, 0.0), 0.0).before)


@pytest.mark.parametrize("distance", [1e-11, -1e-11, 1e-9, -1e-9, 1e-8, -1e-8])
def test_the_slopes_beside_a_near_kink_hold_the_derivative_between_them(distance):
    found = of(lambda x: np.exp(x) + 3.0 * max(x - distance, 0.0), 0.0, thorough=True)
    low, high = min(found.before, found.after), max(found.before, found.after)
    assert low - 1e-4 <= (1.0 if distance > 0 else 4.0) <= high + 1e-4
    assert high - low > 0.5


@pytest.mark.parametrize("distance", [1e-5, -1e-5, 1e-3, -1e-3])
def test_a_kink_beside_is_stepped_over_by_none(distance):
    found = of(lambda x: np.exp(x) + 3.0 * max(x - distance, 0.0), 0.0, thorough=True)
    assert np.isnan(found.before)
    assert found.derivative == pytest.approx(1.0 if distance > 0 else 4.0, rel=1e-6)
    assert found.step < abs(distance)


@given(st.integers(0, 2**32 - 1))
def test_among_many_kinks_the_slope_is_that_of_the_piece(seed):
    rng = np.random.default_rng(seed)
    kinks, jumps = rng.uniform(-1, 1, 200), rng.normal(size=200)
    if np.abs(kinks).min() < 1e-4:
        return
    f = lambda x: np.sin(x) + jumps @ np.maximum(x - kinks, 0.0)  # noqa: E731
    found = of(f, 0.0, noise=1e-14, thorough=True)
    assert abs(found.derivative - (1.0 + jumps[kinks < 0].sum())) <= found.uncertainty


def test_no_value_beside_x_is_no_slope():
    found = of(lambda x: 1.0 if x == 2.0 else np.nan, 2.0)
    assert np.isnan(found.derivative)
    assert np.isinf(found.uncertainty)


def test_values_on_one_side_alone_are_searched_for():
    found = of(np.log, 1e-6, scale=1.0)
    assert found.derivative == pytest.approx(1e6, rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("x", [0.3, 17.0, -2.2])
def test_the_noise_of_a_precision_is_found(dtype, x):
    f = lambda t: float(np.sum(np.sin(dtype(x + t) * np.arange(1, 9, dtype=dtype))))  # noqa: E731
    typical = np.finfo(dtype).eps * max(abs(f(0.0)), 1.0)
    assert 0.02 * typical < noise_of(f, f(0.0)) < 100 * typical * max(1.0, abs(x))


def test_noise_that_is_added_is_found():
    rng = np.random.default_rng(0)
    found = [noise_of(lambda t: float(np.exp(t) + 1e-6 * rng.normal()), 1.0) for _ in range(50)]
    assert 0.7e-6 < np.median(found) < 1.5e-6
    assert max(found) < 3e-6
    assert noise_of(lambda t: 5.0, 5.0) == 5.0 * EPS
    assert noise_of(lambda t: float("nan"), 5.0) == 5.0 * EPS


def test_a_function_that_is_flat_nearby_is_no_noisy_one():
    assert noise_of(lambda t: 2.0 + 0.1 * max(t - 1e-5, 0.0), 2.0) == 2.0 * EPS
    assert noise_of(lambda t: 1.0 + 1e-3 * t**8, 1.0) == EPS
