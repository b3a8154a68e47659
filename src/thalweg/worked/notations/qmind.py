"""Farley's module: Cost = expected - actual, Gradient = Cost f', and what is added to the weights; counted from 0."""

from __future__ import annotations

from typing import ClassVar

from ...core.losses import Loss
from ...core.network import Network
from ...core.weight_names import WeightName
from ...formulas.expression import Expression, Symbol
from ...optimizers.rule import Rule
from .notation import NOTATIONS, Notation


@NOTATIONS.register("qmind")
class QMIND(Notation):
    """Gradient = Cost ∘ f'; ΔW = f(x) of the layer before ⊗ Gradient, times the rate, added; W[i,j] is from i to j."""

    title: ClassVar[str] = "Farley, Neural Network Package, module 3"
    first: ClassVar[int] = 0
    sign: ClassVar[int] = -1
    subtracts_output: ClassVar[bool] = True
    from_to: ClassVar[bool] = True
    words: ClassVar[dict[str, str]] = {
        "sensitivity": "Gradient",
        "error": "Cost",
        "target": "expected",
        "output": "f(x)",
        "net input": "x",
    }
    letters: ClassVar[dict[str, str]] = {"learning_rate": "lr"}

    def input(self, name: str, j: int) -> Symbol:
        """The input."""
        return Symbol("input" if len(self.net.inputs) == 1 else name, (str(j),))

    def net_input(self, layer: str, i: int) -> Symbol:
        """x of a layer."""
        return Symbol("x", (str(i),), self._above(layer))

    def output(self, layer: str, i: int) -> Symbol:
        """f(x) of a layer."""
        return Symbol("f(x)", (str(i),), self._above(layer))

    def target(self, i: int) -> Symbol:
        """What is expected."""
        return Symbol("expected", (str(i),))

    def error(self, i: int) -> Symbol:
        """The cost."""
        return Symbol("Cost", (str(i),))

    def sensitivity(self, layer: str, i: int) -> Symbol:
        """The gradient of a unit, of which ours is the negative."""
        return Symbol("Gradient", (str(i),), self._above(layer))

    def weight(self, weight: WeightName) -> Symbol:
        """W[i,j] from i to j; b[j]."""
        above = self._above(weight.layer)
        if weight.source is None or weight.origin is None:
            return Symbol("b", (str(weight.to),), above)
        sources = next(layer.sources for layer in self.net.layers if layer.name == weight.layer) or ()
        if len(sources) > 1:
            named = len(self.net.inputs) > 1 and weight.source in self.net.inputs
            source = weight.source if named else str(self.places[weight.source])
            above = (source, *((",", *above) if above else ()))
        return Symbol("W", (str(weight.origin), str(weight.to)), above)

    def function(self, layer: str) -> Symbol:
        """f."""
        return Symbol("f")

    def gradient(self, weight: WeightName) -> Expression:
        """f(x) ⊗ Gradient of a weight: -∂F/∂W."""
        w = self.weight(weight)
        return Symbol(f"D{w.base}", w.below, w.above)

    def example_gradient(self, weight: WeightName) -> Expression:
        """The same of one example."""
        w = self.weight(weight)
        return Symbol(f"D{w.base}", w.below, w.above)

    def notes(self, net: Network, loss: Loss, rule: Rule | None) -> tuple[str, ...]:
        """On the sign."""
        return (
            "QMIND's cost is expected - actual, and its updates are added: the same update as subtracting ∂F/∂W. D is "
            "-∂F/∂W, the outer product before the learning rate.",
        )

    def _above(self, layer: str) -> tuple[str, ...]:
        return (str(self.places[layer]),) if len(self.net.layers) > 1 else ()
