"""Weights at other values, by their names."""

import numpy as np
import pytest

import thalweg as tw

NET = tw.mlp(2, 3, 1)


def test_only_the_named_ones_change():
    before = NET.init(0)
    after = tw.surface.with_weights(NET, before, {"layer1[2,0]": 5, "layer2[0]": np.float64(-1.5)})
    x, y = NET.ravel(before), NET.ravel(after)
    assert np.flatnonzero(x != y).tolist() == [4, 12]
    assert (y[4], y[12]) == (5.0, -1.5)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"layer3[0]": 1.0}, "unknown layer 'layer3'"),
        ({"layer1[0]": float("nan")}, "weight 'layer1\\[0\\]' is nan; it must be a finite number"),
        ({"layer1[0]": True}, "it must be a finite number"),
        ({"layer1[0]": 10**400}, "it must be a finite number"),
        ({"layer1[0]": "1"}, "it must be a finite number"),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(tw.ThalwegError, match=words):
        tw.surface.with_weights(NET, NET.init(0), values)
