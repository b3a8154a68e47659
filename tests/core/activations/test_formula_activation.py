"""Activations from formulas: what is refused and where, kinks, training on both engines, model files."""

import dataclasses
import json
import pickle
import time

import jax
import numpy as np
import pytest
from formula_texts import KNOWN
from oracles import Case, central_differences, check_backpropagate, check_gradient

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS, Elementwise, Formula
from thalweg.core.activations import formula as module
from thalweg.core.activations import formula_check as checking
from thalweg.core.description import build_network, describe_network
from thalweg.formulas.program import compiled

MISH = "x*tanh(log(1+exp(x)))"
TRAINABLE = [text for text in KNOWN if text != "(1 + x**2)**(x/10)"]

REFUSED = {
    "1/x": "formula '1/x' is not finite at x = 0",
    "log(x)": "is not finite at x = 0",
    "sqrt(x)": "is not finite at x = -0.01",
    "x**0.5": "is not finite at x = -0.01",
    "x**x": "is not finite",
    "tan(x)": "near x = ",
    "1/(x-0.1234)": "near x = 0.1234",
    "1/abs(x-0.1234)**0.5": "is too steep",
    "exp(exp(x))": "is not finite at x = 6.57",
    "x*10**99*10**99*10**99*10**99": "is not finite at x = ",
    "sqrt(abs(x))": "the derivative of formula 'sqrt(abs(x))' is not finite at x = 0",
    "sqrt(abs(x-0.1234))": "formula 'sqrt(abs(x-0.1234))' is too steep",
    "asin(x)": "unknown function 'asin'",
    "sign(x)": "formula 'sign(x)' jumps from -1 to 0 near x = -",
    "x if x > 0.5 else 0": "jumps from 0 to 0.5 near x = 0.5",
    "x + 0.001*sign(x - 1.2345)": "jumps from 1.233 to 1.236 near x = 1.2345",
    "x if x > 19.999 else 0": "jumps from 0 to 20 near x = 19.999",
    "sin(x)/x": "is not finite at x = 0",
    "3": "the formula is a constant",
    "e**2": "the formula is a constant",
    "x*n": "the formula has the variables x and n",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_trained_with_is_refused_at_its_place(text):
    begun = time.process_time()
    with pytest.raises(tw.ArgumentError) as told:
        tw.activation_from_formula(text)
    assert REFUSED[text] in str(told.value)
    assert "\n" not in str(told.value)
    assert time.process_time() - begun < 2.0


def test_a_long_formula_is_told_short():
    with pytest.raises(tw.ArgumentError) as told:
        tw.activation_from_formula("1/x + " + " + ".join(["sin(x)"] * 30))
    assert "sin(x)...' is not finite at x = 0" in str(told.value)
    assert len(str(told.value)) < 150


@pytest.mark.parametrize("value", [None, 3, ["x"], b"x", True])
def test_a_formula_is_a_text(value):
    with pytest.raises(tw.ArgumentError, match=f"a formula is a text such as .* not {type(value).__name__}"):
        tw.activation_from_formula(value)


@pytest.mark.parametrize("text", TRAINABLE)
def test_the_derivatives_by_differences(text):
    activation = tw.activation_from_formula(text)
    n = np.random.default_rng(4).normal(0.0, 2.0, (5, 3)) + 0.0137
    check_backpropagate(activation, n, np.random.default_rng(5).normal(size=n.shape))
    curvature = central_differences(lambda n: activation.derivative(n).sum(), n)
    np.testing.assert_allclose(activation.second_derivative(n, activation(n)), curvature, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "at", "slope"),
    [
        ("max(0, x)", 0.0, 0.0),
        ("max(x, 0)", 0.0, 0.0),
        ("relu(x)", 0.0, 0.0),
        ("min(x, 1)", 1.0, 0.0),
        ("abs(x)", 0.0, 0.0),
        ("x if x > 0 else 0.1*x", 0.0, 0.1),
        ("x if x >= 0 else 0.1*x", 0.0, 1.0),
        ("x*abs(x)", 0.0, 0.0),
        ("(sin(x)/x) if abs(x) > 0 else 1", 0.0, 0.0),
    ],
)
def test_kinks_have_a_convention(text, at, slope):
    assert tw.activation_from_formula(text).derivative(np.array([at])) == [slope]


def test_where_there_is_no_second_derivative_it_is_zero():
    activation = tw.activation_from_formula("abs(x)**1.5")
    np.testing.assert_array_equal(activation.second_derivative(np.array([0.0]), np.array([0.0])), [0.0])
    assert activation.second_derivative(np.array([4.0]), None) == pytest.approx(0.75 / 2.0)


def test_a_wrong_derivative_is_caught():
    """The check at the start compares f' with differences: planted mistakes do not pass."""
    value = compiled(module_parse("x*tanh(x)"))
    right = compiled(module_parse("tanh(x) + x*(1 - tanh(x)**2)"))
    checking.check_activation("f", value, right)
    for wrong in ("tanh(x) - x*(1 - tanh(x)**2)", "1.001*(tanh(x) + x*(1 - tanh(x)**2))", "tanh(x)", "0.01 + 0*x"):
        with pytest.raises(tw.ArgumentError, match=r"where its derivative is|jumps"):
            checking.check_activation("f", value, compiled(module_parse(wrong)))


