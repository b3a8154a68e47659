"""The chain rule for single weights: equal line by line, and equal to jax.grad with a network's numbers."""

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import jax
import numpy as np
import pytest
import sympy
from oracles import nothing_added, oracle_loss

import thalweg as tw
from thalweg.core.losses import LOSSES, Chain, CrossEntropy
from thalweg.core.weight_names import find_weight, index_of, name_of, weight_at
from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.expression import Number, Symbol, parts, rebuilt
from thalweg.worked.derivations.derivation import Derivation
from thalweg.worked.derivations.derive_chain import MOST_PATHS, derive_chain
from thalweg.worked.notations import NOTATIONS

GRAPH = tw.Network(
    inputs={"p": 2, "q": 1},
    layers=[
        tw.Layer("a", 2, "tanh", ("p",)),
        tw.Layer("b", 1, "elu", ("q", "a"), bias=False),
        tw.Layer("dead", 2, "tanh", ("a",)),
        tw.Layer("c", 2, "softmax", ("a", "b")),
        tw.Layer("out", 2, "sigmoid", ("c", "p", "a")),
    ],
)
CASES = {
    "chain": (tw.mlp(2, 3, 1, hidden="sigmoid", output="sigmoid"), "half_sse"),
    "two outputs": (tw.mlp(2, 2, 2, hidden="relu", output="tanh"), "mse"),
    "softmax": (tw.mlp(2, 2, 3, hidden="leaky_relu", output="softmax"), "cross_entropy"),
    "softmax and squares": (tw.mlp(1, 2, 2, hidden="elliott", output="softmax"), "sse"),
    "shortcuts": (tw.cascade(2, 2, 2, 1, hidden="gelu", output="sigmoid"), "cross_entropy"),
    "formula": (tw.mlp(2, 2, 1, hidden=tw.activation_from_formula("x*tanh(log(1+exp(x)))")), "huber"),
    "graph": (GRAPH, "half_mse"),
    "one layer": (tw.mlp(2, 2, output="selu"), "mae"),
    "deep": (tw.mlp(1, 1, 1, 1, 1, hidden="softplus", output="silu"), "mse"),
}
pytestmark = pytest.mark.usefixtures("unchecked_shapes")
each_case = pytest.mark.parametrize("case", CASES)


def numbers(net, seed=5):
    rng = np.random.default_rng(seed)
    params = net.unravel(rng.normal(0.0, 0.8, net.parameter_count))
    P = {name: rng.normal(size=(1, size)) for name, size in net.inputs.items()}
    T = rng.uniform(0.1, 1.0, (1, net.output.size))
    return params, P, T / T.sum()


def letters(net, params, P, T):
    """The value of every letter of a derivation."""
    passed = tw.forward(net, params, P)
    values = {f"t[{i}]": value for i, value in enumerate(T[0])}
    for source, array in passed.outputs.items():
        values |= {f"a[{source},{j}]": value for j, value in enumerate(array[0])}
    for layer, array in passed.net_inputs.items():
        values |= {f"n[{layer},{i}]": value for i, value in enumerate(array[0])}
    x = net.ravel(params)
    values |= {f"w[{name_of(net, weight_at(net, index))}]": value for index, value in enumerate(x)}
    return values


def value_of(line, values):
    def numbers_for(expression):
        if isinstance(expression, Symbol):
            name = expression.base
            return numbers_for(line.given[name]) if name in line.given else Number(Fraction(float(values[name])))
        return rebuilt(expression, map(numbers_for, parts(expression)))

    return evaluate(numbers_for(line.expression))


