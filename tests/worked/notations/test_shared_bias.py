"""The one bias of a layer has one symbol in every notation, and no other has the same."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.weight_names import WeightName, weight_at
from thalweg.formulas.write_text import TextWriter
from thalweg.worked.notations import NOTATIONS, notation_named
from thalweg.worked.notations.shared_bias import with_shared_biases

NET = tw.mlp(2, 3, 12, 1)


@pytest.mark.parametrize("name", NOTATIONS)
def test_one_symbol_and_no_other_like_it(name):
    notation = with_shared_biases(notation_named(name), NET, ["layer1", "layer2"])
    for layer in ("layer1", "layer2"):
        assert len({notation.weight(WeightName(layer, unit)) for unit in range(NET.sizes[layer])}) == 1
    weights = [weight_at(NET, index) for index in range(NET.parameter_count)]
    shared = [one for one in weights if one.source is None and one.layer != "layer3"]
    others = [one for one in weights if one not in shared]
    symbols = {notation.weight(one) for one in others}
    assert len(symbols) == len(others)
    assert len(symbols | {notation.weight(one) for one in shared}) == len(others) + 2
    assert notation.delta(WeightName("layer2", 3)) == notation.delta(WeightName("layer2", 7))


def test_without_any_it_is_the_notation_itself():
    assert type(with_shared_biases(notation_named("nnd"), NET, ())) is notation_named("nnd")


@pytest.mark.parametrize("name", NOTATIONS)
def test_a_layer_of_one_unit_may_have_one_too(name):
    net = tw.mlp(1, 1, 1)
    step = tw.worked_step(net, "mse", net.init(1), [[0.5]], [[0.2]], notation=name, shared_bias=["layer1", "layer2"])
    assert len({step.document().lines()[k].symbol for k in range(2)}) == 2
    notation = with_shared_biases(notation_named(name), net, ["layer1", "layer2"])
    assert notation.weight(WeightName("layer1", 0)) != notation.weight(WeightName("layer2", 0))


@pytest.mark.parametrize(
    ("name", "rule"), [(name, ("nesterov", "adam")[place % 2]) for place, name in enumerate(NOTATIONS)]
)
def test_what_a_rule_has_of_it_is_told_from_what_it_has_of_the_weights_in_matrix_form_too(name, rule):
    net = tw.mlp(2, 2, 1)
    params = net.unravel(np.array([0.1, -0.2, 0.3, 0.4, 0.2, 0.2, -0.3, 0.7, 0.5]))
    how = {"rule": rule, "notation": name, "shared_bias": ["layer1"]}
    document = tw.worked_step(net, "mse", params, [[0.5, 1.0]], [[0.2]], **how).document(form="matrix")
    made = [line for line in document.lines() if line.about.get("quantity") in ("part", "delta")]
    shared = {TextWriter().write(line.symbol) for line in made}  # on paper without bold type
    assert len(made) == len(shared) > 4


NUMBERED = {
    "title": "numbers that run on",
    "symbols": {
        "input": "x_{i}", "net_input": "z_{i}^{layer}", "output": "a_{i}^{layer}", "target": "y_{i}", "error": "e_{i}",
        "sensitivity": "δ_{i}^{layer}", "function": "σ", "loss": "C", "weight": "w_{number}", "bias": "b_{number}",
    },
    "matrices": {"weight": "W^{layer}", "bias": "b^{layer}"},
}  # fmt: skip


def test_biases_by_their_numbers_are_one_symbol_for_each_layer():
    net = tw.mlp(2, 3, 2, 1)
    notation = with_shared_biases(tw.worked.notation_from(NUMBERED), net, ["layer1", "layer2"])
    symbols = [notation.weight(WeightName(layer, 0)) for layer in ("layer1", "layer2", "layer3")]
    assert [symbol.below for symbol in symbols] == [("1",), ("4",), ("6",)]
    assert notation.weight(WeightName("layer1", 2)) == symbols[0]
