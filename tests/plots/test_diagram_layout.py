"""Where the units of a network stand."""

import itertools

import pytest

import thalweg as tw
from thalweg.plots.diagram_layout import MOST_COLUMNS, apex, is_shortcut, lay_out

TOWERS = tw.Network(
    {"p": 3, "q": 2},
    [
        tw.Layer("left", 4, "relu", ("p",)),
        tw.Layer("right", 3, "relu", ("q",)),
        tw.Layer("join", 5, "tanh", ("left", "right")),
        tw.Layer("out", 2, "softmax", ("join", "q")),
    ],
)


def test_a_layer_stands_in_the_column_after_its_sources():
    plan = lay_out(TOWERS, 10)
    columns = {name: group.column for name, group in plan.groups.items()}
    assert columns == {"p": 0, "q": 0, "left": 1, "right": 1, "join": 2, "out": 3}
    assert plan.columns == 4
    assert plan.edges == (
        ("p", "left"), ("q", "right"), ("left", "join"), ("right", "join"), ("join", "out"), ("q", "out")
    )  # fmt: skip
    assert [edge for edge in plan.edges if is_shortcut(plan.groups, *edge)] == [("q", "out")]


def test_groups_of_a_column_do_not_meet():
    groups = lay_out(TOWERS, 10).groups
    for above, below in (("p", "q"), ("left", "right")):
        assert groups[above].heights[-1] - groups[below].heights[0] > 2.5
        middle = groups[above].heights[0] + groups[below].heights[-1]
        assert middle == pytest.approx(0)


@pytest.mark.parametrize("most", [3, 4, 9, 10])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 10, 11, 1000])
def test_a_large_layer_is_folded_in_its_middle(size, most):
    group = lay_out(tw.mlp(2, size, 1), most).groups["layer1"]
    assert group.size == size
    assert len(group.units) == len(group.heights) == (size if size <= most else most - 1)
    assert len(set(group.units)) == len(group.units)
    assert (group.units[0], group.units[-1]) == (0, size - 1)
    assert (group.ellipsis is not None) == (size > most)
    steps = {round(high - low, 6) for high, low in itertools.pairwise(group.heights)}
    assert steps <= ({1.0} if size <= most else {1.0, 2.0})
    if group.ellipsis is not None:
        gap = next(high for high, low in itertools.pairwise(group.heights) if high - low == 2)
        assert group.ellipsis == gap - 1


def test_a_deep_network_shows_its_ends():
    plan = lay_out(tw.mlp(2, *[3] * 40, 1), 10)
    assert len(plan.groups) == MOST_COLUMNS
    assert plan.columns == MOST_COLUMNS + 1
    assert plan.hidden_layers == 42 - MOST_COLUMNS
    assert plan.gap_column == MOST_COLUMNS // 2
    assert {"input", "layer1", "layer40", "layer41"} <= set(plan.groups)
    assert ("layer40", "layer41") in plan.edges
    assert not any(
        plan.groups[source].column < plan.gap_column < plan.groups[name].column for source, name in plan.edges
    )
    assert lay_out(tw.mlp(2, *[3] * (MOST_COLUMNS - 2), 1), 10).gap_column is None


def test_shortcuts_over_the_gap_are_counted():
    net = tw.cascade(2, *[1] * 20, 1)
    plan = lay_out(net, 10)
    drawn = set(plan.groups)
    pairs = [
        (source, layer.name)
        for layer in net.layers
        for source in layer.sources
        if source in drawn and layer.name in drawn
    ]
    half = MOST_COLUMNS // 2
    assert plan.hidden_edges == half * half
    assert len(plan.edges) + plan.hidden_edges == len(pairs)


def test_arcs_pass_over_what_they_skip_and_wide_ones_over_narrow_ones():
    plan = lay_out(tw.cascade(2, 7, 3, 4, 1), 10)
    heights = {}
    for source, name in plan.edges:
        if is_shortcut(plan.groups, source, name):
            first, last = plan.groups[source].column, plan.groups[name].column
            between = [group for group in plan.groups.values() if first < group.column < last]
            heights[source, name] = apex(plan.groups, source, name)
            assert heights[source, name] > max(group.heights[0] for group in between)
            assert heights[source, name] < plan.top
    assert heights["input", "layer4"] > heights["input", "layer3"] > heights["input", "layer2"]


def test_arcs_of_a_lower_group_pass_below():
    plan = lay_out(TOWERS, 10)
    lowest = min(group.heights[-1] for group in plan.groups.values())
    assert plan.bottom < apex(plan.groups, "q", "out") < lowest


def test_bias_units_stand_before_the_layers_that_have_them():
    net = tw.Network({"p": 2}, [tw.Layer("a", 3), tw.Layer("b", 2, bias=False), tw.Layer("c", 1)])
    plan = lay_out(net, 10, biases=True)
    assert set(plan.bias_units) == {"a", "c"}
    for name, (x, y) in plan.bias_units.items():
        assert plan.groups[name].column - 1 < x < plan.groups[name].column
        assert plan.groups[name].heights[0] < y < plan.top
    assert lay_out(net, 10).bias_units == {}