def oracle(case):
    """F of one example, by JAX."""
    net, loss = CASES[case]
    _, P, T = numbers(net)
    one, added = tw.losses.LOSSES[loss](reduction="sum"), nothing_added(net, 1)
    if case != "formula":
        return lambda x: oracle_loss(net, one, net.unravel(x), added, P, T)

    def of_mish(x):
        parts = net.unravel(x)
        hidden = jax.nn.mish(P["input"] @ parts["layer1"].weights["input"].T + parts["layer1"].bias)
        e = T - hidden @ parts["layer2"].weights["layer1"].T - parts["layer2"].bias
        return jax.numpy.where(abs(e) <= 1, 0.5 * e * e, abs(e) - 0.5).sum()

    return of_mish


@functools.cache
def gradients_by_jax():
    """Of every case, in one program."""

    def of_all(points):
        return {case: jax.grad(oracle(case))(x) for case, x in points.items()}

    with jax.enable_x64(True):
        points = {case: net.ravel(numbers(net)[0]) for case, (net, _) in CASES.items()}
        return jax.tree.map(np.asarray, jax.jit(of_all)(points))


@each_case
def test_every_weight_has_the_derivative_of_jax(case):
    net, loss = CASES[case]
    expected, values = gradients_by_jax()[case], letters(net, *numbers(net))
    for index in range(net.parameter_count):
        derivation = derive_chain(net, name_of(net, weight_at(net, index)), loss=loss)
        chain = derivation.parts[0]
        for line in (*chain.lines, *(derivation.parts[-1].lines if len(derivation.parts) > 1 else ())):
            assert value_of(line, values) == pytest.approx(expected[index], rel=1e-9, abs=1e-13), line.text


@each_case
def test_every_line_is_equal_to_the_line_before(case):
    """In a third of the notations for each case."""
    net, loss = CASES[case]
    values = letters(net, *numbers(net, 11))
    name = name_of(net, weight_at(net, 0))
    for notation in list(NOTATIONS)[list(CASES).index(case) % 3 :: 3]:
        for part in derive_chain(net, name, loss=loss, notation=notation).parts:
            found = [value_of(line, values) for line in part.lines]
            assert found == pytest.approx([found[0]] * len(found), rel=1e-10, abs=1e-14), (notation, part.title)


@each_case
def test_collected_sensitivities_are_those_that_train(case):
    net, loss = CASES[case]
    params, P, T = numbers(net)
    values = letters(net, params, P, T)
    one = tw.losses.LOSSES[loss](reduction="sum")
    s = tw.sensitivities(net, one, params, P, T)
    for notation, sign in (("nnd", 1.0), ("qmind", -1.0)):
        found = 0
        for part in derive_chain(net, name_of(net, weight_at(net, 0)), loss=loss, notation=notation).parts:
            if part.paper.of.startswith("s["):
                layer, unit = part.paper.of[2:-1].split(",")
                expected = sign * s[layer][0, int(unit)]
                assert value_of(part.lines[-1], values) == pytest.approx(expected, rel=1e-9, abs=1e-13)
                found += 1
        assert found >= len({layer.name for layer in net.layers} - {"dead"})


def test_lines_are_sympys_as_well():
    net, loss = CASES["chain"]
    values = letters(net, *numbers(net))
    for part in derive_chain(net, "layer1[1,0]", loss=loss).parts:
        for line in part.lines:
            expression = line.sympy
            found = sympy.N(expression.subs({symbol: values[symbol.name] for symbol in expression.free_symbols}), 20)
            assert float(found) == pytest.approx(value_of(line, values), rel=1e-12)


