"""The update in matrix form: every quantity of the rule for a matrix of weights at once, then the new weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ....formulas.expression import Expression, Hadamard, Negative, Number, Power, Quotient, Symbol, walk
from .. import update as units
from ..document import Line, Section
from ..texts import Names, spelled_or_nothing
from .both import Both, lifted, total
from .gradient import about_part, sources_of
from .writing import MatrixWriting, first_weight

ENTRIES = "Products ⊙, powers, roots and quotients of matrices are taken entry by entry."


def update_sections(m: MatrixWriting) -> list[Section]:
    """The update of the weights shown, and what of it has no matrices as it is unit by unit."""
    items: list[Line | str] = []
    step = m.w.step
    if step.fixed:
        items.append(f"Held as they are: {', '.join(map(units.named, step.fixed))}.")
    first = True
    for layer in step.network.layers:
        if not m.shown(layer.name):
            continue
        for source in sources_of(m, layer.name):
            lines = list(_of_part(m, layer.name, source, shared=first))
            first = first and not lines
            items += lines
    told = [item for item in items if isinstance(item, Line)]
    if any(isinstance(part, Hadamard | Power | Quotient) for line in told for part in _inside(line)):
        items.insert(0, ENTRIES)
    return [section if section.title != "Weight update" else Section(section.title, tuple(items))
            for section in units.update_sections(m.w)]  # fmt: skip


def _inside(line: Line) -> Iterator[Expression]:
    """The parts of a line's formula by numbers."""
    for step in line.steps[1:]:
        yield from walk(step)


def _of_part(m: MatrixWriting, layer: str, source: str | None, *, shared: bool) -> Iterator[Line]:
    """The parts of the update of a layer's weights from a source; none if all are held."""
    w, step, notation = m.w, m.w.step, m.w.notation
    weight = first_weight(layer, source)
    held = None if step.held is None else m.part(step.held, layer, source)
    if held is not None and held.all():
        return
    note = "some of them are held" if held is not None and held.any() else ""
    letters, values = units.names(w, weight)
    known, values_of = _known(m, layer, source, letters, values)
    numbers: dict[str, Expression] = {name: Number(value) for name, value in values.items()}
    if notation.sign < 0:
        numbers["g"] = Negative(Number(-values["g"]))
    about = about_part(layer, source)
    texts = dict(step.rule.texts()) or {part: "" for part in step.parts if part in values}
    for part, text in {**texts, "delta": texts.get("delta", "")}.items():
        if part not in values:
            continue
        whole = values_of.get(part)
        quantity = "delta" if part == "delta" else "part"
        unit = spelled_or_nothing(text, Names(letters, numbers))
        if whole is None:
            if shared:
                steps = () if unit and isinstance(unit[0], Number) else unit
                yield w.line(letters[part], steps, values[part] + 0.0, quantity=quantity, **about, part=part)
            continue
        formula = lifted(unit[0], known) if unit else None
        if formula is not None and isinstance(formula.letters, Number):
            formula = None
        symbol = m.lifted(letters[part], layer, source)
        about_line = {"quantity": quantity, **about, "part": part}
        yield m.line(symbol, formula, whole + 0.0, note=note, number=m.is_number(layer, source), **about_line)
    before = m.lifted(notation.weight(weight), layer, source)
    assert isinstance(before, Symbol)
    new = Symbol(before.base, before.below, units.marked(before.above, "new"), before.mark, before.bold)
    delta = m.lifted(letters["delta"], layer, source)
    values_of.setdefault("delta", m.part(step.delta, layer, source))
    terms = [(before, values_of["x"]), (delta, values_of["delta"])]
    formula = total([m.given_part(letter, of, layer, source) for letter, of in terms])
    after = m.part(step.new_params, layer, source)
    yield m.line(new, formula, after, number=m.is_number(layer, source), quantity="new_weight", **about)


def _known(
    m: MatrixWriting, layer: str, source: str | None, letters: Mapping[str, Expression], values: Mapping[str, float]
) -> tuple[dict[Expression, Both], dict[str, np.ndarray]]:
    """What each letter of the rule's equations stands for: a matrix, or a number; and the matrices by their names."""
    step = m.w.step
    trees: dict[str, Any] = {"x": step.params, "g": step.gradient, "delta": step.delta}
    trees |= {name: part for name, part in step.parts.items() if isinstance(part, Mapping)}
    state = step.state._asdict().items()
    trees |= {f"{name}_last": part for name, part in state if name != "step" and isinstance(part, Mapping)}
    arrays = {name: m.part(tree, layer, source) for name, tree in trees.items() if name in letters}
    known: dict[Expression, Both] = {}
    for name, letter in letters.items():
        turned = isinstance(letter, Negative)
        symbol: Expression = letter.of if isinstance(letter, Negative) else letter
        if name in arrays:
            found = -arrays[name] if turned else arrays[name]
            known[symbol] = m.given_part(m.lifted(symbol, layer, source), found + 0.0, layer, source)
        else:
            known[symbol] = Both(symbol, Number(values[name]))
    return known, arrays
