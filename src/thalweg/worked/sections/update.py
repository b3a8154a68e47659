"""The update: every quantity of the rule for each weight, the new weights, and the error with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np

from ...core.weight_names import WeightName
from ...formulas.algebra import negative
from ...formulas.expression import Array, Expression, Negative, Number, Sum, Symbol
from ...optimizers.full_batch import FullBatchRule
from ..step.held import BIASES
from .document import Line, Section
from .gradient import about_weight, value_at
from .texts import Names, spelled_or_nothing
from .writing import Writing


def update_sections(w: Writing) -> list[Section]:
    """The linear system of a damped step, the update of the weights shown, and the error after it."""
    sections = [] if w.step.system is None else [_system(w)]
    items: list[Line | str] = []
    if w.step.fixed:
        items.append(f"Held as they are: {', '.join(map(named, w.step.fixed))}.")
    if isinstance(w.step.rule, FullBatchRule):
        items.append("The rule makes the updates of all weights at once: each stands in the line of its new weight.")
    for layer in w.step.network.layers:
        for weight in w.weights(layer.name):
            items += _of_weight(w, weight)
        items += w.weights_left_out(layer.name) if w.units(layer.name) else []
        items += w.left_out(layer.name)
    sections.append(Section("Weight update", tuple(items)))
    if not w.step.parts:
        sections.append(Section("The rule after the step", tuple(_state(w))))
    return [*sections, _after(w)]


def _of_weight(w: Writing, weight: WeightName) -> Iterator[Line]:
    """The parts of the update of a weight, by what the rule says of itself, then the new weight; none if it is held."""
    if w.step.held is not None and value_at(w.step.held, weight):
        return
    letters, values = names(w, weight)
    numbers: dict[str, Expression] = {name: Number(value) for name, value in values.items()}
    if w.notation.sign < 0:
        numbers["g"] = Negative(Number(-values["g"]))
    about = about_weight(w, weight)
    texts = dict(w.step.rule.texts()) or {part: "" for part in w.step.parts if part in values}
    for part, text in {**texts, "delta": texts.get("delta", "")}.items():
        if part not in values or not _is_shown(w, part, weight):
            continue
        steps = spelled_or_nothing(text, Names(letters, numbers))
        if steps and isinstance(steps[0], Number):
            steps = ()
        quantity = "delta" if part == "delta" else "part"
        yield w.line(letters[part], steps, values[part] + 0.0, quantity=quantity, **about, part=part)
    before = w.notation.weight(weight)
    new = Symbol(before.base, before.below, marked(before.above, "new"))
    old, delta = values["x"], values["delta"]
    steps = (Sum((before, w.notation.delta(weight))), Sum((Number(old), Number(delta))))
    yield w.line(new, steps, value_at(w.step.new_params, weight), quantity="new_weight", **about)


def named(name: str) -> str:
    """A name of what is held, in words."""
    layer, dot, rest = name.rpartition(".")
    if name == BIASES:
        return "all biases"
    return f"the biases of {layer}" if dot and rest == BIASES else name


def _is_shown(w: Writing, part: str, weight: WeightName) -> bool:
    """A quantity that all weights share is shown once, with the first of them."""
    if isinstance(w.step.parts.get(part), dict):
        return True
    step = w.step
    weights = (one for layer in step.network.layers for one in w.weights(layer.name))
    return weight == next(one for one in weights if step.held is None or not value_at(step.held, one))


def names(w: Writing, weight: WeightName) -> tuple[dict[str, Expression], dict[str, float]]:
    """What each name of the rule's equations stands for: letters, and numbers."""
    step, notation = w.step, w.notation
    done = int(step.state.step)
    values: dict[str, float] = {"k": float(done + 1), "x": value_at(step.params, weight)}
    values["g"] = value_at(step.gradient, weight)
    gradient = notation.gradient(weight)
    letters: dict[str, Expression] = {"k": Symbol("k"), "x": notation.weight(weight)}
    letters["g"] = gradient if notation.sign > 0 else negative(gradient)
    now = step.rule.at(done)
    for field in step.rule.numbers():
        value = getattr(now, field.name)
        rate = step.conventions.rate_of(weight.layer) if field.name == "learning_rate" else None
        value = value if rate is None else rate
        if isinstance(value, Real):
            values[field.name], letters[field.name] = float(value), notation.setting(field.name)
    for name, part in step.parts.items():
        _enter(w, weight, name, part, letters, values, "")
    for name, part in step.state._asdict().items():
        if name != "step":
            _enter(w, weight, f"{name}_last", part, letters, values, "old")
    if "delta" not in values:
        values["delta"] = value_at(step.delta, weight)
    letters["delta"] = notation.delta(weight)
    return letters, values


