"""What stands before a worked calculation: the network, the rule, and what the letters mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from numbers import Real
from typing import Any

from ...core.activations import ACTIVATIONS, Elementwise
from ...core.kinds import settings
from ...core.losses import LOSSES, PointwiseLoss
from ...core.weight_names import WeightName
from ...errors import ArgumentError
from ...formulas.expression import Array, Call, Expression, Symbol, walk
from ...formulas.write_text import TextWriter
from ...formulas.writer import rounded
from ...optimizers.adam import AdaMax, NAdam
from ...optimizers.adaptive import AdaDelta, AdaGrad
from ...optimizers.full_batch import FullBatchRule
from ...optimizers.gradient_descent import Momentum
from ...optimizers.rule import Rule
from ...registry import title_of
from ..step.conventions import parameters_told
from ..step.values import StepValues
from .document import Line
from .texts import arriving_symbol
from .writing import OF_LOSS, SIZES, SQUARES, Writing, symbol_of_weight


def name_of_step(step: StepValues) -> str:
    """A title for a step without one."""
    return f"A step of {title_of(step.rule)}"


def introduction(w: Writing) -> tuple[str, ...]:
    """The network, the loss, the rule with its settings, and which step this is."""
    step = w.step
    net = step.network
    inputs = " + ".join(f"{size} {name}" for name, size in net.inputs.items())
    layers = "; ".join(
        f"{layer.name}: {layer.size} {ACTIVATIONS.name_of(layer.activation)}, fed by {', '.join(layer.sources or ())}"
        for layer in net.layers
    )
    count_of_parameters = parameters_told(net, step.shared_bias)
    count = f"{step.examples:,} example{'s' if step.examples > 1 else ''}"
    count += "" if step.rows is None else " (examples are counted from 1, as are rows of the data)"
    if step.missing is not None and step.missing.any():
        missing = int(step.missing.sum())
        count += f"; {missing:,} of {step.missing.size:,} targets {'is' if missing == 1 else 'are'} missing"
    loss = f"{LOSSES.name_of(step.loss)} ({step.loss.reduction} over examples{_over_outputs(step)})"
    loss = ", ".join(filter(None, [loss, _penalty(w, "l1", step.l1), _penalty(w, "l2", step.l2)]))
    return (
        f"Network: inputs {inputs}; {layers} ({count_of_parameters:,} parameters).",
        f"Loss: {loss}. Rule: {_rule(w, step.rule)}. Update {step.number:,}, of {count}.",
        *_conventions(step),
    )


def _over_outputs(step: StepValues) -> str:
    """What is said of outputs that are averaged, or added up, by a loss that has both."""
    outputs = getattr(step.loss, "outputs", None)
    return "" if outputs == getattr(type(step.loss), "outputs", None) else f", {outputs} over outputs"


def _penalty(w: Writing, name: str, value: float | None) -> str:
    """A penalty as it was given, and on what it is."""
    if not value:
        return ""
    step = w.step
    told = f"{name} {_written(w, value * step.penalty_divisor)}"
    told += (
        f" / {step.penalty_divisor} example{'s' * (step.examples > 1)}"
        if step.conventions.penalty_over == "examples"
        else ""
    )
    return told + (" (biases too)" if step.conventions.penalize == "all" else "")


def _conventions(step: StepValues) -> Iterator[str]:
    """A sentence for each convention that a training has not."""
    for layer in step.shared_bias:
        yield f"The units of {layer} have one bias together; its gradient is the sum over them."
    if step.decimals is not None:
        yield (
            f"Every line is rounded to {step.decimals} decimals, and is computed from the rounded numbers of the lines "
            "before it."
        )


def symbols(w: Writing, lines: Iterable[Line]) -> tuple[tuple[Expression, str], ...]:
    """The letters of the lines, each with what it stands for; of those that have indices the first one."""
    explained = dict(_main_symbols(w))
    kinds = {kind_of(w, letter) for symbol in explained for letter in letters_of(symbol)}
    others: dict[tuple[str, str, str], str] = {}
    for letter, meaning in _other_symbols(w):
        others.setdefault(kind_of(w, letter), meaning)
    for line in lines:
        for letter in (letter for part in (line.symbol, *line.steps) for letter in letters_of(part)):
            kind = kind_of(w, letter)
            if kind not in kinds:
                kinds.add(kind)
                explained[letter] = others.get(kind, "")
    return tuple((symbol, meaning) for symbol, meaning in explained.items() if meaning)


def letters_of(expression: Expression) -> Iterator[Symbol]:
    """The letters in an expression, those of functions and of matrices among them, without ∂ and π."""
    for part in walk(expression):
        match part:
            case Symbol("∂" | "π" | ""):
                continue
            case Symbol():
                yield part
            case Call(Symbol() as function):
                yield function
            case Array(rows):
                yield from (letter for row in rows for cell in row if cell is not None for letter in letters_of(cell))


def kind_of(w: Writing, letter: Symbol) -> tuple[str, str, str]:
    """What tells letters of different meaning apart: not the numbers of units, but those of λ₁ and λ₂."""
    if letter.below and letter in w.settings.values():
        return letter.base, letter.mark, ",".join(letter.below)
    if letter.base in (
        w.notation.loss().base,
        "c",
        w.notation.gradient_of(0).base,
    ):  # of examples, by their numbers, or something else
        number = "".join(letter.below)
        return letter.base, letter.mark, "1" if number.isdecimal() else number
    return letter.base, letter.mark, "".join(letter.below) if letter.base in NUMBERED else ""


def all_symbols(w: Writing) -> Iterator[tuple[Expression, str]]:
    """All letters that a step may have."""
    yield from _main_symbols(w)
    yield from _other_symbols(w)


NUMBERED = ("λ", "β", "Δ")
_OF_A_SYSTEM = {
    "mu": "damping",
    "mu I": "damping on the diagonal",
    "JᵀJ": "J: derivatives of the errors by the weights",
    "-Jᵀr": "half the negative gradient; r: the errors",
    "δ": "the step of all weights",
}


def _other_symbols(w: Writing) -> Iterator[tuple[Symbol, str]]:
    """The letters that a step may have."""
    step, notation, net = w.step, w.notation, w.step.network
    error = "target - output" if notation.subtracts_output else "output - target"
    yield notation.error(0), f"error of an output: {error}"
    yield notation.example_loss(), "error of one example"
    yield Symbol(notation.loss().base, ("1",)), "error of the first example"
    yield notation.gradient_of(0), "gradient of the first example's error"
    yield Symbol("c", ("1",)), "weight of the first example"
    yield symbol_of_weight(notation, 0), "weight of the target of the first output"
    yield Symbol("mask"), "what dropout multiplies an output with"
    yield Symbol("k"), f"number of the update, {int(step.state.step) + 1:,}"
    for layer in net.layers:
        yield notation.slope(layer.name), "derivative of the activation function"
        yield notation.function(layer.name), "activation function"
        yield notation.output(layer.name, 0), f"output of the first unit of {layer.name}"
        for symbol, word in (
            (notation.net_input(layer.name, 0), "net input"),
            (notation.sensitivity(layer.name, 0), "sensitivity"),
        ):
            yield symbol, f"{notation.word(word)} of the first unit of {layer.name}"
        fused = layer is net.output and not isinstance(step.loss, PointwiseLoss)
        if not fused and not isinstance(layer.activation, Elementwise):
            also = f"; in the update {meaning_of(step.rule, 'v')}" if "v" in step.parts else ""
            yield arriving_symbol(w, layer.name, 0), f"derivative of the error by an output of {layer.name}{also}"
        unit = notation.bias_unit(layer.name)
        if unit is not None:
            yield unit, "unit whose output is 1; its weight is the bias"
        weights = [WeightName(layer.name, 0, source, 0) for source in layer.sources or ()]
        for weight in (*weights, *([WeightName(layer.name, 0)] if layer.bias else [])):
            shared = " the units" if layer.name in step.shared_bias else " the first unit"
            of = f"bias of{shared} of a layer" if weight.source is None else "weight from the first input"
            yield notation.weight(weight), of
            yield notation.delta(weight), f"update that is added to the {of}"
            for name in step.parts:  # where a text tells the layer in the word, as in coefs_[0]
                if (part := notation.part(name, weight)).base != notation.part(name, None).base:
                    yield part, meaning_of(step.rule, name)
            for gradient in (notation.example_gradient(weight), notation.gradient(weight)):
                for letter in letters_of(gradient):
                    yield letter, f"gradient by the {of}"
        yield from _settings(w, layer.activation, layer.name, ACTIVATIONS.name_of(layer.activation))
    yield from _settings(w, step.loss, OF_LOSS, LOSSES.name_of(step.loss))
    for number, name, value in (("1", "l1", step.l1), ("2", "l2", step.l2)):
        if value:
            yield Symbol("λ", (number,)), f"{name}, {_written(w, value * step.penalty_divisor)}"
    biases = "biases are left out" if step.conventions.penalize == "weights" else "biases are among them"
    yield SIZES, f"sum of the sizes of all weights; {biases}"
    yield SQUARES, f"sum of the squares of all weights; {biases}"
    now = step.rule.at(int(step.state.step))
    for field in step.rule.numbers():
        rates = step.conventions.learning_rates
        if field.name == "learning_rate" and rates is not None:
            told = ", ".join(f"{_written(w, rate)} of {layer}" for layer, rate in rates.items())
            yield notation.setting(field.name), f"learning rate, {told}"
        elif isinstance(value := getattr(now, field.name), Real):
            yield notation.setting(field.name), f"{field.name.replace('_', ' ')}, {_written(w, float(value))}"
    for name in (*step.parts, *step.state._fields):
        yield notation.part(name, None), meaning_of(step.rule, name)
    if isinstance(step.rule, FullBatchRule):
        for name in step.rule.numbers_left(step.new_state):
            yield Symbol(name.replace("_", " ")), "of the rule, after the step"
    for name, meaning in _OF_A_SYSTEM.items():
        yield Symbol(name), meaning


_WORDS = {
    "m": "running mean of the gradient",
    "v": "running mean of the gradient's square",
    "m_hat": "m without the share of its start at 0",
    "v_hat": "v without the share of its start at 0",
    "mu": "momentum now",
    "mu_next": "momentum of the next update",
    "product": "product of the momenta up to now",
    "rate": "learning rate now",
}
_WORDS_OF_A_RULE = {
    (AdaGrad, "v"): "sum of the gradient's squares",
    (Momentum, "v"): "velocity: what the gradients up to now amount to",
    (AdaDelta, "u"): "running mean of the update's square",
    (AdaMax, "u"): "largest size of the gradient, which fades",
    (NAdam, "m_hat"): "mean of the gradient as it will be, and of the gradient now",
}


def meaning_of(rule: Any, part: str) -> str:
    """What a part of a rule's equations stands for."""
    return _WORDS_OF_A_RULE.get((type(rule), part)) or _WORDS.get(part, f"{part.replace('_', ' ')} of the rule")


