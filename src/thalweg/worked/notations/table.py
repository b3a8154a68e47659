"""A notation as a table of symbols: a pattern for each quantity, which a teacher writes in ten minutes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from ...core.losses import Loss
from ...core.network import Network
from ...core.plain_data import GivenObject
from ...core.weight_names import WeightName, index_of
from ...errors import ArgumentError, FileError, ThalwegError
from ...formulas.algebra import partial
from ...formulas.expression import Call, Expression, Symbol
from ...optimizers.rule import Rule
from ...system import read_toml
from .notation import Notation
from .pattern import Pattern
from .table_cases import Place
from .table_read import Table, read_table

Values: TypeAlias = Mapping[str, str | int]
"""What placeholders stand for."""


class TableNotation(Notation):
    """A notation whose symbols are patterns; what their placeholders stand for is found in a network."""

    table: ClassVar[Table]

    def __init__(self, net: Network) -> None:
        super().__init__(net)
        most = max((*net.sizes.values(), 0)) - 1 + self.first
        self._apart = most > 9 or len(net.layers) > 9

    # What a text writes.

    def input(self, name: str, j: int) -> Symbol:
        """The pattern `input`."""
        return self._of_unit("input", name, j)

    def net_input(self, layer: str, i: int) -> Symbol:
        """The pattern `net_input`."""
        return self._of_unit("net_input", layer, i)

    def output(self, layer: str, i: int) -> Symbol:
        """The pattern `output`."""
        return self._of_unit("output", layer, i)

    def target(self, i: int) -> Symbol:
        """The pattern `target`."""
        return self._of_unit("target", self.net.output.name, i)

    def error(self, i: int) -> Symbol:
        """The pattern `error`."""
        return self._of_unit("error", self.net.output.name, i)

    def sensitivity(self, layer: str, i: int) -> Symbol:
        """The pattern `sensitivity`."""
        return self._of_unit("sensitivity", layer, i)

    def weight(self, weight: WeightName) -> Symbol:
        """The pattern `weight`, or `bias`."""
        return self._needed("bias" if weight.source is None else "weight", *self._of_weight(weight))

    def function(self, layer: str) -> Symbol:
        """The pattern `function`."""
        return self._needed("function", *self._of_layer(layer))

    # What may be written otherwise than follows from it.

    def bias_unit(self, layer: str) -> Symbol | None:
        """The pattern `bias_unit`, if there is one."""
        return self._filled("bias_unit", *self._of_layer(layer))

    def loss(self) -> Symbol:
        """The pattern `loss`."""
        return self._needed("loss", {}, Place())

    def example_loss(self) -> Symbol:
        """The pattern `example_loss`; without it the loss with a hat."""
        F = self.loss()
        return self._filled("example_loss", {}, Place()) or Symbol(F.base, F.below, F.above, "hat")

    def slope(self, layer: str) -> Symbol:
        """The pattern `slope`; without it the function with a prime."""
        return self._filled("slope", *self._of_layer(layer)) or super().slope(layer)

    def gradient(self, weight: WeightName) -> Expression:
        """The pattern `gradient`; without it ∂F/∂w, or Dw for -∂F/∂w where sensitivities are -∂F/∂n."""
        return self._derivative("gradient", weight, self.loss())

    def example_gradient(self, weight: WeightName) -> Expression:
        """The pattern `example_gradient`; without it that of `gradient` with a hat, or ∂F̂/∂w."""
        own = self._of_a_weight("example_gradient", weight)
        whole = self._of_a_weight("gradient", weight)
        if own is None and whole is not None:
            return Symbol(whole.base, whole.below, whole.above, "hat")
        return self._derivative("example_gradient", weight, self.example_loss())

    def delta(self, weight: WeightName) -> Symbol:
        """The pattern `delta`; without it Δ before the weight."""
        return self._of_a_weight("delta", weight) or super().delta(weight)

    def part(self, name: str, weight: WeightName | None) -> Symbol:
        """As usual; of a weight whose layer is told in its word, as in coefs_[0], it is told so, too."""
        found = super().part(name, weight)
        if weight is None:
            return found
        pattern = self.table.symbols.of("bias" if weight.source is None else "weight", self._of_weight(weight)[1])
        if pattern is None or all(isinstance(piece, str) for piece in pattern.base):
            return found
        _, bracket, place = self.weight(weight).base.partition("[")
        told = f"{bracket}{place}" if bracket else f"[{self.places[weight.layer]}]"
        return Symbol(f"{found.base}{told}", found.below, found.above, found.mark)

    def notes(self, net: Network, loss: Loss, rule: Rule | None) -> tuple[str, ...]:
        """Those of the table."""
        return self.table.notes

    # Vectors and matrices.

    def input_vector(self, name: str) -> Symbol:
        """The pattern `input` of matrices."""
        return self._vector("input", *self._of_layer(name))

    def net_input_vector(self, layer: str) -> Symbol:
        """The pattern `net_input` of matrices."""
        return self._vector("net_input", *self._of_layer(layer))

    def output_vector(self, layer: str) -> Symbol:
        """The pattern `output` of matrices."""
        return self._vector("output", *self._of_layer(layer))

    def target_vector(self) -> Symbol:
        """The pattern `target` of matrices."""
        return self._vector("target", *self._of_layer(self.net.output.name))

    def error_vector(self) -> Symbol:
        """The pattern `error` of matrices."""
        return self._vector("error", *self._of_layer(self.net.output.name))

    def sensitivity_vector(self, layer: str) -> Symbol:
        """The pattern `sensitivity` of matrices."""
        return self._vector("sensitivity", *self._of_layer(layer))

    def bias_vector(self, layer: str) -> Symbol:
        """The pattern `bias` of matrices."""
        return self._vector("bias", *self._of_weight(WeightName(layer, 0)), capital=False)

    def weight_matrix(self, layer: str, source: str) -> Symbol:
        """The pattern `weight` of matrices."""
        values, place = self._of_weight(WeightName(layer, 0, source, 0))
        found = self._vector("weight", values, place, capital=False)
        if len(found.base) > 1 or self.table.matrices.of("weight", place) is not None:
            return found
        return Symbol(found.base.upper(), found.below, found.above, found.mark, bold=True)

    def slopes(self, layer: str) -> Expression:
        """The pattern `slope` of matrices at the net inputs."""
        values, place = self._of_layer(layer)
        pattern = self.table.matrices.of("slope", place)
        if pattern is None:
            return super().slopes(layer)
        return Call(pattern.filled(values, bold=True), (self.net_input_vector(layer),))

    def whole(self, symbol: Symbol) -> Symbol:
        """The same in bold: what tells units apart is left out of the pattern."""
        return Symbol(symbol.base, symbol.below, symbol.above, symbol.mark, bold=True)

    # How.

    def _needed(self, quantity: str, values: Values, place: Place) -> Symbol:
        found = self._filled(quantity, values, place)
        assert found is not None, quantity
        return found

    def _filled(self, quantity: str, values: Values, place: Place) -> Symbol | None:
        pattern = self.table.symbols.of(quantity, place)
        if pattern is None:
            return None
        return _telling(pattern.filled(values, apart=self._apart), quantity, pattern, values, place)

    def _vector(self, quantity: str, values: Values, place: Place, capital: bool = True) -> Symbol:
        """The pattern of matrices, or that of a unit without what tells units apart."""
        pattern = self.table.matrices.of(quantity, place)
        if pattern is not None:
            return _telling(pattern.filled(values, bold=True), quantity, pattern, values, place)
        pattern = self.table.symbols.of(quantity, place)
        assert pattern is not None, quantity
        found = _telling(pattern.without(_UNITS).filled(values, bold=True), quantity, pattern, values, place)
        if not (capital and self.together) or len(found.base) > 2:
            return found
        return Symbol(f"{found.base[:-1]}{found.base[-1].upper()}", found.below, found.above, found.mark, bold=True)

    def _of_unit(self, quantity: str, name: str, i: int) -> Symbol:
        values, place = self._of_layer(name)
        return self._needed(quantity, {**values, "i": i + self.first, "unit": self._unit(name, i)}, place)

    def _derivative(self, quantity: str, weight: WeightName, loss: Symbol) -> Expression:
        found = self._of_a_weight(quantity, weight)
        if found is not None:
            return found
        w = self.weight(weight)
        return partial(loss, w) if self.sign > 0 else Symbol(f"D{w.base}", w.below, w.above, w.mark)

    def _of_a_weight(self, quantity: str, weight: WeightName) -> Symbol | None:
        """A symbol made of that of the weight, as dW is, or one of its own; None if the table has none."""
        values, place = self._of_weight(weight)
        of_bias = self.table.symbols.of(f"bias_{quantity}", place) if weight.source is None else None
        pattern = of_bias or self.table.symbols.of(quantity, place)
        if pattern is None:
            return None
        lacks = next((name for name in pattern.names if name not in values and name != "weight"), None)
        if lacks is not None:
            raise ArgumentError(f"{quantity} has {{{lacks}}}, which a bias has not: write bias_{quantity} beside it")
        if "weight" not in pattern.names:
            kind = "bias" if weight.source is None else "weight"
            return _telling(pattern.filled(values, apart=self._apart), kind, pattern, values, place)
        w = self.weight(weight)
        return Symbol(pattern.filled({**values, "weight": w.base}).base, w.below, w.above, w.mark)

    def _of_layer(self, name: str) -> tuple[dict[str, str | int], Place]:
        """What placeholders stand for at a layer or an input, and which cases it is."""
        net, (of_input, of_hidden, of_output) = self.net, self.table.layers
        several = len(net.inputs) > 1
        if name in net.inputs:
            initial, rank = of_input, str(list(net.inputs).index(name) + 1) if several else ""
        elif name == net.output.name:
            initial, rank = of_output, ""
        else:
            initial, rank = of_hidden, str(self.places[name]) if len(net.layers) > 2 else ""
        values: dict[str, str | int] = {"layer": self.places[name], "letter": f"{initial}{rank}"}
        values |= {"initial": initial, "rank": rank, "name": name}
        last = name == net.output.name
        return values, Place(last, several and name in net.inputs, net.output.size == 1, len(net.layers) == 1)

    def _of_weight(self, weight: WeightName) -> tuple[dict[str, str | int], Place]:
        """What placeholders stand for at a weight, and which cases it is."""
        net, layer, source = self.net, weight.layer, weight.source
        values, place = self._of_layer(layer)
        values |= {
            "to": weight.to + self.first,
            "to_unit": self._unit(layer, weight.to),
            "number": self._number(weight),
        }
        if source is None or weight.origin is None:
            return values, place
        several = len(net.inputs) > 1 and source in net.inputs
        values |= {
            "from": weight.origin + self.first,
            "from_unit": self._unit(source, weight.origin),
            "source": source if several else self.places[source],
            "source_name": source,
            "source_layer": self.places[source],
            "source_letter": self._of_layer(source)[0]["letter"],
        }
        sources = next(found.sources for found in net.layers if found.name == layer) or ()
        shortcut = len(sources) > 1 or self.places[source] != self.places[layer] - 1
        return values, place._replace(shortcut=shortcut)

    def _unit(self, name: str, i: int) -> str:
        """H1, or H2.1 of the second hidden layer."""
        letter = str(self._of_layer(name)[0]["letter"])
        return f"{letter}{'.' if letter[-1].isdecimal() else ''}{i + 1}"

    def _number(self, weight: WeightName) -> int:
        """The number of a weight among those of the network, or of a bias among its biases, from 1."""
        if weight.source is None and not next(layer.bias for layer in self.net.layers if layer.name == weight.layer):
            return 0
        return self._numbers[index_of(self.net, weight)]

    @cached_property
    def _numbers(self) -> list[int]:
        found: list[int] = []
        weights = biases = 0
        for layer in self.net.layers:
            count = layer.size * sum(self.net.sizes[source] for source in layer.sources or ())
            found += range(weights + 1, weights + count + 1)
            found += range(biases + 1, biases + layer.size + 1) if layer.bias else ()
            weights, biases = weights + count, biases + layer.size * bool(layer.bias)
        return found


def _telling(symbol: Symbol, quantity: str, pattern: Pattern, values: Values, place: Place) -> Symbol:
    """The symbol, with what its pattern does not tell and has to: of which of several inputs, or from which source."""
    what = ""
    if quantity == "input" and place.several_inputs and not pattern.names & _INPUTS:
        what = str(values["name"])
    if quantity == "weight" and place.shortcut and not pattern.names & _SOURCES:
        what = str(values["source"])
    if not what:
        return symbol
    above = (*symbol.above, ",", what) if symbol.above else (what,)
    return Symbol(symbol.base, symbol.below, above, symbol.mark, symbol.bold)


_INPUTS = frozenset({"name", "letter", "rank", "unit"})
_UNITS = {
    "i": "",
    "to": "",
    "from": "",
    "number": "",
    "unit": "letter",
    "to_unit": "letter",
    "from_unit": "source_letter",
}
_SOURCES = frozenset({"source", "source_layer", "source_name", "source_letter", "from_unit", "number"})


def notation_from(table: str | Path | GivenObject) -> type[Notation]:
    """The notation that a table of symbols says: a TOML file, or the same as a mapping.

    `title` and [symbols] are needed: patterns for input, net_input, output, target, error, sensitivity, weight, bias,
    function and loss. docs/notations.md has every key.

    Raises FileError for a file that cannot be read, and ArgumentError, in one line with the key, for a symbol that is
    missing, a pattern that is none, and two quantities, units or weights that would have the same symbol.

    >>> import thalweg as tw
    >>> mine = tw.worked.notation_from({"title": "My course", "symbols": {
    ...     "input": "x_{i}", "net_input": "z_{i}^{layer}", "output": "a_{i}^{layer}", "target": "y_{i}",
    ...     "error": "e_{i}", "sensitivity": "δ_{i}^{layer}", "function": "σ", "loss": "C",
    ...     "weight": "w_{to}{from}^{layer}", "bias": "b_{to}^{layer}"}})
    >>> print(tw.derive_chain((2, 2, 1), "layer1[0,1]", notation=mine).lines[0].text)
    (∂Ĉ/∂a²₁)(∂a²₁/∂z²₁)(∂z²₁/∂a¹₁)(∂a¹₁/∂z¹₁)(∂z¹₁/∂w¹₁₂)
    """
    if isinstance(table, Mapping):
        return _made(read_table(table), "own")
    data = read_toml(table, "name a table of symbols, such as mine.toml")
    try:
        return _made(read_table(data), Path(table).stem)
    except ThalwegError as error:
        raise ArgumentError(f"{table}: {error}") from error


def packaged(name: str) -> type[Notation]:
    """A notation of a text that is a file of this package."""
    import tomllib
    from importlib.resources import files

    file = files("thalweg.worked.notations").joinpath(f"{name}.toml")
    try:
        return _made(read_table(tomllib.loads(file.read_text("utf-8")), checked=False), name)
    except OSError as error:
        raise FileError(
            f"notation {name!r}: its file is missing from this installation: install thalweg anew"
        ) from error


def _made(table: Table, name: str) -> type[Notation]:
    """The class of a table, in which no two quantities have the same symbol."""
    from .table_check import check_symbols

    fields: dict[str, Any] = {**table.settings, "table": table, "name": name, "__doc__": table.settings["title"]}
    made = type("".join(part.capitalize() for part in name.split("_")) or "Own", (TableNotation,), fields)
    if table.checked:
        check_symbols(made)
    return made
