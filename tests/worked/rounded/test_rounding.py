"""A calculation that is rounded at every step, against the same by hand: a plain loop that rounds as it goes."""

import math
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest
from printed_numbers import number_in

import thalweg as tw
from thalweg.formulas.expression import Folded, Number, walk
from thalweg.worked.rendering.text import render_text
from thalweg.worked.rounded.document import rounded_document
from thalweg.worked.sections.enclosure import has_letters, value_of
from thalweg.worked.sections.view import View
from thalweg.worked.step.decimals import round_half_up
from thalweg.worked.step_files.file import read_step_file

EXAMPLES = Path(__file__).parents[3] / "examples" / "worked"
W1, B1, W2, B2 = [[0.15, 0.20], [0.25, 0.30]], [0.35, 0.35], [[0.40, 0.45], [0.50, 0.55]], [0.60, 0.60]
P, T, RATE = [0.05, 0.10], [0.01, 0.99], 0.5
"""M. Mazur, "A step by step backpropagation example", 2015."""
NET = tw.Network({"p": 2}, [tw.Layer("hidden", 2, "sigmoid"), tw.Layer("out", 2, "sigmoid")])
PARAMS = NET.unravel(np.concatenate([np.ravel(part) for part in (W1, B1, W2, B2)]))


def by_hand(W1, b1, W2, b2, decimals):
    """Every number that is written down is rounded; what is computed of it is computed of what was written down."""

    def r(x):
        return float(Decimal(repr(round(x, 13))).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP))

    def forward(W1, b1, W2, b2):
        n1 = [r(sum(w * p for w, p in zip(row, P, strict=True)) + b) for row, b in zip(W1, b1, strict=True)]
        a1 = [r(1 / (1 + math.exp(-n))) for n in n1]
        n2 = [r(sum(w * a for w, a in zip(row, a1, strict=True)) + b) for row, b in zip(W2, b2, strict=True)]
        a2 = [r(1 / (1 + math.exp(-n))) for n in n2]
        e = [r(t - a) for t, a in zip(T, a2, strict=True)]
        return n1, a1, n2, a2, e, r(sum(one * one / 2 for one in e))

    n1, a1, n2, a2, e, F = forward(W1, b1, W2, b2)
    d2 = [r(a * (1 - a)) for a in a2]
    s2 = [r(-(t - a) * d) for t, a, d in zip(T, a2, d2, strict=True)]
    d1 = [r(a * (1 - a)) for a in a1]
    s1 = [r(d1[i] * sum(W2[k][i] * s2[k] for k in range(2))) for i in range(2)]
    new_W1 = [[r(W1[i][j] + r(-RATE * r(s1[i] * P[j]))) for j in range(2)] for i in range(2)]
    new_b1 = [r(b1[i] + r(-RATE * s1[i])) for i in range(2)]
    new_W2 = [[r(W2[i][j] + r(-RATE * r(s2[i] * a1[j]))) for j in range(2)] for i in range(2)]
    new_b2 = [r(b2[i] + r(-RATE * s2[i])) for i in range(2)]
    new = new_W1, new_b1, new_W2, new_b2
    return {"net_input": n1 + n2, "output": a1 + a2, "error": e, "slope": d2 + d1, "sensitivity": s2 + s1}, F, new, (
        forward(*new)[-1]
    )  # fmt: skip


def values(document, quantity):
    return [line.value for line in document.lines() if line.about["quantity"] == quantity]


@pytest.mark.parametrize("decimals", [2, 4])
def test_it_is_the_calculation_by_hand(decimals):
    params, state, hand = PARAMS, None, (W1, B1, W2, B2)
    for _ in range(3):
        step = tw.worked_step(NET, "half_sse", params, [P], [T], tw.GradientDescent(RATE), state, decimals=decimals)
        document = step.document()
        quantities, F, hand, F_after = by_hand(*hand, decimals)
        for quantity, expected in quantities.items():
            assert values(document, quantity) == expected, quantity
        assert values(document, "error_before")[-1] == F
        assert document.facts["error_after"] == F_after
        params, state = step.after()
        np.testing.assert_array_equal(NET.ravel(params), np.concatenate([np.ravel(part) for part in hand]))


