"""Drawings of networks: what the axes hold."""

import numpy as np
import pytest
from colour_vision import BLINDNESS, apart
from figures import assert_whole, legend, overlapping, rendered, texts
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import network_diagram, style

XOR = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
PARAMS = XOR.unravel(np.array([0.5, -1.0, 2.0, 0.0, -0.25, 0.1, 0.3, -0.3, 0.7, 4.0, -3.0, 1.0, 0.9]))
NAMES = tw.Network(
    {"pressure in the left tank": 3, "$q$": 2},
    [
        tw.Layer("left tower of the network", 4, "relu", ("pressure in the left tank",)),
        tw.Layer("right", 3, "leaky_relu", ("$q$",)),
        tw.Layer("join", 5, "tanh", ("left tower of the network", "right")),
        tw.Layer("out", 2, "softmax", ("join", "$q$")),
    ],
)


def lines(ax, kind="weights"):
    """The collection of the lines of a kind; None if there is none."""
    return next((found for found in ax.collections if found.get_label() == kind), None)


def ends(ax):
    """Colour, width and dashes of each line, by its first and last place (column, height)."""
    found = lines(ax)
    colors, widths, dashes = found.get_colors(), found.get_linewidth(), found.get_linestyle()
    looks = {}
    for number, path in enumerate(found.get_segments()):
        start, end = (tuple(np.round(path[place], 6).tolist()) for place in (0, -1))
        _, pattern = dashes[number % len(dashes)]
        looks[start, end] = (to_hex(colors[number % len(colors)]), widths[number % len(widths)], pattern is not None)
    return looks


def test_each_weight_is_a_line_between_its_units():
    found = ends(network_diagram(XOR, PARAMS).axes[0])
    W = PARAMS["layer1"].weights["input"]
    inputs, hidden = [0.5, -0.5], [1.0, 0.0, -1.0]
    expected = {((0.0, inputs[j]), (1.0, hidden[i])): W[i, j] for i in range(3) for j in range(2)}
    expected |= {((1.0, hidden[i]), (2.0, 0.0)): PARAMS["layer2"].weights["layer1"][0, i] for i in range(3)}
    assert set(found) == set(expected)
    for path, weight in expected.items():
        color, width, dashed = found[path]
        assert color.upper() == (style.VERMILION if weight < 0 else style.BLUE)
        assert width == pytest.approx(0.3 + 2.7 * abs(weight) / 4.0)
        assert dashed == (weight < 0)


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_signs_are_told_apart(blindness):
    assert apart(style.BLUE, style.VERMILION, blindness) > 40


def test_the_units_the_names_and_the_legend():
    ax = network_diagram(XOR, PARAMS).axes[0]
    assert texts(ax) == [
        "input\n2", "layer1\n3 tanh", "layer2\n1 sigmoid", "13 parameters; widest line: |w| = 4"
    ]  # fmt: skip
    assert legend(ax) == ["weight above 0", "below 0"]
    scatters = [found for found in ax.collections if len(found.get_offsets()) and found is not lines(ax)]
    assert [len(found.get_offsets()) for found in scatters] == [2, 3, 1]


def test_biases_on_request():
    ax = network_diagram(XOR, PARAMS, biases=True).axes[0]
    found = ends(ax)
    assert len(found) == XOR.parameter_count
    (color, width, dashed) = found[(0.5, 2.0), (1.0, 0.0)]
    assert (color.upper(), dashed) == (style.VERMILION, True)  # the bias of the second hidden unit is -0.3
    assert width == pytest.approx(0.3 + 2.7 * 0.3 / 4)
    assert texts(ax).count("1") == 2
    assert len(ends(network_diagram(XOR, PARAMS).axes[0])) == XOR.parameter_count - 4


def test_a_large_bias_counts_for_the_widths_where_it_is_drawn():
    large = dict(PARAMS, layer2=PARAMS["layer2"]._replace(bias=np.array([-8.0])))
    assert "|w| = 8" in texts(network_diagram(XOR, large, biases=True).axes[0])[-1]
    assert "|w| = 4" in texts(network_diagram(XOR, large).axes[0])[-1]


def test_without_parameters_all_lines_are_alike():
    ax = network_diagram(XOR).axes[0]
    assert set(ends(ax).values()) == {("#8a8a8a", 0.8, False)}
    assert legend(ax) == []
    assert texts(ax)[-1] == "13 parameters"


def test_a_run_and_a_model_bring_their_parameters():
    P = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    run = tw.train(XOR, P, P[:, :1] ^ P[:, 1:], epochs=2, engine="numpy")
    expected = ends(network_diagram(XOR, run.params).axes[0])
    assert ends(network_diagram(run).axes[0]) == expected
    assert ends(network_diagram(tw.Model.from_run(run)).axes[0]) == expected
    assert ends(network_diagram(run, PARAMS).axes[0]) != expected


def test_few_shortcuts_are_arcs_from_unit_to_unit():
    net = tw.cascade(2, 1, 1)
    params = net.unravel(np.arange(1.0, 8.0))
    ax = network_diagram(net, params).axes[0]
    found = ends(ax)
    assert lines(ax, "shortcuts between layers") is None
    assert found[(0.0, 0.5), (2.0, 0.0)][1] == pytest.approx(0.3 + 2.7 * params["layer2"].weights["input"][0, 0] / 6)
    arcs = [path for path in lines(ax).get_segments() if len(path) > 2]
    assert len(arcs) == 2
    for path in arcs:
        assert 1 < path[:, 1].max() < ax.get_ylim()[1]  # over the unit that it passes, at 0


