"""The chain rule for one weight of a small network: over all paths to the outputs, factor by factor, then collected."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from ...core.activations import ACTIVATIONS, Activation, Formula, Sigmoid, Softmax
from ...core.kinds import settings, takes_kinds
from ...core.losses import LOSSES, CrossEntropy, Loss
from ...core.network import Layer, Network, mlp
from ...core.weight_names import WeightName, find_weight, name_of
from ...errors import ArgumentError
from ...formulas.algebra import ONE, negative, number, partial, times, total
from ...formulas.expression import Expression, Negative, Number, Product, Symbol, replaced
from ..notations import AnyNotation, notation_named
from .derivation import Derivation, DerivationLine, DerivationPart, Paper
from .derive import derive

MOST_PATHS = 48
"""Paths from a weight to the outputs that are written out."""


@takes_kinds
def derive_chain(
    net: Network | tuple[int, ...],
    weight: str,
    *,
    loss: str | Loss = "mse",
    notation: AnyNotation = "nnd",
    hidden: str | Activation = "tanh",
    output: str | Activation = "linear",
) -> Derivation:
    """∂F/∂w of one weight or bias by the chain rule, ∂F/∂a ∂a/∂n ... ∂n/∂w over all paths from it to the outputs.

    `net` is a network, or the sizes of a chain of `hidden` and `output` layers; `weight` is a name such as
    layer1[1,0] or layer1[1], counted from 0; F is the error of one example. Each factor is worked out, the product put
    together, and collected in the sensitivities of the layers, in the notation of a text. Raises ArgumentError for a
    weight that there is not, and for one with more than 48 paths. NCSU's extra slides, NND 3.36-3.50.

    >>> print(derive_chain((2, 3, 1), "layer1[1,0]", loss="half_sse", notation="ncsu").lines[0].text)
    (∂E[q]/∂Y₁)(∂Y₁/∂Netᴼ₁)(∂Netᴼ₁/∂H₂)(∂H₂/∂Netᴴ₂)(∂Netᴴ₂/∂wᴵᴴ₁,₂)
    """
    net = net if isinstance(net, Network) else mlp(*net, hidden=hidden, output=output)
    checked: Loss = LOSSES.get(loss)
    checked.check(net.output.activation)
    return _Chain(net, find_weight(net, weight), checked, notation).derivation()


class _Chain:
    """A weight, the letters of its derivation, and what they stand for."""

    def __init__(self, net: Network, place: WeightName, loss: Loss, notation: AnyNotation) -> None:
        self.net, self.place, self.loss = net, place, loss
        self.notation = notation_named(notation)(net)
        self.layers = {layer.name: layer for layer in net.layers}
        self.letters: dict[str, Any] = {}
        self.given: dict[str, Expression] = {}

    def derivation(self) -> Derivation:
        """All parts."""
        paths = self._paths(self.place.layer, self.place.to)
        products = [self._path_product(path) for path in paths]
        parts = [self._chain_rule(products), *self._factors(products), *self._collected(paths)]
        if not paths:
            parts = parts[:1]
        notes = self.notation.notes(self.net, self.loss, None)
        name = name_of(self.net, self.place)
        return Derivation(f"The chain rule for {name}", tuple(parts), (*self._notes(), *notes), self._introduction())

    # The letters.

    def _letter(self, name: str, symbol: Any, stands_for: Expression | None = None) -> Expression:
        self.letters[name] = symbol
        if stands_for is not None:
            self.given[name] = stands_for
        return Symbol(name)

    def _net_input(self, layer: str, i: int) -> Expression:
        return self._letter(f"n[{layer},{i}]", self.notation.net_input(layer, i))

    def _sent(self, source: str, j: int) -> Expression:
        return self._letter(f"a[{source},{j}]", self.notation.sent(source, j))

    def _target(self, i: int) -> Expression:
        return self._letter(f"t[{i}]", self.notation.target(i))

    def _weight(self, place: WeightName) -> Expression:
        return self._letter(f"w[{name_of(self.net, place)}]", self.notation.weight(place))

    def _sensitivity(self, layer: str, i: int, stands_for: Expression | None = None) -> Expression:
        return self._letter(f"s[{layer},{i}]", self.notation.sensitivity(layer, i), stands_for)

    # The factors, each a letter that stands for what it comes to.

    def _by_output(self, k: int) -> Expression:
        """∂F/∂a of an output."""
        last = self.net.output
        a = self._sent(last.name, k)
        symbol = partial(self.notation.example_loss(), self.notation.output(last.name, k))
        return self._letter(f"dF/da[{last.name},{k}]", symbol, self._loss_slope(a, self._target(k)))

    def _loss_slope(self, a: Expression, t: Expression) -> Expression:
        size = self.net.output.size
        fused = isinstance(self.loss, CrossEntropy)
        several = isinstance(self.net.output.activation, Softmax) if fused else size > 1
        by = "a_i" if several else "a"
        part = next((part for part in _derived(self.loss).parts if part.paper.by == by), None)
        if part is None:
            outputs = "one of several outputs" if several else "one output"
            raise ArgumentError(
                f"loss {LOSSES.name_of(self.loss)!r} says no derivative by {outputs}: give its class a chain by {by!r}"
            )
        found = part.lines[-1].expression
        for name, stands_for in (("a", a), ("a_i", a), ("t", t), ("t_i", t), ("S", number(size))):
            found = replaced(found, Symbol(name), stands_for)
        return self._with_settings(found, self.loss, "F")

    def _by_net_input(self, layer: Layer, k: int, i: int) -> Expression:
        """∂a_k/∂n_i within a layer."""
        notation, name = self.notation, layer.name
        symbol = partial(notation.output(name, k), notation.net_input(name, i))
        return self._letter(f"da/dn[{name},{k},{i}]", symbol, self._slope(layer, k, i))

    def _slope(self, layer: Layer, k: int, i: int) -> Expression:
        a_k, a_i = self._sent(layer.name, k), self._sent(layer.name, i)
        if type(layer.activation) is Softmax:
            return times(a_k, total((ONE, negative(a_k)))) if k == i else negative(times(a_k, a_i))
        found = _derived(layer.activation).lines[-1].expression
        n = self._net_input(layer.name, i)
        for name, stands_for in (("n", n), ("x", n), ("a", a_i)):
            found = replaced(found, Symbol(name), stands_for)
        return self._with_settings(found, layer.activation, layer.name)

    def _with_settings(self, found: Expression, part: Activation | Loss, where: str) -> Expression:
        """What a part says, its settings as letters; one that two parts have with other values has a letter of each."""
        for name, value in settings(part).items():
            symbol, own = self.notation.setting(name), name
            if self.given.setdefault(name, _exact(value)) != _exact(value):
                symbol, own = Symbol(symbol.base, (*symbol.below, where)), f"{name}[{where}]"
                found = replaced(found, Symbol(name), Symbol(own))
            self.letters[own], self.given[own] = symbol, _exact(value)
        return found

    def _by_sent(self, layer: str, i: int, source: str, j: int) -> Expression:
        """∂n/∂a of a layer by a source: the weight between them."""
        notation = self.notation
        symbol = partial(notation.net_input(layer, i), notation.output(source, j))
        return self._letter(f"dn/da[{layer},{i},{source},{j}]", symbol, self._weight(WeightName(layer, i, source, j)))

    def _by_weight(self) -> Expression:
        """∂n/∂w: what the weight is multiplied with."""
        place, notation = self.place, self.notation
        symbol = partial(notation.net_input(place.layer, place.to), notation.weight(place))
        return self._letter("dn/dw", symbol, self._multiplied())

    def _multiplied(self) -> Expression:
        if self.place.source is None or self.place.origin is None:
            return ONE
        return self._sent(self.place.source, self.place.origin)

    # The paths.

    def _paths(self, layer: str, i: int) -> list[tuple[Expression, ...]]:
        found = []
        for path in self._walk(layer, i):
            found.append(path)
            if len(found) > MOST_PATHS:
                name = name_of(self.net, self.place)
                raise ArgumentError(
                    f"weight {name!r} leads to the outputs over more than {MOST_PATHS} paths: take a smaller network, "
                    "or a weight of a later layer"
                )
        return found

    def _walk(self, layer: str, i: int) -> Iterator[tuple[Expression, ...]]:
        """The factors from an output back to the net input of a unit, for every path."""
        found = self.layers[layer]
        for k in self._outputs_of(found, i):
            here = self._by_net_input(found, k, i)
            if found is self.net.output:
                yield self._by_output(k), here
                continue
            for fed in self.net.fed_by[layer]:
                for unit in range(self.net.sizes[fed]):
                    for path in self._walk(fed, unit):
                        yield *path, self._by_sent(fed, unit, layer, k), here

    def _outputs_of(self, layer: Layer, i: int) -> tuple[int, ...]:
        """The outputs of a layer that a net input acts on: all of a softmax, else its own."""
        return tuple(range(layer.size)) if type(layer.activation) is Softmax else (i,)

    def _path_product(self, path: tuple[Expression, ...]) -> Expression:
        return Product((*path, self._by_weight()))

    # The parts.

    def _paper(self, of: str, by: str = "") -> Paper:
        return Paper(of, by, "∂", self.letters)

    def _line(self, rule: str, expression: Expression) -> DerivationLine:
        return DerivationLine(rule, expression, self._paper("F", "w"), self.given)

    def _chain_rule(self, products: list[Expression]) -> DerivationPart:
        """The sum over the paths, and the same with every factor worked out."""
        self._letter("F", self.notation.example_loss())
        self._letter("w", self.notation.weight(self.place))
        if not products:
            line = self._line("no path leads from this weight to an output", total(()))
            return DerivationPart("Chain rule", self._paper("F", "w"), (line,))
        several = f"the sum over {len(products)} paths" if len(products) > 1 else "along the one path"
        out = total(times(*(self.given[f.base] for f in _letters_of(p))) for p in products)
        lines = (self._line(several, total(products)), self._line("each factor worked out, below", out))
        return DerivationPart("Chain rule", self._paper("F", "w"), lines)

    def _factors(self, products: list[Expression]) -> list[DerivationPart]:
        """Every factor once, in the order of the first path on which it stands."""
        names = dict.fromkeys(letter.base for product in products for letter in _letters_of(product))
        return [
            DerivationPart("Factor by factor", self._paper(name), (self._line(self._why(name), self.given[name]),))
            for name in names
        ]

    def _why(self, name: str) -> str:
        if name.startswith("dF/da"):
            return f"{LOSSES.name_of(self.loss)}"
        if name.startswith("da/dn"):
            layer = name.removeprefix("da/dn[").split(",")[0]
            return _name(self.layers[layer].activation)
        if name.startswith("dn/da"):
            return "the weight between them"
        return "the bias is added as it is" if self.place.source is None else "what the weight is multiplied with"

    def _collected(self, paths: list[tuple[Expression, ...]]) -> list[DerivationPart]:
        """The sensitivities of the units on the paths, from the outputs back, and the gradient by the first of them."""
        title = f"Collected, layer by layer: {self.notation.word('sensitivity')}"
        parts = [self._collect(title, layer, i) for layer, i in self._units(paths)]
        s = self._sensitivity(self.place.layer, self.place.to)
        found = times(s, self._multiplied())
        line = self._line("", found if self.notation.sign > 0 else negative(found))
        return [*parts, DerivationPart(title, self._paper("F", "w"), (line,))]

    def _units(self, paths: list[tuple[Expression, ...]]) -> list[tuple[str, int]]:
        """The units whose net inputs are on the paths, layers from the last to the first."""
        on_paths = {
            (layer, int(i))
            for path in paths
            for letter in path
            if isinstance(letter, Symbol) and letter.base.startswith("da/dn[")
            for layer, _, i in [letter.base.removeprefix("da/dn[").removesuffix("]").rsplit(",", 2)]
        }
        order = [layer.name for layer in reversed(self.net.layers)]
        return sorted(on_paths, key=lambda unit: (order.index(unit[0]), unit[1]))

    def _collect(self, title: str, name: str, i: int) -> DerivationPart:
        layer, sign = self.layers[name], self.notation.sign
        notation = self.notation
        by_net_input = self._letter(f"dF/dn[{name},{i}]", partial(notation.example_loss(), notation.net_input(name, i)))
        pairs = [(self._slope(layer, k, i), self._by_output_of(layer, k)) for k in self._outputs_of(layer, i)]
        found = total(times(*(reversed(pair) if layer is self.net.output else pair)) for pair in pairs)
        if layer is self.net.output and sign < 0:
            found = negative(found)
        lines = [("", found)]
        if layer is self.net.output and isinstance(self.loss, CrossEntropy):
            a, t = self._sent(name, i), self._target(i)
            fused = total((a, negative(t)) if sign > 0 else (t, negative(a)))
            if isinstance(layer.activation, Sigmoid):
                lines.append(("a (1 - a) cancels", fused))
            else:
                lines.append(("the targets add up to 1", fused))
        self.given[f"dF/dn[{name},{i}]"] = found if sign > 0 else negative(found)
        s = self._sensitivity(name, i, found)
        begin = (notation.word("sensitivity"), by_net_input if sign > 0 else Negative(by_net_input))
        assert isinstance(s, Symbol)
        return DerivationPart(title, self._paper(s.base), tuple(self._line(*line) for line in (begin, *lines)))

    def _by_output_of(self, layer: Layer, k: int) -> Expression:
        """∂F/∂a of a unit: the loss's, or the sum of what goes back from the units that it feeds."""
        if layer is self.net.output:
            return self._loss_slope(self._sent(layer.name, k), self._target(k))
        return total(
            times(self._weight(WeightName(fed, unit, layer.name, k)), self._sensitivity(fed, unit))
            for fed in self.net.fed_by[layer.name]
            if self._reaches(fed)
            for unit in range(self.net.sizes[fed])
        )

    def _reaches(self, layer: str) -> bool:
        """Whether a layer has a part in the output."""
        return layer == self.net.output.name or any(map(self._reaches, self.net.fed_by[layer]))

    # What is said around them.

    def _introduction(self) -> tuple[str, ...]:
        layers = "; ".join(
            f"{layer.name}: {layer.size} {_name(layer.activation)}, fed by {', '.join(layer.sources or ())}"
            for layer in self.net.layers
        )
        inputs = ", ".join(f"{size} {name}" for name, size in self.net.inputs.items())
        return (
            f"Network: inputs {inputs}; {layers}. Loss: {LOSSES.name_of(self.loss)}, of one example.",
            f"Notation: {self.notation.title}.",
        )

    def _notes(self) -> Iterator[str]:
        if any(layer.dropout for layer in self.net.layers):
            yield "Dropout is left out here."
        names = dict.fromkeys(_name(layer.activation) for layer in self.net.layers)
        commands = [f"thalweg derive {_quoted(name)}" for name in (*names, LOSSES.name_of(self.loss))]
        yield f"How the factors come about: {', '.join(commands)}."


def _name(activation: Activation) -> str:
    """The name of an activation; a formula's is its text."""
    return activation.formula if isinstance(activation, Formula) else ACTIVATIONS.name_of(activation)


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


@lru_cache(maxsize=128)
def _derived(what: Activation | Loss) -> Derivation:
    return derive(what)


def _letters_of(product: Expression) -> list[Symbol]:
    assert isinstance(product, Product)
    return [factor for factor in product.factors if isinstance(factor, Symbol)]


def _exact(value: float) -> Number:
    return Number(Fraction(repr(float(value))))
