"""The misprints in docs/sources.md: each is told whole, its note is shown, and its numbers are computed anew here."""

import re
import shlex
from itertools import pairwise

import numpy as np
import pytest
from sources_document import ROOT, SECTIONS, TEXT, WORKED, commands, rows_of

import thalweg as tw
from thalweg.worked.step_files.file import read_step_file

XOR = read_step_file(WORKED / "aifh_xor_online.toml")
P, T = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])

MISPRINTS = {
    "AIFH 6.2: the sign of δ": "AIFH 6.2 prints",
    "AIFH, summary: adding the gradient, and a rate below 0": None,
    "AIFH 6.8 and NCSU's table: the derivative of softmax": "only the diagonal",
    "AIFH 6.4.2: a derivative that is always 1": "always 1",
    "NCSU: cross-entropy without its minus sign": "minus sign",
    "NCSU: the derivative of the sigmoid": "S² - S",
    "NCSU: Xavier, and the same init value": None,
    "NND 3.24: the sign of the offset": "NND 3.24",
    "NND, text of the figure: a learning rate of 0.1": "figure's text",
    "NND 3.34: a fraction upside down": "upside down",
    "NND 3.33 and 3.35: v with a wrong index": "v(k+1)",
    "QMIND: a cost that is added": "expected - actual",
    "Mean or sum": None,
}
"""The headings, each with words of the note that a worked step ends with."""
NOTED = [heading for heading, note in MISPRINTS.items() if note]


def test_every_misprint_is_there_and_no_other():
    told = TEXT[TEXT.index("## Misprints and clashes") :]
    assert re.findall(r"^### (.+)$", told, re.MULTILINE) == list(MISPRINTS)


@pytest.mark.parametrize("heading", MISPRINTS)
def test_it_is_told_whole(heading):
    places = [SECTIONS[heading].index(f"**{part}.**") for part in ("Printed", "Right", "Why", "Thalweg")]
    assert all(one < other for one, other in pairwise(places))


@pytest.mark.parametrize("heading", NOTED)
def test_its_command_shows_the_note(heading, monkeypatch):
    from cli.command_line import ok

    monkeypatch.chdir(ROOT)
    steps = [command for command in commands(SECTIONS[heading]) if command.startswith("thalweg step ")]
    assert steps
    for command in steps:
        notes = ok(*shlex.split(command)[1:]).out.rpartition("\nNotes\n")[2]
        assert (MISPRINTS[heading] or "") in " ".join(notes.split())


def says(heading, *words):
    """The section has all of these."""
    text = " ".join(SECTIONS[heading].split())
    assert not [word for word in words if word not in text]


def xor(along=0.0, loss="half_sse", raised=0.0, rows=slice(None)):
    """AIFH's XOR, the bias of its output raised: F, its gradient, and F after a step along the gradient."""
    x = XOR.network.ravel(XOR.params)
    x[-1] += raised
    F, gradient = tw.gradient(XOR.network, loss, XOR.network.unravel(x), P[rows], T[rows])
    x = x + along * XOR.network.ravel(gradient)
    return F, gradient, tw.gradient(XOR.network, loss, XOR.network.unravel(x), P[rows], T[rows])[0]


def test_the_sign_of_a_node_delta():
    step = XOR.with_example([1, 0], [1]).open()
    y, s = float(step.passed.output[0, 0]), float(step.sensitivities["out"][0, 0])
    before, after = xor(rows=[2])[0], xor(rows=[2], raised=0.01)[0]
    assert after < before
    assert s == pytest.approx((y - 1) * y * (1 - y))
    says(
        "AIFH 6.2: the sign of δ",
        f"y = {y:.4f} and ŷ = 1: δ = ({y:.4f} - 1)({y * (1 - y):.4f}) = {s:.4f}",
        f"E falls from {before:.5f} to {after:.5f}",
    )


def test_adding_the_gradient_climbs():
    (F, _, subtracted), (_, _, added) = xor(along=-0.7), xor(along=0.7)
    assert subtracted < F < added
    says(
        "AIFH, summary: adding the gradient, and a rate below 0",
        f"E = {F:.4f} becomes {subtracted:.4f} when 0.7 g is subtracted, and {added:.4f} when it is added",
    )
    with pytest.raises(tw.ArgumentError, match="at least 0"):
        tw.GradientDescent(-0.1)


def test_the_diagonal_of_softmax_is_not_enough():
    a, t, h = np.array([0.5, 0.5]), np.array([1.0, 0.0]), 1e-6
    raised = np.exp(np.log(a) + h * np.eye(2))
    J = ((raised / raised.sum(axis=1, keepdims=True) - a) / h).T
    np.testing.assert_allclose(J, [[0.25, -0.25], [-0.25, 0.25]], atol=1e-6)
    np.testing.assert_allclose(tw.activations.Softmax().jacobian(a), J, atol=1e-6)
    np.testing.assert_allclose(J.T @ (-t / a), a - t, atol=1e-5)
    np.testing.assert_allclose(np.diag(J) * (-t / a), [-0.5, 0.0], atol=1e-5)
    says(
        "AIFH 6.8 and NCSU's table: the derivative of softmax",
        "(0.25, -0.25; -0.25, 0.25)", "(-2, 0)", "δ = (-0.5, 0.5)", "gives (-0.5, 0)",
    )  # fmt: skip


