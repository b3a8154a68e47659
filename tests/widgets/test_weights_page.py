"""Weights as they are read without a program."""

import numpy as np
from moving_runs import WILD

import thalweg as tw
from thalweg.widgets.weights_page import as_read


def test_the_weights_are_tables_and_no_name_is_markup():
    net = tw.Network(inputs={"p": 1}, layers=[tw.Layer(WILD, 2), tw.Layer("out", 1)])
    picture = tw.widgets.Network(net, params=net.unravel(np.array([0.5, -0.25, 0, 0, 1, 2, 0])), title="")
    read = as_read(picture.data, picture.frames)
    assert WILD not in read
    assert "<tr><td>0.5</td></tr><tr><td>-0.25</td></tr>" in read
    assert "<tr><td>1</td><td>2</td></tr>" in read
