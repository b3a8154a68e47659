"""A document as a chain of calculations: each formula gives its line's number from those before, in each notation."""

from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.formulas.evaluation import evaluate
from thalweg.worked.grading.comparing import whole_view
from thalweg.worked.grading.ledger import ledger_of, rounded_by_hand
from thalweg.worked.notations import NOTATIONS
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[3] / "examples" / "worked"


def ledgers(step, notations=NOTATIONS):
    for name in notations:
        yield ledger_of(step, step.document(name, **whole_view(step)), name)


@pytest.mark.parametrize("name", ["nnd_e3_4_graph", "nnd_e3_5_softmax", "qmind_and", "nnd_e3_2"])
def test_each_formula_gives_its_line_from_the_lines_before(name):
    step = read_step_file(FOLDER / f"{name}.toml").open(1)
    ids = set()
    for ledger in ledgers(step, NOTATIONS if name == "nnd_e3_2" else ["nnd", "qmind", "sklearn"]):
        done, formulas = set(), 0
        for key, one in ledger.calculations.items():
            assert all(letter in done or letter in ledger.given for letter in one.made_of), key
            done.add(key)
            if one.formula is None:
                continue
            formulas += 1
            np.testing.assert_allclose(evaluate(one.formula, ledger.exact), ledger.exact[key], rtol=1e-9, atol=1e-12)
        assert formulas > 0.6 * len(done)
        ids.add(tuple(ledger.calculations))
    assert len(ids) == 1  # no notation changes an id


def test_what_is_given_are_the_parameters_and_settings_by_their_names():
    step = read_step_file(FOLDER / "ncsu_chain.toml").open(1)
    (ledger,) = ledgers(step, ["ncsu"])
    for key, weight in ledger.weights.items():
        weights, bias = step.params[weight.layer]
        value = bias[weight.to] if weight.source is None else weights[weight.source][weight.to, weight.origin]
        assert ledger.given[key] == value
    assert len(ledger.weights) == step.network.parameter_count
    assert ledger.given["setting:learning_rate"] == 0.5


def test_a_line_is_followed_through_every_letter():
    """The output's sensitivity hangs on each number that the loss hangs on: one that is moved moves it."""
    step = read_step_file(FOLDER / "ncsu_chain.toml").open(1)
    (ledger,) = ledgers(step, ["nnd"])
    for key in ("weight:hidden[0,0]", "input:input[0]", "target:out[0]", "weight:out[0]"):
        numbers = {**ledger.exact, key: ledger.exact[key] + 0.1}
        for name, one in ledger.calculations.items():
            if one.formula is not None:
                numbers[name] = evaluate(one.formula, numbers)
        assert abs(numbers["sensitivity:out[0]"] - ledger.exact["sensitivity:out[0]"]) > 1e-6, key


def test_rounding_every_line_goes_on_with_what_was_rounded():
    net = tw.mlp(1, 1)
    step = tw.worked_step(net, "sse", net.unravel(np.array([0.333, 0.0])), [[0.5]], [[1.0]], tw.GradientDescent(0.1))
    (ledger,) = ledgers(step, ["nnd"])
    key = ledger.rounded(2)
    assert key["net_input:layer1[0]"] == 0.17
    assert key["sensitivity:layer1[0]"] == -1.66
    assert key["delta:layer1[0]"] == 0.17
    assert rounded_by_hand(-0.0, 2) == 0.0


def test_too_many_lines_are_refused_before_they_are_written():
    net = tw.mlp(60, 60, 10)
    step = tw.worked_step(net, "sse", net.init(0), np.ones((3, 60)), np.ones((3, 10)))
    with pytest.raises(ArgumentError, match="no one works by hand"):
        step.compare({"n1_1": 1.0})


def test_of_a_rule_that_looks_at_all_examples_the_step_itself_is_given():
    net = tw.mlp(1, 2, 1)
    step = tw.worked_step(net, "sse", net.init(0), [[0.1], [0.5]], [[1.0], [0.2]], "lm")
    (ledger,) = ledgers(step, ["nnd"])
    assert ledger.calculations["sensitivity:layer1[0]#1"].formula is not None
    assert ledger.calculations["new_weight:layer1[0]"].formula is None
    assert abs(ledger.rounded(4)["output:layer2[0]#1"] - float(step.passed.output[0, 0])) < 3e-4