def test_many_shortcuts_are_arcs_from_layer_to_layer():
    net = tw.cascade(9, 8, 6, 4, 2)
    params = net.init(0)
    ax = network_diagram(net, params).axes[0]
    arcs = lines(ax, "shortcuts between layers")
    pairs = [("input", "layer2"), ("input", "layer3"), ("layer1", "layer3"),
             ("input", "layer4"), ("layer1", "layer4"), ("layer2", "layer4")]  # fmt: skip
    columns = [tuple(path[[0, -1], 0]) for path in arcs.get_segments()]
    number = {"input": 0, "layer1": 1, "layer2": 2, "layer3": 3, "layer4": 4}
    assert columns == [(number[source], number[name]) for source, name in pairs]
    largest = max(np.abs(array).max() for weights, _ in params.values() for array in weights.values())
    strengths = [np.sqrt(np.mean(params[name].weights[source] ** 2)) for source, name in pairs]
    np.testing.assert_allclose(arcs.get_linewidth(), 1.5 + 5 * np.array(strengths) / largest)
    assert legend(ax)[-1] == "shortcut between layers"
    assert len(ends(ax)) == 9 * 8 + 8 * 6 + 6 * 4 + 4 * 2


def test_folded_layers_say_how_many_units_are_left_out():
    net = tw.mlp(784, 1024, 10)
    params = net.init(0)
    ax = network_diagram(net, params).axes[0]
    assert [text for text in texts(ax) if "more" in text] == ["⋮ 775 more", "⋮ 1,015 more"]
    found = ends(ax)
    assert len(found) == 9 * 9 + 9 * 10
    last = found[(0.0, -4.5), (1.0, -4.5)]  # the last unit of each
    weight = params["layer1"].weights["input"][-1, -1]
    assert last[0].upper() == (style.VERMILION if weight < 0 else style.BLUE)
    assert "1024 tanh" in " ".join(texts(ax)).replace(",", "")
    smaller = texts(network_diagram(net, params, most_units=4).axes[0])
    assert [text for text in smaller if "more" in text] == ["⋮ 781 more", "⋮ 1,021 more", "⋮ 7 more"]


def test_deep_networks_say_how_many_layers_are_left_out():
    net = tw.cascade(2, *[3] * 30, 1)
    ax = network_diagram(net, net.init(0)).axes[0]
    assert "…\n20 more\nlayers" in texts(ax)
    assert texts(ax)[-1].endswith("36 shortcuts over the gap are left out")


@pytest.mark.parametrize(
    "net",
    [
        tw.mlp(1, 1), NAMES, tw.mlp(784, 1024, 10), tw.mlp(3, 4, 100),
        tw.mlp(4, *[20] * 60, 2), tw.cascade(5, *[3] * 14, 2), tw.cascade(9, 8, 6, 4, 2), tw.mlp(2, *[1] * 10, 1),
    ],
    ids=lambda net: str(net.parameter_count),
)  # fmt: skip
def test_names_can_be_read(net):
    """With biases, which take room."""
    figure = network_diagram(net, net.init(0), biases=True)
    assert_whole(figure)
    ax = figure.axes[0]
    names = [text for text in ax.texts if "\n" in text.get_text()]
    assert not overlapping(names, rendered(figure))
    assert all(text.get_fontsize() >= 8 for text in ax.texts)
    low, high = ax.get_ylim()
    for path in lines(ax).get_segments():
        assert low <= path[:, 1].min() <= path[:, 1].max() <= high


def test_names_are_shown_as_they_are_written():
    ax = network_diagram(NAMES).axes[0]
    assert "$q$\n2" in texts(ax)
    assert not any(text.get_parse_math() for text in ax.texts if "$q$" in text.get_text())


def test_axes_of_another_figure_take_smaller_units():
    figure = Figure(figsize=(6, 2))
    one, two = figure.subplots(1, 2)
    assert network_diagram(tw.mlp(10, 10, 10), ax=one) is figure
    large = network_diagram(tw.mlp(10, 10, 10)).axes[0]
    assert one.collections[-1].get_sizes()[0] < large.collections[-1].get_sizes()[0]
    network_diagram(XOR, PARAMS, ax=two)
    assert len(ends(two)) == 9


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"params": tw.mlp(2, 1).init(0)}, ArgumentError, "params lacks 'layer2'"),
        ({"params": XOR.unravel(np.full(13, np.inf))}, DataError, "layer 'layer1' holds weights that are not finite"),
        ({"most_units": 2}, ArgumentError, "most_units is 2"),
        ({"most_units": 10.5}, ArgumentError, "most_units is 10.5"),
    ],
)
def test_mistakes(change, error, words):
    with pytest.raises(error, match=words):
        network_diagram(XOR, **({"params": PARAMS} | change))


def test_weights_of_zero_can_be_drawn():
    found = ends(network_diagram(XOR, XOR.unravel(np.zeros(13))).axes[0])
    assert {look[1] for look in found.values()} == {0.3}
