"""The data of an activation: its curves, its formulas only where they are its own, what is saturated, letters."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from schema_check import validate

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS, ELU, Formula, Tanh
from thalweg.errors import ArgumentError
from thalweg.plots import activation_curve
from thalweg.widgets.activation_data import POINTS, activation_said, activations_data, letters_of, title_of


@dataclass(frozen=True)
class Told(Tanh):
    """Says something else than it computes."""

    value_text: ClassVar[str] = "n"


def test_curves_are_those_of_the_function_and_all_is_as_the_schema_says():
    schema = json.loads((Path(tw.__file__).parent / "widgets" / "activation.schema.json").read_text(encoding="utf-8"))
    for names in (list(ACTIVATIONS)[:6], ["softmax", "hardlim", "x**2 if x > 1 else x", "log(x)"]):
        made = [activation_said(name) for name in names]
        data = activations_data(made, low=-4, high=4)
        values = {"data": data, "at": 1.0, "chosen": 0, "formula": "", "told": "", "live": True}
        validate(json.loads(json.dumps(values, allow_nan=False)), schema)
        for function, told in zip(made, data["functions"], strict=True):
            if not hasattr(function, "below"):
                curve = activation_curve(function, np.linspace(-4, 4, POINTS))
                known = np.isfinite(curve.a) & np.isfinite(curve.derivative) & (np.abs(curve.derivative) < 1e6)
                shown = np.array([[np.nan if x is None else x for x in told[name]] for name in ("a", "slope")])
                np.testing.assert_allclose(shown[0][known], curve.a[known], rtol=1e-6, atol=1e-12)
                np.testing.assert_allclose(shown[1][known], curve.derivative[known], rtol=1e-6, atol=1e-12)


def test_a_formula_that_is_not_its_own_is_not_shown():
    assert activations_data([Tanh()])["functions"][0]["formulas"] is not None
    assert activations_data([Told()])["functions"][0]["formulas"] is None


def test_saturated_is_where_the_slope_stays_below_the_threshold_to_an_end():
    (told,) = activations_data([activation_said("sigmoid")], saturated_below=0.1)["functions"]
    (left, right) = told["stretches"]
    assert (left[0], right[1]) == (-6, 6)
    for edge in (left[1], right[0]):
        a = 1 / (1 + np.exp(-edge))
        assert a * (1 - a) == pytest.approx(0.1, abs=0.002)
    assert activations_data([activation_said("relu")])["functions"][0]["stretches"] == []


def test_letters_are_those_of_the_text():
    assert {name: letter.base for name, letter in letters_of("bishop").items()} == {"n": "a", "a": "z", "f": "h"}
    data = activations_data([Tanh()], notation="nielsen")
    assert data["letters"]["n"] == ["s", "z"]
    assert data["functions"][0]["formulas"][0]["shown"] == ["f", "tanh", ["s", "z"]]


def test_names_and_what_is_refused():
    assert title_of(ELU(alpha=0.5)) == "elu (alpha 0.5)"
    assert activation_said("x*tanh(x)") == Formula("x*tanh(x)")
    for said, told in (
        ("tahn", "did you mean 'tanh'"),
        ("x +", "formula, column"),
        ("__import__('os')", "cannot stand in a formula"),
        (3, "a name, a formula or an object"),
    ):
        with pytest.raises(ArgumentError, match=told):
            activation_said(said)
    with pytest.raises(ArgumentError, match="saturated_below is 0"):
        activations_data([Tanh()], saturated_below=0)
    with pytest.raises(ArgumentError, match="7 functions"):
        activations_data([Tanh()] * 7)
