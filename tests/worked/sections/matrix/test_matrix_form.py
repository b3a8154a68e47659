"""Matrix form: each entry is the value of its unit, each printed line is true by plain loops, each letter one thing."""

import dataclasses
import json

import jax
import numpy as np
import pytest
from core.oracles import nothing_added, oracle_loss, random_case
from worked.plain_matrices import plain_value

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.formulas.expression import Array
from thalweg.formulas.writer import rounded
from thalweg.optimizers import RULES
from thalweg.optimizers.full_batch import FullBatchRule
from thalweg.worked.notations import NOTATIONS, notation_named
from thalweg.worked.sections.heading import letters_of

WHOLE = {"most_neurons": 10**6, "most_terms": 10**6, "most_examples": 10**6}
FIRST_ORDER = sorted(name for name, rule in RULES.items() if not issubclass(rule, FullBatchRule))
DIGITS = 5


def graph(hidden="sigmoid", output="tanh"):
    return tw.Network(
        {"p": 2, "q": 1},
        [tw.Layer("one", 2, hidden, ("p",)), tw.Layer("two", 3, "tanh", ("one", "q"), bias=False),
         tw.Layer("out", 2, output, ("two", "one", "p"))],
    )  # fmt: skip


def opened(net, loss, seed=3, examples=3, rule="gd", l1=0.0, l2=0.0, weighted=False, **more):
    case = random_case(net, LOSSES.get(loss), seed, examples, weighted=weighted)
    for name in more.get("shared_bias", ()):
        case.params[name].bias[:] = case.params[name].bias[0]
    return tw.worked_step(
        net, case.loss, case.params, case.P, case.T, rule, sample_weight=case.weight, l1=l1, l2=l2, **more
    )


def weighed_targets():
    net, rng = tw.mlp(2, 3, 2, output="sigmoid"), np.random.default_rng(1)
    T = rng.random((3, 2))
    T[1, 0] = np.nan
    weight = np.array([[1.0, 2.0], [1.0, 0.5], [3.0, 1.0]])
    return tw.worked_step(
        net, "mse", net.init(0), rng.normal(size=(3, 2)), T, target_weight=weight, targets="ignore_nan"
    )


def dropped():
    net, rng = tw.mlp(2, 4, 3, 1, dropout=0.5), np.random.default_rng(0)
    masks = {name: 2.0 * (rng.random((2, size)) > 0.5) for name, size in (("layer1", 4), ("layer2", 3))}
    return tw.worked_step(net, "mse", net.init(1), rng.normal(size=(2, 2)), rng.normal(size=(2, 1)), masks=masks)


STEPS = {
    "graph": lambda: opened(graph(), "mse"),
    "one example": lambda: opened(tw.mlp(2, 2, 2, hidden="sigmoid", output="sigmoid"), "half_sse", examples=1),
    "cross entropy of softmax": lambda: opened(tw.mlp(2, 3, 3, output="softmax"), "cross_entropy", examples=2),
    "cross entropy of sigmoid": lambda: opened(graph(output="sigmoid"), "cross_entropy", l1=0.02, l2=0.03),
    "squares of softmax": lambda: opened(tw.mlp(2, 3, 3, output="softmax"), "mse", examples=2),
    "softmax inside": lambda: opened(tw.mlp(2, 3, 2, hidden="softmax"), "sse", examples=2),
    "kinks": lambda: opened(tw.mlp(2, 3, 2, hidden="relu", output="linear"), "huber"),
    "weights of examples": lambda: opened(graph(), "sse", weighted=True, l2=0.1),
    "weights of targets": weighed_targets,
    "dropout": dropped,
    "held": lambda: opened(tw.mlp(2, 2, 1), "mse", fixed=["layer2.bias", "layer1[0,1]"]),
    "conventions": lambda: opened(
        tw.mlp(2, 3, 2, output="sigmoid"), "half_mse", l1=0.01, l2=0.1, shared_bias=["layer1"], penalize="all",
        penalty_over="examples", learning_rates={"layer1": 0.1, "layer2": 0.2}, input_gradients=True,
    ),
    "conventions of weighed examples": lambda: opened(
        tw.mlp(2, 2, 2), "mse", weighted=True, shared_bias=["layer2"], input_gradients=True
    ),
    "an output as the loss": lambda: opened(tw.mlp(2, 2, 1), "output", examples=1),
}  # fmt: skip


@pytest.fixture(scope="module")
def steps():
    return {name: made() for name, made in STEPS.items()}


