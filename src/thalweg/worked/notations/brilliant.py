"""Brilliant's wiki: a_j^k comes in, o_j^k goes out, δ_j^k, w_ij^k from i to j, and the bias as w_0j^k."""

from __future__ import annotations

from typing import ClassVar

from ...core.weight_names import WeightName
from ...formulas.algebra import partial
from ...formulas.expression import Expression, Symbol
from .notation import NOTATIONS, Notation


@NOTATIONS.register("brilliant")
class Brilliant(Notation):
    """a_j^k = Σ_i w_ij^k o_i^{k-1} with o_0 = 1, o_j^k = g(a_j^k), δ_j^k = ∂E/∂a_j^k; ŷ the output, y the target."""

    title: ClassVar[str] = "Brilliant wiki, Backpropagation"
    bias_first: ClassVar[bool] = True
    from_to: ClassVar[bool] = True
    words: ClassVar[dict[str, str]] = {"sensitivity": "error term", "net input": "activation"}

    def bias_unit(self, layer: str) -> Symbol:
        """o_0 of the layer before, which is 1."""
        return Symbol("o", ("0",), (str(self.places[layer] - 1),))

    def input(self, name: str, j: int) -> Symbol:
        """o_i^0, which is x_i."""
        return Symbol("o", (self.number(j),), ("0",) if len(self.net.inputs) == 1 else (name,))

    def net_input(self, layer: str, i: int) -> Symbol:
        """a_j^k."""
        return Symbol("a", (self.number(i),), (str(self.places[layer]),))

    def output(self, layer: str, i: int) -> Symbol:
        """o_j^k."""
        return Symbol("o", (self.number(i),), (str(self.places[layer]),))

    def target(self, i: int) -> Symbol:
        """y."""
        return Symbol("y", () if self.net.output.size == 1 else (self.number(i),))

    def error(self, i: int) -> Symbol:
        """ŷ - y."""
        return Symbol("e", () if self.net.output.size == 1 else (self.number(i),))

    def sensitivity(self, layer: str, i: int) -> Symbol:
        """δ_j^k."""
        return Symbol("δ", (self.number(i),), (str(self.places[layer]),))

    def weight(self, weight: WeightName) -> Symbol:
        """w_ij^k; w_0j^k for the bias; w_ij^{l,k} for a shortcut from layer l."""
        origin = "0" if weight.source is None or weight.origin is None else self.number(weight.origin)
        above: tuple[str, ...] = (str(self.places[weight.layer]),)
        if weight.source is not None:
            sources = next(layer.sources for layer in self.net.layers if layer.name == weight.layer) or ()
            if len(sources) > 1 or self.places[weight.source] != self.places[weight.layer] - 1:
                named = len(self.net.inputs) > 1 and weight.source in self.net.inputs
                above = (weight.source if named else str(self.places[weight.source]), ",", *above)
        return Symbol("w", (origin, self.number(weight.to)), above)

    def bias_vector(self, layer: str) -> Symbol:
        """w_0^k."""
        return Symbol("w", ("0",), (str(self.places[layer]),), bold=True)

    def function(self, layer: str) -> Symbol:
        """g, and g_o at the output."""
        return Symbol("g", ("o",)) if layer == self.net.output.name else Symbol("g")

    def loss(self) -> Symbol:
        """E."""
        return Symbol("E")

    def example_loss(self) -> Symbol:
        """E_d of one example."""
        return Symbol("E", ("d",))

    def gradient(self, weight: WeightName) -> Expression:
        """∂E/∂w."""
        return partial(self.loss(), self.weight(weight))
