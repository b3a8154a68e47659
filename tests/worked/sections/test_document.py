"""Every line of a worked calculation: its numbers give its value, and its value is what others compute."""

import dataclasses
import json
import re
from pathlib import Path

import jax
import numpy as np
import optax
import pytest
from core.oracles import cases, nothing_added, oracle_loss
from hypothesis import given, settings
from hypothesis import strategies as st

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.arrays import tree_map
from thalweg.core.losses import LOSSES
from thalweg.core.weight_names import find_weight, index_of
from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.write_text import TextWriter
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule
from thalweg.worked.notations import NOTATIONS
from thalweg.worked.sections.heading import letters_of
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[3] / "examples" / "worked"

FIRST_ORDER = [name for name, rule in RULES.items() if not issubclass(rule, FullBatchRule)]
WHOLE = {"most_neurons": 10**6, "most_terms": 10**6, "most_examples": 10**6, "digits": 17}


def opened(case, rule="gd", state=None, **more):
    return tw.worked_step(
        case.net, case.loss, case.params, case.P, case.T, rule, state,
        sample_weight=case.weight, l1=case.l1, l2=case.l2, **more,
    )  # fmt: skip


def check_numbers(step, notation, **view):
    """Each line's last step, where it holds numbers, gives the line's value, and each line has a value."""
    return check_lines(step.document(notation, **view).lines())


def check_lines(lines):
    checked = 0
    for line in lines:
        if not line.steps or line.value is None:
            continue
        try:
            found = evaluate(line.steps[-1])
        except KeyError:
            continue
        np.testing.assert_allclose(found, line.value, rtol=1e-9, atol=1e-12, err_msg=str(line.about))
        checked += 1
    return checked


def values_by_jax(case):
    """Sensitivities, the loss and the gradient of each example alone, and F and the gradient of all, in one program.

    Without weights and penalties the latter are the mean or the sum of the former.
    """
    net, loss, weight, examples = case.net, case.loss, case.weight, len(case.T)
    own = dataclasses.replace(loss, reduction="sum")
    plain = weight is None and not (case.l1 or case.l2)
    together = np.mean if loss.reduction == "mean" else np.sum

    def of_one(params, added, P, T):
        one = {name: p[None] for name, p in P.items()}
        return oracle_loss(net, own, params, added, one, T[None])

    def of_all(params, P, T):
        return oracle_loss(net, loss, params, nothing_added(net, examples), P, T, weight, case.l1, case.l2)

    @jax.jit
    def of(params, P, T):
        by_both = jax.vmap(jax.value_and_grad(of_one, argnums=(0, 1)), in_axes=(None, None, 0, 0))
        own_errors, (each, s) = by_both(params, nothing_added(net, 1), P, T)
        s = {name: of_layer[:, 0] for name, of_layer in s.items()}
        return s, (own_errors, each), None if plain else jax.value_and_grad(of_all)(params, P, T)

    with jax.enable_x64(True):
        s, alone, whole = jax.tree.map(np.asarray, of(case.params, dict(case.P), case.T))
    return s, alone, jax.tree.map(lambda of_each: together(of_each, axis=0), alone) if plain else whole