def entry_of_units(step, notation):
    """Every value of the form unit by unit, by what it is."""
    found = {}
    for line in step.document(notation, **WHOLE).lines():
        about = line.about
        if "quantity" in about and line.value is not None:
            key = (about["quantity"], about.get("part"), about.get("example"))
            found[*key, about.get("layer"), about.get("source"), about.get("neuron"), about.get("origin")] = line.value
    return found


OF_UNITS = ("net_input", "output", "sensitivity", "error", "slope", "sent", "target", "output_derivative")
OF_INPUTS = ("input", "input_gradient")
OF_WEIGHTS = ("example_gradient", "gradient", "delta", "new_weight", "part")


def check_entries(step, notation, line, units):
    """The entries of a matrix are the values of their units, inputs or weights; how many were compared."""
    about, values = line.about, line.matrix.values
    rows = notation_named(notation).from_to
    quantity, compared = about["quantity"], 0
    if quantity == "slope" and notation_named(notation).diagonal and values.shape[0] == values.shape[1]:
        assert np.count_nonzero(values - np.diag(np.diag(values))) == 0
        values = np.diag(values)[:, None]
    for (r, c), value in np.ndenumerate(values):
        i, other = (c, r) if rows else (r, c)
        if quantity in OF_UNITS:
            key = (quantity, None, about["examples"][other], about["layer"], None, i, None)
        elif quantity in OF_INPUTS:
            key = (quantity, None, about["examples"][other], None, about["source"], None, i)
        elif quantity in OF_WEIGHTS:
            source = about.get("source")
            origin = None if source is None else other
            key = (quantity, about.get("part"), about.get("example"), about["layer"], source, i, origin)
        else:
            continue
        if key in units:
            np.testing.assert_allclose(value, units[key], rtol=1e-12, atol=1e-14, err_msg=str(key))
            compared += 1
    return compared


def check_true(line, digits):
    """A line's numbers, as they are printed, give its value as it is printed."""
    value = [[line.value]] if line.matrix is None else line.matrix.values.tolist()
    try:
        found = plain_value(line.steps[-1], line.digits or digits)
    except (KeyError, IndexError):
        return False
    assert np.shape(found) == np.shape(value) or 1 in np.shape(found), line.about
    for printed, exact in zip(np.broadcast_to(found, np.shape(value)).ravel(), np.ravel(value), strict=True):
        if isinstance(line.steps[-1], Array):  # each entry by its own formula, at full precision
            assert printed == pytest.approx(exact, rel=1e-12, abs=1e-14)
        elif line.approximate:
            assert printed == pytest.approx(exact, rel=1e-3, abs=1e-6), line.about
        else:
            assert rounded(printed, digits) == rounded(exact, digits), line.about
    return True


def notations_of(name):
    """A sixth of them for each case."""
    return list(NOTATIONS)[list(STEPS).index(name) % 6 :: 6]


@pytest.mark.parametrize("name", STEPS)
def test_every_entry_is_that_of_its_unit_and_every_line_is_true(name, steps):
    step, of_units = steps[name], {}
    for notation in notations_of(name):
        kind = notation_named(notation)
        signs = (kind.sign, kind.subtracts_output)
        units = of_units[signs] = of_units.get(signs) or entry_of_units(step, notation)
        document = step.document(notation, form="matrix", digits=DIGITS, **WHOLE)
        lines = [line for line in document.lines() if line.about.get("form") == "matrix"]
        compared = sum(check_entries(step, notation, line, units) for line in lines if line.matrix is not None)
        shared = sum(step.network.sizes[name] for name in step.shared_bias)
        assert compared > 3 * (step.network.parameter_count - shared)
        assert sum(check_true(line, DIGITS) for line in lines if line.steps) >= 5 * len(step.network.layers), notation
        for line in lines:
            if line.about["quantity"] in ("net_input", "sensitivity", "gradient", "example_gradient", "new_weight"):
                assert line.steps, (notation, line.about)
        check_letters(notation, document)


def check_letters(notation, document):
    """A letter stands for one thing, and is explained."""
    of_symbol = {}
    for line in document.lines():
        what = {key: line.about.get(key) for key in ("layer", "source", "part")}
        what["quantity"] = line.about.get("quantity", "").replace("example_", "")
        assert of_symbol.setdefault(line.symbol, what) == what, (notation, what, of_symbol[line.symbol])
    told = {letter.base for symbol, _ in document.symbols for letter in letters_of(symbol)}
    for line in document.lines():
        used = {letter.base for part in (line.symbol, *line.steps) for letter in letters_of(part)}
        assert used <= told, (notation, line.about, used - told)
    assert all(meaning for _, meaning in document.symbols)


