"""The rules of a contour: their sliders, the largest stable rate, and what is told of a path."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.surface import Path
from thalweg.widgets.contour_rules import outcome, settings_of, slider_data, turned


def path(*F, ended="steps"):
    return Path("gd", np.zeros((len(F), 2)), np.array(F), 1.0, ended)


def test_a_slider_goes_three_times_as_far_as_the_largest_stable_rate():
    data = slider_data("gd", tw.GradientDescent(0.01), 20.0)  # dl3gd: the text has the slider from 0 to 0.3
    assert (data["bound"], data["formula"], data["top"]) == (pytest.approx(0.1), "2/λ_max", pytest.approx(0.3))
    assert slider_data("gd", tw.GradientDescent(0.01), 20.0, top=0.5)["top"] == 0.5
    assert slider_data("gd", tw.GradientDescent(0.77), 20.0)["top"] == pytest.approx(0.77)
    assert "bound" not in slider_data("gd", tw.GradientDescent(0.01), -3.0)
    adam = slider_data("adam", tw.Adam(0.1), 20.0)
    assert "bound" not in adam
    assert adam["top"] == 1.0
    assert slider_data("lm", tw.optimizers.LevenbergMarquardt(), 20.0) == {
        "name": "lm", "learning_rate": None, "momentum": None,
    }  # fmt: skip
    assert slider_data("gd", tw.GradientDescent(0.0), 0.0)["top"] == 1.0


@pytest.mark.parametrize("rule", [tw.GradientDescent(1.0), tw.optimizers.Momentum(1.0, 0.5), tw.Nesterov(1.0, 0.5)])
def test_the_mark_parts_what_settles_from_what_diverges(rule):
    """On F = ½λx², λ = 20, by the rule itself."""
    bound = slider_data("rule", rule, 20.0)["bound"]
    for share, settles in ((0.98, True), (1.02, False)):
        made = turned(rule, [share * bound, settings_of(rule)["momentum"]])
        x, state = np.array([1.0]), made.init(np.array([1.0]))
        for _ in range(2000):
            delta, state = made.update(20.0 * x, state, x)
            x = x + delta
        assert bool(abs(x[0]) < 1) == settles


def test_what_is_told():
    gd = tw.GradientDescent(0.12)
    assert outcome(path(1.0, 2.0, 4.0), gd, 20.0) == (
        "diverges: its rate 0.12 is above 2/λ_max = 0.1, and the error grew from 1 to 4 in 2 steps", True,
    )  # fmt: skip
    assert outcome(path(1.0, 9.0, ended="diverged"), gd, 20.0)[0].endswith("after 1 step it is not finite any more")
    assert outcome(path(3.0, 2.0, 1.0), gd, 20.0) == (
        "its rate 0.12 is above 2/λ_max = 0.1: it cannot settle where F is curved so", False,
    )  # fmt: skip
    assert "swings for ever" in outcome(path(3.0, 2.0), tw.GradientDescent(0.1), 20.0)[0]
    assert outcome(path(3.0, 2.0), tw.GradientDescent(0.09), 20.0) == ("", False)
    assert outcome(path(1.0, 5.0, 1e4), tw.Adam(0.1), 20.0) == (
        "diverges: the error grew from 1 to 1e+04 in 2 steps", True,
    )  # fmt: skip
    assert outcome(path(1.0), gd, 0.0) == ("", False)


def test_what_is_no_rate():
    for values in ([0.1], [float("nan"), None], ["x", None], [True, None], [-1.0, None], [10**400, None]):
        with pytest.raises(ArgumentError):
            turned(tw.GradientDescent(0.1), values)
    scheduled = tw.GradientDescent(tw.schedules.InverseTime(0.5, 1.0))
    assert settings_of(scheduled) == {"learning_rate": None, "momentum": None}
    assert turned(scheduled, [0.3, None]) is scheduled
