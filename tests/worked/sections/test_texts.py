"""What parts say of themselves is what they compute: every text of every registered part, read and compared."""

import dataclasses
import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from core.oracles import ACTIVATION_ORACLES, LOSS_ORACLES

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS, Elementwise, Formula
from thalweg.core.losses import LOSSES, PointwiseLoss
from thalweg.formulas.expression import Call, Negative, Number, Power, Product, Symbol
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule
from thalweg.optimizers.shown import ShownRule
from thalweg.worked.sections.enclosure import value_of
from thalweg.worked.sections.texts import Names, Sums, settings, spelled, spelled_or_nothing

FORMULAS = ["x*tanh(log(1+exp(x)))", "max(x, 0.1*x)", "x if x > 0 else e**x - 1", "n/(1+abs(n))", "x*(1+erf(x/2))/pi",
            "sin(x) + 2*atan(x)", "min(x, 2) if x > -1 else 2*x + 1"]  # fmt: skip
ELEMENTWISE = [name for name in ACTIVATIONS if issubclass(ACTIVATIONS[name], Elementwise)]


def by_numbers(text, part=None, **values):
    known = {**({} if part is None else settings(part)), "pi": np.pi, **values}
    names = Names({name: Symbol(name) for name in known}, {name: Number(float(v)) for name, v in known.items()})
    return value_of(spelled(text, names).numbers)


POINTS = np.array([-1.7, -0.3, 0.6, 2.4])


@functools.cache
def activations_by_jax():
    """The values and slopes of all of them at POINTS, in one program."""

    def of_all(n):
        pairs = {name: jax.vjp(ACTIVATION_ORACLES[name], n) for name in ELEMENTWISE}
        return {name: (a, back(jnp.ones(4))[0]) for name, (a, back) in pairs.items()}

    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, jax.jit(of_all)(POINTS))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_activation_and_its_derivative(name):
    part = ACTIVATIONS.get(name)
    for n, a, slope in zip(POINTS, *activations_by_jax()[name], strict=True):
        assert by_numbers(part.value_text, part, n=n) == pytest.approx(a, rel=1e-12)
        assert by_numbers(part.derivative_text, part, n=n, a=a) == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_users_formula(formula):
    part = Formula(formula)
    for n in (-1.7, -0.3, 0.6, 2.4):
        a, slope = part(np.array(n)), part.derivative(np.array(n))
        assert by_numbers(part.value_text, part, n=n) == pytest.approx(float(a), rel=1e-12)
        assert by_numbers(part.derivative_text, part, n=n, a=a) == pytest.approx(float(slope), rel=1e-12)


def test_softmax_by_sums_over_its_layer():
    part, n, v = ACTIVATIONS.get("softmax"), np.array([0.3, -1.2, 2.0]), np.array([1.0, -0.4, 0.2])
    with jax.enable_x64(True):
        a, back = jax.vjp(jax.nn.softmax, jnp.asarray(n))
        expected = np.asarray(back(jnp.asarray(v))[0])

    def names(i):
        known = {"n": n[i], "a": float(a[i]), "v": v[i]}
        return Names({k: Symbol(k, (str(i),)) for k in known}, {k: Number(float(x)) for k, x in known.items()})

    for i, shown in itertools.product(range(3), (1, 2, 3, 10)):
        sums = Sums(3, shown, names)
        assert value_of(spelled(part.value_text, names(i), sums).numbers) == pytest.approx(float(a[i]), rel=1e-12)
        found = value_of(spelled(part.backpropagate_text, names(i), sums).numbers)
        assert found == pytest.approx(expected[i], rel=1e-12)


def example_of(loss):
    """Net inputs and targets."""
    if loss == "huber":
        return np.array([[0.4, -9.0, 1.3]]), np.array([[0.2, 1.7, -1.6]])
    return np.array([[0.4, -0.9, 1.3]]), np.array([[0.2, 0.7, 0.6]])


@functools.cache
def losses_by_jax(output):
    """Of every loss the outputs, the loss, and its derivatives by the net inputs and by the outputs, in one program."""
    ends = ACTIVATION_ORACLES[output]

    def of(name, n, t):
        a = ends(n)
        whole, by_n = jax.value_and_grad(lambda n: LOSS_ORACLES[name](output, n, ends(n), t)[0])(n)
        return a, whole, by_n, jax.grad(lambda a: LOSS_ORACLES[name](output, n, a, t)[0])(a)

    with jax.enable_x64(True):
        found = jax.jit(lambda cases: {name: of(name, *case) for name, case in cases.items()})(
            {name: example_of(name) for name in LOSSES}
        )
        return jax.tree.map(np.asarray, found)


@pytest.mark.parametrize("name", sorted(LOSSES))
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_a_loss_and_its_derivative(name, output):
    """By the oracle's terms of one example with other outputs standing still."""
    loss, activation = LOSSES.get(name), ACTIVATIONS.get(output)
    (_, t), (a, whole, sensitivity, by_output) = example_of(name), losses_by_jax(output)[name]
    share = 1.0 / 3.0 if loss.averages_outputs else 1.0
    values = [{"a": a[0, i], "t": t[0, i], "e": t[0, i] - a[0, i]} for i in range(3)]
    terms = [by_numbers(loss.term_text(activation), loss, **one) for one in values]
    assert share * sum(terms) == pytest.approx(float(whole), rel=1e-12)
    for i, one in enumerate(values):
        if isinstance(loss, PointwiseLoss):
            found = share * by_numbers(loss.derivative_text, loss, **one)
            assert found == pytest.approx(float(by_output[0, i]), rel=1e-12)
        else:
            names = Names({k: Symbol(k) for k in one}, {k: Number(float(v)) for k, v in one.items()})
            every = [Names({"t": Symbol("t")}, {"t": Number(float(t[0, k]))}) for k in range(3)]
            text = loss.sensitivity_text(activation)
            found = value_of(spelled(text, names, Sums(3, 0, every.__getitem__)).numbers)
            assert share * found == pytest.approx(float(sensitivity[0, i]), rel=1e-12)


