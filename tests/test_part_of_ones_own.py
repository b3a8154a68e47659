"""A part of one's own is one file: entered from outside, it is shown, derived, checked, trained, saved, named."""

import dataclasses
import functools
import itertools
import json
import shutil

import numpy as np
import parts_of_ones_own as own
import pytest
from cli.command_line import DATA, ok
from printed_numbers import number_in

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.gradient_check.mistakes import problem as gradient_problem
from thalweg.gradient_check.mistakes.mistake import Mistake
from thalweg.gradient_check.mistakes.telling import line_of
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import Problem
from thalweg.training.arguments import check_full_batch
from thalweg.training.examples import Examples
from thalweg.training.reach import reach
from thalweg.worked.notations import NOTATIONS

BOOKS = sorted(NOTATIONS)
FORMS = ("show", "to_markdown", "to_latex", "to_html")
WHOLE = {"most_neurons": 100, "most_terms": 100, "most_examples": 100, "digits": 17}
RNG = np.random.default_rng(3)
P = RNG.normal(size=(12, 3))
T = np.stack([1.0 / (1.0 + np.exp(-P @ [1.0, -2.0, 0.5])), 0.5 + 0.4 * np.tanh(P[:, 1])], axis=1)


@pytest.fixture(autouse=True, scope="module")
def _entered():
    before = [list(table) for table, _ in own.PARTS]
    own.enter()
    yield
    own.leave()
    assert [list(table) for table, _ in own.PARTS] == before


def network(hidden="bent", output="sigmoid"):
    return tw.Network(
        {"p": 3}, [tw.Layer("one", 4, hidden), tw.Layer("two", 3, "tanh"), tw.Layer("out", 2, output, ("two", "one"))]
    )


@functools.cache
def opened(hidden="bent", output="sigmoid", loss="log_cosh", rule="mean", examples=2, dtype="float64"):
    """The second step, so that a rule's state is no longer empty."""
    net = network(hidden, output)
    params, state = net.init(1, dtype=dtype), None
    first = tw.worked_step(net, loss, params, P[:examples], T[:examples], rule, state)
    return tw.worked_step(net, loss, first.new_params, P[:examples], T[:examples], rule, first.new_state)


def lines_of(step, notation):
    told = json.loads(json.dumps(step.to_dict(notation, **WHOLE)))
    return [line for section in told["sections"] for line in section["lines"] if "symbol" in line]


def check_printed(step, notation, tolerance=1e-9):
    """Every printed step that has no letters comes to the value; the lines whose steps are told, by quantity."""
    formulas = {}
    for line in lines_of(step, notation):
        for text in line["steps"]:
            found = number_in(text)
            if found is not None:
                assert found == pytest.approx(line["value"], rel=tolerance, abs=tolerance), (line["symbol"], text)
        about = line["quantity"] + (f" {line['part']}" if "part" in line else "")
        formulas.setdefault(about, []).append(line["steps"])
    return formulas


CASES = [
    *itertools.product(["bent", "silent_bent", "direction", "silent_direction"], ["sigmoid"], ["log_cosh"], ["mean"]),
    *itertools.product(["tanh"], ["linear", "softmax", "direction", "silent_direction"], ["log_cosh"], ["sign"]),
    *itertools.product(["tanh"], ["sigmoid", "softmax", "bent"], ["silent_log_cosh", "asymmetric"], ["silent_mean"]),
    *itertools.product(["tanh"], ["sigmoid", "softmax"], ["smoothed"], ["adam"]),
]


@pytest.mark.parametrize(("hidden", "output", "loss", "rule"), CASES)
def test_every_printed_line_is_true_in_every_notation_and_form(hidden, output, loss, rule):
    """A notation or two go with a case, and a form with every notation, not with all pairs of them."""
    step, turn = opened(hidden, output, loss, rule), CASES.index((hidden, output, loss, rule))
    for place, notation in list(enumerate([*BOOKS, "blackboard"]))[turn :: len(CASES)]:
        check_printed(step, notation)
        form = FORMS[place % len(FORMS)]
        assert len(getattr(step, form)(notation)) > 1000


def some(every, first):
    """The notations, of which one in so many is always taken."""
    names = [*BOOKS, "blackboard"]
    rest = [pytest.param(name, marks=pytest.mark.thorough) for at, name in enumerate(names) if at % every != first]
    return [*names[first::every], *rest]


@pytest.mark.parametrize("notation", some(4, 0))
def test_what_a_part_says_is_shown(notation):
    shown = check_printed(opened("direction", "bent", "log_cosh", "mean"), notation)
    for quantity in ("output", "slope", "sensitivity", "example_error", "part m", "delta delta"):
        assert all(shown[quantity]), quantity
    assert all("√" in steps[-1] for steps in shown["output"][:4])
    assert all("cosh" in steps[-1] for steps in shown["example_error"])
    assert sum("tanh" in steps[-1] for steps in shown["sensitivity"]) == 2 * 2  # two outputs of two examples


