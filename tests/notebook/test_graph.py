"""The small picture of a network: a circle a unit, a band or an arc for each connection."""

from xml.etree import ElementTree

import pytest

import thalweg as tw
from thalweg.notebook.graph import graph


def drawn(net):
    sources = {layer.name: layer.sources for layer in net.layers}
    return ElementTree.fromstring(graph(net.sizes, sources, dict.fromkeys(net.sizes, "")))


@pytest.mark.parametrize(
    ("net", "circles", "bands", "arcs"),
    [
        (tw.mlp(2, 3, 1), 6, 2, 0),
        (tw.mlp(2, 100, 1), 2 + 6 + 1, 2, 0),
        (tw.cascade(2, 3, 2, 1), 8, 3, 3),
        (tw.Network({"p": 1, "q": 2}, [tw.Layer("out", 1, "linear", ("p", "q"))]), 4, 1, 1),
    ],
)
def test_units_and_connections(net, circles, bands, arcs):
    svg = drawn(net)
    assert len(list(svg.iter("circle"))) == circles
    paths = [path.get("d") for path in svg.iter("path")]
    assert sum("C" not in path for path in paths) == bands
    assert sum("C" in path for path in paths) == arcs


def test_everything_lies_within_the_picture():
    for net in (tw.mlp(1, 1), tw.cascade(9, 8, 7, 6, 5, 4), tw.mlp(50, 50, 50)):
        svg = drawn(net)
        _, _, width, height = map(float, svg.get("viewBox").split())
        for circle in svg.iter("circle"):
            x, y, r = (float(circle.get(name)) for name in ("cx", "cy", "r"))
            assert r <= x <= width - r
            assert r <= y <= height - r
        assert all(0 < float(line.get("y")) <= height - 4 for line in svg.iter("text"))
