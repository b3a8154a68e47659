"""Kinks, jumps and ranges of activations: where finite differences of both sides part, and what a fine grid reaches."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from thalweg.core.activations import ACTIVATIONS, ELU, Formula
from thalweg.errors import ArgumentError
from thalweg.plots.activation_facts import bends, output_range, slopes_of


@pytest.mark.parametrize("name", [*ACTIVATIONS.without("softmax"), "hardlim", "hardlims"])
def test_a_bend_is_where_the_differences_of_both_sides_part(name):
    function, step = ACTIVATIONS.get(name), 1e-6
    n = np.sort(np.concatenate([np.linspace(-6, 6, 49), np.linspace(-5.9, 5.9, 40)]))
    f = {side: slopes_of(function, n + side * step)[0] for side in (-1, 0, 1)}
    left, right = (f[0] - f[-1]) / step, (f[1] - f[0]) / step
    parts = np.abs(right - left) > 1e-3
    found = bends(name)
    assert {bend.at for bend in found} == set(n[parts].round(9) + 0.0)
    for bend in found:
        k = int(np.argmin(np.abs(n - bend.at)))
        sides = (f[-1][k], f[1][k]) if bend.jumps else (left[k], right[k])
        assert (bend.left, bend.right) == pytest.approx(sides, abs=1e-5)


def test_bends_of_formulas_and_of_settings():
    assert [bend.at for bend in bends(Formula("abs(x - 1/3) + max(x, 2)"))] == pytest.approx([1 / 3, 2])
    assert bends(Formula("max(x, 0)**2")) == bends(Formula("sin(20*x)")) == bends("elu") == []
    (kink,) = bends(ELU(alpha=0.5), -1, 2)
    assert (kink.at, kink.left, kink.right) == pytest.approx((0, 0.5, 1))
    (jump,) = bends(Formula("1 if x > 0.7 else 0"))
    assert (jump.at, jump.left, jump.right, jump.jumps) == (0.7, 0, 1, True)
    assert bends("relu", 1, 2) == []


def test_a_range_is_where_the_function_goes_and_no_further():
    lowest = minimize_scalar(lambda n: float(ACTIVATIONS.get("silu")(np.array([n]))[0]), bounds=(-5, 0)).fun
    assert output_range("silu") == (pytest.approx(lowest, abs=1e-6), None, False)
    assert output_range("linear")[:2] == (None, None)
    assert output_range(Formula("-exp(x)")) == (None, 0, False)
    assert output_range(Formula("log(1 + x**2)")) == (0, None, False)
    assert output_range(Formula("sin(x)")) == (pytest.approx(-1), pytest.approx(1), False)
    assert output_range(Formula("x/(1 + abs(x))")) == (pytest.approx(-1, abs=1e-5), pytest.approx(1, abs=1e-5), False)
    for name in ("sigmoid", "satlins", "radbas"):
        said = output_range(name)
        assert said.said
        assert said[:2] == ACTIVATIONS.get(name).outputs


def test_what_is_refused():
    with pytest.raises(ArgumentError, match=r"low and high are 2\.0 and 1\.0"):
        bends("tanh", 2.0, 1.0)
    with pytest.raises(ArgumentError, match="did you mean 'tanh'"):
        output_range("tahn")
