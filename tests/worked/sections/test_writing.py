"""A printed line checks itself: formulas that do not give the value are planted, and must not be printed."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from printed_numbers import number_in

import thalweg as tw
from thalweg.core.activations import Sigmoid, Softmax, Tanh
from thalweg.core.losses import MSE, CrossEntropy
from thalweg.formulas.expression import Call, Number, Product, Sum, Symbol
from thalweg.worked.rendering.text import render_text
from thalweg.worked.sections.view import View
from thalweg.worked.sections.writing import Writing
from thalweg.worked.step_files.file import read_step_file

EXAMPLES = Path(__file__).parents[3] / "examples" / "worked"

X = Symbol("x")


def writing(dtype="float64"):
    net = tw.mlp(1, 1)
    return Writing.of(tw.worked_step(net, "sse", net.init(0, dtype=dtype), [[1.0]], [[2.0]]), "nnd", View())


def steps(numbers, value, dtype="float64"):
    return writing(dtype).line(X, (Symbol("formula"), numbers), value).steps


def test_a_true_formula_is_printed():
    numbers = Product((Number(2.0), Number(3.0)))
    assert steps(numbers, 6.0) == (Symbol("formula"), numbers)


@pytest.mark.parametrize("value", [6.1, -6.0, 5.99999, 0.0])
def test_a_false_one_is_not_neither_by_letters_nor_by_numbers(value):
    assert steps(Product((Number(2.0), Number(3.0))), value) == ()


@pytest.mark.parametrize("apart", [1e-6, 1e-4])
def test_the_rounding_of_the_steps_own_type_counts(apart):
    numbers, value = Product((Number(2.0), Number(3.0))), 6.0 * (1.0 + apart)
    assert steps(numbers, value, "float64") == ()
    assert bool(steps(numbers, value, "float32")) == (apart < 1e-5)


def test_rounding_counts_on_the_scale_of_the_terms():
    numbers = Sum((Number(1e6), Number(-1e6 + 0.01)))
    assert steps(numbers, 0.0, "float32")
    assert steps(numbers, 0.0, "float64") == ()


def test_an_overflow_leaves_the_formula_and_a_number_alone_is_not_repeated():
    large = Call("exp", (Number(1000.0),))
    assert steps(Product((large, Number(0.0))), 3.0) == (Symbol("formula"),)
    assert steps(Number(3.0), 3.0) == (Symbol("formula"),)
    assert steps(Number(3.0), 4.0) == ()
    assert writing().line(X, (X, Number(3.0)), 3.0).steps == ()
    assert writing().line(X, (Symbol("y"),), 3.0).steps == (Symbol("y"),)


def test_what_cannot_be_computed_is_not_printed():
    assert steps(Call("no such function", (Number(1.0),)), 1.0) == ()
    assert steps(Call("log", (Number(-1.0),)), 1.0) == ()


@dataclass(frozen=True)
class FalseTanh(Tanh):
    value_text: ClassVar = "n/(1 + abs(n))"
    derivative_text: ClassVar = "1 - a"


@dataclass(frozen=True)
class FalseSoftmax(Softmax):
    value_text: ClassVar = "exp(n)/sum(n)"
    backpropagate_text: ClassVar = "a*(1 - a)*v"  # what two of the texts print


@dataclass(frozen=True)
class FalseMSE(MSE):
    value_text: ClassVar = "abs(e)"
    derivative_text: ClassVar = "-sign(e)"


@dataclass(frozen=True)
class FalseCrossEntropy(CrossEntropy):
    def term_text(self, activation):
        return "t*ln(a)"  # without its minus sign

    def sensitivity_text(self, activation):
        return "e"


@dataclass(frozen=True)
class FalseAdam(tw.optimizers.Adam):
    def texts(self):
        swapped = "learning_rate*(1 - beta1**k)/sqrt(1 - beta2**k)/(sqrt(v) + epsilon)"  # upside down
        return ("m", "beta1*m_last + g"), ("rate", swapped), ("delta", "rate*m_hat")


CASES = {
    "activation": (FalseTanh(), Sigmoid(), MSE(), tw.optimizers.Adam(), {"output": 2, "slope": 2}),
    "softmax": (Sigmoid(), FalseSoftmax(), MSE(), tw.optimizers.Adam(), {"output": 3, "sensitivity": 3}),
    "loss": (Tanh(), Sigmoid(), FalseMSE(), tw.optimizers.Adam(), {"example_error": 1, "sensitivity": 3}),
    "fused": (Tanh(), Softmax(), FalseCrossEntropy(), tw.optimizers.Adam(), {"example_error": 1, "sensitivity": 3}),
    "rule": (Tanh(), Sigmoid(), MSE(), FalseAdam(), {"part": 2 * 26, "delta": 26}),
}


@pytest.mark.parametrize(
    ("planted", "notation", "dtype"),
    [
        *((planted, "nnd", "float32") for planted in CASES),
        *((planted, ("aifh", "qmind")[place % 2], "float64") for place, planted in enumerate(CASES)),
    ],
)
def test_what_a_part_says_falsely_is_not_printed(planted, notation, dtype, monkeypatch):
    from thalweg.core.activations import ACTIVATIONS
    from thalweg.core.losses import LOSSES

    monkeypatch.setitem(ACTIVATIONS._parts, "false_tanh", FalseTanh)
    monkeypatch.setitem(ACTIVATIONS._parts, "false_softmax", FalseSoftmax)
    monkeypatch.setitem(LOSSES._parts, "false_mse", FalseMSE)
    monkeypatch.setitem(LOSSES._parts, "false_cross_entropy", FalseCrossEntropy)
    hidden, output, loss, rule, count = CASES[planted]
    net = tw.Network({"p": 3}, [tw.Layer("one", 2, hidden), tw.Layer("out", 3, output, ("one", "p"))])
    params = net.init(3, dtype=dtype)
    first = tw.worked_step(net, loss, params, [[0.3, -1.2, 0.5]], [[0.3, 0.2, 0.5]], rule)
    step = tw.worked_step(net, loss, first.new_params, [[0.3, -1.2, 0.5]], [[0.3, 0.2, 0.5]], rule, first.new_state)
    lines = step.document(notation, most_neurons=10, most_terms=10).lines()
    without = [line.about["quantity"] for line in lines if not line.steps]
    assert {quantity: without.count(quantity) for quantity in count} == count
    assert all(np.isfinite(line.value) for line in lines)
    others = {"net_input", "gradient", "example_gradient", "new_weight", "error"}
    assert not others & set(without)


def _printed(document):
    for line in render_text(document, 100_000).splitlines():
        if " = " in line or " ≈ " in line:
            yield line


@pytest.mark.parametrize(
    ("path", "digits"),
    [
        pytest.param(
            path, digits, id=f"{path.stem}-{digits}", marks=[] if (number + digits // 3) % 3 else pytest.mark.thorough
        )
        for number, path in enumerate(sorted(EXAMPLES.glob("*.toml")))
        for digits in (3, 6, 9)
    ],
)
def test_a_printed_line_is_true_at_its_printed_precision(path, digits):
    """What is printed, read by another reader: its numbers give the value to the last digit, or the line says ≈."""
    step, looked_at, exact = read_step_file(path).open(), 0, 0
    for line in _printed(step.document(digits=digits)):
        *parts, value = line.split("    ")[0].replace(" ≈ ", " = ").split(" = ")
        numbers = [found for part in parts[1:] if (found := number_in(part)) is not None]
        if not numbers or number_in(value) is None:
            continue
        looked_at += 1
        if " ≈ " in line:
            continue
        exact += 1
        for found in numbers:
            assert f"{found + 0.0:.{digits}g}" == value.strip(), line
    assert exact > 0.9 * looked_at > 0


def test_where_no_digits_make_a_line_true_it_says_so():
    """In float32 the value is not that of its numbers in any digit that can be shown."""
    rng = np.random.default_rng(0)
    net = tw.mlp(30, 5, 1)
    params = net.init(0, dtype="float32")
    step = tw.worked_step(net, "mse", params, rng.normal(size=(2, 30)).astype("float32"), [[1.0], [0.0]])
    lines = step.document(digits=9).lines()
    assert any(line.approximate for line in lines)
    assert (
        sum(line.approximate for line in step.document(digits=3).lines()) < sum(line.approximate for line in lines) / 4
    )
    assert " ≈ " in step.show(digits=9)
    assert r"\approx" in step.to_latex(digits=9)
    assert ">≈<" in step.to_html(digits=9)