def check_values(case, step, notation, oracle=None):
    """All values parsed back from JSON are those of jax.grad, and there is one for every unit, weight and example."""
    net, params = case.net, case.params
    told = json.loads(json.dumps(step.to_dict(notation, **WHOLE)))
    examples = len(case.T)
    s, (own_errors, each), (F, whole) = oracle or values_by_jax(case)
    passed = tw.forward(net, params, case.P)
    gradient = net.ravel(whole)
    gradients = [net.ravel(jax.tree.map(lambda g, q=q: g[q], each)) for q in range(examples)]
    seen: dict[str, int] = {}
    for section in told["sections"]:
        for line in section["lines"]:
            if "quantity" not in line:
                continue
            quantity, sign = line["quantity"], line.get("sign", 1)
            expected = None
            if quantity == "sensitivity":
                expected = sign * s[line["layer"]][line["example"], line["neuron"]]
            elif quantity in ("example_gradient", "gradient"):
                tree = gradients[line["example"]] if quantity == "example_gradient" else gradient
                expected = sign * tree[index_of(net, find_weight(net, line["weight"]))]
            elif quantity == "error_before":
                expected = F
            elif quantity == "example_error":
                expected = own_errors[line["example"]]
            elif quantity == "output":
                expected = passed.outputs[line["layer"]][line["example"], line["neuron"]]
            if expected is not None:
                seen[quantity] = seen.get(quantity, 0) + 1
                np.testing.assert_allclose(line["value"], expected, rtol=1e-9, atol=1e-11, err_msg=str(line))
    units = sum(layer.size for layer in net.layers)
    assert seen["sensitivity"] == seen["output"] == units * examples
    assert seen["example_gradient"] == net.parameter_count * examples
    alone = examples == 1 and step.factors[0] == 1.0 and not (case.l1 or case.l2)
    assert seen.get("gradient", 0) == (0 if alone else net.parameter_count)
    assert seen["example_error"] == examples


def check_a_random_graph(hidden, data):
    case = data.draw(cases(hidden))
    notation = data.draw(st.sampled_from(sorted(NOTATIONS)))
    step = opened(case)
    assert check_numbers(step, notation, **WHOLE) > 0
    assert check_numbers(step, notation, most_neurons=1, most_terms=1, most_examples=1) > 0
    check_values(case, step, notation)


@given(hidden=st.sampled_from(sorted(ACTIVATIONS)), data=st.data())
@settings(max_examples=2)  # each compiles an oracle
def test_every_value_is_that_of_jax_and_every_line_gives_its_value(hidden, data):
    """On random graphs; of each activation and loss below."""
    check_a_random_graph(hidden, data)


@pytest.mark.thorough
@pytest.mark.parametrize("hidden", sorted(ACTIVATIONS))
@given(data=st.data())
@settings(max_examples=2)
def test_every_value_on_random_graphs_of_each_activation(hidden, data):
    check_a_random_graph(hidden, data)


def a_case(loss="mse", output="tanh", hidden="sigmoid", seed=3, examples=3, second="tanh", **more):
    from core.oracles import random_case

    net = tw.Network(
        {"p": 2, "q": 1},
        [tw.Layer("one", 2, hidden, ("p",)), tw.Layer("two", 3, second, ("one", "q"), bias=False),
         tw.Layer("out", 2, output, ("two", "one", "p"))],
    )  # fmt: skip
    return random_case(net, LOSSES.get(loss), seed, examples, **more)


def after_updates(case, rule, count):
    """Parameters and state after so many updates."""
    x = case.net.ravel(case.params)
    state = rule.init(x)
    for _ in range(count):
        F, g = tw.gradient(case.net, case.loss, case.net.unravel(x), case.P, case.T)
        delta, state = rule.update(case.net.ravel(g), state, x, F)
        x = x + delta
    return case._replace(params=case.net.unravel(x)), state


@pytest.mark.parametrize(
    ("name", "updates"),
    [
        pytest.param(name, updates, marks=[] if updates or name in ("adam", "rprop") else pytest.mark.thorough)
        for name in (*FIRST_ORDER, "adam efficient")
        for updates in (0, 3)
    ],
)
def test_the_equations_of_every_rule_give_its_update(name, updates):
    place = FIRST_ORDER.index(name) if name in FIRST_ORDER else 0
    notations = [sorted(NOTATIONS)[place % len(NOTATIONS)]] if updates else ["nnd"]  # one for each rule
    rule = tw.Adam(efficient=True) if name == "adam efficient" else RULES.get(name)
    case, state = after_updates(a_case(examples=1 + (updates == 0)), rule, updates)
    step = opened(case, rule, state)
    x = case.net.ravel(case.params)
    F, g = tw.gradient(case.net, case.loss, case.params, case.P, case.T)
    expected, _ = rule.update(case.net.ravel(g), state, x, F)
    for notation in notations:
        lines = step.document(notation, **WHOLE).lines()
        check_lines(lines)
        deltas = {line.about["weight"]: line for line in lines if line.about.get("quantity") == "delta"}
        assert len(deltas) == case.net.parameter_count
        for weight, line in deltas.items():
            assert line.value == expected[index_of(case.net, find_weight(case.net, weight))]
            assert line.steps or line.value == 0.0, f"{name} shows no equation"
        new = [line.value for line in lines if line.about.get("quantity") == "new_weight"]
        np.testing.assert_allclose(sorted(new), sorted(x + expected), rtol=1e-15)


