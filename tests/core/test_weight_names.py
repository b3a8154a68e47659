"""Names of single weights, and their places in the vector of all parameters."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.weight_names import WeightName, find_weight, index_of, name_of, weight_at

NETS = [
    tw.mlp(2, 3, 1),
    tw.cascade(2, 3, 2),
    tw.Network(
        {"p": 2, "q": 3},
        [tw.Layer("h", 2, "tanh", ("q",), bias=False), tw.Layer("out", 2, "linear", ("h", "p"))],
    ),
]


@pytest.mark.parametrize("net", NETS)
def test_every_parameter_has_a_name_of_its_own_that_leads_back(net: tw.Network) -> None:
    params = net.unravel(np.arange(float(net.parameter_count)))
    names = set()
    for index in range(net.parameter_count):
        place = weight_at(net, index)
        names.add(name_of(net, place))
        assert find_weight(net, name_of(net, place)) == place
        assert index_of(net, place) == index
        weights, bias = params[place.layer]
        value = bias[place.to] if place.source is None else weights[place.source][place.to, place.origin]
        assert value == index
    assert len(names) == net.parameter_count


@pytest.mark.parametrize(
    ("net", "name", "told"),
    [
        (NETS[0], "layer3[0,0]", "did you mean"),
        (NETS[0], "layer1", "layer1[0,0]"),
        (NETS[0], "layer1[3,0]", "3 units, 0 to 2"),
        (NETS[0], "layer1[0,2]", "'input' has 2 units"),
        (NETS[1], "layer2[0,1]", "layer2[0,input:1] or layer2[0,layer1:1]"),
        (NETS[1], "layer2[0,inputs:1]", "did you mean 'input'"),
        (NETS[2], "h[0]", "no bias"),
    ],
)
def test_a_name_that_is_none_is_told(net: tw.Network, name: str, told: str) -> None:
    with pytest.raises(tw.ArgumentError) as caught:
        find_weight(net, name)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_index_outside_is_refused() -> None:
    with pytest.raises(tw.ArgumentError, match="13 parameters"):
        weight_at(NETS[0], 13)
    with pytest.raises(tw.ArgumentError):
        index_of(NETS[0], WeightName("nowhere", 0))