@pytest.mark.parametrize("notation", some(4, 2))
def test_a_part_that_says_nothing_is_shown_by_its_values(notation):
    shown = check_printed(opened("silent_direction", "silent_bent", "silent_log_cosh", "silent_mean"), notation)
    of_layers = {"output": [4, 2], "sensitivity": [2, 4], "slope": [2, 0]}
    for quantity, (first, last) in of_layers.items():
        one = len(shown[quantity]) // 2  # an example: the layers one, two and out; or back
        assert not any(shown[quantity][:first]), quantity
        assert not any(shown[quantity][one - last : one]), quantity
    for quantity in ("example_error", "part m", "delta delta"):
        assert not any(shown[quantity]), quantity
    assert all(shown["net_input"])
    assert all(shown["new_weight"])


def test_the_formulas_of_others_are_not_shown():
    """A loss that is no absolute error was shown as one, a layer-wise activation as softmax."""
    text = opened("silent_direction", "sigmoid", "silent_log_cosh").show(**WHOLE)
    assert "abs(" not in text
    assert "sign(" not in text
    assert "v¹₁ =" in text
    assert "a¹₁ (v¹₁" not in text


def test_texts_that_are_inherited_but_not_true_are_not_shown():
    for output in ("sigmoid", "softmax"):
        shown = check_printed(opened("tanh", output, "smoothed"), "nnd")
        assert not any(shown["example_error"])
        assert not any(steps for steps in shown["sensitivity"][:2])


@pytest.mark.parametrize("output", ["tempered", "steep"])
def test_what_is_made_of_softmax_or_sigmoid_is_not_taken_for_it(output):
    """Cross-entropy, which is fused with these, trained it with a wrong gradient; derivations were softmax's."""
    net = network("tanh", output)
    params = net.init(1)
    with pytest.raises(tw.ArgumentError, match=f"cross_entropy needs sigmoid or softmax outputs, not {output}: change"):
        tw.gradient(net, "cross_entropy", params, P, T)
    targets = T / T.sum(axis=1, keepdims=True)
    assert tw.train(net, P, targets, epochs=1, engine="numpy").loss == LOSSES.get("mse")
    assert tw.check_network(net, "mse", params, P, T).passed
    for refused in (lambda: tw.derive(output), lambda: tw.derive_chain(net, "out[0,two:0]", loss="mse")):
        with pytest.raises(tw.ArgumentError, match="says"):
            refused()
    shown = check_printed(tw.worked_step(net, "mse", params, P[:1], T[:1]), "nnd")
    assert any(shown["sensitivity"][:2]) == (output == "steep")
    assert "Softmax's" not in tw.worked_step(net, "mse", params, P[:1], T[:1]).show("nnd")


@pytest.mark.parametrize(
    ("hidden", "loss", "of_hidden", "of_output"),
    [
        ("direction", "log_cosh", "s¹ = (∂a¹/∂n¹)ᵀ (W²)ᵀ s²", "s² = f'(n²) ⊙ c ∂ℓ/∂a, ∂ℓ/∂a = -tanh(e)"),
        ("bent", "smoothed", "s¹ = f'(n¹) ⊙ (W²)ᵀ s², with f'(n) = 1 / (1 + steep n²)", "s² = f'(n²) ⊙ ∂F/∂a²"),
        ("steep", "silent_log_cosh", "s¹ = f'(n¹) ⊙ (W²)ᵀ s²", "s² = f'(n²) ⊙ ∂F/∂a²"),
        ("tempered", "no_squares", "s¹ = (∂a¹/∂n¹)ᵀ (W²)ᵀ s²", "s² = f'(n²) ⊙ ∂F/∂a²"),
    ],
    ids=("says-says", "says-inherits", "inherits-silent", "inherits-silent-layer"),
)
def test_the_line_that_a_mistake_is_in_is_that_of_the_part(hidden, loss, of_hidden, of_output):
    net = tw.mlp(3, 4, 2, hidden=hidden, output="steep" if loss != "smoothed" else "sigmoid")
    problem = gradient_problem.Problem(net, LOSSES.get(loss), Examples({"input": P}, T, None))
    for layer, begins in (("layer1", of_hidden), ("layer2", of_output)):
        line = line_of(problem, Mistake("no_slope", "slope", layer, "", lambda place, right: right))
        assert line.startswith(begins)
        assert ("with f'" in line) == ("with f'" in begins)
        assert ("∂ℓ" in line) == ("∂ℓ" in begins)