OPTAX = {
    "gd": lambda: optax.sgd(0.01),
    "adam": lambda: optax.adam(0.001),
    "rmsprop": lambda: optax.rmsprop(0.001, decay=0.9, eps=1e-8, eps_in_sqrt=False),
    "adagrad": lambda: optax.adagrad(0.01, initial_accumulator_value=0.0, eps=0.0),
    "adamax": lambda: optax.adamax(0.002),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in ("adam", "rmsprop") else pytest.mark.thorough) for name in OPTAX]
)
def test_the_updates_shown_are_those_of_optax(name):
    case = a_case()
    rule = RULES.get(name)
    later, state = after_updates(case, rule, 4)
    with jax.enable_x64(True):
        x = case.net.ravel(case.params)
        other = OPTAX[name]()
        theirs = other.init(x)
        for _ in range(5):
            g = case.net.ravel(tw.gradient(case.net, case.loss, case.net.unravel(np.asarray(x)), case.P, case.T)[1])
            delta, theirs = other.update(g, theirs, x)
            x = np.asarray(optax.apply_updates(x, delta))
    told = opened(later, rule, state).to_dict("aifh", **WHOLE)
    shown = {
        line["weight"]: line["value"]
        for section in told["sections"]
        for line in section["lines"]
        if line.get("quantity") == "new_weight"
    }
    for weight, value in shown.items():
        np.testing.assert_allclose(value, x[index_of(case.net, find_weight(case.net, weight))], rtol=1e-6)


KINDS = [
    *((loss, "sigmoid") for loss in sorted(LOSSES)), ("mse", "linear"), ("mse", "softmax"), ("cross_entropy", "softmax")
]  # fmt: skip
HIDDEN = list(ACTIVATIONS)


@pytest.mark.parametrize(("loss", "output"), KINDS)
def test_every_loss_and_every_kind_of_output(loss, output):
    """And every activation: each kind has two of them within."""
    place = KINDS.index((loss, output))
    first, second = (HIDDEN[(2 * place + number) % len(HIDDEN)] for number in (0, 1))
    case = a_case(loss, output, first, examples=2, second=second)
    step, oracle = opened(case), values_by_jax(case)
    for notation in list(NOTATIONS)[place :: len(KINDS)]:  # each for one of them
        assert check_numbers(step, notation, **WHOLE) > 50
        assert check_numbers(step, notation, most_neurons=1, most_terms=1, most_examples=1) > 0
        check_values(case, step, notation, oracle)


def test_every_activation_is_within_some_kind():
    assert len(HIDDEN) <= 2 * len(KINDS)


def test_weights_of_examples_penalties_and_folding():
    case = a_case(examples=7, weighted=True, l1=0.02, l2=0.03)
    step = opened(case)
    for view in ({}, {"most_examples": 2, "most_terms": 1, "most_neurons": 1}, {"examples": (5,)}):
        assert check_numbers(step, "nnd", **view) > 10
    check_values(case, step, "ncsu")


