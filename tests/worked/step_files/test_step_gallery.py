"""The gallery: every number that its texts print, at its printed digits, their slips, and the list of examples."""

import dataclasses
import functools
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.weight_names import find_weight, index_of
from thalweg.worked.sections.document import Line
from thalweg.worked.step_files import gallery as gallery_files

DATA = tomllib.loads((Path(__file__).parents[1] / "gallery_numbers.toml").read_text())
OF_OTHER_TEXTS = sorted(path.stem for path in (Path(__file__).parents[3] / "examples" / "gallery").glob("*.toml"))
_UNIT = re.compile(r"(\w+)\[(\d+)\]")


@functools.cache
def trained(name, epochs):
    """The step file at the parameters that a training leaves; at its own, of 0 epochs."""
    file = tw.worked.gallery_step(name)
    if not epochs:
        return file
    run = tw.train(
        file.network, file.inputs, file.targets, file.loss, file.rule, params=file.params, epochs=epochs,
        batch_size=file.batch_size or "all", order="sequential", dtype="float64",
        engine="xla" if epochs > 1000 else "numpy",
    )  # fmt: skip
    return dataclasses.replace(file, params=run.params)


@functools.cache
def opened(name, number=1, epochs=0, at=()):
    """The step of a number, `epochs` later; `at` is an input of one's own."""
    file = trained(name, epochs)
    return (file.with_example(at, [0]) if at else file).open(number)


def value_of(step, quantity, example=1):
    """The value of a quantity as gallery_numbers.toml names it."""
    kind, _, name = quantity.removeprefix("-").partition(" ")
    q = example - 1
    if unit := _UNIT.fullmatch(name):
        layer, index = unit[1], int(unit[2])
    match kind:
        case "error" | "error_after":
            found = step.value if kind == "error" else step.value_after
        case "mean_absolute_difference":
            found = np.abs(step.targets - step.passed.output).mean()
        case "difference":
            found = step.targets[q, index] - step.passed.outputs[layer][q, index]
        case "net_input" | "output" if step.decimals is not None:  # the line is what is rounded
            about = {"quantity": kind, "layer": layer, "neuron": index, "example": q}
            lines = [line for section in step.document().sections for line in section.items if isinstance(line, Line)]
            (found,) = (line.value for line in lines if line.about == about)
        case "net_input" | "output" | "slope" | "sensitivity":
            found = getattr(step.neuron(layer, index, q), kind)
        case "input":
            found = step.input_gradient[layer][q, index]
        case "weight" | "gradient" | "change" | "new":
            tree = {"weight": step.params, "gradient": step.gradient, "change": step.delta, "new": step.new_params}
            found = step.network.ravel(tree[kind])[index_of(step.network, find_weight(step.network, name))]
        case _:
            raise AssertionError(f"{quantity} is no quantity")
    return -float(found) if quantity.startswith("-") else float(found)


def agrees(value, printed):
    """Whether a value is the printed one at all its digits; of a double in full, up to two units in its last place."""
    half = 0.5 * 10.0 ** Decimal(printed).as_tuple().exponent
    return abs(value - float(printed)) <= max(half * (1 + 1e-9), 2 * np.spacing(abs(value)))


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("name", sorted({group["name"] for group in DATA["print"]}))
def test_every_number_that_a_text_prints(name):
    wrong = []
    for group in (group for group in DATA["print"] if group["name"] == name):
        step = opened(name, group.get("step", 1), group.get("epochs", 0), tuple(group.get("at", ())))
        for quantity, printed in group["numbers"].items():
            value = value_of(step, quantity, group.get("example", 1))
            if not agrees(value, printed):
                wrong.append(f"{group['where']}: {quantity} is {value!r}, printed {printed}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("slip", DATA["slip"], ids=lambda slip: f"{slip['name']}: {slip['quantity']}")
def test_a_slip_of_a_text_is_told_and_is_one(slip):
    step = opened(slip["name"])
    value = value_of(step, slip["quantity"])
    assert agrees(value, slip["right"])
    assert not agrees(value, slip["printed"])
    assert any(slip["printed"] in note for note in step.notes)


def test_a_wrong_number_would_be_seen():
    assert agrees(0.13117, "0.1312")
    assert not agrees(0.13117, "0.1311")
    assert not agrees(0.13117, "0.13118")
    assert not agrees(np.nextafter(np.nextafter(np.nextafter(0.7105668883115941, 1), 1), 1), "0.7105668883115941")


def test_each_example_has_its_text_and_its_numbers():
    listed = {example.name: example for example in tw.worked.gallery()}
    printed = {group["name"] for group in DATA["print"]}
    assert len(OF_OTHER_TEXTS) >= 20
    for name in OF_OTHER_TEXTS:
        assert name in printed
        example = listed[name]
        assert example.title
        assert len(example.about) < 80  # a line of the list
        assert example.source
        assert example.about
        assert re.search(r"\b(19|20)\d\d\b|https://", example.reference), name
        read = example.read()
        assert read.notes[0] == f"From: {example.reference}"
        assert read.about == example.about
    assert list(listed) == sorted(listed)
    assert "aifh_xor_online" in listed


def test_each_example_is_written_down_in_its_notation():
    for name in OF_OTHER_TEXTS:
        step = opened(name)
        shown = step.show(neuron=f"{step.network.output.name}[0]")
        assert shown.startswith(step.title)
        assert f"* {step.notes[0]}" in shown


def test_by_name_and_by_another():
    assert tw.worked.gallery_step("mazur").open().value == pytest.approx(0.298371109)
    hagan = tw.worked.gallery_step("hagan")
    np.testing.assert_array_equal(hagan.params["hidden"].weights["input"], [[-0.27], [-0.41]])
    with pytest.raises(tw.ArgumentError, match=r"unknown example of the gallery 'mazer': did you mean 'mazur'\?"):
        tw.worked.gallery_step("mazer")


def test_a_gallery_that_was_not_installed_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(gallery_files, "_IN_THE_REPOSITORY", (tmp_path,))
    with pytest.raises(tw.FileError, match="install thalweg again"):
        tw.worked.gallery()
    (tmp_path / "gallery").mkdir()
    (tmp_path / "gallery" / "mine.toml").write_text('title = "Mine"\n')
    monkeypatch.setattr(gallery_files, "_INSTALLED", tmp_path / "gallery")
    assert [(example.name, example.title, example.source) for example in tw.worked.gallery()] == [("mine", "Mine", "")]
