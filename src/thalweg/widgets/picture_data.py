"""Steps as the plain data of a picture: values once, and each notation's letters beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.activations import ACTIVATIONS
from ..errors import ArgumentError
from ..worked.calculation import WorkedStep
from ..worked.document import Document, Line
from ..worked.notations import NOTATIONS, AnyNotation, Notation, name_of_notation, notation_named
from ..worked.origins import origins
from ..worked.sections.view import FORMS, View
from .formula_data import Json, Pool, encode, finite
from .text_data import Calculation, TextWriter, about_of, value_of, weight_of

VERSION = 1


def steps_data(
    steps: Sequence[WorkedStep],
    notations: Sequence[AnyNotation] | None = None,
    *,
    notation: AnyNotation | None = None,
    **view: Any,
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
    chosen = (notation or first.notation, *(NOTATIONS if notations is None else notations))
    kinds = [kind(first.network) for kind in dict.fromkeys(map(notation_named, chosen))]
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
        "notation": name_of_notation(type(kinds[0])),
        "form": view.get("form", FORMS[0]),
        "notations": [{"name": name_of_notation(type(kind)), "title": kind.title} for kind in kinds],
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


class _Written:
    """One step in all notations."""

    def __init__(
        self, step: WorkedStep, kinds: Sequence[Notation], trees: Pool, shared: Pool, before: _Written | None
    ) -> None:
        self.step, self.kinds, self.trees, self.shared, self.before = step, kinds, trees, shared, before
        self.calculations: list[Calculation] = []
        self.title = step.title

    def data(self, view: Mapping[str, Any]) -> dict[str, Json]:
        """The step as data."""
        step = self.step
        forms = FORMS if step.decimals is None and not (view.get("neuron") or view.get("weight")) else FORMS[:1]
        asked = view.get("form", FORMS[0])
        texts = [
            self._text(kind, form, step.document(type(kind), **{**view, "form": form}))
            for form in dict.fromkeys((*forms, asked))
            for kind in self.kinds
        ]
        rows = None if step.rows is None else [int(row) + 1 for row in step.rows[:_MOST_ROWS]]
        return {
            "title": self.title,
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
            "values": of.values,
            "notes": {str(at): note for at, note in of.notes.items()},
            "given": self.shared.add(of.given_about),
            "given_values": of.given_values,
            "before": self.shared.add(self._before(number)),
        }

    def _text(self, kind: Notation, form: str, document: Document) -> dict[str, Json]:
        """A document as data."""
        lines = document.lines()
        of = self._aligned(lines)
        self.title = document.title
        calculation = self.calculations[of]
        writer = TextWriter(self.step, kind, lines, calculation, self.trees)
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
            "notation": name_of_notation(type(kind)),
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
            "sign": kind.sign,
        }

    def _aligned(self, lines: Sequence[Line]) -> int:
        """The calculation whose lines these are, by what they are about and, up to a sign, their values."""
        about = [about_of(line) for line in lines]
        for number, known in enumerate(self.calculations):
            if known.about == about and all(
                one in (value_of(line), value_of(line, -1)) for one, line in zip(known.values, lines, strict=True)
            ):
                return number
        notes = {at: line.beside for at, line in enumerate(lines) if line.beside}
        self.calculations.append(Calculation(about, [value_of(line) for line in lines], notes))
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
                made["weight", weight_of(about)] = at
            elif about.get("quantity") in ("part", "delta") and "layer" in about:
                made[about["part"], weight_of(about)] = at
        for at, about in enumerate(self.calculations[number].given_about):
            line = made.get((about.get("part", about["quantity"]), weight_of(about)))
            if line is not None:
                found[str(at)] = line
        return found


_MOST_ROWS = 100
