"""What is unusual about the flow of a gradient, in words, with the remedy that the texts name."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..training.finding import Finding
from .words import factor

if TYPE_CHECKING:
    from .flow import GradientFlow, LayerFlow

FOLD = 100.0
"""Gradients of layers that differ by this factor vanish or explode."""
SENSITIVITY_FOLD = 1000.0
"""So do sensitivities by this one: on a plateau the last layer's gradient, a sum over examples, may be small, too."""
UNSCALED = 10.0
"""Targets that are so many times as large as a linear output, and as 1."""
MOST_SATURATED = 0.5
MOST_DEAD = 0.25
MOST_STUCK = 0.1
LARGEST_UPDATE, SMALLEST_UPDATE = 0.2, 1e-6
"""Of the weights' size; about a thousandth is usual (Karpathy, CS231n notes on learning)."""

_INITIALIZE = "initial weights that suit the activation (as net.init draws them by default)"
_REVIVAL = "a smaller learning rate, he_normal initial weights, or leaky_relu"
_VANISHING = f"use ReLU in the hidden layers, {_INITIALIZE}, or pre-training with tw.pretrain (AIFH, NCSU)"


def told(flow: GradientFlow) -> str:
    """The findings, a line each; or that there are none, with what was looked at."""
    found = find(flow)
    if found:
        return "\n".join(map(str, found))
    if len(flow.layers) == 1:
        return "nothing unusual: one layer, with a finite gradient"
    each = [layer.gradient_rms for layer in flow.layers]
    hidden = [layer for layer in flow.layers[:-1] if layer.bends and layer.saturated is not None]
    saturated = max((layer.saturated or 0.0 for layer in hidden), default=None)
    parts = [f"the layers' gradients are within a factor of {factor(max(each) / min(each))}"]
    if saturated is not None:
        parts.append(
            "no hidden layer is saturated"
            if saturated < 0.005
            else f"at most {_percent(saturated)} of a hidden layer's outputs are saturated"
        )
    dead = sum(layer.dead for layer in flow.layers)
    parts.append("no unit is dead" if not dead else f"{dead} of {sum(layer.size for layer in flow.layers)} units dead")
    return f"nothing unusual: {', '.join(parts)}"


def find(flow: GradientFlow) -> tuple[Finding, ...]:
    """Everything unusual about a flow, the gravest first."""
    layers = flow.layers
    broken = [layer.name for layer in layers if not math.isfinite(layer.gradient)]
    if broken or not math.isfinite(flow.F):
        return (
            Finding(
                "not finite",
                tuple(broken),
                f"the gradient is not finite{_in(broken)}: the outputs have left the range of numbers",
                f"start again from {_INITIALIZE}, scaled inputs and a smaller learning rate",
            ),
        )
    cut_off = _cut_off(layers)
    reached = [layer for layer in layers if layer.gradient > 0]
    if not reached:
        return cut_off
    changing = _changing(flow, reached)
    saturated = any(finding.kind == "vanishing" for finding in changing)
    updates = () if cut_off else _updates(reached)
    return (*_unscaled(flow), *cut_off, *changing, *_saturation(flow, saturated), *_dead(reached), *updates)


def _unscaled(flow: GradientFlow) -> tuple[Finding, ...]:
    """Targets that are out of the reach of a linear output as it is."""
    last = flow.layers[-1]
    if last.activation != "linear" or flow.targets < UNSCALED * max(1.0, last.output):
        return ()
    text = (
        f"the targets are far from the outputs: {flow.targets:.3g} on average where {last.name} gives {last.output:.3g}"
    )
    remedy = "scale the targets to a mean of 0 and a deviation of 1 (thalweg train does)"
    return (Finding("unscaled targets", (last.name,), text, remedy, flow.targets / max(1.0, last.output)),)


def _cut_off(layers: Sequence[LayerFlow]) -> tuple[Finding, ...]:
    """Layers that receive no gradient at all."""
    without = [layer.name for layer in layers if layer.gradient == 0]
    if len(without) == len(layers) and layers[-1].sensitivity == 0:
        text = "the gradient is 0 in every layer: the error is at a minimum, or flat here"
        remedy = "none at a minimum; else other initial weights"
        return (Finding("no gradient", (), text, remedy),)
    if not without:
        return ()
    dead = [layer.name for layer in layers if layer.dead == layer.size]
    empty = [layer.name for layer in layers if layer.weight == 0]
    if dead:
        why, remedy = f"every unit of {_names(dead)} is dead, its slope 0 for every example", _REVIVAL
    elif empty:
        why, remedy = f"the weights of {_names(empty)} are all 0", _INITIALIZE
    else:
        why, remedy = "its path is cut", "feed their outputs to the layers after them"
    return (Finding("no gradient", tuple(without), f"no gradient reaches {_names(without)}: {why}", remedy),)


