"""What two things of a step are called differs: weights of two inputs, the state of weights and of biases."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.weight_names import weight_at
from thalweg.worked.notations import NOTATIONS, notation_named


@pytest.mark.parametrize("hidden", [(), (2,)])
@pytest.mark.parametrize("name", NOTATIONS)
def test_the_weights_from_two_inputs(name, hidden):
    layers = [tw.Layer(f"l{k}", size, "tanh") for k, size in enumerate(hidden)]
    first = tw.Layer("in", 2, "tanh", sources=["p", "q"])
    net = tw.Network({"p": 2, "q": 1}, [first, *layers])
    symbols = [notation_named(name)(net).weight(weight_at(net, k)) for k in range(net.parameter_count)]
    assert len(set(symbols)) == len(symbols)
    assert not any(above[-1] == "," for above in (symbol.above for symbol in symbols) if above)


@pytest.mark.parametrize("name", NOTATIONS)
def test_the_state_of_weights_and_of_biases_in_matrix_form(name):
    net = tw.mlp(2, 2, 1)
    step = tw.worked_step(net, "mse", net.init(1), [[0.5, 1.0]], [[0.2]], "adam", notation=name)
    lines = [line for line in step.document(form="matrix").lines() if line.about["quantity"] in ("part", "delta")]
    assert len({line.symbol for line in lines}) == len(lines)


def test_the_weight_of_a_target_is_counted_as_the_units_are():
    net = tw.mlp(1, 2)
    step = tw.worked_step(
        net, "half_sse", net.init(0), [[0.5]], [[0.2, 0.3]], notation="sklearn", target_weight=np.array([[2.0, 3.0]])
    )
    shown = step.show()
    assert "ω₀ (activations[1]₀ - y₀)" in shown
    assert "ω₁ (activations[1]₁ - y₁)" in shown


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"learning_rate": "η", "momentum": "η"},
            "settings.learning_rate and settings.momentum are both η: change one",
        ),
        ({"m": "b"}, 'another letter in [settings], such as m = "ν"'),
    ],
)
def test_letters_of_rules_in_a_table(settings, told):
    symbols = {
        "input": "x_{i}", "net_input": "z_{i}^{layer}", "output": "a_{i}^{layer}", "target": "y_{i}",
        "error": "e_{i}", "sensitivity": "d_{i}^{layer}", "weight": "w_{to}{from}^{layer}", "bias": "b_{to}^{layer}",
        "function": "f", "loss": "C",
    }  # fmt: skip
    with pytest.raises(tw.ThalwegError) as raised:
        tw.worked.notation_from({"title": "mine", "symbols": symbols, "settings": settings})
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("table", "loss", "told"),
    [
        ({}, "e", "symbols.error and symbols.loss are both e₁: change one of them"),
        ({"example_letter": "x"}, "C", "symbols.input and example_letter are both x₁: change one of them"),
    ],
)
def test_what_is_added_over_the_examples_has_letters_of_its_own(table, loss, told):
    symbols = {
        "input": "x_{i}", "net_input": "z_{i}^{layer}", "output": "a_{i}^{layer}", "target": "y_{i}",
        "error": "e_{i}", "sensitivity": "d_{i}^{layer}", "weight": "w_{to}{from}^{layer}", "bias": "b_{to}^{layer}",
        "function": "f", "loss": loss, "example_loss": "L",
    }  # fmt: skip
    with pytest.raises(tw.ThalwegError) as raised:
        tw.worked.notation_from({"title": "mine", "symbols": symbols, **table})
    assert told in str(raised.value)
