"""A step whose every line is rounded: its document, and the parameters and the state that it leaves."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from ...core.network import LayerParameters, Parameters
from ...core.propagation import forward_phase
from ...errors import ArgumentError
from ..sections.document import Document
from ..sections.view import View
from ..step.conventions import objective
from ..step.decimals import rounded_tree
from ..step.opening import example_errors
from ..step.values import StepValues
from .document import as_shown, last_error, rounded_document, with_error_after

MOST_GRADIENTS = 5_000
"""Of all examples together, each a line, in a step that is rounded."""
_ALL = 10**9
WHOLE = View(most_examples=_ALL, most_neurons=_ALL, most_terms=_ALL)
"""Everything, so that a rounded number does not depend on what is shown."""


class Write(Protocol):
    """What writes a step exactly: whole, or only as far as its error."""

    def __call__(self, step: StepValues, view: View, forward: bool = False) -> Document:
        """The step as a document."""
        ...


def rounded_as_written(step: StepValues, write: Write, view: View) -> Document:
    """What a view shows of a step, every line rounded; `write` writes a step exactly.

    Raises ArgumentError for a step that is too large to be followed by hand.
    """
    assert step.decimals is not None
    exact = write(step, WHOLE)
    whole = rounded_document(exact, step.decimals)
    shown = as_shown(write(step, view), exact, whole, step.decimals)
    params, _ = left_by(step, whole)
    after = rounded_document(write(_with_parameters(step, params), WHOLE, True), step.decimals)
    error = last_error(after)
    return shown if error is None else with_error_after(shown, error, step.decimals)


def check_size(step: StepValues) -> None:
    """Raise ArgumentError for a step of so many lines that no one rounds them one by one."""
    gradients = step.network.parameter_count * step.examples
    if gradients > MOST_GRADIENTS:
        raise ArgumentError(
            f"rounding to {step.decimals} decimals: {step.network.parameter_count:,} parameters by {step.examples:,} "
            f"examples are {gradients:,} gradients, and at most {MOST_GRADIENTS:,} are rounded one by one: leave it "
            "out, or take fewer examples"
        )


def left_by(step: StepValues, whole: Document) -> tuple[Parameters, Any]:
    """The parameters and the rule's state after a step, as its rounded lines have them."""
    assert step.decimals is not None
    new: dict[str, Any] = {"": _copied(step.params)}
    state = step.new_state
    for name in state._fields:
        if name != "step":
            new[name] = rounded_tree(getattr(state, name), step.decimals)
    for line in whole.lines():
        about, quantity = line.about, line.about.get("quantity")
        name = "" if quantity == "new_weight" else about.get("part") if quantity in ("part", "delta") else None
        if name not in new or line.value is None:
            continue
        if isinstance(new[name], Mapping):
            _set(new[name], about, line.value)
        elif np.ndim(new[name]) == 0:
            new[name] = np.asarray(line.value, np.asarray(new[name]).dtype)
    kept = {name: value for name, value in new.items() if name}
    return new[""], state._replace(**kept)


def _set(tree: Parameters, about: Mapping[str, Any], value: float) -> None:
    """Write a number of a weight or bias, or of the bias of all units of a layer."""
    weights, bias = tree[about["layer"]]
    if "source" in about:
        weights[about["source"]][about["neuron"], about["origin"]] = value
    elif bias is not None:
        bias[about.get("neuron", slice(None))] = value


def _copied(params: Parameters) -> Parameters:
    return {
        name: LayerParameters(
            {source: np.array(W) for source, W in weights.items()}, None if bias is None else np.array(bias)
        )
        for name, (weights, bias) in params.items()
    }


def _with_parameters(step: StepValues, params: Parameters) -> StepValues:
    """The step at other parameters, as far as its error."""
    passed = forward_phase(step.network, params, step.inputs, step.masks)
    of_targets = step.target_weight
    F, _ = objective(
        step.network, step.loss, params, step.inputs, step.targets, step.weight, step.masks, step.conventions,
        l1=step.l1, l2=step.l2,
    )  # fmt: skip
    errors = example_errors(step.network, step.loss, passed, step.targets, of_targets)
    return dataclasses.replace(step, params=params, passed=passed, errors=errors, value=float(F))