def _written(w: Writing, value: float) -> str:
    """A setting with as many digits as the lines have, and no fewer than six."""
    return rounded(value, max(6, w.view.digits))


def _settings(w: Writing, part: Any, where: str, name: str) -> Iterator[tuple[Symbol, str]]:
    """The letters of the settings of an activation or a loss, with their values."""
    for setting, value in settings(part).items():
        yield w.settings[where, setting], f"{setting} of {name}, {_written(w, float(value))}"


def _main_symbols(w: Writing) -> tuple[tuple[Expression, str], ...]:
    """The letters that every step has."""
    notation, net = w.notation, w.step.network
    first, last = net.layers[0], net.output
    source = (first.sources or ("",))[0]
    weight = WeightName(first.name, 0, source, 0)
    found: list[tuple[Expression, str]] = [
        (notation.sent(source, 0), "input"),
        (notation.net_input(first.name, 0), f"{notation.word('net input')}: what comes into the first unit of a layer"),
        (notation.output(first.name, 0), "its output"),
        *([(notation.target(0), f"{notation.word('target')} output")] if w.step.loss.uses_targets else []),
        (notation.weight(weight), "weight of that unit from the first input"),
    ]
    if last.bias:
        of = "output layer" if last.name in w.step.shared_bias else "first output"
        found.append((notation.weight(WeightName(last.name, 0)), f"bias of the {of}"))
    meaning = "∂F/∂n" if notation.sign > 0 else "-∂F/∂n"
    found += [
        (notation.function(first.name), "activation function"),
        (notation.sensitivity(last.name, 0), f"{notation.word('sensitivity')}, {meaning} of the first output"),
        (notation.loss(), "error over all examples"),
        (notation.delta(weight), "update that is added to the weight"),
    ]
    seen: dict[Expression, str] = {}
    for symbol, what in found:
        seen.setdefault(symbol, what)
    return tuple(seen.items())


def _rule(w: Writing, rule: Rule) -> str:
    """The rule with its settings at this step, by the notation's letters."""
    writer = TextWriter()
    now = rule.at(int(w.step.state.step))
    told = []
    for field in rule.numbers():
        value, rates = getattr(now, field.name), w.step.conventions.learning_rates
        letter = f"{field.name.replace('_', ' ')} {writer.write(w.notation.setting(field.name))}"
        if field.name == "learning_rate" and rates is not None:
            told.append(f"{letter} = {', '.join(f'{_written(w, rate)} of {layer}' for layer, rate in rates.items())}")
        elif isinstance(value, Real):
            told.append(f"{letter} = {_written(w, float(value))}")
    return ", ".join([title_of(rule), *told])


def layer_title(w: Writing, layer: str) -> str:
    """A layer for a heading."""
    for number, found in enumerate(w.step.network.layers, start=1):
        if found.name == layer:
            place = "the output layer" if found is w.step.network.output else f"layer {number}"
            return f"{place} ({layer})" if layer != f"layer{number}" else place
    raise ArgumentError(f"the network has no layer {layer!r}")