def test_dropout():
    net = tw.mlp(2, 4, 3, 1, dropout=0.5)
    params, P, T = net.init(1), np.array([[0.5, -1.0], [1.0, 2.0]]), np.array([[0.3], [-0.4]])
    rng = np.random.default_rng(0)
    masks = {name: 2.0 * (rng.random((2, size)) > 0.5) for name, size in (("layer1", 4), ("layer2", 3))}
    step = tw.worked_step(net, "mse", params, P, T, masks=masks)
    assert check_numbers(step, "nnd", **WHOLE) > 50

    @jax.jit
    def gradient(params):
        return jax.grad(oracle_loss, argnums=2)(
            net, step.loss, params, nothing_added(net, 2), {"input": P}, T, masks=masks
        )

    with jax.enable_x64(True):
        g = jax.tree.map(np.asarray, gradient(params))
    tree_map(lambda found, expected: np.testing.assert_allclose(found, expected, rtol=1e-10), step.gradient, g)
    sent = [line for line in step.document(**WHOLE).lines() if line.about.get("quantity") == "sent"]
    assert len(sent) == 14
    assert {line.value == 0.0 for line in sent} == {True, False}


@pytest.fixture(scope="module")
def oracle():
    """Of `a_case()`."""
    return values_by_jax(a_case())


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if issubclass(rule, FullBatchRule)])
def test_rules_that_look_at_all_examples(name, oracle):
    case = a_case()
    step = opened(case, name)
    assert step.value_after <= step.value
    x = case.net.ravel(case.params)
    run = tw.train(case.net, case.P, case.T, case.loss, name, epochs=1, params=case.params, engine="numpy")
    np.testing.assert_allclose(x + case.net.ravel(step.delta), case.net.ravel(run.params), rtol=1e-12)
    if name in ("lm", "scg"):
        check_values(case, step, "nnd", oracle)
    text = step.show(weight="two[1,one:0]")
    assert ("next_rate" if name in ("gda", "gdx") else "The rule after the step") in text  # those say all they do
    if name == "lm":
        assert step.system.mu == 1e-3
        solved = np.linalg.solve(step.system.matrix + step.system.mu * np.eye(len(x)), step.system.right)
        np.testing.assert_allclose(step.system.delta, solved, rtol=1e-6)
        assert "JᵀJ + mu I" in text


@pytest.mark.parametrize("notation", ["nnd", "ncsu", "mitchell"])  # either sign, to from and from to
def test_one_weight_one_neuron_one_layer(notation):
    step = opened(a_case(examples=2))
    for view in ({"neuron": "two[1]"}, {"layer": "two"}, {"layer": "two", "neuron": 2}):
        document = step.document(notation, **view)
        layers = {line.about.get("layer") for line in document.lines()} - {None}
        assert layers <= {"two", "out"}
        assert check_numbers(step, notation, **view) > 0
    one = step.document(notation, weight="two[1,one:0]").lines()
    assert {line.about["weight"] for line in one if "weight" in line.about} == {"two[1,one:0]"}
    sensitivities = [line.about for line in one if line.about.get("quantity") == "sensitivity"]
    assert {about["neuron"] for about in sensitivities if about["layer"] == "two"} == {1}
    assert check_numbers(step, notation, weight="two[1,one:0]") > 0


@pytest.mark.parametrize(
    ("view", "told"),
    [
        ({"layer": "twp"}, "did you mean 'two'"),
        ({"weight": "two[1,0]"}, "two[1,one:0] or two[1,q:0]"),
        ({"neuron": "out[2]"}, "layer 'out' has 2, 0 to 1"),
        ({"neuron": 1}, "of which layer"),
        ({"examples": (3,)}, "the step has 3, 0 to 2"),
        ({"digits": 0}, "from 1 to 17"),
        ({"most_terms": 0}, "at least 1"),
    ],
)
def test_what_there_is_not_is_told_in_a_line(view, told):
    with pytest.raises(tw.ArgumentError) as caught:
        opened(a_case()).document(**view)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_notation_is_told():
    with pytest.raises(tw.ArgumentError, match="did you mean 'ncsu'"):
        opened(a_case()).show("ncsv")


def test_a_large_network_folds():
    net = tw.mlp(784, 64, 10, hidden="relu", output="softmax")
    rng = np.random.default_rng(0)
    P, T = rng.random((16, 784)).astype("float32"), np.eye(10, dtype="float32")[rng.integers(0, 10, 16)]
    step = tw.worked_step(net, "cross_entropy", net.init(0, dtype="float32"), P, T, "adam")
    page = step.to_html()
    assert len(page) < 2 * 2**20
    assert "more of layer1" in page
    one = step.show(weight="layer1[3,700]")
    assert "w¹₄,₇₀₁" in one
    assert "w¹₄,₇₀₀" not in one