def module_parse(text):
    from thalweg.formulas.parsing import parse

    return parse(text)


def test_it_is_a_value():
    activation = tw.activation_from_formula(MISH)
    assert activation == Formula(MISH)
    assert hash(activation) == hash(Formula(MISH))
    assert activation != Formula("tanh(x)")
    assert [field.name for field in dataclasses.fields(activation)] == ["formula"]
    assert isinstance(activation, Elementwise)
    assert pickle.loads(pickle.dumps(activation)) == activation
    description = json.loads(json.dumps(ACTIVATIONS.describe(activation)))
    assert description == {"name": "formula", "formula": MISH}
    assert ACTIVATIONS.build(description) == activation


def test_a_formula_is_read_once(monkeypatch):
    text = "x*tanh(x)*0.4711"
    Formula(text)
    monkeypatch.setattr("thalweg.formulas.parsing.parse", None)
    Formula(text)(np.ones(2))


def test_the_variable_may_be_called_n():
    n = np.linspace(-3, 3, 7)
    np.testing.assert_array_equal(Formula("n*tanh(n)")(n), Formula("x*tanh(x)")(n))


@pytest.mark.parametrize("text", [MISH, "x/(1 + abs(x))", "max(x, 0.1*x)"])
def test_gradients_of_a_network(text):
    net = tw.cascade(2, 3, 2, 1, hidden=tw.activation_from_formula(text), output=tw.activation_from_formula("x**3 + x"))
    rng = np.random.default_rng(8)
    params = net.unravel(rng.normal(0.0, 0.7, net.parameter_count))
    check_gradient(Case(net, tw.losses.MSE(), params, {"input": rng.normal(size=(4, 2))}, rng.normal(size=(4, 1))))


def wave(examples=120):
    x = np.linspace(-2.0, 2.0, examples).reshape(-1, 1)
    return x, np.sin(2.0 * x)


@pytest.mark.parametrize("optimizer", ["adam", pytest.param("lm", marks=pytest.mark.thorough)])
def test_training_on_both_engines(optimizer):
    net = tw.mlp(1, 6, 1, hidden=tw.activation_from_formula(MISH))
    P, T = wave()
    runs = [
        tw.train(net, P, T, optimizer=optimizer, epochs=40, seed=3, engine=engine, dtype="float64")
        for engine in ("numpy", "xla")
    ]
    for run in runs:
        assert run.history.loss[-1] < 0.7 * run.history.loss[0]
    np.testing.assert_allclose(runs[0].history.loss, runs[1].history.loss, rtol=1e-6)


def test_a_formula_trains_as_the_activation_that_it_is():
    P, T = wave()
    runs = [
        tw.train(tw.mlp(1, 4, 1, hidden=hidden), P, T, epochs=25, seed=1, engine="numpy", dtype="float64")
        for hidden in ("tanh", Formula("(exp(x) - exp(-x))/(exp(x) + exp(-x))"))
    ]
    np.testing.assert_allclose(runs[0].history.loss, runs[1].history.loss, rtol=1e-9)


def test_a_model_with_a_formula_comes_back(tmp_path):
    net = tw.mlp(1, 4, 1, hidden=tw.activation_from_formula(MISH))
    P, T = wave()
    run = tw.train(net, P, T, epochs=5, seed=0)
    tw.save(run, tmp_path / "net.thalweg")
    back = tw.load(tmp_path / "net.thalweg")
    assert back.network == net
    np.testing.assert_array_equal(back.predict(P), tw.Model.from_run(run).predict(P))


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("__import__('os').system('true')", "cannot stand in a formula"),
        ("9**9**9**9", "raises to the power"),
        (7, "a formula is a text"),
        (["x"], "must be a finite number"),
        (None, "must be a finite number"),
        (True, "must be a finite number"),
    ],
)
def test_a_file_cannot_bring_what_is_no_formula(formula, told):
    description = describe_network(tw.mlp(1, 2, 1))
    description["layers"][0]["activation"] = {"name": "formula", "formula": formula}
    with pytest.raises(tw.ArgumentError, match=told):
        build_network(description)


def test_another_activation_takes_no_text():
    description = describe_network(tw.mlp(1, 2, 1))
    for setting in ("slope", "formula"):
        description["layers"][0]["activation"] = {"name": "leaky_relu", setting: "x"}
        with pytest.raises(tw.ArgumentError, match=r"must be a finite number|unknown setting"):
            build_network(description)


def test_the_default_is_mish():
    assert Formula().formula.replace(" ", "") == MISH
    assert module.activation_from_formula(MISH)(np.array([1.0])) == pytest.approx(float(jax.nn.mish(1.0)), rel=1e-6)
