"""Reading a table of symbols: every key, checked, with the key in the message of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ArgumentError, shown, unknown
from ...optimizers.rule import RULES
from .notation import LETTERS
from .pattern import Pattern, parse_pattern
from .table_cases import CASES, Patterns

_UNIT = ("i", "layer", "letter", "initial", "rank", "name", "unit")
_LAYER = ("layer", "letter", "initial", "rank", "name")
_TO = ("to", "to_unit", "number", *_LAYER)
_WEIGHT = ("from", "from_unit", "source", "source_layer", "source_name", "source_letter", *_TO)
NEEDED = {
    "input": _UNIT,
    "net_input": _UNIT,
    "output": _UNIT,
    "target": _UNIT,
    "error": _UNIT,
    "sensitivity": _UNIT,
    "weight": _WEIGHT,
    "bias": _TO,
    "function": _LAYER,
    "loss": (),
}
"""The symbols that a table must have, each with its placeholders."""
_MORE = {
    "bias_unit": _LAYER,
    "example_loss": (),
    "slope": _LAYER,
    **dict.fromkeys(("gradient", "example_gradient", "delta"), ("weight", *_WEIGHT)),
    **dict.fromkeys(("bias_gradient", "bias_example_gradient", "bias_delta"), ("weight", *_TO)),
}
_SOURCE = ("source", "source_layer", "source_name", "source_letter")
_MATRICES = {
    **dict.fromkeys(("input", "net_input", "output", "target", "error", "sensitivity", "bias", "slope"), _LAYER),
    "weight": (*_SOURCE, *_LAYER),
}
_CHOICES: dict[str, dict[Any, dict[str, Any]]] = {
    "first": {0: {"first": 0}, 1: {"first": 1}},
    "error_is": {
        "target - output": {"subtracts_output": True},
        "output - target": {"subtracts_output": False},
    },
    "sensitivity_is": {"dF/dn": {"sign": 1}, "-dF/dn": {"sign": -1}},
    "bias_is": {"last": {"bias_first": False}, "first": {"bias_first": True}},
    "weights_are": {"to, from": {"from_to": False}, "from, to": {"from_to": True}},
    "examples_are": {"apart": {"together": False}, "together": {"together": True}},
    "slopes_are": {"a vector": {"diagonal": False}, "a diagonal matrix": {"diagonal": True}},
}
"""The settings that have choices, each with what it makes of the notation."""
_TEXTS = ("title", "example_letter")
_OTHERS = ("layers", "notes", "symbols", "matrices", "settings", "words")
WORDS = ("sensitivity", "net input", "target", "error", "output")


@dataclass(frozen=True)
class Table:
    """What a table of symbols says."""

    settings: Mapping[str, Any]
    symbols: Patterns
    matrices: Patterns
    layers: tuple[str, str, str]
    notes: tuple[str, ...]
    checked: bool = True


def read_table(data: Mapping[str, Any], *, checked: bool = True) -> Table:
    """The table in plain data; raises ArgumentError, with the key, for what it cannot be."""
    for key in data:
        if key not in (*_TEXTS, *_CHOICES, *_OTHERS):
            raise ArgumentError(unknown("key", key, (*_TEXTS, *_CHOICES, *_OTHERS)))
    if "title" not in data:
        raise ArgumentError('title is missing: name the text, such as title = "My course, chapter 4"')
    settings: dict[str, Any] = {key: _text(key, data[key]) for key in _TEXTS if key in data}
    for key, choices in _CHOICES.items():
        if key in data:
            settings |= _chosen(key, data[key], choices)
    settings["letters"] = _letters(_mapping("settings", data.get("settings", {})))
    settings["words"] = _words(_mapping("words", data.get("words", {})))
    if "symbols" not in data:
        raise ArgumentError(f"[symbols] is missing: it has a pattern for {', '.join(NEEDED)}")
    symbols = _patterns("symbols", data["symbols"], {**NEEDED, **_MORE})
    for key in NEEDED:
        if key not in symbols.usual:
            raise ArgumentError(f"symbols.{key} is missing: write its pattern, such as {key} = {_EXAMPLES[key]!r}")
    matrices = _patterns("matrices", data.get("matrices", {}), _MATRICES)
    notes = data.get("notes", [])
    notes = [notes] if isinstance(notes, str) else notes
    if not isinstance(notes, list | tuple) or not all(isinstance(note, str) for note in notes):
        raise ArgumentError(f"notes is {shown(notes)}; it must be a list of sentences")
    return Table(settings, symbols, matrices, _layers(data.get("layers", ["I", "H", "O"])), tuple(notes), checked)


_EXAMPLES = {
    "input": "x_{i}",
    "net_input": "z_{i}^{layer}",
    "output": "a_{i}^{layer}",
    "target": "y_{i}",
    "error": "e_{i}",
    "sensitivity": "δ_{i}^{layer}",
    "weight": "w_{to},{from}^{layer}",
    "bias": "b_{to}^{layer}",
    "function": "σ",
    "loss": "C",
}


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(f"{key} is {shown(value)}; it must be a text")
    return " ".join(value.split())


def _mapping(key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ArgumentError(f"{key} is {shown(value)}; write it as [{key}] with keys below it")
    return value


def _chosen(key: str, value: Any, choices: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    if isinstance(value, str):
        value = " ".join(value.replace("∂", "d").split())
    if isinstance(value, bool) or not isinstance(value, int | str) or value not in choices:
        known = " or ".join(str(choice) if isinstance(choice, int) else f'"{choice}"' for choice in choices)
        raise ArgumentError(f"{key} is {shown(value)}; it must be {known}")
    return choices[value]


def _letters(table: Mapping[str, Any]) -> dict[str, str]:
    """The letters of settings, and of the quantities of rules."""
    known = dict.fromkeys((*LETTERS, "rate", *_parts_of_rules()))
    for name, letter in table.items():
        if name not in known:
            raise ArgumentError(f"settings: {unknown('setting', name, known)}")
        _text(f"settings.{name}", letter)
    return dict(table)


def _parts_of_rules() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for rule in RULES for name, _ in RULES.get(rule).texts()))


def _words(table: Mapping[str, Any]) -> dict[str, str]:
    for word, told in table.items():
        if word.replace("_", " ") not in WORDS:
            raise ArgumentError(f"words: {unknown('word', word, [known.replace(' ', '_') for known in WORDS])}")
        _text(f"words.{word}", told)
    return {word.replace("_", " "): told for word, told in table.items()}


def _layers(value: Any) -> tuple[str, str, str]:
    told = 'it must be three letters, of the input, hidden layers and the output: ["I", "H", "O"]'
    if not isinstance(value, list | tuple) or not all(isinstance(letter, str) and letter for letter in value):
        raise ArgumentError(f"layers is {shown(value)}; {told}")
    if len(value) != 3 or len(set(value)) != 3:
        raise ArgumentError(f"layers is {shown(list(value))}; {told}")
    first, hidden, last = value
    return first, hidden, last


def _patterns(group: str, value: Any, known: Mapping[str, tuple[str, ...]]) -> Patterns:
    """The patterns of a group and of its cases."""
    table = _mapping(group, value)
    usual: dict[str, Pattern] = {}
    cases: dict[str, dict[str, Pattern]] = {}
    for key, text in table.items():
        if key in CASES:
            inside = _mapping(f"{group}.{key}", text)
            cases[key] = {name: _pattern(f"{group}.{key}", name, one, known) for name, one in inside.items()}
        elif isinstance(text, Mapping):
            raise ArgumentError(f"{group}: {unknown('case', key, CASES)}")
        else:
            usual[key] = _pattern(group, key, text, known)
    return Patterns(usual, cases)


def _pattern(group: str, key: str, text: Any, known: Mapping[str, tuple[str, ...]]) -> Pattern:
    if key not in known:
        raise ArgumentError(f"{group}: {unknown('symbol', key, known, () if '.' in group else CASES)}")
    place = f"{group}.{key}"
    try:
        pattern = parse_pattern(_text(place, text))
    except ArgumentError as error:
        told = str(error)
        raise ArgumentError(told if told.startswith(place) else f"{place} is {shown(text)}; it {told}") from error
    for placeholder in pattern.placeholders:
        names = known[key]
        if placeholder.name not in names:
            if not names:
                raise ArgumentError(f"{place} is {shown(text)}; it stands for one thing and has no {placeholder}")
            told = unknown("placeholder", f"{{{placeholder.name}}}", [f"{{{name}}}" for name in names])
            raise ArgumentError(f"{place} is {shown(text)}: {told}")
        if placeholder.shift and placeholder.name != "layer":
            raise ArgumentError(f"{place} has {placeholder}: only {{layer}} may have a number added, as {{layer-1}}")
        if placeholder.name == "weight" and (placeholder not in pattern.base or pattern.below or pattern.above):
            raise ArgumentError(
                f"{place} is {shown(text)}; {{weight}} stands in a word without indices, as in d{{weight}}"
            )
    return pattern