def test_the_exact_value_stands_beside():
    """In every form of output; what the exact step says is what it says without rounding."""
    exact = tw.worked_step(NET, "half_sse", PARAMS, [P], [T], tw.GradientDescent(RATE))
    step = tw.worked_step(NET, "half_sse", PARAMS, [P], [T], tw.GradientDescent(RATE), decimals=4)
    assert step.value == exact.value
    for line, of_exact in zip(step.document().lines(), exact.document().lines(), strict=True):
        assert line.symbol == of_exact.symbol
        given = line.about["quantity"] in ("input", "target")
        assert line.exact == (None if given else of_exact.value)
        assert line.value == pytest.approx(of_exact.value, abs=2e-4)
    assert "= 0.5933    exact 0.59326999" in step.show()
    assert "(exact 0.59326999)" in step.to_markdown()
    assert "exact 0.59326999" in step.to_html()
    assert r"\text{exact 0.59326999}" in step.to_latex()
    plain = step.to_dict()
    assert plain["decimals"] == 4
    output = next(line for line in plain["sections"][0]["lines"] if line["quantity"] == "output")
    assert (output["value"], round(output["exact"], 8)) == (0.5933, 0.59326999)
    assert "rounded to 4 decimals" in step.show()
    assert "exact" not in exact.show()


@pytest.mark.parametrize(
    ("path", "notation"),
    [
        ("aifh_xor_nesterov", "nnd"),
        ("nnd_e3_4_graph", "qmind"),
        ("ncsu_chain", "nnd"),
        ("nnd_p3_2_shortcut", "qmind"),
        ("brl_sigmoid", "qmind"),
    ],
)
def test_what_is_printed_gives_what_is_printed(path, notation):
    """Read by another reader: the numbers of a line, as they are printed, give its value when they are rounded."""
    read = read_step_file(EXAMPLES / f"{path}.toml")
    at = read.network, read.loss, read.params, read.inputs, read.targets, read.rule
    step, looked_at, near = tw.worked_step(*at, decimals=4), 0, 0
    for line in render_text(step.document(notation), 100_000).splitlines():
        if not line.startswith("  ") or (" = " not in line and " ≈ " not in line):
            continue
        *parts, value = line.split("    ")[0].replace(" ≈ ", " = ").split(" = ")
        numbers = [found for part in parts[1:] if (found := number_in(part)) is not None]
        if not numbers or number_in(value) is None:
            continue
        looked_at += 1
        near += " ≈ " in line
        for found in numbers:
            if " ≈ " not in line:
                assert abs(found - number_in(value)) <= 0.5e-4 * (1 + 1e-6), line
    assert looked_at > 20
    assert near == 0


def test_a_line_is_the_same_whatever_else_is_shown():
    rng = np.random.default_rng(0)
    net = tw.mlp(3, 3, 2, hidden="tanh", output="softmax")
    params = net.unravel(np.round(rng.normal(size=net.parameter_count), 2))
    data = np.round(rng.normal(size=(3, 3)), 1), np.eye(2)[[0, 1, 1]]
    step = tw.worked_step(net, "cross_entropy", params, *data, tw.Momentum(0.3), l2=0.01, decimals=3)
    whole = {frozenset(line.about.items()): line for line in reversed(step.document(most_examples=9, most_neurons=9,
             most_terms=99).lines())}  # fmt: skip
    for view in ({}, {"most_terms": 2}, {"neuron": "layer1[2]"}, {"weight": "layer1[2,1]"}, {"examples": (2,)}):
        for line in step.document(**view).lines():
            assert line.value == whole[frozenset(line.about.items())].value


@pytest.mark.parametrize("notation", ["nnd", "qmind"])
def test_a_sum_that_is_shown_in_part_has_the_numbers_of_the_whole_and_its_value(notation):
    rng = np.random.default_rng(0)
    net, data = tw.mlp(2, 4, 3), (rng.normal(size=(4, 2)), rng.normal(size=(4, 3)))
    how = {"sample_weight": [1.0, 2.0, 1.0, 3.0], "l2": 0.1, "decimals": 3}
    step = tw.worked_step(net, "half_mse", net.init(1), *data, "gd", **how)
    every = step.document(notation, most_examples=9, most_neurons=9, most_terms=99).lines()
    whole, folded = {frozenset(line.about.items()): line for line in reversed(every)}, 0
    for line in step.document(notation, most_terms=1, most_examples=1).lines():
        of_whole = whole[frozenset(line.about.items())]
        for numbers in (one for one in line.steps if not has_letters(one)):
            known = {abs(part.value) for one in of_whole.steps for part in walk(one) if isinstance(part, Number)}
            assert {abs(part.value) for part in walk(numbers) if isinstance(part, Number)} <= known, line.about
            rests = [part for part in walk(numbers) if isinstance(part, Folded)]
            folded += len(rests)
            assert round_half_up(value_of(numbers), 3) == line.value
            assert all(abs(rest.value) < 10.0 for rest in rests)
    assert folded > 20


