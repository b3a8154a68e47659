"""Hagan et al., Neural Network Design: p, n, a, s, W, b, with the number of the layer above."""

from __future__ import annotations

from typing import ClassVar

from ...core.activations import Softmax
from ...core.losses import Loss
from ...core.network import Network
from ...core.weight_names import WeightName
from ...formulas.expression import Symbol
from ...optimizers.adam import Adam
from ...optimizers.rule import Rule
from .notation import NOTATIONS, Notation


@NOTATIONS.register("nnd")
class NND(Notation):
    """n^m = W^m a^{m-1} + b^m, a^m = f^m(n^m), s^m = ∂F/∂n^m; w^m_{i,j} leads from j to i; e = t - a."""

    title: ClassVar[str] = "Hagan et al., Neural Network Design: Deep Learning, chapter 3"
    subtracts_output: ClassVar[bool] = True
    diagonal: ClassVar[bool] = True
    letters: ClassVar[dict[str, str]] = {"n": "ν"}  # of Nesterov's momentum: n is the net input

    def input(self, name: str, j: int) -> Symbol:
        """p_j; of several inputs each by its name."""
        return Symbol("p" if len(self.net.inputs) == 1 else name, (self.number(j),))

    def net_input(self, layer: str, i: int) -> Symbol:
        """n_i^m."""
        return Symbol("n", (self.number(i),), self._above(layer))

    def output(self, layer: str, i: int) -> Symbol:
        """a_i^m."""
        return Symbol("a", (self.number(i),), self._above(layer))

    def target(self, i: int) -> Symbol:
        """t_i."""
        return Symbol("t", (self.number(i),))

    def error(self, i: int) -> Symbol:
        """e_i."""
        return Symbol("e", (self.number(i),))

    def sensitivity(self, layer: str, i: int) -> Symbol:
        """s_i^m."""
        return Symbol("s", (self.number(i),), self._above(layer))

    def weight(self, weight: WeightName) -> Symbol:
        """w_{i,j}^m, or w_{i,j}^{m,l} where not only the layer before it feeds the layer; b_i^m."""
        if weight.source is None or weight.origin is None:
            return Symbol("b", (self.number(weight.to),), self._above(weight.layer))
        above = self._above(weight.layer)
        sources = next(layer.sources for layer in self.net.layers if layer.name == weight.layer) or ()
        if len(sources) > 1 or self.places[weight.source] != self.places[weight.layer] - 1:
            named = len(self.net.inputs) > 1 and weight.source in self.net.inputs
            above = (*above, ",", weight.source if named else str(self.places[weight.source]))
        return Symbol("w", (self.number(weight.to), self.number(weight.origin)), above)

    def function(self, layer: str) -> Symbol:
        """f^m."""
        return Symbol("f", (), self._above(layer))

    def notes(self, net: Network, loss: Loss, rule: Rule | None) -> tuple[str, ...]:
        """On Adam's efficient form and on softmax."""
        found = []
        if isinstance(rule, Adam):
            found.append(
                "NND 3.34 prints the fraction of Adam's efficient form upside down: right is α √(1 - β₂ᵏ)/(1 - β₁ᵏ), "
                "with ε √(1 - β₂ᵏ) for ε; in 3.33 and 3.35 v(i+1) stands for v(k+1)."
            )
        if type(net.output.activation) is Softmax:
            found.append("Softmax's derivative is the whole matrix a_i (δ_ij - a_j), as in NND 3.50.")
        return tuple(found)

    def _above(self, layer: str) -> tuple[str, ...]:
        return (str(self.places[layer]),)