def test_ncsu_writes_it_so():
    """NCSU's extra slides: one weight into the hidden layer, factor by factor."""
    derivation = derive_chain(
        (2, 3, 1), "layer1[1,0]", loss="half_sse", notation="ncsu", hidden="sigmoid", output="sigmoid"
    )
    chain = derivation.parts[0]
    assert chain.paper.left == "∂E[q]/∂wᴵᴴ₁,₂"
    assert [line.text for line in chain.lines] == [
        "(∂E[q]/∂Y₁)(∂Y₁/∂Netᴼ₁)(∂Netᴼ₁/∂H₂)(∂H₂/∂Netᴴ₂)(∂Netᴴ₂/∂wᴵᴴ₁,₂)",
        "(Y₁ - T₁) Y₁ (1 - Y₁) wᴴᴼ₂,₁ H₂ (1 - H₂) X₁",
    ]
    factors = [part for part in derivation.parts if part.title == "Factor by factor"]
    assert [(part.paper.left, part.lines[0].text) for part in factors] == [
        ("∂E[q]/∂Y₁", "Y₁ - T₁"),
        ("∂Y₁/∂Netᴼ₁", "Y₁ (1 - Y₁)"),
        ("∂Netᴼ₁/∂H₂", "wᴴᴼ₂,₁"),
        ("∂H₂/∂Netᴴ₂", "H₂ (1 - H₂)"),
        ("∂Netᴴ₂/∂wᴵᴴ₁,₂", "X₁"),
    ]
    collected = [part for part in derivation.parts if part.title.startswith("Collected")]
    assert [(part.paper.left, part.lines[-1].text) for part in collected] == [
        ("δᴼ₁", "(Y₁ - T₁) Y₁ (1 - Y₁)"),
        ("δᴴ₂", "H₂ (1 - H₂) wᴴᴼ₂,₁ δᴼ₁"),
        ("∂E[q]/∂wᴵᴴ₁,₂", "δᴴ₂ X₁"),
    ]
    assert any("S - S²" in note for note in derivation.notes)


@pytest.mark.parametrize(
    ("notation", "left", "last"),
    [
        ("nnd", "∂F̂/∂w²₁,₁", "s²₁ a¹₁"),
        ("aifh", "∂E[q]/∂w[H1→O1]", "δ[O1] o[H1]"),
        ("ncsu", "∂E[q]/∂wᴴᴼ₁,₁", "δᴼ₁ H₁"),
        ("brilliant", "∂E[d]/∂w²₁,₁", "δ²₁ o¹₁"),
        ("qmind", "∂F̂/∂W²₀,₀", "-Gradient²₀ f(x)¹₀"),
    ],
)
def test_every_text_has_its_letters(notation, left, last):
    derivation = derive_chain((2, 2, 1), "layer2[0,0]", notation=notation)
    assert derivation.parts[0].paper.left == left
    assert derivation.lines[-1].text == last


