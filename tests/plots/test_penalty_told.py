"""What is drawn of an error says of it that it has a penalty, wherever it is named."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.plots import error_along_direction, error_along_weight, error_surface
from thalweg.widgets import contour_page
from thalweg.widgets.contour_data import drawing_data

NET = tw.mlp(1, 1)
AT = NET.unravel(np.array([2.0, 0.0])), np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])


@pytest.mark.parametrize(("l2", "told"), [(0.0, "error (mse)"), (0.5, "error (mse + l2 penalty)")], ids=str)
def test_an_error_with_a_penalty_is_named_so_in_figures_widgets_words_and_data(l2, told):
    over = tw.error_surface(NET, "mse", *AT, ("layer1[0,0]", "layer1[0]"), points=5, l2=l2)
    along = tw.error_along_weight(NET, "mse", *AT, "layer1[0,0]", points=5, l2=l2)
    across = tw.surface.error_along_direction(NET, "mse", *AT, np.array([1.0, 0.0]), points=5, l2=l2)
    bare = float(np.mean((AT[2] - 2.0 * AT[1]) ** 2))
    assert [over.F_center, along.F_at, across.F_at] == pytest.approx(3 * [bare + l2 / 2 * 2.0**2])
    scale = error_surface(over).axes[1].get_ylabel()
    assert scale.removesuffix(", logarithmic levels") == told
    assert [error_along_weight(along).axes[0].get_ylabel(), error_along_direction(across).axes[0].get_ylabel()] == [
        told,
        told,
    ]
    assert over.in_words().startswith(f"{told} over layer1[0,0] and layer1[0]: ")
    assert [drawing_data(one)["error"] for one in (over, along)] == [told, told]
    assert f"<title>E{told[1:]} over layer1[0,0]</title>" in contour_page(along)
    assert [one.to_dict()["l2"] for one in (over, along, across)] == 3 * [l2]
