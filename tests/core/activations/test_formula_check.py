"""What makes a function one to train with."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.activations.formula_check import REACH, check_activation, check_variable
from thalweg.formulas.parsing import parse


def test_the_variable():
    assert check_variable(parse("x*x")).base == "x"
    with pytest.raises(tw.ArgumentError, match="constant"):
        check_variable(parse("2"))


@pytest.mark.parametrize("place", [-19.9987, -3.3, 0.0, 1e-9, 0.7071, 13.00501])
@pytest.mark.parametrize("height", [1.0, -0.02, 300.0])
def test_a_jump_is_found_wherever_it_is(place, height):
    with pytest.raises(tw.ArgumentError, match="jumps"):
        check_activation("f", lambda x: np.tanh(x) + height * (x > place), lambda x: 1.0 - np.tanh(x) ** 2)


@pytest.mark.parametrize("place", [-19.9987, -3.3, 0.0, 0.7071, 13.00501])
def test_a_kink_is_allowed_wherever_it_is(place):
    check_activation("f", lambda x: np.abs(x - place), lambda x: np.sign(x - place))


@pytest.mark.parametrize("slope", [1e3, 1e5])
def test_steep_is_not_yet_a_jump(slope):
    check_activation("f", lambda x: np.tanh(slope * x), lambda x: slope * (1.0 - np.tanh(slope * x) ** 2))


def test_beyond_the_reach_nobody_looks():
    check_activation("f", lambda x: np.where(x > REACH + 1, np.nan, x), np.ones_like)
