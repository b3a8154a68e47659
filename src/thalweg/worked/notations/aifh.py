"""Heaton, Artificial Intelligence for Humans: weights named by their two ends, bias neurons, δ, ε and α."""

from __future__ import annotations

from typing import ClassVar

from ...core.activations import Softmax
from ...core.losses import CrossEntropy, Loss
from ...core.network import Network
from ...core.weight_names import WeightName
from ...formulas.algebra import partial
from ...formulas.expression import Expression, Symbol
from ...optimizers.rule import Rule
from .notation import NOTATIONS, Lettered


@NOTATIONS.register("aifh")
class AIFH(Lettered):
    """y = φ(Σ w x), δ = ∂E/∂(Σ w x); a weight from I1 to H2 is w[I1→H2], a bias that from a neuron B whose output is 1.

    ŷ is the expected, y the actual output; ε the learning rate, α the momentum.
    """

    title: ClassVar[str] = "Heaton, Artificial Intelligence for Humans, volume 3, chapter 6"
    words: ClassVar[dict[str, str]] = {"sensitivity": "node delta", "net input": "sum", "target": "expected"}
    letters: ClassVar[dict[str, str]] = {"learning_rate": "ε", "momentum": "α", "epsilon": "η"}

    def bias_unit(self, layer: str) -> Symbol:
        """The bias neuron of the layer before."""
        return Symbol(self._bias(layer))

    def unit(self, name: str, i: int) -> str:
        """I1, H2, O1, or H2.1 with several hidden layers."""
        letter = self.letter(name)
        return f"{letter}.{i + 1}" if len(letter) > 1 else f"{letter}{i + 1}"

    def input(self, name: str, j: int) -> Symbol:
        """x of an input neuron."""
        return Symbol("x", (self.unit(name, j),))

    def net_input(self, layer: str, i: int) -> Symbol:
        """The sum of a neuron."""
        return Symbol("sum", (self.unit(layer, i),))

    def output(self, layer: str, i: int) -> Symbol:
        """y of a neuron of the output, o of a hidden one."""
        if layer == self.net.output.name:
            return Symbol("y", (self.unit(layer, i),))
        return Symbol("o", (self.unit(layer, i),))

    def target(self, i: int) -> Symbol:
        """ŷ, the expected output."""
        return Symbol("y", (self.unit(self.net.output.name, i),), (), "hat")

    def error(self, i: int) -> Symbol:
        """The difference of actual and expected."""
        return Symbol("e", (self.unit(self.net.output.name, i),))

    def sensitivity(self, layer: str, i: int) -> Symbol:
        """δ of a neuron."""
        return Symbol("δ", (self.unit(layer, i),))

    def weight(self, weight: WeightName) -> Symbol:
        """w of a connection, by its ends."""
        if weight.source is None or weight.origin is None:
            start = self._bias(weight.layer)
        else:
            start = self.unit(weight.source, weight.origin)
        return Symbol("w", (f"{start}→{self.unit(weight.layer, weight.to)}",))

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

    def weight_matrix(self, layer: str, source: str) -> Symbol:
        """W of a layer's connections from a source."""
        return Symbol("W", (f"{self.letter(source)}→{self.letter(layer)}",), bold=True)

    def bias_vector(self, layer: str) -> Symbol:
        """w of a layer's connections from its bias neuron."""
        return Symbol("w", (f"{self._bias(layer)}→{self.letter(layer)}",), bold=True)

    def whole(self, symbol: Symbol) -> Symbol:
        """The letter of the layer stays."""
        (unit,) = symbol.below
        letter = unit.rpartition(".")[0] or unit[:1]
        return Symbol(symbol.base, (letter,), symbol.above, symbol.mark, bold=True)

    def notes(self, net: Network, loss: Loss, rule: Rule | None) -> tuple[str, ...]:
        """On signs, on softmax, on cross-entropy."""
        found = [
            "AIFH 6.2 prints δ = (ŷ - y) φ' with ŷ expected and y actual; for the gradient to be ∂E/∂w it must be "
            "(y - ŷ) φ', as here. Its pages print the negative of these gradients; its summary adds them, which is "
            "right for those only.",
        ]
        if type(net.output.activation) is Softmax:
            found.append("AIFH 6.8 prints softmax' = φ (1 - φ), which is only the diagonal of its matrix.")
        if isinstance(loss, CrossEntropy):
            found.append(
                "AIFH 6.4.2 says that the derivative is always 1 with cross-entropy: it is the product of the loss's "
                "and the output function's derivatives that is y - ŷ; neither is 1."
            )
        return tuple(found)

    def _bias(self, layer: str) -> str:
        return "B" if len(self.net.layers) == 1 else f"B{self.places[layer]}"
