"""A gradient by differences of one's own is told as such, with its step; never as factors of rows or columns."""

import numpy as np
import pytest
from students import X, function, gradient

import thalweg as tw
from thalweg.gradient_check.own_differences import by_differences as by_own_differences


def by_differences(x, h, central=False):
    def moved(key, place, h):
        array = x[key].copy()
        array.flat[place] += h
        return function({**x, key: array})

    def slope(key, place):
        if central:
            return (moved(key, place, h) - moved(key, place, -h)) / (2 * h)
        return (moved(key, place, h) - function(x)) / h

    return {k: np.array([slope(k, i) for i in range(x[k].size)]).reshape(x[k].shape) for k in x}


@pytest.mark.parametrize(
    ("h", "central", "which"),
    [(1e-4, False, "forward"), (1e-2, False, "forward"), (-1e-3, False, "backward"), (0.05, True, "central")],
)
def test_the_step_is_found(h, central, which):
    """Field s04-forward-difference-by-column: forward differences; no array is told to have factors of 1."""
    check = tw.check_gradient(function, lambda x: by_differences(x, h, central), X)
    assert not check.passed
    assert [found.kind for found in check.findings] == ["imprecise"]
    assert check.findings[0].number == pytest.approx(abs(h), rel=0.1)
    assert f"nearly right: as by {which} differences with a step of" in check.explanation
    assert "(1, 1" not in check.explanation


def test_what_is_off_by_as_much_is_no_difference():
    rng = np.random.default_rng(0)
    noise = {key: 1e-4 * rng.normal(size=array.shape) for key, array in X.items()}
    check = tw.check_gradient(function, lambda x: {key: g * (1 + noise[key]) for key, g in gradient(x).items()}, X)
    assert "differences with a step" not in check.explanation


@pytest.mark.parametrize(("h", "told"), [(0.1, True), (1.0, False)])
def test_what_is_far_off_is_not_told_as_differences(h, told):
    """With a step of 1 those of eˣ are off by 72 %, which is not nearly right."""
    x, none = np.array([0.5, 1.0, 1.5, 2.0]), np.full(4, 1e-10)
    given = (np.exp(x + h) - np.exp(x)) / h
    found = by_own_differences(
        lambda which, points: np.exp(points) - np.exp(x[which]), x, np.arange(4), given, np.exp(x), none, 0.0, 1e-16
    )
    assert (found is not None) == told
