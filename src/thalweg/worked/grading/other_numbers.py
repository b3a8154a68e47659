"""The same calculations with the numbers of another step: without writing it down again."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ...core.network import Parameters
from ...core.weight_names import WeightName, name_of, weight_at
from ...formulas.evaluation import evaluate
from ..step.values import StepValues
from .ledger import Ledger

_CLOSE = 1e-9
_CONSTANT = ("slope", "error_before", "error_after", "state", "damping")
"""Quantities of lines without a formula that are the same for all numbers, or of which nothing is made."""


def with_numbers_of(ledger: Ledger, step: StepValues) -> Ledger | None:
    """The calculations of another step of the same network, if they are the same: checked against what it computed.

    None where the formulas are others, or may be: a formula with cases says what holds for its own numbers alone. What
    is checked are the errors, the sensitivities and the new parameters, which hang on every other line.
    """
    given = {
        id_: _of_weight(step, ledger.weights[id_]) if id_ in ledger.weights else v for id_, v in ledger.given.items()
    }
    numbers = dict(given)
    used = {letter for one in ledger.calculations.values() for letter in one.made_of}
    for id_, one in ledger.calculations.items():
        about = one.line.about
        if one.formula is not None:
            numbers[id_] = evaluate(one.formula, numbers)
        elif about.get("quantity") == "input":
            numbers[id_] = float(step.inputs[about.get("source") or ""][about.get("example"), about.get("origin")])
        elif about.get("quantity") == "target":
            numbers[id_] = float(step.targets[about.get("example"), about.get("neuron")])
        elif about.get("quantity") in _CONSTANT or id_ not in used:
            numbers[id_] = math.nan if one.line.value is None else float(one.line.value)
        else:
            return None
    if not _agree(ledger, step, numbers):
        return None
    found = replace(ledger, given=given, own={id_: numbers[id_] for id_ in ledger.calculations})
    found.__dict__["names"] = ledger.names  # they do not hang on the numbers
    return found


def _of_weight(step: StepValues, weight: WeightName) -> float:
    return _at(step.params, weight)


def _at(params: Parameters, weight: WeightName) -> float:
    weights, bias = params[weight.layer]
    if weight.source is None or weight.origin is None:
        return math.nan if bias is None else float(bias[weight.to])
    return float(weights[weight.source][weight.to, weight.origin])


def _agree(ledger: Ledger, step: StepValues, numbers: dict[str, float]) -> bool:
    """Whether errors, sensitivities and new parameters are those of the step."""
    net = step.network
    pairs: list[tuple[float, float]] = []
    several = step.examples > 1
    sign = next((one.line.about["sign"] for one in ledger.calculations.values() if "sign" in one.line.about), 1)
    for q in range(step.examples):
        end = f"#{q + 1}" if several else ""
        pairs.append((numbers.get(f"example_error{end}", math.nan), float(step.errors[q])))
        for layer in net.layers:
            found = step.sensitivities[layer.name][q]
            pairs += [
                (sign * numbers.get(f"sensitivity:{layer.name}[{i}]{end}", math.nan), float(found[i]))
                for i in range(layer.size)
            ]
    for index in range(net.parameter_count):
        weight = weight_at(net, index)
        name = name_of(net, weight)
        if weight.source is None and weight.layer in step.shared_bias:
            name = f"{weight.layer}.bias"
        if f"new_weight:{name}" in numbers:
            pairs.append((numbers[f"new_weight:{name}"], _at(step.new_params, weight)))
    one, other = np.asarray(pairs).T
    return bool(np.allclose(one, other, rtol=_CLOSE, atol=_CLOSE))