def _changing(flow: GradientFlow, layers: Sequence[LayerFlow]) -> list[Finding]:
    """Gradients that vanish or explode on their way back through the layers that they reach."""
    pairs = [(early, late) for i, early in enumerate(layers) for late in layers[i + 1 :]]
    if not pairs:
        return []
    early, late = max(pairs, key=lambda pair: abs(math.log(pair[1].gradient_rms / pair[0].gradient_rms)))
    fold = late.gradient_rms / early.gradient_rms
    between = layers[layers.index(early) : layers.index(late) + 1]
    if fold >= FOLD:
        text = f"the gradient shrinks {factor(fold)}-fold from {late.name} to {early.name}"
        cause, remedy = _why_smaller(between)
        return [Finding("vanishing", (early.name, late.name), f"{text}: {cause}", remedy, fold)]
    if fold <= 1 / FOLD:
        return [_exploding(flow, early, late, between)]
    early, late = max(pairs, key=lambda pair: pair[1].sensitivity_rms / pair[0].sensitivity_rms)
    fold = late.sensitivity_rms / early.sensitivity_rms
    if fold >= SENSITIVITY_FOLD:
        text = f"the sensitivities shrink {factor(fold)}-fold from {late.name} to {early.name}"
        cause, remedy = _why_smaller(layers[layers.index(early) : layers.index(late) + 1])
        return [Finding("vanishing", (early.name, late.name), f"{text}: {cause}", remedy, fold)]
    return []


def _why_smaller(layers: Sequence[LayerFlow]) -> tuple[str, str]:
    """Why the sensitivities shrink on their way back through these layers, most of all where; and the remedy."""
    steps = [layer.sensitivity_rms / after.sensitivity_rms for layer, after in itertools.pairwise(layers)]
    at = min(range(len(steps)), key=steps.__getitem__)
    worst, after = layers[at], layers[at + 1]
    saturated = _saturating(layers[:-1])
    if saturated:
        most = worst if worst in saturated else saturated[0]
        return f"{most.activation} saturates in {most.name} ({_percent(most.saturated)} of its outputs)", _VANISHING
    if worst.dead >= 0.5 * worst.size:
        return f"{worst.dead} of {worst.size} units of {worst.name} are dead", _REVIVAL
    if worst.bends and worst.slope is not None and worst.slope < 0.3:
        slope = f"the slope of {worst.activation}, {worst.slope:.2f} in {worst.name}"
        return f"each layer multiplies it by {slope}", _VANISHING
    return f"the weights from {worst.name} to {after.name} are small", _INITIALIZE


def _saturating(layers: Sequence[LayerFlow]) -> list[LayerFlow]:
    """The layers of which most outputs are saturated, the worst first."""
    found = [layer for layer in layers if layer.bends and (layer.saturated or 0.0) >= MOST_SATURATED]
    return sorted(found, key=lambda layer: -(layer.saturated or 0.0))


def _exploding(flow: GradientFlow, early: LayerFlow, late: LayerFlow, between: Sequence[LayerFlow]) -> Finding:
    fold = early.gradient_rms / late.gradient_rms
    text = f"the gradient grows {factor(fold)}-fold from {late.name} to {early.name}"
    name, largest = max(flow.inputs.items(), key=lambda pair: pair[1])
    if early.sensitivity_rms / late.sensitivity_rms < FOLD**0.5 and largest >= 10:
        cause, remedy = f"the numbers of input {name!r} are large ({largest:.3g} on average)", "scale the inputs"
    else:
        heaviest = max(between, key=lambda layer: layer.weight / layer.size**0.5)
        cause = f"the weights are large, those of {heaviest.name} most"
        remedy = f"{_INITIALIZE}, and a smaller learning rate"
    return Finding("exploding", (early.name, late.name), f"{text}: {cause}", remedy, fold)


def _saturation(flow: GradientFlow, told_already: bool) -> list[Finding]:
    found = []
    saturated = _saturating(flow.layers[:-1])
    if saturated and not told_already:
        most, *others = saturated
        text = f"{most.activation} saturates in {most.name} ({_percent(most.saturated)} of its outputs)"
        text += f", and in {_names([layer.name for layer in others])}" if others else ""
        remedy = f"scale the inputs, {_INITIALIZE}, or ReLU (AIFH, NCSU)"
        found.append(Finding("saturation", tuple(layer.name for layer in saturated), text, remedy, len(saturated)))
    if flow.stuck >= MOST_STUCK:
        last = flow.layers[-1]
        text = f"{_percent(flow.stuck)} of the outputs are wrong and saturated, and {flow.loss} hardly corrects them"
        remedy = "use cross_entropy for classification (AIFH, NCSU)"
        found.append(Finding("stuck outputs", (last.name,), text, remedy, flow.stuck))
    return found


def _dead(layers: Sequence[LayerFlow]) -> list[Finding]:
    dead = [layer for layer in layers if layer.dead and layer.dead >= MOST_DEAD * layer.size]
    if not dead:
        return []
    counts = ", ".join(f"{layer.dead} of {layer.size} units of {layer.name}" for layer in dead)
    return [
        Finding(
            "dead units",
            tuple(layer.name for layer in dead),
            f"dead, without slope: {counts}",
            _REVIVAL,
            sum(layer.dead for layer in dead),
        )
    ]


def _updates(layers: Sequence[LayerFlow]) -> list[Finding]:
    known = [(layer.update_ratio, layer.name) for layer in layers if layer.update_ratio is not None]
    if not known:
        return []
    largest, where = max(known)
    if largest > LARGEST_UPDATE:
        text = f"an update changes the weights of {where} by {factor(largest)} times their size; about 0.001 is usual"
        return [Finding("large updates", (where,), text, "a smaller learning rate", largest)]
    if largest < SMALLEST_UPDATE:
        text = f"an update changes no layer's weights by more than {largest:.1g} times their size; about 0.001 is usual"
        return [Finding("small updates", (where,), text, "a larger learning rate, unless the training has converged")]
    return []


def _in(names: Sequence[str]) -> str:
    return f" in {_names(names)}" if names else ""


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0.0):.0f} %"


def _names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
