"""Where numbers came from: each is the value of the line that is said to have made it, or was there before."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.weight_names import WeightName
from thalweg.formulas.expression import Call, Matrix, Negative, Product, Quotient, Sum, Symbol
from thalweg.optimizers.full_batch import FullBatchRule
from thalweg.worked.notations import NOTATIONS
from thalweg.worked.sections.document import Document, Line, Section
from thalweg.worked.sections.heading import letters_of
from thalweg.worked.sections.origins import found_at, number_at, origins
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[3] / "examples" / "worked"
WHOLE = {"most_neurons": 99, "most_terms": 99, "most_examples": 99}


def a_step(**more):
    net = tw.mlp(2, 3, 2, hidden="tanh", output="softmax")
    rng = np.random.default_rng(0)
    return tw.worked_step(
        net, "cross_entropy", net.init(0), rng.normal(size=(3, 2)), np.eye(2)[[0, 1, 1]],
        tw.optimizers.Adam(0.1), sample_weight=np.array([1.0, 2.0, 0.5]), l1=0.01, l2=0.1, **more,
    )  # fmt: skip


def given_letters(step, notation):
    """All that is there before the step: parameters, settings, what the rule kept, weights of examples, constants."""
    kind = NOTATIONS[notation](step.network)
    found = {kind.weight(weight) for weight in all_weights(step.network)}
    found |= {kind.setting(field.name) for field in step.rule.numbers()}
    found |= {kind.bias_unit(layer.name) for layer in step.network.layers}
    for layer in step.network.layers:
        found |= {kind.setting(field.name) for field in dataclasses.fields(layer.activation)}
    return found


def all_weights(net):
    for layer in net.layers:
        for i in range(layer.size):
            if layer.bias:
                yield WeightName(layer.name, i)
            for source in layer.sources:
                for j in range(net.sizes[source]):
                    yield WeightName(layer.name, i, source, j)


KNOWN = {"k", "mask", "c", "ω", "λ"}


def check(step, notation):
    document = step.document(notation, **WHOLE)
    lines, found = document.lines(), origins(document)
    given = given_letters(step, notation)
    numbers = 0
    for line, made_of in zip(lines, found, strict=True):
        for origin in made_of:
            where = (notation, line.about, origin)
            if origin.line is not None:
                made = lines[origin.line]
                assert made is not line, where
                assert made.about.get("example", 0) == line.about.get("example", made.about.get("example", 0)), where
                if origin.value is not None and made.value is not None:
                    sign = (
                        -1 if isinstance(made.symbol, Negative) and isinstance(origin.symbol, Quotient) else 1
                    )  # of -∂E/∂w
                    np.testing.assert_allclose(
                        sign * made.value, origin.value, rtol=1e-12, atol=1e-15, err_msg=str(where)
                    )
            else:
                if isinstance(step.rule, FullBatchRule) and line.about["quantity"] == "new_weight":
                    continue  # its update is that of all weights at once
                for letter in letters_of(origin.symbol):
                    old = letter.above[-1:] == ("old",)
                    assert letter in given or letter.base in KNOWN or letter.base.startswith("Σ") or old, where
            if origin.step is not None and origin.value is not None:
                numbers += 1
                assert number_at(line, origin) == origin.sign * origin.value, where
    return numbers


NAMES = [path.stem for path in sorted(FOLDER.glob("*.toml"))]


@pytest.mark.parametrize("name", NAMES)
def test_each_number_of_the_examples_is_that_of_the_line_that_made_it(name):
    file = read_step_file(FOLDER / f"{name}.toml")
    if file.targets is None:
        file = file.with_example([1.0] * sum(file.network.inputs.values()), [1.0] * file.network.output.size)
    step = file.run()[-1]
    assert check(step, list(NOTATIONS)[NAMES.index(name) % len(NOTATIONS)]) > 10  # each for one file or two


def test_of_a_batch_with_penalties_weights_and_a_layer_that_mixes():
    step = a_step()
    for notation in list(NOTATIONS)[::3]:
        assert check(step, notation) > 100


def test_what_a_line_is_made_of_is_what_the_step_holds():
    """Not by the writer's own formulas: the arrays of the step, looked up by what the lines say they are about."""
    step = a_step()
    document = step.document("nnd", **WHOLE)
    lines, found = document.lines(), origins(document)
    seen = 0
    for line, made_of in zip(lines, found, strict=True):
        about = line.about
        if about["quantity"] != "net_input" or about["layer"] != "layer2":
            continue
        i, q = about["neuron"], about["example"]
        W, b = step.params["layer2"].weights["layer1"][i], step.params["layer2"].bias[i]
        a = step.passed.outputs["layer1"][q]
        assert [of.value for of in made_of] == [x for pair in zip(W, a, strict=True) for x in pair] + [b]
        assert [lines[of.line].about["neuron"] for of in made_of if of.line is not None] == [0, 1, 2]
        seen += 1
    assert seen == 6