def test_notes_tell_the_misprints():
    case = a_case("cross_entropy", "softmax")
    assert "always 1" in opened(case).show("aifh")
    assert "minus sign" in opened(case).show("ncsu")
    assert "upside down" in opened(case, "adam").show("nnd")
    assert "expected - actual" in opened(case).show("qmind")


def test_the_penalty_is_written_out_and_its_letters_are_told():
    """field s13-penalty-folded-from-nothing: squares as other sums are, "more" only after some are shown."""
    net = tw.Network({"p": 2}, [tw.Layer("h", 2, tw.activations.LeakyReLU(slope=0.1)), tw.Layer("o", 1)])
    step = tw.worked_step(net, "mse", net.init(3), [[-1.0, 2.0]], [[1.0]], l1=0.2, l2=0.1)
    text = step.show()
    weights = [float(w) for layer in step.params.values() for W in layer.weights.values() for w in W.ravel()]
    squared = [float(found) for found in re.findall(r"\(([-\d.]+)\)²", text.split("Error of all examples")[1])]
    np.testing.assert_allclose(squared[: len(weights)], weights, rtol=1e-5)
    assert "more: " not in text
    told = {TextWriter().write(symbol): meaning for symbol, meaning in step.document().symbols}
    assert told["λ₂"] == "l2, 0.1"
    assert told["λ₁"] == "l1, 0.2"
    assert told["Σw²"] == "sum of the squares of all weights; biases are left out"
    assert told["c"] == "slope of leaky_relu, 0.1"
    many = tw.mlp(4, 8, 1)
    folded = tw.worked_step(many, "mse", many.init(0), np.ones((1, 4)), [[1.0]], l2=0.1).show()
    assert re.search(r"\)² \+\s+\[34 more: ", folded)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_letter_is_in_the_list_of_symbols(path):
    step, place = read_step_file(path).open(), sorted(FOLDER.glob("*.toml")).index(path)
    check_letters(step.document(list(NOTATIONS)[place % len(NOTATIONS)]))  # each for one file or two


def check_letters(document):
    told = {letter.base for symbol, _ in document.symbols for letter in letters_of(symbol)}
    used = {
        letter.base for line in document.lines() for part in (line.symbol, *line.steps) for letter in letters_of(part)
    }
    assert used <= told
    assert all(meaning for _, meaning in document.symbols)


def test_one_weight_is_derived_from_the_inputs_to_the_error_and_back():
    """field s11-view-of-a-weight-lacks-its-origin: each sensitivity and output that is used is derived before it."""
    net = tw.mlp(2, 2, 2, hidden="sigmoid", output="sigmoid")
    params = {
        "layer1": tw.LayerParameters({"input": np.array([[0.15, 0.2], [0.25, 0.3]])}, np.array([0.35, 0.35])),
        "layer2": tw.LayerParameters({"layer1": np.array([[0.4, 0.45], [0.5, 0.55]])}, np.array([0.6, 0.6])),
    }
    step = tw.worked_step(net, "half_sse", params, [[0.05, 0.1]], [[0.01, 0.99]], tw.GradientDescent(0.5))
    document = step.document(weight="layer1[0,0]", digits=9)
    defined, text = set(), step.show(weight="layer1[0,0]", digits=9)
    given = {"w", "b", "α", "F", "f"}
    for line in document.lines():
        for letter in (letter for part in line.steps for letter in letters_of(part)):
            assert letter in defined or letter.base in given, f"{letter} is used and not derived"
        defined |= set(letters_of(line.symbol))
    for value in ("0.0553994", "0.0190491", "0.0363503"):
        assert value in text
    assert "0.274811083 + 0.0235600256" in text
    assert "0.00877135469" in text
    assert "∂F̂/∂w¹₁,₂" not in text
