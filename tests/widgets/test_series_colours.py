"""What is told apart by colour is so for the colour-blind too, by a simulation of how they see."""

from pathlib import Path

import numpy as np
import pytest
from colour_blindness import KINDS, contrast, distances, lab, series

from thalweg import widgets
from thalweg.plots import style

STATIC = Path(widgets.__file__).parent / "static"
GROUNDS = {"light": "#ffffff", "dark": "#15181d"}
LEAST = 10.0
"""ΔE*ab; 2.3 is just noticed."""


def palettes():
    """The colours of curves and points of each moving picture, light and dark."""
    for path in sorted(STATIC.glob("*.css")):
        for scheme, found in zip(GROUNDS, series(path.read_text(encoding="utf-8")), strict=True):
            for prefix, colours in found.items():
                yield pytest.param(list(colours.values()), scheme, id=f"{path.stem} {prefix} {scheme}")


PALETTES = list(palettes())


def test_there_are_palettes():
    assert len(PALETTES) >= 2
    assert all(len(one.values[0]) >= 5 for one in PALETTES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("colours", "scheme"), PALETTES)
def test_no_two_colours_of_a_picture_look_the_same(colours, scheme, kind):
    near = {pair: round(far, 1) for pair, far in distances(colours, kind).items() if far < LEAST}
    assert near == {}


@pytest.mark.parametrize(("colours", "scheme"), PALETTES)
def test_each_colour_is_seen_on_its_ground(colours, scheme):
    faint = {one: round(contrast(one, GROUNDS[scheme]), 2) for one in colours if contrast(one, GROUNDS[scheme]) < 3}
    assert faint == {}


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_colours_of_a_figure_look_the_same(kind):
    assert min(distances(style.PALETTE, kind).values()) >= LEAST


def test_the_simulation_confuses_what_they_confuse():
    red, green = "#b84e00", "#8a5f00"
    assert distances([red, green], "usual")[red, green] > 25
    assert distances([red, green], "protanopia")[red, green] < 3
    for kind, matrix in KINDS.items():
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=2e-5, err_msg=f"white stays white: {kind}")
        np.testing.assert_allclose(lab("#ffffff", kind), [100, 0, 0], atol=0.01)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