def test_what_a_layer_can_give_is_not_seen_at_one_unit():
    assert reach(own.Direction()) == reach(own.Tempered()) == (-np.inf, np.inf)


def test_values_are_those_of_the_part():
    step = opened("silent_direction", "silent_bent", "asymmetric", "sign")
    net = step.network
    n = step.passed.net_inputs["one"]
    np.testing.assert_allclose(step.passed.outputs["one"], n / np.linalg.norm(n, axis=1, keepdims=True), rtol=1e-12)
    e = step.targets - step.passed.output
    np.testing.assert_allclose(step.errors, (np.where(e > 0, 3.0, 1.0) * e * e).mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(net.ravel(step.delta), -0.02 * np.sign(net.ravel(step.gradient)), rtol=1e-12)


def test_float32_is_not_taken_for_a_mistake():
    shown = check_printed(opened("direction", "bent", "log_cosh", "mean", dtype="float32"), "nnd", 1e-4)
    assert all(all(shown[quantity]) for quantity in ("output", "slope", "sensitivity", "example_error", "gradient"))


def test_a_derivation_begins_with_what_a_part_says():
    bent, log_cosh = tw.derive("bent"), tw.derive("log_cosh")
    values = {"n": 0.7, "steep": 2.0, "a": 0.2, "t": 1.1}
    expected = own.Bent().derivative(np.array(0.7)), own.LogCosh().derivative(np.array([0.2]), np.array([1.1]))[0]
    for derivation, value in zip((bent, log_cosh), expected, strict=True):
        for line in derivation.parts[0].lines[-1:]:
            found = line.sympy.subs({letter: values[letter.name] for letter in line.sympy.free_symbols})
            assert float(found) == pytest.approx(float(value), rel=1e-12)
    for name in ("silent_bent", "silent_direction", "direction", "silent_log_cosh"):
        with pytest.raises(tw.ArgumentError, match=f"'{name}' says no formula of one"):
            tw.derive(name)
    with pytest.raises(
        tw.ArgumentError, match=r"'smoothed' says '-\(t\*log.*', which at a = 0.574 is .*: correct its chains"
    ):
        tw.derive("smoothed")


def test_a_derivation_ends_with_what_a_part_says_where_that_is_true():
    bent, flat = tw.derive("bent"), tw.derive("flat_bent")
    assert [line.rule for line in bent.lines[-2:]] == ["collect", "write with a: 1 - steep a² = 1/(1 + steep n²)"]
    assert bent.lines[-1].text == "(1 - steep a²)^1.5"
    assert bent.notes == ("Here steep = 2.", "At n = 0 it is 1.")
    assert flat.lines[-1].rule == "collect"
    assert flat.notes == ("Here steep = 2.",)
    one, several = tw.derive("log_cosh").parts
    assert [part.lines[-1].text for part in (one, several)] == ["tanh(a - t)", "tanh(aᵢ - tᵢ)"]
    assert "not true" not in [line.rule for line in (*one.lines, *several.lines)]
    assert several.paper.text(several.definition) == "ln(cosh(tᵢ - aᵢ)) + Σ[k≠i] log_cosh(tₖ - aₖ)"


@pytest.mark.parametrize("loss", ["log_cosh", "asymmetric"])
@pytest.mark.parametrize("sizes", [(2, 2, 1), (2, 2, 2)])
def test_the_chain_rule_of_a_weight_gives_its_gradient(sizes, loss):
    net = tw.mlp(*sizes, hidden=own.Bent(), output=own.Bent(1.5))
    params, p, t = net.init(4), P[:1, :2], np.array([[0.9, -0.4]])[:, : sizes[-1]]
    passed = tw.forward(net, params, p)
    values = {f"t[{i}]": value for i, value in enumerate(t[0])}
    for name in ("input", "layer1", "layer2"):
        values |= {f"a[{name},{i}]": value for i, value in enumerate(passed.sent[name][0])}
    for name in ("layer1", "layer2"):
        values |= {f"n[{name},{i}]": value for i, value in enumerate(passed.net_inputs[name][0])}
        for (to, origin), value in np.ndenumerate(next(iter(params[name].weights.values()))):
            values[f"w[{name}[{to},{origin}]]"] = value
    gradient = tw.gradient(net, loss, params, p, t)[1]
    for layer in ("layer1", "layer2"):
        for notation in [*BOOKS, "blackboard"]:
            found = tw.derive_chain(net, f"{layer}[0,1]", loss=loss, notation=notation).parts[0].lines[-1].sympy
            found = found.subs({symbol: values[symbol.name] for symbol in found.free_symbols})
            expected = next(iter(gradient[layer].weights.values()))[0, 1]
            assert float(found) == pytest.approx(expected, rel=1e-9), (layer, notation)


@pytest.mark.parametrize("hidden", ["bent", "silent_direction"])
@pytest.mark.parametrize("loss", ["silent_log_cosh", "asymmetric", "smoothed"])
def test_its_gradient_is_checked(hidden, loss):
    net = network(hidden)
    assert tw.check_network(net, loss, net.init(2), P, T).passed


def test_a_multiple_of_a_squared_error_is_trained_as_what_it_is():
    """By Gauss-Newton methods, three times a squared error was taken for one: F of the history was a third."""
    net = network("tanh", "linear")
    problem = Problem(net, LOSSES.get("triple"), {"p": P}, T)
    one = dataclasses.replace(problem, loss=tw.losses.HalfMSE())
    x = net.ravel(net.init(3))
    for found, expected in zip(problem.normal_equations(x), one.normal_equations(x), strict=True):
        np.testing.assert_allclose(found, 6.0 * expected, rtol=1e-12)
    np.testing.assert_allclose(problem.acceleration_term(x, x), 6.0 * one.acceleration_term(x, x), rtol=1e-12)
    for rule in ("lm", "br", "gauss_newton"):
        run = tw.train(net, P, T, "triple", rule, epochs=1, engine="numpy", params=net.unravel(x))
        assert run.history.loss[0] == pytest.approx(problem.value(x), rel=1e-12), rule
    likened = [tw.train(net, P, T, loss, "br", epochs=5, engine="numpy") for loss in ("triple", "half_mse")]
    np.testing.assert_allclose(net.ravel(likened[0].params), net.ravel(likened[1].params), rtol=1e-7)


def test_a_loss_that_is_no_squared_error_is_not_trained_as_one():
    net = network("tanh", "linear")
    for rule in ("lm", "gauss_newton"):
        with pytest.raises(tw.ArgumentError, match=r"no_squares says .* 0\.75 e² .* and 12 e² at e = 4: leave"):
            check_full_batch(RULES.get(rule), net, LOSSES.get("no_squares"), "all", 0.0)


@pytest.mark.parametrize("rule", ["silent_mean", "sign"])
def test_it_trains_on_both_engines_is_saved_and_opened(rule, tmp_path):
    net = network("silent_direction")
    runs = [
        tw.train(net, P, T, "silent_log_cosh", rule, epochs=12, batch_size=4, seed=5, dtype="float64", engine=engine)
        for engine in ("numpy", "xla")
    ]
    for run in runs:
        assert run.history.loss[-1] < run.history.loss[0]
        assert run.step(30).show("blackboard")
    np.testing.assert_allclose(net.ravel(runs[0].params), net.ravel(runs[1].params), rtol=1e-7, atol=1e-9)
    tw.save(runs[0], tmp_path / "own.thalweg")
    model = tw.load(tmp_path / "own.thalweg")
    assert model.network == net
    assert model.loss == LOSSES.get("silent_log_cosh")
    np.testing.assert_array_equal(tw.forward(model.network, model.params, P).output, runs[0].predict(P))


def test_it_has_its_name_on_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(DATA / "wine.csv", ".")
    parts = ("--activation", "silent_bent", "--loss", "silent_log_cosh", "--optimizer", "silent_mean")
    ok("train", "wine.csv", "--target", "cultivar", *parts, "--epochs", 3, "--hidden", 4, "-q")
    assert "silent_bent" in ok("show", "wine.thalweg").out
    assert ok("predict", "wine.thalweg", "wine.csv").out
    assert ok("check", "wine.thalweg", "--table", "wine.csv").status == 0
    out = ok("step", "wine.thalweg", "--step", 2, "--notation", "blackboard").out
    assert "Notation: The blackboard" in out
    assert "z¹₁ = W¹₁,₁ p₁" in out
    assert "ln(cosh(t - a))" in ok("derive", "log_cosh").out
    arguments = ("--hidden", "bent", "--loss", "log_cosh", "--notation", "blackboard")
    assert "∂F̂/∂W¹₂,₁ = " in ok("derive", "chain", "2-2-1", "--weight", "layer1[1,0]", *arguments).out
    (tmp_path / "step.toml").write_text(
        'notation = "blackboard"\nloss = "log_cosh"\noptimizer = "mean"\n[network]\ninputs = {p = 1}\n'
        '[[network.layers]]\nname = "out"\nsize = 1\nactivation = "bent"\n[data]\ninputs = [[1.0]]\ntargets = [[2.0]]\n'
    )
    assert "y¹₁ = f¹(z¹₁) = z¹₁ / √(1 + steep (z¹₁)²)" in ok("step", "step.toml").out
