"""Masks of dropout as they are given."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.worked.step.masks import check_masks

NET = tw.Network({"p": 2}, [tw.Layer("h", 3, "tanh", dropout=0.5), tw.Layer("g", 2), tw.Layer("out", 1)])


def test_a_step_with_a_mask_is_one_without_the_units():
    """A unit that is dropped might as well not be there; one that is kept counts double."""
    P, T, mask = [[0.3, -0.7]], [[0.5]], [[2.0, 0.0, 2.0]]
    params = NET.init(2, dtype="float64")
    step = tw.worked_step(NET, "mse", params, P, T, masks={"h": mask})
    without = tw.Network({"p": 2}, [tw.Layer("h", 2, "tanh"), tw.Layer("g", 2), tw.Layer("out", 1)])
    kind = type(params["h"])
    kept = {
        "h": kind({"p": params["h"].weights["p"][[0, 2]]}, params["h"].bias[[0, 2]]),
        "g": kind({"h": 2.0 * params["g"].weights["h"][:, [0, 2]]}, params["g"].bias),
        "out": params["out"],
    }
    F, gradient = tw.gradient(without, "mse", kept, np.array(P), np.array(T))
    assert step.value == pytest.approx(float(F), rel=1e-12)
    np.testing.assert_allclose(step.gradient["h"].weights["p"][[0, 2]], gradient["h"].weights["p"], rtol=1e-12)
    np.testing.assert_array_equal(step.gradient["h"].weights["p"][1], [0.0, 0.0])


@pytest.mark.parametrize(
    ("masks", "told"),
    [
        (3, "masks is 3"),
        ({}, "none for layer 'h', which has dropout 0.5"),
        ({"k": [[1, 1, 1]]}, "unknown layer 'k'"),
        ({"p": [[1, 1]]}, "unknown layer 'p'"),
        ({"h": [[1, 1, 1]], "g": [[1, 1]]}, "layer 'g' has no dropout"),
        ({"h": [1, 1, 1]}, "shape (3,); it must be (1, 3)"),
        ({"h": [[1, 1]]}, "shape (1, 2)"),
        ({"h": [[1, -1, 1]]}, "at least 0"),
        ({"h": [[1, float("inf"), 1]]}, "finite"),
    ],
)
def test_masks_that_do_not_fit(masks, told):
    with pytest.raises(tw.ArgumentError) as caught:
        check_masks(NET, masks, 1, "float64")
    assert told in str(caught.value)
