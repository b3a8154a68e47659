"""Whether a table of symbols tells apart what it has to, tried on small networks: one symbol, one quantity."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ...core.activations import Tanh
from ...core.network import Layer, Network, mlp
from ...core.weight_names import name_of, weight_at
from ...errors import ArgumentError
from ...formulas.expression import Expression
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


def check_symbols(notation: type[Notation]) -> None:
    """Raise ArgumentError for two things of a network that a notation writes alike, with the key to change."""
    for net in _networks():
        written = notation(net)
        for meanings in (_units(written), _parts(written), _vectors(written)):
            known: dict[Expression, Meaning] = {}
            for symbol, meaning in meanings:
                if known.setdefault(symbol, meaning) != meaning:
                    raise _alike(symbol, known[symbol], meaning)


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


def _parts(n: Notation) -> Iterator[tuple[Expression, Meaning]]:
    """The same beside the letters of rules: their settings, and quantities that they have of each weight."""
    yield from _units(n)
    net = n.net
    weights = [weight_at(net, k) for k in range(net.parameter_count)]
    for name in sorted({part for rule in RULES for part, _ in RULES.get(rule).texts()} - {"delta"}):
        for weight in weights:
            yield n.part(name, weight), Meaning("settings", "of a rule")
    for name in ("learning_rate", "momentum"):
        yield n.setting(name), Meaning("settings", "of a rule")


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
    if one.key == other.key:
        return ArgumentError(
            f"symbols.{one.key} is {written} of {one.which} and of {other.which}: tell them apart by "
            f"{_TELLING[one.key]}"
        )
    if "settings" in (one.key, other.key):
        key = one.key if other.key == "settings" else other.key
        return ArgumentError(
            f"symbols.{key} is {written}, as a letter of an update rule is: give that one another letter in "
            f'[settings], such as {written[0]} = "ν"'
        )
    return ArgumentError(f"symbols.{one.key} and symbols.{other.key} are both {written}: change one of them")
