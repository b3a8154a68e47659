"""The data of a picture: as its schema says, its numbers those of the step, and its formulas true."""

import json
import math
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from pages import FOLDER, steps_of, two_by_two

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.formulas.functions import FUNCTIONS
from thalweg.widgets.picture_data import steps_data
from thalweg.worked.notations import NOTATIONS

SCHEMA = json.loads((Path(tw.__file__).parent / "widgets" / "worked.schema.json").read_text(encoding="utf-8"))
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != "nnd_e3_4_graph")


class Reading:
    """A text of a step, read back from the data by the schema alone."""

    def __init__(self, data, step, text):
        self.data, self.step, self.text = data, step, text
        self.of = step["calculations"][text["of"]]
        self.lines = data["shared"][text["lines"]]
        self.turned = data["shared"][text["turned"]]

    def value(self, line):
        value = self.of["values"][line]
        return value if value is None else (-1 if line in self.turned else 1) * float(value)

    def evaluate(self, tree):
        """The value of a formula of numbers; NaN where letters stand in it."""
        if not isinstance(tree, list):
            return math.nan
        kind, *parts = tree
        of = self.evaluate
        match kind:
            case "=":
                return float(parts[0])
            case "@":
                line, sign, other = (*parts, 1, None)[:3] if len(parts) < 3 else parts
                return float(other) if other is not None else sign * self.value(line)
            case "#":
                at, sign = (*parts, 1)[:2]
                return sign * float(self.of["given_values"][at])
            case "-":
                return -of(parts[0])
            case "+":
                return sum(map(of, parts))
            case "*":
                return math.prod(map(of, parts))
            case "/":
                return of(parts[0]) / of(parts[1])
            case "^":
                return of(parts[0]) ** of(parts[1])
            case "c":
                return math.e if parts[0] == "e" else math.pi
            case "…":
                return math.nan if parts[1] is None else float(parts[1])
            case "f" if isinstance(parts[0], str):
                return float(FUNCTIONS[parts[0]].scalar(*map(of, parts[1:])))
        return math.nan


def checked(data):
    """How many formulas of numbers give the value of their line."""
    found = 0
    for step in data["steps"]:
        for text in step["texts"]:
            reading = Reading(data, step, text)
            for line, (_, *trees) in enumerate(reading.lines):
                value = reading.value(line)
                for tree in (data["trees"][at] for at in trees):
                    made = reading.evaluate(tree)
                    if value is None or math.isnan(made):
                        continue
                    np.testing.assert_allclose(made, value, rtol=1e-9, atol=1e-12, err_msg=f"{text['notation']} {line}")
                    found += 1
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_of_each_example_it_is_as_the_schema_says_and_each_formula_gives_its_value(name):
    data = json.loads(json.dumps(steps_data(steps_of(name)), allow_nan=False))
    jsonschema.validate(data, SCHEMA)
    assert [one["name"] for one in data["notations"]][1:] == [n for n in NOTATIONS if n != data["notation"]]
    assert checked(data) > 20


def test_of_a_batch_with_a_rule_that_keeps_a_mixing_layer_and_float32():
    net = tw.mlp(3, 4, 2, hidden="tanh", output="softmax")
    rng = np.random.default_rng(1)
    step = tw.worked_step(
        net, "cross_entropy", net.init(0), rng.normal(size=(3, 3)), np.eye(2)[[0, 1, 1]], "adam", l1=0.01, l2=0.1,
        sample_weight=np.array([1.0, 2.0, 0.5]),
    )  # fmt: skip
    data = steps_data([step])
    jsonschema.validate(data, SCHEMA)
    assert checked(data) > 500


def test_its_values_are_those_of_the_step():
    step = two_by_two()
    data = steps_data([step])
    (told,) = data["steps"]
    (of,) = told["calculations"]
    about = data["shared"][of["about"]]
    arrays = {
        "net_input": step.passed.net_inputs, "output": step.passed.outputs, "sensitivity": step.sensitivities,
    }  # fmt: skip
    seen = 0
    for line, value in zip(about, of["values"], strict=True):
        if line["quantity"] in arrays:
            assert value == arrays[line["quantity"]][line["layer"]][line["example"], line["neuron"]]
            seen += 1
        if line["quantity"] == "new_weight" and "source" in line:
            assert value == step.new_params[line["layer"]].weights[line["source"]][line["neuron"], line["origin"]]
            seen += 1
    assert seen == 12 + 8
    given = {one.get("weight", one["quantity"]): value for one, value in zip(
        data["shared"][of["given"]], of["given_values"], strict=True)}  # fmt: skip
    assert given["hidden[1,0]"] == 0.25
    assert given["out[1]"] == 0.6
    assert given["setting"] == 0.5
    assert told["error_before"] == pytest.approx(0.298371109, abs=5e-10)  # as the example prints it


def test_notations_share_the_values_and_what_is_said_alike():
    one, many = (len(json.dumps(steps_data([two_by_two()], names))) for names in (["nnd"], None))
    assert many < one * (1 + 0.5 * (len(NOTATIONS) - 1))
    assert len(steps_data([two_by_two()])["steps"][0]["calculations"]) == 1


def test_a_weight_of_a_later_step_was_made_by_the_step_before():
    data = steps_data(steps_of("aifh_xor_online"))
    second = data["steps"][1]["calculations"][0]
    given, before = data["shared"][second["given"]], data["shared"][second["before"]]
    first = data["steps"][0]["calculations"][0]
    about = data["shared"][first["about"]]
    found = 0
    for at, line in before.items():
        assert first["values"][line] == second["given_values"][int(at)]
        assert about[line].get("weight") == given[int(at)]["weight"]
        found += 1
    assert found == 9 + 9  # nine weights, and nine updates that the momentum keeps
    assert data["shared"][data["steps"][0]["calculations"][0]["before"]] == {}


def test_epochs_are_told_by_the_examples_seen():
    steps = steps_of("aifh_xor_online")
    assert [step["epoch"] for step in steps_data(steps)["steps"]] == [1, 1, 1, 1]
    assert [step["epoch"] for step in steps_data([*steps, steps[0]])["steps"]] == [1, 1, 1, 1, 2]
    assert steps_data(steps[1:2])["steps"][0]["epoch"] is None
    assert steps_data(steps)["steps"][2]["rows"] == [3]


def test_what_is_no_number_is_a_word():
    net = tw.mlp(1, 1)
    with np.errstate(all="ignore"):
        step = tw.worked_step(net, "sse", net.unravel(np.array([1e200, 0.0])), [[1e150]], [[0.0]])
        data = steps_data([step])
    assert "Infinity" in data["steps"][0]["calculations"][0]["values"]
    jsonschema.validate(json.loads(json.dumps(data, allow_nan=False)), SCHEMA)


def test_what_is_refused():
    with pytest.raises(ArgumentError, match="at least one worked step"):
        steps_data([])
    other = tw.mlp(2, 1)
    with pytest.raises(ArgumentError, match="several networks"):
        steps_data([two_by_two(), tw.worked_step(other, "sse", other.init(0), [[1.0, 2.0]], [[1.0]])])
    with pytest.raises(ArgumentError, match="did you mean 'nnd'"):
        steps_data([two_by_two()], ["nnnd"])
