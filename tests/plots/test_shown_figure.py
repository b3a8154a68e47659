"""A figure shows itself in a notebook; without pyplot, as test_svg.py sees."""

import io

import numpy as np
from PIL import Image

import thalweg as tw


def test_every_figure_is_a_picture_of_twice_the_points_that_are_shown():
    net, P = tw.mlp(1, 3, 1), np.array([[1.0], [2.0]])
    flow = tw.gradient_flow(net, "mse", net.init(0), P, P)
    for figure in (tw.plots.learning_curves([2.0, 1.0]), tw.plots.gradient_flow(flow)):
        data, size = figure._repr_png_()
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.size == (2 * size["width"], 2 * size["height"])
            assert len(picture.convert("RGB").getcolors(1 << 24)) > 10


def test_a_letter_that_the_font_lacks_is_no_warning():
    figure = tw.plots.learning_curves([2.0, 1.0], loss_name="損失")
    assert figure._repr_png_()[0].startswith(b"\x89PNG")


def test_axes_of_ones_own_stay_ones_own():
    from matplotlib.figure import Figure

    own = Figure()
    assert tw.plots.learning_curves([2.0, 1.0], ax=own.add_subplot()) is own
