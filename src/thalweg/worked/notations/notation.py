"""What a notation is: how a text writes each quantity of a network, its signs, and the names of its parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from ...core.losses import Loss
from ...core.network import Network
from ...core.weight_names import WeightName
from ...errors import ArgumentError, unknown
from ...formulas.algebra import partial
from ...formulas.expression import Expression, Symbol
from ...optimizers.rule import Rule
from ...registry import Registry


class Notation(ABC):
    """The symbols of a text for the quantities of a network. Units are counted from 0 here, from `first` on paper."""

    title: ClassVar[str]
    """The text that writes so."""
    first: ClassVar[int] = 1
    """The number of the first unit of a layer."""
    sign: ClassVar[int] = 1
    """-1 where the text's sensitivities and gradients are ours negated."""
    subtracts_output: ClassVar[bool] = False
    """Whether the error is target - output; else output - target."""
    bias_first: ClassVar[bool] = False
    """Whether the bias stands before the other terms of a sum."""
    words: ClassVar[dict[str, str]] = {}
    """The text's own words: "sensitivity", "net input", "error", "learning rate", ..."""
    letters: ClassVar[dict[str, str]] = {}
    """The letters of a rule's settings, where they differ from `LETTERS`."""

    def __init__(self, net: Network) -> None:
        self.net = net
        self.places = dict.fromkeys(net.inputs, 0)
        self.places.update({layer.name: m for m, layer in enumerate(net.layers, start=1)})

    # What a text writes.

    @abstractmethod
    def input(self, name: str, j: int) -> Symbol:
        """An input."""

    @abstractmethod
    def net_input(self, layer: str, i: int) -> Symbol:
        """What comes into a unit."""

    @abstractmethod
    def output(self, layer: str, i: int) -> Symbol:
        """What a unit of a layer gives."""

    @abstractmethod
    def target(self, i: int) -> Symbol:
        """What an output should be."""

    @abstractmethod
    def error(self, i: int) -> Symbol:
        """The difference of an output and its target."""

    @abstractmethod
    def sensitivity(self, layer: str, i: int) -> Symbol:
        """∂F/∂n of a unit, times `sign`."""

    @abstractmethod
    def weight(self, weight: WeightName) -> Symbol:
        """A weight or bias."""

    @abstractmethod
    def function(self, layer: str) -> Symbol:
        """The activation of a layer."""

    # What follows from it.

    def bias_unit(self, layer: str) -> Symbol | None:
        """The unit whose output 1 a bias is the weight of, where the text has one."""
        return None

    def loss(self) -> Symbol:
        """The error over all examples."""
        return Symbol("F")

    def example_loss(self) -> Symbol:
        """The error of one example."""
        return Symbol("F", mark="hat")

    def slope(self, layer: str) -> Symbol:
        """The derivative of a layer's activation."""
        f = self.function(layer)
        return Symbol(f.base, f.below, f.above, "prime")

    def gradient(self, weight: WeightName) -> Expression:
        """∂F/∂w, times `sign`."""
        return partial(self.loss(), self.weight(weight))

    def example_gradient(self, weight: WeightName) -> Expression:
        """The gradient of one example's error."""
        return partial(self.example_loss(), self.weight(weight))

    def delta(self, weight: WeightName) -> Symbol:
        """The update of a weight."""
        w = self.weight(weight)
        return Symbol(f"Δ{w.base}", w.below, w.above)

    def part(self, name: str, weight: WeightName | None) -> Symbol:
        """A quantity of the rule, for a weight or for all."""
        hat = "hat" if name.endswith("_hat") else ""
        base = name.removesuffix("_hat")
        base = self.letters.get("learning_rate", "α") if base == "rate" else self.letters.get(base, base)
        w = Symbol("") if weight is None else self.weight(weight)
        return Symbol(LETTERS.get(base, base), w.below, w.above, hat)

    def setting(self, name: str) -> Symbol:
        """A setting of a rule, such as its learning rate."""
        letter = self.letters.get(name) or LETTERS.get(name, name)
        return Symbol(letter[0], (letter[1:],)) if len(letter) > 1 and letter[1:].isdecimal() else Symbol(letter)

    def sent(self, source: str, j: int) -> Symbol:
        """What a weight is multiplied with: an input, or the output of a unit."""
        return self.input(source, j) if source in self.net.inputs else self.output(source, j)

    def number(self, i: int) -> str:
        """The number of a unit on paper."""
        return str(i + self.first)

    def word(self, word: str) -> str:
        """The text's word for a quantity."""
        return self.words.get(word, word)

    def notes(self, net: Network, loss: Loss, rule: Rule | None) -> tuple[str, ...]:
        """Where the text prints otherwise than is right, of what is shown of these (docs/sources.md)."""
        return ()


class Lettered(Notation):
    """A notation that calls its layers by letters."""

    def letter(self, name: str) -> str:
        """I for the input, H for a hidden layer (with its number if there are several), O for the output layer."""
        if name in self.net.inputs:
            return "I" if len(self.net.inputs) == 1 else f"I{list(self.net.inputs).index(name) + 1}"
        if name == self.net.output.name:
            return "O"
        hidden = len(self.net.layers) - 1
        return "H" if hidden == 1 else f"H{self.places[name]}"


NOTATIONS: Registry[Notation] = Registry("notation", Notation)
"""The one list of notations."""


def notation_named(name: str) -> type[Notation]:
    """A notation by name; raises ArgumentError for an unknown one.

    >>> notation_named("ncsu").title
    'Samatova, Deep Learning, part 2: Backpropagation'
    """
    if not isinstance(name, str) or name not in NOTATIONS:
        raise ArgumentError(unknown("notation", name, NOTATIONS))
    return NOTATIONS[name]


LETTERS = {
    "learning_rate": "α",
    "momentum": "γ",
    "beta1": "β1",
    "beta2": "β2",
    "epsilon": "ε",
    "decay": "ρ",
    "weight_decay": "λ",
    "momentum_decay": "ψ",
    "eta_plus": "η⁺",
    "eta_minus": "η⁻",
    "delta": "δ",
    "delta0": "Δ0",
    "delta_min": "Δmin",
    "delta_max": "Δmax",
    "product": "Π",
    "mu": "μ",
    "l1": "λ1",
    "l2": "λ2",
    "alpha": "α",
    "slope": "c",
    "scale": "λ",
}
"""The letters of settings and quantities."""
