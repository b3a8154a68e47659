"""Whether a table of symbols tells apart what it has to, tried on small networks: one symbol, one quantity."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ...core.activations import Tanh
from ...core.network import Layer, Network, mlp
from ...core.weight_names import name_of, weight_at
from ...errors import ArgumentError
from ...formulas.expression import Expression, Symbol
from ...formulas.write_text import TextWriter
from ...optimizers.rule import RULES
from .notation import Notation


class Meaning(NamedTuple):
    """What a symbol stands for: a key of the table, and which of its things."""

    key: str
    which: str


@cache
def _networks() -> tuple[Network, ...]:
    graph = Network(
        {"p": 2, "q": 1},
        [
            Layer("one", 2, Tanh(), ("p",)),
            Layer("two", 2, Tanh(), ("one", "q")),
            Layer("out", 2, Tanh(), ("two", "one", "p")),
        ],
    )
    return mlp(2, 2, 2), mlp(2, 2, 2, 2), graph


_OF_MOST_RULES = ("learning_rate", "momentum")


def _are_of_rules(one: Meaning, other: Meaning) -> bool:
    """Whether both are letters of rules, which may be alike where no rule has both."""
    both = {one.which, other.which} == set(_OF_MOST_RULES)
    return one.key == other.key == "settings" and not both


def check_symbols(notation: type[Notation]) -> None:
    """Raise ArgumentError for two things of a network that a notation writes alike, with the key to change."""
    for net in _networks():
        written = notation(net)
        for meanings in (_units(written), _parts(written), _vectors(written)):
            known: dict[Expression, Meaning] = {}
            for symbol, meaning in meanings:
                first = known.setdefault(symbol, meaning)
                if first != meaning and not _are_of_rules(first, meaning):
                    raise _alike(symbol, first, meaning)


def _units(n: Notation) -> Iterator[tuple[Expression, Meaning]]:
    """The symbols of units, weights and examples."""
    net = n.net
    for name, size in net.inputs.items():
        for j in range(size):
            yield n.input(name, j), Meaning("input", f"{name}[{j}]")
    for layer in net.layers:
        for i in range(layer.size):
            which = f"{layer.name}[{i}]"
            yield n.net_input(layer.name, i), Meaning("net_input", which)
            yield n.output(layer.name, i), Meaning("output", which)
            yield n.sensitivity(layer.name, i), Meaning("sensitivity", which)
        yield n.function(layer.name), Meaning("function", "")
        yield n.slope(layer.name), Meaning("slope", "")
    for i in range(net.output.size):
        yield n.target(i), Meaning("target", str(i))
        yield n.error(i), Meaning("error", str(i))
    for weight in (weight_at(net, k) for k in range(net.parameter_count)):
        which, bias = name_of(net, weight), weight.source is None
        yield n.weight(weight), Meaning("bias" if bias else "weight", which)
        yield n.delta(weight), Meaning("bias_delta" if bias else "delta", which)
        yield n.gradient(weight), Meaning("bias_gradient" if bias else "gradient", which)
    yield n.loss(), Meaning("loss", "")
    yield n.example_loss(), Meaning("example_loss", "")
    yield Symbol(n.loss().base, ("1",)), Meaning("loss", "the first example")  # F = F_1 + F_2
    yield n.gradient_of(0), Meaning("example_letter", "")


def _parts(n: Notation) -> Iterator[tuple[Expression, Meaning]]:
    """The same beside the letters of rules: their settings, and quantities that they have of each weight."""
    yield from _units(n)
    net = n.net
    weights = [weight_at(net, k) for k in range(net.parameter_count)]
    for name in sorted({part for rule in RULES for part, _ in RULES.get(rule).texts()} - {"delta"}):
        for weight in weights:
            of = name.removesuffix("_hat")
            yield n.part(name, weight), Meaning("settings", "learning_rate" if of == "rate" else of)
    for name in _OF_MOST_RULES:
        yield n.setting(name), Meaning("settings", name)


def _vectors(n: Notation) -> Iterator[tuple[Expression, Meaning]]:
    """The symbols of vectors and matrices."""
    net = n.net
    for name in net.inputs:
        yield n.input_vector(name), Meaning("input", name)
    for layer in net.layers:
        name = layer.name
        yield n.net_input_vector(name), Meaning("net_input", name)
        yield n.output_vector(name), Meaning("output", name)
        yield n.sensitivity_vector(name), Meaning("sensitivity", name)
        yield n.bias_vector(name), Meaning("bias", name)
        for source in layer.sources or ():
            yield n.weight_matrix(name, source), Meaning("weight", f"{name} from {source}")
    yield n.target_vector(), Meaning("target", "")
    yield n.error_vector(), Meaning("error", "")


_TELLING = {
    **dict.fromkeys(("input", "target", "error"), "{i} or {unit}"),
    **dict.fromkeys(("net_input", "output", "sensitivity"), "{layer} and {i}, or {unit}"),
    **dict.fromkeys(("weight", "delta", "gradient"), "{to}, {from} and {layer}, or {to_unit} and {from_unit}"),
    **dict.fromkeys(("bias", "bias_delta", "bias_gradient"), "{to} and {layer}, or {to_unit}"),
}


def _alike(symbol: Expression, one: Meaning, other: Meaning) -> ArgumentError:
    """What is told of two things with one symbol."""
    written = TextWriter().write(symbol)
    if one.key == other.key == "settings":
        return ArgumentError(f"settings.{one.which} and settings.{other.which} are both {written}: change one of them")
    if one.key == other.key:
        return ArgumentError(
            f"symbols.{one.key} is {written} of {one.which} and of {other.which}: tell them apart by "
            f"{_TELLING[one.key]}"
        )
    if "settings" in (one.key, other.key):
        of_rule, key = (one.which, other.key) if one.key == "settings" else (other.which, one.key)
        return ArgumentError(
            f"symbols.{key} is {written}, as a letter of an update rule is: give that one another letter in "
            f'[settings], such as {of_rule} = "ν"'
        )
    where, others = (key if key == "example_letter" else f"symbols.{key}" for key in (one.key, other.key))
    return ArgumentError(f"{where} and {others} are both {written}: change one of them")
