"""Steps as the plain data of a picture: values once, and each notation's letters beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.activations import ACTIVATIONS
from ..core.kinds import settings
from ..core.network import Layer
from ..core.weight_names import WeightName, name_of
from ..errors import ArgumentError
from ..formulas.expression import Expression, Symbol
from ..worked.calculation import WorkedStep
from ..worked.document import Document, Line
from ..worked.notations import NOTATIONS, Notation, notation_named
from ..worked.origins import Origin, number_at, origins
from ..worked.sections.view import View
from .encoding import Json, Names, Pool, encode, finite

VERSION = 1


def steps_data(
    steps: Sequence[WorkedStep], notations: Sequence[str] | None = None, *, notation: str | None = None, **view: Any
) -> dict[str, Json]:
    """The data of the pictures of steps that follow one another: plain, for JSON, as `worked.schema.json` describes it.

    `notations` are those that can be chosen, None: all; `notation` (None: the steps' own) comes first. `view` holds
    fields of `View`. Raises ArgumentError for no step, for steps of several networks and for what the steps have not.
    """
    if not steps:
        raise ArgumentError("steps is empty: give at least one worked step")
    first = steps[0]
    if any(step.network != first.network for step in steps):
        raise ArgumentError("the steps are of several networks: make a picture of each")
    own = notation or first.notation
    chosen = tuple(dict.fromkeys((own, *(NOTATIONS if notations is None else notations))))
    kinds: dict[str, Notation] = {name: notation_named(name)(first.network) for name in chosen}
    trees, shared = Pool(), Pool()
    told: list[dict[str, Json]] = []
    before: _Written | None = None
    for step, place in zip(steps, _places(steps), strict=True):
        written = _Written(step, kinds, trees, shared, before)
        told.append({**place, **written.data(view)})
        before = written
    title = first.title or told[0]["title"]
    return {
        "format": "thalweg.worked",
        "version": VERSION,
        "title": title.removesuffix(": step 1") if len(steps) > 1 else title,
        "digits": view.get("digits", 6),
        "notation": own,
        "notations": [{"name": name, "title": kind.title} for name, kind in kinds.items()],
        "network": network_data(first, View(**view).most_neurons),
        "trees": trees.all,
        "shared": shared.all,
        "steps": told,
    }


def network_data(step: WorkedStep, most: int) -> dict[str, Json]:
    """The network as it is drawn: its columns, and how many units of each."""
    net = step.network
    return {
        "inputs": [{"name": name, "size": size, "drawn": min(size, most)} for name, size in net.inputs.items()],
        "layers": [
            {
                "name": layer.name,
                "size": layer.size,
                "drawn": min(layer.size, most),
                "activation": ACTIVATIONS.name_of(layer.activation),
                "sources": list(layer.sources or ()),
                "bias": layer.bias,
            }
            for layer in net.layers
        ],
    }


def _places(steps: Sequence[WorkedStep]) -> Iterator[dict[str, Json]]:
    """Of each step its number and, where they begin with the first update, its epoch: the examples seen tell it."""
    epoch, seen, counted = 1, set[int](), steps[0].number == 1 and len(steps) > 1
    for number, step in enumerate(steps):
        rows = set(range(step.examples)) if step.rows is None else {int(row) for row in step.rows}
        if number and rows & seen:
            epoch, seen = epoch + 1, set[int]()
        seen |= rows
        yield {"number": step.number, "epoch": epoch if counted else None}


@dataclass
class _Calculation:
    """The lines of a step, without letters: what each is about, its value, and what was given."""

    about: list[dict[str, Json]]
    values: list[float | None]
    notes: dict[int, str]
    given: dict[Json, int] = field(default_factory=dict)
    given_about: list[dict[str, Json]] = field(default_factory=list)
    given_values: list[float] = field(default_factory=list)

    def give(self, about: dict[str, Json], symbol: Expression, value: float) -> int:
        """The place of something given."""
        key = (tuple(about.items()) or symbol, value)
        place = self.given.setdefault(key, len(self.given_about))
        if place == len(self.given_about):
            self.given_about.append(about or {"quantity": "given"})
            self.given_values.append(value)
        return place


class _Written:
    """One step in all notations."""

    def __init__(
        self, step: WorkedStep, kinds: Mapping[str, Notation], trees: Pool, shared: Pool, before: _Written | None
    ) -> None:
        self.step, self.kinds, self.trees, self.shared, self.before = step, kinds, trees, shared, before
        self.calculations: list[_Calculation] = []
        self.documents: dict[str, tuple[Document, int]] = {}

    def data(self, view: Mapping[str, Any]) -> dict[str, Json]:
        """The step as data."""
        texts = [self._text(name, "units", self.step.document(name, **view)) for name in self.kinds]
        step = self.step
        rows = None if step.rows is None else [int(row) + 1 for row in step.rows[:_MOST_ROWS]]
        title = next(iter(self.documents.values()))[0].title
        return {
            "title": title,
            "examples": step.examples,
            **({} if rows is None else {"rows": rows}),
            "error_before": finite(step.value),
            "error_after": finite(step.value_after),
            "calculations": [self._calculation(number) for number in range(len(self.calculations))],
            "texts": texts,
        }

    def _calculation(self, number: int) -> dict[str, Json]:
        of = self.calculations[number]
        return {
            "about": self.shared.add(of.about),
            "values": [None if value is None else finite(value) for value in of.values],
            "notes": {str(at): note for at, note in of.notes.items()},
            "given": self.shared.add(of.given_about),
            "given_values": [finite(value) for value in of.given_values],
            "before": self.shared.add(self._before(number)),
        }

    def _text(self, notation: str, form: str, document: Document) -> dict[str, Json]:
        """A document as data."""
        lines = document.lines()
        of = self._aligned(lines)
        self.documents[notation] = document, of
        calculation = self.calculations[of]
        writer = _TextWriter(self, self.kinds[notation], lines, calculation)
        made_of = origins(document)
        written = [writer.line(at, line, made_of[at]) for at, line in enumerate(lines)]
        symbols = [[encode(symbol, writer.names), meaning] for symbol, meaning in document.symbols]
        number = iter(range(len(lines)))
        sections = [
            [section.title, [next(number) if isinstance(item, Line) else item for item in section.items]]
            for section in document.sections
        ]
        add = self.shared.add
        return {
            "notation": notation,
            "form": form,
            "of": of,
            "names": add(writer.names.written()),
            "lines": add(written),
            "sections": add(sections),
            "introduction": add(list(document.introduction)),
            "symbols": add(symbols),
            "remarks": add(list(document.notes)),
            "digits": {str(at): line.digits for at, line in enumerate(lines) if line.digits is not None},
            "approximate": [at for at, line in enumerate(lines) if line.approximate],
            "turned": add(writer.turned),
            "made": add(writer.made),
            "given": add([writer.given_names.get(at) for at in range(len(calculation.given_about))]),
            "sign": self.kinds[notation].sign,
        }

    def _aligned(self, lines: Sequence[Line]) -> int:
        """The calculation whose lines these are, by what they are about and, up to a sign, their values."""
        about = [{name: value for name, value in line.about.items() if name != "sign"} for line in lines]
        for number, known in enumerate(self.calculations):
            if known.about == about and all(
                _size(one) == _size(line.value) for one, line in zip(known.values, lines, strict=True)
            ):
                return number
        notes = {at: line.note for at, line in enumerate(lines) if line.note}
        self.calculations.append(_Calculation(about, [line.value for line in lines], notes))
        return len(self.calculations) - 1

    def _before(self, number: int) -> dict[str, int]:
        """For what was given here, the line of the step before that made it, where that is shown."""
        found: dict[str, int] = {}
        before = self.before
        if before is None or before.step.number + 1 != self.step.number or number >= len(before.calculations):
            return found
        made: dict[Json, int] = {}
        for at, about in enumerate(before.calculations[number].about):
            if about.get("quantity") == "new_weight":
                made["weight", about["weight"]] = at
            elif about.get("quantity") in ("part", "delta") and "weight" in about:
                made[about["part"], about["weight"]] = at
        for at, about in enumerate(self.calculations[number].given_about):
            line = made.get((about.get("part", about["quantity"]), about.get("weight")))
            if line is not None:
                found[str(at)] = line
        return found


_MOST_ROWS = 100


def _size(value: float | None) -> str:
    return "" if value is None else repr(abs(value))


class _TextWriter:
    """Writes the lines of one document as data."""

    def __init__(self, written: _Written, kind: Notation, lines: Sequence[Line], of: _Calculation) -> None:
        self.trees, self.of, self.lines = written.trees, of, lines
        self.turned = [
            at
            for at, (line, value) in enumerate(zip(lines, of.values, strict=True))
            if line.value is not None and value is not None and line.value != value and line.value == -value
        ]
        self.made: dict[str, Json] = {}
        self.given_names: dict[int, int] = {}
        self.names = Names()
        for line in lines:
            self.names.add(line.symbol)
        self.parts = {
            (line.symbol, line.about["weight"]): line.about["part"]
            for line in lines if line.about.get("quantity") in ("part", "delta") and "weight" in line.about
        }  # fmt: skip
        self.given = _given_letters(written.step, kind, lines)

    def line(self, at: int, line: Line, made_of: Sequence[Origin]) -> list[int]:
        """A line: its name, then its steps."""
        numbers: dict[tuple[int, ...], Json] = {}
        apart = [["@", origin.line] for origin in made_of if origin.step is None and origin.line is not None]
        if apart:
            self.made[str(at)] = apart
        for origin in made_of:
            if origin.step is not None:
                numbers[origin.place] = self._number(line, origin)
        first = next((origin.step for origin in made_of if origin.step is not None), None)
        steps = [encode(step, self.names, numbers if k == first else None) for k, step in enumerate(line.steps)]
        return [self.names.add(line.symbol), *(self.trees.add(step) for step in steps)]

    def _number(self, line: Line, origin: Origin) -> Json:
        """A number that came from somewhere: ["@", line, sign] or ["#", given, sign], the sign left out if it is 1."""
        assert origin.value is not None
        value = number_at(line, origin)
        sign = [] if origin.sign == 1 else [-1]
        if origin.line is not None:
            made = self.lines[origin.line].value
            if made is not None and made * origin.sign == value:
                return ["@", origin.line, *sign]
            return ["@", origin.line, origin.sign, finite(value)]
        about = self.given.get(origin.symbol, {})
        if not about and isinstance(origin.symbol, Symbol) and origin.symbol.above[-1:] == ("old",):
            about = self._kept(origin.symbol, line)
        place = self.of.give(about, origin.symbol, origin.value)
        self.given_names[place] = self.names.add(origin.symbol)
        return ["#", place, *sign]

    def _kept(self, symbol: Symbol, line: Line) -> dict[str, Json]:
        """What the rule kept of the update before, told by its letter without "old"."""
        above = symbol.above[:-1]
        now = Symbol(symbol.base, symbol.below, above[:-1] if above[-1:] == (",",) else above, symbol.mark)
        part = self.parts.get((now, line.about.get("weight")))
        return (
            {"quantity": "kept"} if part is None else {"quantity": "kept", "part": part, "weight": line.about["weight"]}
        )


def _given_letters(step: WorkedStep, kind: Notation, lines: Sequence[Line]) -> dict[Expression, dict[str, Json]]:
    """The letters of what is there before the step that lines may use, each with what it is."""
    found: dict[Expression, dict[str, Json]] = {}
    net = step.network
    for layer in net.layers:
        for weight in _weights_of(step, layer, lines):
            found.setdefault(kind.weight(weight), _about(step, weight))
        unit = kind.bias_unit(layer.name)
        if unit is not None:
            found.setdefault(unit, {"quantity": "bias_unit", "layer": layer.name})
    for number in step.rule.numbers():
        found.setdefault(kind.setting(number.name), {"quantity": "setting", "part": number.name})
    for part in (step.loss, *(layer.activation for layer in net.layers)):
        for name in settings(part):
            found.setdefault(kind.setting(name), {"quantity": "setting", "part": name})
    return found


_MOST_SOURCES = 64


def _weights_of(step: WorkedStep, layer: Layer, lines: Sequence[Line]) -> Iterator[WeightName]:
    """The weights of the units of a layer that lines may use; of a large layer those of its first units."""
    told = [line.about for line in lines if line.about.get("layer") == layer.name]
    units = {about["neuron"] for about in told if "neuron" in about}
    back = {line.about["layer"] for line in lines if line.about.get("quantity") == "sensitivity"}
    if back & set(layer.sources or ()):
        units |= set(range(min(layer.size, _MOST_SOURCES)))
    for i in sorted(units):
        for source in layer.sources or ():
            asked = {about["origin"] for about in told if about.get("source") == source}
            for j in sorted({*range(min(step.network.sizes[source], _MOST_SOURCES)), *asked}):
                yield WeightName(layer.name, i, source, j)
        if layer.bias:
            yield WeightName(layer.name, i)


def _about(step: WorkedStep, weight: WeightName) -> dict[str, Json]:
    of: dict[str, Json] = {"quantity": "weight", "layer": weight.layer, "neuron": weight.to}
    if weight.source is not None:
        of |= {"source": weight.source, "origin": weight.origin}
    return {**of, "weight": name_of(step.network, weight)}
