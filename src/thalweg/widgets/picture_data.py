"""Steps as the plain data of a picture: values once, and each notation's letters beside them."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Unpack

from ..core.activations import ACTIVATIONS
from ..core.kinds import takes_kinds
from ..errors import ArgumentError, shown
from ..worked.calculation import WorkedStep
from ..worked.notations import NOTATIONS, AnyNotation, Notation, name_of_notation, notation_named
from ..worked.sections.document import Document, Line
from ..worked.sections.origins import origins
from ..worked.sections.view import FORMS, View, ViewFields
from .formula_data import Json, Pool, encode, finite
from .text_data import Calculation, TextWriter, about_of, value_of, weight_of

VERSION = 1
_MOST_DOCUMENTS = 240
"""Of many steps in many notations, where a page takes in as many as it can: some seconds' work."""


@takes_kinds
def steps_data(
    steps: WorkedStep | Sequence[WorkedStep],
    notations: Sequence[AnyNotation] | None = None,
    *,
    notation: AnyNotation | None = None,
    largest: int | None = None,
    offered: Sequence[AnyNotation] | None = None,
    offers: bool = False,
    **view: Unpack[ViewFields],
) -> dict[str, Json]:
    """The data of the pictures of steps that follow one another: plain, for JSON, as `worked.schema.json` describes it.

    `notations` are those that can be chosen, None: all; `notation` (None: the steps' own) comes first. Above `largest`
    bytes of JSON, or of many steps, no more are taken in, and those left out are named. If it `offers`, the menu has
    those that are `offered` (None: all) as well, made when they are chosen. `view` holds fields of `View`;
    its form comes first, both are there. Raises ArgumentError for no step, for steps of several networks and for what
    they have not.
    """
    steps, drawn = several(steps), View(**view).most_neurons
    first = steps[0]
    if any(step.network != first.network for step in steps):
        raise ArgumentError("the steps are of several networks: make a picture of each")
    if not isinstance(notations, list | tuple | types.NoneType):
        raise ArgumentError(f"notations is {shown(notations)}; it must be a list of them, or None for all")
    chosen = (first.notation if notation is None else notation, *(NOTATIONS if notations is None else notations))
    kinds = [kind(first.network) for kind in dict.fromkeys(map(notation_named, chosen))]
    trees, shared = Pool(), Pool()
    written: list[_Written] = []
    for step in steps:
        written.append(_Written(step, trees, shared, written[-1] if written else None, view))
    written_each = sum(len(one.forms) for one in written)
    most = len(kinds) if notations is not None or largest is None else max(1, _MOST_DOCUMENTS // written_each)
    taken: list[Notation] = []
    for kind in kinds[:most]:
        if largest is not None and taken and trees.size + shared.size + sum(one.size for one in written) > largest:
            break
        for one in written:
            one.take(kind)
        taken.append(kind)
    told = [{**place, **one.data()} for place, one in zip(_places(steps), written, strict=True)]
    title = first.title or told[0]["title"]
    return {
        "format": "thalweg.worked",
        "version": VERSION,
        "title": title.removesuffix(": step 1") if len(steps) > 1 else title,
        "digits": view.get("digits", 6),
        "notation": name_of_notation(type(kinds[0])),
        "form": view.get("form", FORMS[0]),
        "notations": [{"name": name_of_notation(type(kind)), "title": kind.title} for kind in taken],
        "left_out": [name_of_notation(type(kind)) for kind in kinds[len(taken) :]],
        **({"offered": _titles(offered_notations(steps, offered))} if offers else {}),
        "network": network_data(first, drawn),
        "trees": trees.all,
        "shared": shared.all,
        "steps": told,
    }


def offered_notations(
    steps: Sequence[WorkedStep], notations: Sequence[AnyNotation] | None = None
) -> list[tuple[str, type[Notation]]]:
    """The notations of a menu by their names: the steps' own, and those given, None: all."""
    chosen = (steps[0].notation, *(NOTATIONS if notations is None else notations))
    return [(name_of_notation(kind), kind) for kind in dict.fromkeys(map(notation_named, chosen))]


def _titles(notations: Sequence[tuple[str, type[Notation]]]) -> list[Json]:
    return [{"name": name, "title": kind.title} for name, kind in notations]


def several(steps: WorkedStep | Sequence[WorkedStep]) -> list[WorkedStep]:
    """The steps as a list; raises ArgumentError for none, and for what is no worked step."""
    if not isinstance(steps, WorkedStep | list | tuple):
        raise ArgumentError(f"steps is {shown(steps)}; it must be a worked step, or a list of them")
    steps = [steps] if isinstance(steps, WorkedStep) else list(steps)
    if not steps:
        raise ArgumentError("steps is empty: give at least one worked step")
    for number, step in enumerate(steps):
        if not isinstance(step, WorkedStep):
            raise ArgumentError(
                f"steps[{number}] is {shown(step)}; it must be a worked step, as tw.worked_step gives one"
            )
    return steps


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
    """One step in the notations that it has taken."""

    def __init__(self, step: WorkedStep, trees: Pool, shared: Pool, before: _Written | None, view: ViewFields) -> None:
        self.step, self.trees, self.shared, self.before, self.view = step, trees, shared, before, view
        self.calculations: list[Calculation] = []
        self.texts: list[dict[str, Json]] = []
        self.title = step.title
        matrices = step.decimals is None and view.get("neuron") is None and view.get("weight") is None
        self.forms = dict.fromkeys((*(FORMS if matrices else FORMS[:1]), view.get("form", FORMS[0])))

    @property
    def size(self) -> int:
        """About how many bytes it takes as JSON, beside what it shares."""
        return 400 * len(self.texts) + 20 * sum(len(of.values) + len(of.given_values) for of in self.calculations)

    def take(self, kind: Notation) -> None:
        """Take in a notation, in each form."""
        for form in self.forms:
            document = self.step.document(type(kind), **{**self.view, "form": form})
            self.texts.append(self._text(kind, form, document))

    def data(self) -> dict[str, Json]:
        """The step as data."""
        step = self.step
        rows = None if step.rows is None else [int(row) + 1 for row in step.rows[:_MOST_ROWS]]
        return {
            "title": self.title,
            "examples": step.examples,
            **({} if rows is None else {"rows": rows}),
            "error_before": finite(step.value),
            "error_after": finite(step.value_after),
            "calculations": [self._calculation(number) for number in range(len(self.calculations))],
            "texts": self.texts,
        }

    def _calculation(self, number: int) -> dict[str, Json]:
        of = self.calculations[number]
        return {
            "about": self.shared.add(of.about),
            "values": of.values,
            "notes": of.notes,
            "exact": of.exact,
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
        notes = {str(at): line.note for at, line in enumerate(lines) if line.note}
        exact = {str(at): finite(line.exact) for at, line in enumerate(lines)
                 if line.exact is not None and line.beside != line.note}  # fmt: skip
        self.calculations.append(Calculation(about, [value_of(line) for line in lines], notes, exact))
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


_MOST_ROWS = 100
"""Of a step whose numbers are told."""