def test_every_value_is_that_of_jax():
    net = graph()
    case = random_case(net, LOSSES.get("mse"), 3, 3, l2=0.1)
    step = tw.worked_step(net, case.loss, case.params, case.P, case.T, l2=0.1)
    own = dataclasses.replace(case.loss, reduction="sum")

    @jax.jit
    def of(params, P, T):
        s = jax.grad(oracle_loss, argnums=3)(net, own, params, nothing_added(net, 3), P, T)
        whole = jax.grad(oracle_loss, argnums=2)(net, case.loss, params, nothing_added(net, 3), P, T, None, 0.0, 0.1)
        return s, whole

    with jax.enable_x64(True):
        s, whole = jax.tree.map(np.asarray, of(case.params, dict(case.P), case.T))
    for notation in ("nnd", "ncsu", "mitchell", "qmind"):  # either sign, to from and from to
        told = json.loads(json.dumps(step.to_dict(notation, form="matrix", **WHOLE)))
        lines = [line for section in told["sections"] for line in section["lines"] if "shape" in line]
        rows, seen = notation_named(notation).from_to, 0
        for line in lines:
            found = np.array(line["value"])
            assert list(found.shape) == line["shape"]
            if line["quantity"] == "sensitivity":
                expected = s[line["layer"]][line["examples"]].T  # a column for each example
            elif line["quantity"] == "gradient":
                weights, bias = whole[line["layer"]]
                expected = bias[:, None] if "source" not in line else weights[line["source"]]
            else:
                continue
            seen += 1
            expected = line["sign"] * (expected.T if rows else expected)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=str(line))
        assert seen >= 3 + 7


@pytest.mark.parametrize("name", [*FIRST_ORDER, "adam efficient"])
def test_the_equations_of_every_rule_are_written_with_matrices(name):
    rule = tw.Adam(efficient=True) if name == "adam efficient" else RULES.get(name)
    net = tw.mlp(2, 2, 1)
    params, state = net.init(0), rule.init(net.ravel(net.init(0)))
    rng = np.random.default_rng(0)
    P, T = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
    for _ in range(2):
        step = tw.worked_step(net, "mse", params, P, T, rule, state)
        params, state = step.new_params, step.new_state
    for notation in (("nnd", "qmind", "ng")[len(name) % 3],):
        document = step.document(notation, form="matrix", digits=DIGITS)
        lines = [line for line in document.lines() if line.about.get("form") == "matrix"]
        deltas = [line for line in lines if line.about["quantity"] == "delta"]
        assert len(deltas) == 4
        if name != "rprop":  # whose cases differ from weight to weight
            assert all(line.steps for line in deltas), name
        for line in lines:
            if line.steps:
                check_true(line, DIGITS)


def test_what_is_large_is_folded_and_told():
    net = tw.mlp(100, 30, 10, hidden="relu", output="softmax")
    rng = np.random.default_rng(0)
    P, T = rng.random((32, 100)).astype("float32"), np.eye(10, dtype="float32")[rng.integers(0, 10, 32)]
    step = tw.worked_step(net, "cross_entropy", net.init(0, dtype="float32"), P, T, "adam")
    assert len(step.to_html("nnd", form="matrix")) < 2**20
    lines = step.document("ng", form="matrix").lines()
    weights = next(line for line in lines if line.about["quantity"] == "new_weight" and "source" in line.about)
    assert "30 × 100" in weights.note
    assert weights.about["shape"] == [30, 100]
    assert (weights.matrix.rows, weights.matrix.columns) == (6, 6)
    assert all(line.steps for line in lines if line.about["quantity"] in ("net_input", "sensitivity", "gradient"))
    asked = step.document("nnd", form="matrix", layer="layer2").lines()
    assert {line.about.get("layer") for line in asked} <= {"layer2", None}


@pytest.mark.parametrize(
    ("view", "told"),
    [
        ({"form": "matrices"}, "did you mean 'matrix'"),
        ({"form": "matrix", "neuron": "layer1[0]"}, 'neuron is shown unit by unit: leave out form="matrix"'),
        ({"form": "matrix", "weight": "layer1[0,0]"}, 'weight is shown unit by unit: leave out form="matrix"'),
    ],
)
def test_what_has_no_matrices_is_told_in_a_line(view, told, steps):
    with pytest.raises(tw.ArgumentError) as caught:
        steps["one example"].document(**view)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
