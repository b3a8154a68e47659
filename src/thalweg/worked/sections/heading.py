"""What stands before a worked calculation: the network, the rule, and what the letters mean."""

from __future__ import annotations

from numbers import Real

from ...core.activations import ACTIVATIONS
from ...core.losses import LOSSES
from ...core.places import Place
from ...errors import ArgumentError
from ...formulas.expression import Expression
from ...formulas.write_text import TextWriter
from ...formulas.writer import rounded
from ...optimizers.rule import Rule
from ..step.values import StepValues
from .writing import Writing


def name_of_step(step: StepValues) -> str:
    """A title for a step without one."""
    return f"A step of {type(step.rule).__name__}"


def introduction(w: Writing) -> tuple[str, ...]:
    """The network, the loss, the rule with its settings, and which step this is."""
    step = w.step
    net = step.network
    inputs = " + ".join(f"{size} {name}" for name, size in net.inputs.items())
    layers = "; ".join(
        f"{layer.name}: {layer.size} {ACTIVATIONS.name_of(layer.activation)}, fed by {', '.join(layer.sources or ())}"
        for layer in net.layers
    )
    count = f"{step.examples:,} example{'s' if step.examples > 1 else ''}"
    count += "" if step.rows is None else " (examples are counted from 0, rows of the data from 1)"
    penalties = [f"l1 {step.l1:g}" if step.l1 else "", f"l2 {step.l2:g}" if step.l2 else ""]
    loss = ", ".join(filter(None, [f"{LOSSES.name_of(step.loss)} ({step.loss.reduction} over examples)", *penalties]))
    return (
        f"Network: inputs {inputs}; {layers} ({net.parameter_count:,} parameters).",
        f"Loss: {loss}. Rule: {_rule(w, step.rule)}. Update {step.number:,}, of {count}.",
    )


def symbols(w: Writing) -> tuple[tuple[Expression, str], ...]:
    """The letters of the notation, each with what it stands for."""
    notation, net = w.notation, w.step.network
    first, last = net.layers[0], net.output
    source = (first.sources or ("",))[0]
    place = Place(first.name, 0, source, 0)
    found: list[tuple[Expression, str]] = [
        (notation.sent(source, 0), "input"),
        (notation.net_input(first.name, 0), f"{notation.word('net input')}: what comes into the first unit of a layer"),
        (notation.output(first.name, 0), "its output"),
        (notation.target(0), f"{notation.word('target')} output"),
        (notation.weight(place), "weight of that unit from the first input"),
    ]
    if last.bias:
        found.append((notation.weight(Place(last.name, 0)), "bias of the first output"))
    meaning = "∂F/∂n" if notation.sign > 0 else "-∂F/∂n"
    found += [
        (notation.function(first.name), "activation function"),
        (notation.sensitivity(last.name, 0), f"{notation.word('sensitivity')}, {meaning} of the first output"),
        (notation.loss(), "error over all examples"),
        (notation.delta(place), "update that is added to the weight"),
    ]
    seen: dict[Expression, str] = {}
    for symbol, what in found:
        seen.setdefault(symbol, what)
    return tuple(seen.items())


def _rule(w: Writing, rule: Rule) -> str:
    """The rule with its settings at this step, by the notation's letters."""
    writer = TextWriter()
    now = rule.at(int(w.step.state.step))
    told = [
        f"{name.name.replace('_', ' ')} {writer.write(w.notation.setting(name.name))} = {rounded(float(value), 6)}"
        for name in rule.numbers()
        if isinstance(value := getattr(now, name.name), Real)
    ]
    return ", ".join([type(rule).__name__, *told])


def layer_title(w: Writing, layer: str) -> str:
    """A layer for a heading."""
    for number, found in enumerate(w.step.network.layers, start=1):
        if found.name == layer:
            place = "the output layer" if found is w.step.network.output else f"layer {number}"
            return f"{place} ({layer})" if layer != f"layer{number}" else place
    raise ArgumentError(f"the network has no layer {layer!r}")
