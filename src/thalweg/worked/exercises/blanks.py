"""Which lines of a calculation are left blank: quantities by their words, of a layer, a unit or a weight; or a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ...core.weight_names import find_weight, name_of
from ...errors import ArgumentError, shown, unknown
from ..grading.ledger import Calculation, Ledger
from ..step.values import StepValues
from .choices import QUANTITIES

ALL = "all"
RANDOM = "random"
USUALLY = 6
"""Lines that are drawn where nothing says how many."""
_OTHER_WORDS = {
    "net_input": "net_inputs",
    "nets": "net_inputs",
    "activations": "outputs",
    "output": "outputs",
    "error": "errors",
    "losses": "loss",
    "cost": "loss",
    "slopes": "derivatives",
    "sensitivity": "sensitivities",
    "node_deltas": "sensitivities",
    "error_terms": "sensitivities",
    "deltas": "sensitivities",
    "gradient": "gradients",
    "update": "updates",
    "changes": "updates",
    "weights": "new_weights",
    "new_weight": "new_weights",
    "state": "parts",
}
_OUTSIDE_BRACKETS = re.compile(r",(?![^\[\]]*\])")


def words_of(blank: str | Sequence[str]) -> tuple[str, ...]:
    """What is to be blank, as a list: a text is cut at its commas.

    >>> words_of("sensitivities:layer1, updates:layer1[0,1]")
    ('sensitivities:layer1', 'updates:layer1[0,1]')
    """
    pieces = _OUTSIDE_BRACKETS.split(blank) if isinstance(blank, str) else list(blank)
    if not all(isinstance(piece, str) for piece in pieces):
        raise ArgumentError(f"blank is {shown(blank)}; it must be words, such as 'sensitivities,updates'")
    found = tuple(re.sub(r"\s+", "_", piece.strip()) for piece in pieces if piece.strip())
    if not found:
        raise ArgumentError(f"blank is empty: name what is to be worked out, such as {', '.join(QUANTITIES)}")
    return found


def blanks_of(step: StepValues, ledger: Ledger, words: Sequence[str], seed: int = 0) -> tuple[str, ...]:
    """The ids of the lines that words name, in the order of the calculation; "random:8" are 8 that the seed draws.

    Raises ArgumentError, with the near names, for a word that names nothing, and for lines that cannot be worked out.
    """
    found: set[str] = set()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if rest and not _names_something(step, ledger, word) and ledger.names.find_all(f"{word},{rest[0]}"):
            word = f"{word},{rest.pop(0)}"  # a symbol with a comma in it
        lines = _drawn(ledger, word, seed) if _is_random(word) else _of_word(step, ledger, word)
        open_lines = [one.id for one in lines if one.formula is not None]
        if not open_lines:
            raise ArgumentError(
                f"blank {word!r}: {_lines(lines)} told without a calculation: there is nothing to work out"
            )
        found |= set(open_lines)
    return tuple(id_ for id_ in ledger.calculations if id_ in found)


def _is_random(word: str) -> bool:
    return word.partition(":")[0].casefold() == RANDOM


def _drawn(ledger: Ledger, word: str, seed: int) -> list[Calculation]:
    """Lines drawn by the seed, of those that are worked out."""
    _, colon, number = word.partition(":")
    number = number if colon else str(USUALLY)
    lines = [one for one in ledger.calculations.values() if one.formula is not None and not one.is_copy]
    if not number.isdecimal() or not int(number):
        raise ArgumentError(f"blank {word!r}: say how many lines are drawn, such as {RANDOM}:8")
    if colon and int(number) > len(lines):
        raise ArgumentError(f"blank {word!r}: the calculation has {len(lines)} lines that are worked out")
    drawn = np.random.default_rng([seed, len(lines)]).permutation(len(lines))[: int(number)]
    return [lines[k] for k in drawn]


def _lines(lines: Sequence[Calculation]) -> str:
    return "its line is" if len(lines) == 1 else f"its {len(lines)} lines are"


def _names_something(step: StepValues, ledger: Ledger, word: str) -> bool:
    try:
        return bool(_of_word(step, ledger, word))
    except ArgumentError:
        return False


def _of_word(step: StepValues, ledger: Ledger, word: str) -> list[Calculation]:
    """The lines of one word."""
    lines = list(ledger.calculations.values())
    name, colon, place = word.partition(":")
    quantity = name.casefold().replace("-", "_")
    quantity = _OTHER_WORDS.get(quantity, quantity)
    if quantity == ALL and not colon:
        return [one for one in lines if one.formula is not None]
    if quantity in QUANTITIES:
        of = [one for one in lines if one.line.about.get("quantity") in QUANTITIES[quantity]]
        if colon:
            of = [one for one in of if _is_at(step, one, place, word)]
        if not of:
            where = f" at {place!r}" if colon else ""
            raise ArgumentError(f"blank {word!r}: the calculation has no {quantity.replace('_', ' ')}{where}")
        return of
    found = ledger.names.find_all(word)
    if found:
        return [ledger.calculations[id_] for id_ in found]
    raise ArgumentError(
        unknown("blank", word, [*QUANTITIES, ALL, RANDOM], also=ledger.names.spellings.values())
        + "; or the symbol of a line; each may have a layer or unit after a colon, such as sensitivities:"
        + step.network.layers[0].name
    )


def _is_at(step: StepValues, one: Calculation, place: str, word: str) -> bool:
    """Whether a line is of a layer, a unit or a weight; raises ArgumentError for a place that there is not."""
    about = one.line.about
    net = step.network
    layers = [layer.name for layer in net.layers]
    name, bracket, _ = place.partition("[")
    if name not in layers:
        raise ArgumentError(f"blank {word!r}: {unknown('layer', name, layers)}")
    if about.get("layer") != name:
        return False
    if not bracket:
        return True
    weight = place if "," in place else None
    if weight is not None:
        return about.get("weight") == name_of(net, find_weight(net, weight))
    number = place[len(name) + 1 :].removesuffix("]")
    if not place.endswith("]") or not number.isdecimal() or int(number) >= net.sizes[name]:
        raise ArgumentError(f"blank {word!r}: layer {name!r} has units {name}[0] to {name}[{net.sizes[name] - 1}]")
    return about.get("neuron") == int(number)
