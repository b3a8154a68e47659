"""Samatova's slides: X, W with the letters of both layers above, Net, γ and α."""

from __future__ import annotations

from typing import ClassVar

from ...core.activations import Sigmoid, Softmax
from ...core.losses import CrossEntropy, Loss
from ...core.network import Network
from ...core.weight_names import WeightName
from ...formulas.algebra import partial
from ...formulas.expression import Expression, Symbol
from ...optimizers.rule import Rule
from .notation import NOTATIONS, Lettered


@NOTATIONS.register("ncsu")
class NCSU(Lettered):
    """Net = Σ X W^{IH}, out = φ(Net); w_{i,j}^{IH} leads from i to j; γ is the learning rate, α the momentum."""

    title: ClassVar[str] = "Samatova, Deep Learning, part 2: Backpropagation"
    from_to: ClassVar[bool] = True
    words: ClassVar[dict[str, str]] = {"sensitivity": "error term", "net input": "Net"}
    letters: ClassVar[dict[str, str]] = {"learning_rate": "γ", "momentum": "α"}

    def input(self, name: str, j: int) -> Symbol:
        """X_i."""
        letter = self.letter(name)
        return Symbol("X", (self.number(j),), (letter,) if len(letter) > 1 else ())

    def net_input(self, layer: str, i: int) -> Symbol:
        """Net_j^H."""
        return Symbol("Net", (self.number(i),), (self.letter(layer),))

    def output(self, layer: str, i: int) -> Symbol:
        """H_j of a hidden layer, Y_j of the output."""
        if layer == self.net.output.name:
            return Symbol("Y", (self.number(i),))
        letter = self.letter(layer)
        return Symbol(letter[0], (self.number(i),), (letter[1:],) if letter[1:] else ())

    def target(self, i: int) -> Symbol:
        """T_j."""
        return Symbol("T", (self.number(i),))

    def error(self, i: int) -> Symbol:
        """Y - T."""
        return Symbol("e", (self.number(i),))

    def sensitivity(self, layer: str, i: int) -> Symbol:
        """δ_j^H."""
        return Symbol("δ", (self.number(i),), (self.letter(layer),))

    def weight(self, weight: WeightName) -> Symbol:
        """w_{i,j}^{IH}, from i to j; b_j^H."""
        to = self.letter(weight.layer)
        if weight.source is None or weight.origin is None:
            return Symbol("b", (self.number(weight.to),), (to,))
        return Symbol("w", (self.number(weight.origin), self.number(weight.to)), (self.letter(weight.source), to))

    def function(self, layer: str) -> Symbol:
        """φ."""
        return Symbol("φ")

    def loss(self) -> Symbol:
        """E."""
        return Symbol("E")

    def example_loss(self) -> Symbol:
        """E of one example."""
        return Symbol("E", ("q",))

    def gradient(self, weight: WeightName) -> Expression:
        """∂E/∂w."""
        return partial(self.loss(), self.weight(weight))

    def notes(self, net: Network, loss: Loss, rule: Rule | None) -> tuple[str, ...]:
        """On the sigmoid's derivative, on softmax, on the sign of the cross-entropy."""
        found = []
        if any(type(layer.activation) is Sigmoid for layer in net.layers):
            found.append("The slide that differentiates the sigmoid ends with S² - S; right is S - S² = S (1 - S).")
        if type(net.output.activation) is Softmax:
            found.append("The slides' softmax' = φ (1 - φ) is only the diagonal of its matrix.")
        if isinstance(loss, CrossEntropy):
            found.append("The slides print the cross-entropy without its minus sign.")
        return tuple(found)