def test_shortcuts_are_paths_of_their_own():
    (chain, *_) = derive_chain(tw.cascade(2, 1, 1), "layer2[0,input:1]").parts
    assert len(chain.lines[0].terms) == 1
    (chain, *_) = derive_chain(tw.cascade(2, 1, 1, 1), "layer1[0,1]").parts
    assert chain.lines[0].rule == "the sum over 2 paths"
    assert [term.count("∂") // 2 for term in chain.lines[0].terms] == [7, 5]


def test_a_formula_has_its_text_for_a_name():
    derivation = derive_chain(CASES["formula"][0], "layer1[0,0]")
    assert "layer1: 2 x*tanh(log(1+exp(x))), fed by input" in derivation.introduction[0]
    assert 'thalweg derive "x*tanh(log(1+exp(x)))"' in derivation.notes[0]
    assert any(line.rule == "x*tanh(log(1+exp(x)))" for line in derivation.lines)


def test_a_bias_is_multiplied_with_one():
    derivation = derive_chain((1, 1, 1), "layer1[0]")
    assert derivation.lines[-1].text == "s¹₁"
    assert any(line.rule == "the bias is added as it is" for line in derivation.lines)


def test_a_dead_end_has_no_path():
    (part,) = derive_chain(GRAPH, "dead[1,0]").parts
    assert part.lines[0].text == "0"
    assert part.lines[0].rule == "no path leads from this weight to an output"


def test_dead_ends_are_on_no_path():
    derivation = derive_chain(GRAPH, "a[0,1]")
    assert not any("dead" in part.paper.of for part in derivation.parts)


def test_cross_entropy_is_fused():
    for output in ("sigmoid", "softmax"):
        derivation = derive_chain((1, 2), "layer1[0,0]", loss="cross_entropy", output=output)
        (part,) = [part for part in derivation.parts if part.paper.of == "s[layer1,0]"]
        assert part.lines[-1].text == "a¹₁ - t₁"


@pytest.mark.parametrize(
    ("arguments", "settings", "told"),
    [
        (((2, 3, 1), "layr1[0,0]"), {}, "unknown layer 'layr1': did you mean 'layer1'"),
        (((2, 3, 1), "layer1[1,2]"), {}, "'input' has 2 units, 0 to 1"),
        (((2, 3, 1), "layer1[9]"), {}, "layer 'layer1' has 3 units, 0 to 2"),
        (((2, 3, 1), "layer1"), {}, "is no name of one"),
        (((2, 3, 1), "layer1[0,layer9:0]"), {}, "unknown source 'layer9'"),
        (((2, 3, 1), "layer1[0,0]"), {"notation": "nand"}, "unknown notation 'nand': did you mean 'nnd'"),
        (((2, 3, 1), "layer1[0,0]"), {"loss": "mze"}, "unknown loss 'mze'"),
        (((2, 3, 1), "layer1[0,0]"), {"hidden": "tahn"}, "unknown activation 'tahn'"),
        (((2, 3, 1), "layer1[0,0]"), {"loss": "cross_entropy"}, "needs sigmoid or softmax outputs"),
        (((2,), "layer1[0,0]"), {}, "a network needs the size"),
        (((2, 0), "layer1[0,0]"), {}, "size 0"),
        (((9, 50, 50, 9), "layer1[0,0]"), {}, f"over more than {MOST_PATHS} paths"),
        (((9, 50, 50, 50, 50, 50, 50, 9), "layer1[0,0]"), {}, f"over more than {MOST_PATHS} paths"),
    ],
)
def test_bad_input(arguments, settings, told):
    with pytest.raises(tw.ArgumentError, match=told) as error:
        derive_chain(*arguments, **settings)
    assert "\n" not in str(error.value)


@dataclass(frozen=True)
class FusedAlone(CrossEntropy):
    """Cross-entropy that says what it is by the net input, and nothing by the output."""

    chains: ClassVar[tuple[Chain, ...]] = (Chain("with its output", "n", closing_lines=(("cancel", "a - t"),)),)


@pytest.mark.parametrize(("output", "size", "told"), [("sigmoid", 1, "one output"), ("softmax", 2, "one of several")])
def test_a_loss_that_says_no_derivative_by_an_output_is_told(output, size, told, monkeypatch):
    monkeypatch.setitem(LOSSES._parts, "fused_alone", FusedAlone)
    with pytest.raises(tw.ArgumentError, match=f"'fused_alone' says no derivative by {told}"):
        derive_chain((2, 1, size), "layer1[0,0]", loss="fused_alone", output=output)


def test_forms_of_output():
    for case in CASES.values():
        net, loss = case
        derivation = derive_chain(net, name_of(net, weight_at(net, 0)), loss=loss)
        assert isinstance(derivation, Derivation)
        assert max(map(len, derivation.show(90).splitlines())) < 100
        for body in (derivation.to_markdown(), derivation.to_latex()):
            assert body.count("{") == body.count("}")
            assert body.count(r"\left") == body.count(r"\right")
        data = derivation.to_dict()
        assert data["introduction"][0].startswith("Network: inputs")
        assert len(data["parts"]) == len(derivation.parts)


def test_the_index_of_a_weight_is_that_of_its_name():
    """What the first test of this file compares by."""
    net = CASES["graph"][0]
    for index in range(net.parameter_count):
        assert index_of(net, find_weight(net, name_of(net, weight_at(net, index)))) == index