def test_numbers_that_are_divided_by_need_decimals_enough():
    with pytest.raises(tw.ArgumentError, match=r"rounding to 2 decimals: .* is rounded to 0; take more decimals"):
        tw.worked_step(NET, "half_sse", PARAMS, [P], [T], "adam", decimals=2).show()
    assert tw.worked_step(NET, "half_sse", PARAMS, [P], [T], "adam", decimals=10).show()


def test_what_is_given_stands_as_it_is():
    params = NET.unravel(np.full(NET.parameter_count, 1 / 3))
    step = tw.worked_step(NET, "half_sse", params, [[1 / 7, 2.0]], [T], decimals=2)
    document = rounded_document(step.document(), 2)
    assert document.lines()[0].value == 1 / 7
    assert "n¹₁ = w¹₁,₁ p₁ + w¹₁,₂ p₂ + b¹₁ = (0.333333)(0.142857) + (0.333333)(2) + 0.333333 = 1.05" in step.show()


def test_a_step_that_no_one_rounds_by_hand_is_refused():
    net = tw.mlp(100, 100, 2)
    with pytest.raises(tw.ArgumentError, match="10,302 parameters by 2 examples are 20,604 gradients"):
        tw.worked_step(net, "mse", net.init(0), np.ones((2, 100)), np.ones((2, 2)), decimals=2)
    assert View().digits == 6


def numbers_of(document):
    """The numbers of all formulas by numbers that are no settings or constants, but values."""
    for line in document.lines():
        for step in line.steps:
            if not has_letters(step):
                yield from (
                    part.value for part in walk(step) if isinstance(part, Number) and isinstance(part.value, float)
                )


GRAPH = tw.Network({"p": 2, "q": 1}, [tw.Layer("h", 3, "tanh", ("p",)), tw.Layer("out", 2, "sigmoid", ("h", "q"))])
SOFT = tw.mlp(2, 3, 3, hidden="softplus", output="softmax")
DROPPING = tw.mlp(2, 3, 2, hidden="elu", dropout=0.5)
INPUTS = np.array([[0.3, -0.7], [1.1, 0.4], [-0.2, 0.9]])
WEIGHED = {"target_weight": [[1, 2], [1, 0], [3, 1]], "input_gradients": True}
PENALIZED = {"sample_weight": [1, 2, 1], "l1": 0.1, "l2": 0.2, "penalize": "all", "penalty_over": "examples"}


@pytest.mark.parametrize(
    ("net", "loss", "rule", "how", "notation"),
    [
        (GRAPH, "mse", "momentum", {}, "nnd"),
        (GRAPH, "huber", "nesterov", PENALIZED, "qmind"),
        (GRAPH, "cross_entropy", "rprop", WEIGHED, "nnd"),
        (GRAPH, "half_mse", "adamax", {}, "qmind"),
        (SOFT, "cross_entropy", "gd", {}, "nnd"),
        (SOFT, "mse", "gd", {}, "qmind"),
        (DROPPING, "sse", "gd", {"masks": {"layer1": [[2, 0, 2], [0, 2, 2], [2, 2, 0]]}}, "nnd"),
    ],
)
def test_every_number_that_is_computed_with_was_rounded(net, loss, rule, how, notation):
    """What is given has two decimals here, so no number of any line has more than 8."""
    rng = np.random.default_rng(0)
    params = net.unravel(np.round(rng.normal(size=net.parameter_count), 2))
    P = {"p": INPUTS, "q": INPUTS[:, :1]} if net is GRAPH else INPUTS
    T = np.eye(3) if net is SOFT else [[0.1, 0.9], [0.5, 0.5], [0.2, 0.8]]
    step = tw.worked_step(net, loss, params, P, T, rule, decimals=8, **how)
    document = step.document(notation)
    values = np.array(list(numbers_of(document)))
    assert len(values) > 100
    np.testing.assert_allclose(values * 1e8, np.round(values * 1e8), rtol=1e-14, atol=1e-6)
    assert not any(line.approximate for line in document.lines())
