"""The look that figures share: can everybody tell things apart?"""

import itertools

import numpy as np
import pytest
from colour_vision import BLINDNESS, apart, lab

from thalweg.plots import style


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_the_palette_is_told_apart(blindness):
    distances = {pair: apart(*pair, blindness) for pair in itertools.combinations(style.PALETTE, 2)}
    assert min(distances.values()) > 15, min(distances, key=distances.get)
    assert all(apart(color, "white", blindness) > 30 for color in style.PALETTE)


def test_the_measure_of_colours_tells_what_is_known():
    assert lab("white") == pytest.approx([100, 0, 0], abs=0.02)
    assert apart("#ff0000", "#00aa00") > 100
    assert apart("#c8201e", "#5b7a00", "protanopia") < apart("#c8201e", "#5b7a00") / 2


def test_things_differ_in_colour_with_marker_and_in_colour_with_dashes():
    looks = [style.look(number) for number in range(35)]
    assert len({(color, marker) for color, marker, _ in looks}) == 35
    assert len({(color, str(dashes)) for color, _, dashes in looks}) == 35
    assert len({color for color, _, _ in looks[:7]}) == len({marker for _, marker, _ in looks[:7]}) == 7


@pytest.mark.parametrize(
    ("losses", "scale"), [([1.0, 0.5], "linear"), ([1.0, 0.001], "log"), ([1.0, -0.001], "linear"), ([], "linear")]
)
def test_the_axis_of_losses(losses, scale):
    _, ax = style.canvas(None, 3, 3)
    style.loss_axis(ax, np.asarray(losses))
    assert ax.get_yscale() == scale
    assert (len(ax.get_yticks()) > 0) == bool(losses)