def test_neither_derivative_is_one():
    a = 0.7
    assert -1 / a * a * (1 - a) == pytest.approx(a - 1)
    says("AIFH 6.4.2: a derivative that is always 1", f"= {-1 / a:.4f}", f"= {a * (1 - a):.2f}", f"{a - 1:.1f} = a - t")


def test_cross_entropy_without_its_sign_prefers_the_worse():
    better, worse = -np.log(0.9), -np.log(0.1)
    assert better < worse
    says(
        "NCSU: cross-entropy without its minus sign",
        f"{better:.3f} against {worse:.3f}", f"{-better:.3f} against {-worse:.3f}",
    )  # fmt: skip


def test_the_sigmoid_rises():
    h = np.array([-1e-6, 1e-6])
    slope = np.ptp(tw.activations.Sigmoid()(h)) / np.ptp(h)
    assert slope == pytest.approx(0.25)
    says("NCSU: the derivative of the sigmoid", f"S rises there, by {slope:.2f}, not by -{slope:.2f}")


@pytest.mark.usefixtures("unchecked_shapes")
def test_units_that_start_equal_stay_equal():
    net = tw.mlp(2, 2, 1, hidden="sigmoid", output="sigmoid")
    start = net.unravel(np.full(net.parameter_count, 0.5))
    rule = tw.GradientDescent(0.7)
    run = tw.train(net, P, T, "half_sse", rule, batch_size="all", epochs=1000, params=start, dtype="float64")
    W, b = run.params["layer1"].weights["input"], run.params["layer1"].bias
    assert b is not None
    np.testing.assert_allclose(W, W[0, 0], rtol=1e-10)
    np.testing.assert_allclose(b, b[0], rtol=1e-10)
    says("NCSU: Xavier, and the same init value", f"weights {W[0, 0]:.3f}, bias {b[0]:.3f} in both")


def test_the_offset_and_the_rate_of_the_linear_network(reference):
    given, seen = reference("nnd_quadratic")["eq_3_15"], reference("nnd_demonstrations")["gradient_descent"]
    A, d, x = np.array(given["A"]), np.array(given["d"]), np.array(seen["start"])
    step = np.eye(2) - 0.01 * A
    np.testing.assert_allclose(step, given["gd_matrix_at_learning_rate_0.01"])
    right, printed = step @ x - 0.01 * d, step @ x + 0.01 * d
    np.testing.assert_allclose(right, seen["after_step_1"])
    np.testing.assert_allclose(np.linalg.solve(np.eye(2) - step, 0.01 * d), [1.0, 1.0])
    told = [f"({point[0]:g}, {point[1]:g})" for point in (d, x, right, printed, np.array(given["minimum"]))]
    says("NND 3.24: the sign of the offset", *told, "in the end to (1, 1)")

    large = np.eye(2) - 0.1 * A
    assert np.linalg.eigvalsh(large).min() == pytest.approx(-1.0)
    assert 2 / np.linalg.eigvalsh(A).max() == pytest.approx(given["max_stable_learning_rate"]) == pytest.approx(0.1)
    told = "; ".join(", ".join(f"{number:g}" for number in row) for row in large)
    says("NND, text of the figure: a learning rate of 0.1", f"({told})", "2/20")


@pytest.mark.parametrize("gradient", [0.02, -300.0])
def test_the_first_step_of_adam(gradient):
    rule, x, g = tw.Adam(learning_rate=0.001), np.array([0.0]), np.array([gradient])
    delta, state = rule.update(g, rule.init(x), x)
    printed = 0.001 * (1 - 0.9) / np.sqrt(1 - 0.999) * state.m / (np.sqrt(state.v) + 1e-8)
    assert abs(delta[0]) == pytest.approx(0.001, rel=1e-5)
    assert abs(printed[0]) == pytest.approx(0.01, rel=1e-4)
    says("NND 3.34: a fraction upside down", "with α = 0.001 it is 0.001. As printed it would be 0.010, ten times")


def test_adding_a_cost_is_subtracting_a_gradient(reference):
    given = reference("qmind_and")
    says(
        "QMIND: a cost that is added",
        f"cost {given['cost'][0]}, derivative {given['derivative'][0]}, Gradient {given['gradient'][0]}",
        f"the hidden output is {given['hidden_output_0']}, so ΔW = {given['delta_weight_00']} is added",
        f"{given['weight_00']} becomes {given['new_weight_00']}",
        f"= -{given['delta_weight_00']}`$ gives the same",
    )


def test_the_table_of_means_and_sums():
    rows = {row[0].strip("`"): row for row in rows_of("Mean or sum")}
    assert list(rows) == ["mse", "half_mse", "sse", "half_sse", "cross_entropy"]
    assert {name: row[2] for name, row in rows.items()} == {
        name: tw.losses.LOSSES.get(name).reduction for name in rows
    }  # fmt: skip
    slopes = {}
    for name in [name for name in rows if name != "cross_entropy"]:
        F, gradient, _ = xor(loss=name)
        slopes[name] = gradient["out"].bias[0]
        assert rows[name][4:] == [f"{F:.4f}", f"{slopes[name]:.4f}"]
    rates = {name: f"{0.7 * slopes['half_sse'] / slope:.4g} with `{name}`" for name, slope in slopes.items()}
    says("Mean or sum", f"makes the same steps as {rates['mse']}, {rates['half_mse']} and {rates['sse']}")
    says("Mean or sum", f"rate of {rates['half_sse']}")