def _enter(
    w: Writing,
    weight: WeightName,
    name: str,
    part: Any,
    letters: dict[str, Expression],
    values: dict[str, float],
    mark: str,
) -> None:
    """A part of the rule, if it is a number or has one for each weight."""
    own = isinstance(part, Mapping)
    if isinstance(part, tuple):  # what a rule keeps of many updates, or one of optax's
        return
    if own:
        values[name] = value_at(part, weight)  # pyright: ignore[reportArgumentType]
    elif np.ndim(part) == 0:
        values[name] = float(part)
    else:
        return
    base = name.removesuffix("_last")
    symbol = w.notation.delta(weight) if base == "delta" else w.notation.part(base, weight if own else None)
    letters[name] = Symbol(symbol.base, symbol.below, marked(symbol.above, mark), symbol.mark) if mark else symbol


def marked(above: tuple[str, ...], mark: str) -> tuple[str, ...]:
    """The indices above with a word after them."""
    return (*above, ",", mark) if "," in above else (*above, mark)


def _state(w: Writing) -> Iterator[Line]:
    """The numbers of a rule that looks at all examples: those of its state after the step."""
    rule = w.step.rule
    assert isinstance(rule, FullBatchRule)
    for name, part in rule.numbers_left(w.step.new_state).items():
        yield Line(Symbol(name.replace("_", " ")), (), float(part), {"quantity": "state", "part": name})


def _system(w: Writing) -> Section:
    """(JᵀJ + mu I) δ = -Jᵀr for the first weights."""
    system = w.step.system
    assert system is not None
    size = len(system.right)
    most = size if w.selection.whole and size <= 2 * w.view.most_terms else min(size, w.view.most_terms)
    damped = system.matrix + system.mu * np.eye(size)
    cut: tuple[Expression | None, ...] = () if most == size else (None,)
    rows = [tuple(Number(float(value)) for value in row[:most]) + cut for row in damped[:most]]
    last: list[tuple[Expression | None, ...]] = [] if most == size else [(None,) * (most + 1)]

    def column(values: np.ndarray) -> Array:
        cells: list[tuple[Expression | None, ...]] = [(Number(float(value)),) for value in values[:most]]
        return Array(tuple(cells if most == size else [*cells, (None,)]))

    mu, delta = Symbol("mu"), Symbol("δ")
    left = Sum((Symbol("JᵀJ"), Symbol("mu I")))
    items: list[Line | str] = [
        f"The weights are one vector of {size:,}, in the order layer by layer, weights then bias.",
        Line(mu, (), system.mu, {"quantity": "damping"}),
        Line(left, (Array((*rows, *last)),), None, {"quantity": "damped_matrix"}),
        Line(Symbol("-Jᵀr"), (column(system.right),), None, {"quantity": "right_side"}),
        Line(delta, (column(system.delta),), None, {"quantity": "solution"}),
    ]
    if system.accelerated:
        items.append("The step taken is δ with its geodesic acceleration: it lowers F more.")
    if not system.accepted:
        items.append("No damping up to its maximum lowers F: the weights stay.")
    return Section("Damped linear system (JᵀJ + mu I) δ = -Jᵀr", tuple(items))


def _after(w: Writing) -> Section:
    """F before and after."""
    step = w.step
    change = step.value_after - step.value
    F = w.notation.loss()
    lines = (
        Line(F, (), step.value, {"quantity": "error_before"}),
        Line(Symbol(F.base, F.below, (*F.above, "new")), (), step.value_after, {"quantity": "error_after"}),
    )
    return Section("Error before and after", (*lines, told_change(change, w.view.digits)))


def told_change(change: float, digits: int) -> str:
    """What is said of how the error changes."""
    word = "falls" if change < 0 else "rises" if change > 0 else "stays"
    return f"The error {word} by {abs(change):.{digits}g}."
