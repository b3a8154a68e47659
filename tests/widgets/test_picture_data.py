"""The data of a picture: as its schema says, its numbers those of the step, and its formulas true."""

import functools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from pages import FOLDER, steps_of, two_by_two
from schema_check import validate

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.formulas.functions import FUNCTIONS
from thalweg.widgets.picture_data import steps_data
from thalweg.worked.notations import NOTATIONS

SCHEMA = json.loads((Path(tw.__file__).parent / "widgets" / "worked.schema.json").read_text(encoding="utf-8"))
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != "nnd_e3_4_graph")


class Reading:
    """A text of a step, read back from the data by the schema alone; every value is a matrix, if of one number."""

    def __init__(self, data, step, text):
        self.data, self.step, self.text = data, step, text
        self.of = step["calculations"][text["of"]]
        self.lines = data["shared"][text["lines"]]
        self.turned = data["shared"][text["turned"]]

    def number(self, value):
        if value is None:
            return None
        if not isinstance(value, dict):
            return np.full((1, 1), float(value))
        found = np.array(value["matrix"], dtype=float)
        return found if list(found.shape) == value["of"] else np.full((1, 1), np.nan)  # it is not shown whole

    def value(self, line):
        value = self.number(self.of["values"][line])
        return value if value is None else (-1 if line in self.turned else 1) * value

    def evaluate(self, tree):
        """The value of a formula of numbers; NaN where letters stand in it."""
        if not isinstance(tree, list):
            return np.full((1, 1), np.nan)
        kind, *parts = tree
        of = self.evaluate
        match kind:
            case "=" | "M":
                return self.number(parts[0])
            case "@":
                return self.number(parts[2]) if len(parts) == 3 else math.prod(parts[1:]) * self.value(parts[0])
            case "#":
                return math.prod(parts[1:]) * self.number(self.of["given_values"][parts[0]])
            case "-":
                return -of(parts[0])
            case "+":
                return functools.reduce(np.add, map(of, parts))
            case "*":
                return functools.reduce(lambda x, y: x * y if 1 in (x.size, y.size) else x @ y, map(of, parts))
            case "⊙":
                return functools.reduce(np.multiply, map(of, parts))
            case "T":
                return of(parts[0]).T
            case "[":
                return np.array([[of(cell).item() for cell in row] for row in parts])
            case "/":
                return of(parts[0]) / of(parts[1])
            case "^":
                return of(parts[0]) ** of(parts[1])
            case "…":
                return np.full((1, 1), np.nan if parts[1] is None else float(parts[1]))
            case "f" if parts[0] == "diag":
                return np.diag(of(parts[1]).ravel())
            case "f" if isinstance(parts[0], str):
                return np.asarray(FUNCTIONS[parts[0]].array(np, *map(of, parts[1:])))
        return np.full((1, 1), np.nan)


def checked(data):
    """How many formulas of numbers give the value of their line, unit by unit and by matrices."""
    found = {"units": 0, "matrix": 0}
    for step in data["steps"]:
        for text in step["texts"]:
            reading = Reading(data, step, text)
            for line, (_, *trees) in enumerate(reading.lines):
                value = reading.value(line)
                for tree in (data["trees"][at] for at in trees):
                    made = reading.evaluate(tree)
                    if value is None or np.isnan(made).any() or np.isnan(value).any():
                        continue
                    told = f"{text['notation']} {text['form']} {line}"
                    np.testing.assert_allclose(made, value, rtol=1e-9, atol=1e-12, err_msg=told)
                    found[text["form"]] += 1
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_of_each_example_it_is_as_the_schema_says_and_each_formula_gives_its_value(name):
    some = list(NOTATIONS)[EXAMPLES.index(name) % 6 :: 6]
    steps = steps_of(name)[: 2 if name == "aifh_xor_online" else 1]
    data = json.loads(json.dumps(steps_data(steps, some), allow_nan=False))
    validate(data, SCHEMA)
    assert min(checked(data).values()) > 20


def test_of_a_batch_with_a_rule_that_keeps_a_mixing_layer_and_float32():
    net = tw.mlp(3, 4, 2, hidden="tanh", output="softmax")
    rng = np.random.default_rng(1)
    step = tw.worked_step(
        net, "cross_entropy", net.init(0), rng.normal(size=(3, 3)), np.eye(2)[[0, 1, 1]], "adam", l1=0.01, l2=0.1,
        sample_weight=np.array([1.0, 2.0, 0.5]),
    )  # fmt: skip
    data = steps_data([step], ["nnd", "qmind", "mitchell"])
    validate(data, SCHEMA)
    found = checked(data)
    assert found["units"] > 500
    assert found["matrix"] > 100


def test_its_values_are_those_of_the_step():
    step = two_by_two()
    data = steps_data([step], ["nnd"])
    (told,) = data["steps"]
    of = told["calculations"][told["texts"][0]["of"]]
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


def test_all_notations_can_be_chosen_its_own_first():
    data = steps_data([two_by_two(notation="ncsu")])
    assert [one["name"] for one in data["notations"]] == ["ncsu", *(name for name in NOTATIONS if name != "ncsu")]
    assert (data["notation"], data["form"]) == ("ncsu", "units")
    assert {(text["notation"], text["form"]) for text in data["steps"][0]["texts"]} == {
        (name, form) for name in NOTATIONS for form in ("units", "matrix")
    }


def test_notations_share_the_values_and_what_is_said_alike():
    one, many = (steps_data([two_by_two()], names) for names in (["nnd"], None))
    assert len(json.dumps(many)) < len(json.dumps(one)) * (1 + 0.5 * (len(NOTATIONS) - 1))
    (step,) = many["steps"]
    assert {text["of"] for text in step["texts"] if text["form"] == "units"} == {0}


def test_a_weight_of_a_later_step_was_made_by_the_step_before():
    data = steps_data(steps_of("aifh_xor_online")[:2], ["aifh"])
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
    data = steps_data([*steps, steps[0]], ["aifh"])
    assert [step["epoch"] for step in data["steps"]] == [1, 1, 1, 1, 2]
    assert data["steps"][2]["rows"] == [3]
    assert steps_data(steps[1:2], ["aifh"])["steps"][0]["epoch"] is None


def test_what_is_no_number_is_a_word():
    net = tw.mlp(1, 1)
    with np.errstate(all="ignore"):
        step = tw.worked_step(net, "sse", net.unravel(np.array([1e200, 0.0])), [[1e150]], [[0.0]])
        data = steps_data([step], ["nnd"])
    assert "Infinity" in data["steps"][0]["calculations"][0]["values"]
    validate(json.loads(json.dumps(data, allow_nan=False)), SCHEMA)


def test_what_is_refused():
    with pytest.raises(ArgumentError, match="at least one worked step"):
        steps_data([])
    other = tw.mlp(2, 1)
    with pytest.raises(ArgumentError, match="several networks"):
        steps_data([two_by_two(), tw.worked_step(other, "sse", other.init(0), [[1.0, 2.0]], [[1.0]])])
    with pytest.raises(ArgumentError, match="did you mean 'nnd'"):
        steps_data([two_by_two()], ["nnnd"])