@pytest.mark.parametrize("notation", ["nnd", "ng", "aifh", "goodfellow", "mitchell"])
def test_in_matrix_form_a_matrix_is_that_of_the_line_that_made_it(notation):
    net = tw.mlp(2, 3, 2, hidden="tanh", output="sigmoid")
    rng = np.random.default_rng(0)
    P, T = rng.normal(size=(2, 2)), rng.random((2, 2))
    document = tw.worked_step(net, "mse", net.init(0), P, T, tw.optimizers.Adam(0.1)).document(notation, form="matrix")
    lines, seen = document.lines(), 0
    for line, made_of in zip(lines, origins(document), strict=True):
        for origin in made_of:
            if origin.step is None or origin.line is None:
                continue
            found, made = found_at(line.steps[origin.step], origin.place), lines[origin.line].matrix
            if isinstance(found, Matrix) and made is not None:
                turned = isinstance(lines[origin.line].symbol, Negative) and isinstance(origin.symbol, Quotient)
                values = (-origin.sign if turned else origin.sign) * made.values
                np.testing.assert_allclose(found.values, values, rtol=1e-12, err_msg=str(line.about))
                seen += 1
    assert seen > 12


def test_a_gradient_of_the_step_is_made_of_those_of_its_examples():
    document = a_step().document("ncsu", **WHOLE)
    lines, found = document.lines(), origins(document)
    gradient = next(at for at, line in enumerate(lines) if line.about["quantity"] == "gradient")
    made = [lines[of.line].about for of in found[gradient] if of.line is not None]
    assert [(of["quantity"], of["example"], of["weight"]) for of in made] == [
        ("example_gradient", q, lines[gradient].about["weight"]) for q in range(3)
    ]


def test_one_weight_alone_shows_its_sums_worked_out():
    step = a_step()
    document = step.document("nnd", weight="layer1[0,0]")
    lines, found = document.lines(), origins(document)
    at = next(k for k, line in enumerate(lines) if line.about["quantity"] == "sensitivity" and line.about["neuron"] == 0
              and line.about["layer"] == "layer1")  # fmt: skip
    assert len(lines[at].steps) > 2
    assert all(of.line is not None or of.symbol.base == "w" for of in found[at])


def test_formulas_of_two_shapes_still_say_what_they_are_made_of():
    x, y = Symbol("x"), Symbol("y")
    lines = (
        Line(x, (), 2.0, {"quantity": "one"}),
        Line(Symbol("z"), (Sum((x, Product((x, y)))), Quotient(x, y)), None),
        Line(y, (Call(Symbol("f"), (x,)),), 5.0, {"quantity": "other"}),
    )
    document = Document("", "nnd", "", (), (), (Section("", lines),), (), 6, {})
    of_first, of_second, of_third = origins(document)
    assert of_first == ()
    assert [(of.symbol, of.line, of.step) for of in of_second] == [(x, 0, None), (y, 2, None)]
    assert [(of.symbol, of.value, of.line) for of in of_third] == [(x, 2.0, 0)]