RPROP = [tw.optimizers.Rprop(backtracking=how, delta0_high=high)
         for how in ("if_worse", "always", "never") for high in (0.05, 0.4)]  # fmt: skip
FIRST_ORDER = [rule() for rule in RULES.values() if not issubclass(rule, FullBatchRule)]


@pytest.mark.parametrize("rule", [*FIRST_ORDER, tw.optimizers.Adam(efficient=True), *RPROP], ids=str)
def test_the_equations_of_a_rule(rule):
    """Over updates whose gradients turn and vanish, each text gives the part that the rule itself computes."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=5)
    state = rule.init(x)
    seen = set()
    for k in range(1, 9):
        g = np.where(rng.random(5) < 0.15, 0.0, rng.normal(size=5))
        F = np.asarray(rng.random())
        delta, after = rule.update(g, state, x, F)
        parts = rule.parts(g, state, x, F) if isinstance(rule, ShownRule) else after._asdict()
        parts = {**parts, "delta": delta}
        numbers = {field.name: getattr(rule, field.name) for field in rule.numbers()}
        for i in range(5):
            before = {f"{name}_last": part for name, part in state._asdict().items() if name != "step"}
            values = {**numbers, **before, **parts, "k": k, "g": g, "x": x}
            values = {name: float(v[i] if np.ndim(v) else v) for name, v in values.items()}
            for part, text in rule.texts():
                found = by_numbers(text, **values)
                assert found == pytest.approx(values[part], rel=1e-10, abs=1e-300), (k, part)
                seen.add(part)
        x, state = x + delta, after
    assert "delta" in seen
    assert set(parts) - seen <= {"step", "last_gradient", "F"}


def test_a_first_step_that_was_drawn_is_no_setting():
    text = dict(tw.optimizers.Rprop(delta0=0.005, delta0_high=0.02).texts())["rate"]
    values = {"k": 1.0, "g": 0.3, "last_gradient_last": 0.0, "rate": 0.0123, "rate_last": 0.4, "delta0": 0.005}
    assert by_numbers(text, **values, eta_plus=1.2, eta_minus=0.5, delta_max=50.0, delta_min=1e-6) == 0.0123


def test_every_part_that_is_registered_here_says_what_it_is():
    for name, part in ACTIVATIONS.items():
        assert part().value_text, name
        assert part().derivative_text if issubclass(part, Elementwise) else part().backpropagate_text, name
    for loss in map(LOSSES.get, LOSSES):
        assert loss.term_text(ACTIVATIONS.get("sigmoid"))
        assert loss.derivative_text if isinstance(loss, PointwiseLoss) else loss.sensitivity_text(None)


# How texts are read.

N = Names({"n": Symbol("n"), "e": Negative(Symbol("e"))}, {"n": Number(-2.0), "e": Negative(Number(0.5))})


def test_signs_are_drawn_out_of_products_and_odd_functions_and_left_out_of_even_ones():
    e = Symbol("e")
    for text, expected in {
        "e**2": Power(e, Number(2.0)),
        "abs(e)": Call("abs", (e,)),
        "-sign(e)": Call("sign", (e,)),
        "tanh(e)": Negative(Call("tanh", (e,))),
        "2*e": Negative(Product((Number(2.0), e))),
        "exp(e)": Call("exp", (Negative(e),)),
        "n*tanh(e)": Negative(Product((Symbol("n"), Call("tanh", (e,))))),
    }.items():
        found = spelled(text, N)
        assert found.letters == expected
        assert value_of(found.numbers) == pytest.approx(eval(text, vars(np) | {"e": -0.5, "n": -2.0}))


def test_cases_within_cases_and_chained_conditions():
    text = "1 if n > 0 else 2 if -1 < n else 3 if -3 <= n <= -2 else 4"
    for n, expected in ((0.5, 1), (-0.5, 2), (-2.0, 3), (-2.5, 3), (-3.5, 4), (-1.5, 4), (0.0, 2)):
        assert by_numbers(text, n=n) == expected


@pytest.mark.parametrize(
    "text", ["", "n +", "m + 1", "sum(n)", "n if n else 1", "n.real", "'n'", "lambda n: n", "n == 1"]
)
def test_a_text_that_is_none_is_not_shown(text):
    assert spelled_or_nothing(text, N) == ()


def test_what_a_sum_leaves_out_is_added_up():
    values = [1.0, 2.0, 4.0, 8.0]
    sums = Sums(4, 2, lambda i: Names({"n": Symbol("n", (str(i),))}, {"n": Number(values[i])}))
    found = spelled("n/sum(n**2)", N, sums)
    assert value_of(found.numbers) == -2.0 / 85.0
    assert found.numbers.bottom.terms[2].count == 2
    assert found.numbers.bottom.terms[2].value == 80.0


def test_settings_are_numbers_of_the_object_or_its_class():
    assert settings(ACTIVATIONS.build({"name": "elu", "alpha": 0.5})) == {"alpha": 0.5}
    assert settings(tw.losses.Huber(0.3)) == {"delta": 0.3}
    assert settings(tw.losses.MSE()) == {}
    replaced = dataclasses.replace(tw.losses.Huber(0.3), delta=0.7)
    assert settings(replaced) == {"delta": 0.7}
