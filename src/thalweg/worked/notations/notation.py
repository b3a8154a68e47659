"""What a notation is: how a text writes each quantity of a network, its signs, and the names of its parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from ...core.losses import Loss
from ...core.network import Network
from ...core.weight_names import WeightName
from ...formulas.algebra import partial
from ...formulas.expression import Call, Expression, Symbol, parts, rebuilt
from ...optimizers.rule import Rule
from .registry import Notations

_MARKS = {",", "old", "new"}
"""What may stand behind the indices above."""


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
    name: ClassVar[str] = ""
    """What a notation that is in no registry is called, such as its file."""
    from_to: ClassVar[bool] = False
    """Whether a weight is written by where it comes from, then where it leads to: then layers are rows, n = a W + b."""
    example_letter: ClassVar[str] = ""
    """The letter of an example's gradient where those are combined; else g, or D where `sign` is -1."""
    together: ClassVar[bool] = False
    """Whether, in matrix form, all examples stand in one matrix, each a column, or a row where layers are rows."""
    diagonal: ClassVar[bool] = False
    """Whether, in matrix form, the slopes of a layer are a diagonal matrix; else a vector, multiplied by ⊙."""

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

    def gradient_of(self, q: int) -> Symbol:
        """The gradient of an example, by its number, where those are combined."""
        return Symbol(self.example_letter or ("g" if self.sign > 0 else "D"), (str(q + 1),))

    # Vectors and matrices, for matrix form.

    def input_vector(self, name: str) -> Symbol:
        """All of an input."""
        return self.whole(self.input(name, 0))

    def net_input_vector(self, layer: str) -> Symbol:
        """The net inputs of a layer."""
        return self.whole(self.net_input(layer, 0))

    def output_vector(self, layer: str) -> Symbol:
        """The outputs of a layer."""
        return self.whole(self.output(layer, 0))

    def target_vector(self) -> Symbol:
        """All targets."""
        return self.whole(self.target(0))

    def error_vector(self) -> Symbol:
        """All errors."""
        return self.whole(self.error(0))

    def sensitivity_vector(self, layer: str) -> Symbol:
        """The sensitivities of a layer."""
        return self.whole(self.sensitivity(layer, 0))

    def weight_matrix(self, layer: str, source: str) -> Symbol:
        """The weights of a layer from a source."""
        w = self.whole(self.weight(WeightName(layer, 0, source, 0)))
        return Symbol(w.base.upper() if len(w.base) == 1 else w.base, w.below, w.above, w.mark, bold=True)

    def bias_vector(self, layer: str) -> Symbol:
        """The biases of a layer."""
        b = self.weight(WeightName(layer, 0))
        return Symbol(b.base, (), b.above, b.mark, bold=True)

    def slopes(self, layer: str) -> Expression:
        """The slopes of a layer at its net inputs: f'(n), or Ḟ(n) where they are a diagonal matrix."""
        f = self.slope(layer)
        if self.diagonal:
            f = Symbol(f.base.upper(), f.below, f.above, "dot", bold=True)
        return Call(f, (self.net_input_vector(layer),))

    def sent_vector(self, source: str) -> Symbol:
        """What the weights from a source are multiplied with."""
        return self.input_vector(source) if source in self.net.inputs else self.output_vector(source)

    def whole(self, symbol: Symbol) -> Symbol:
        """The vector of which a symbol is the first entry, or the matrix of one for each example."""
        base = symbol.base
        if self.together:
            base = f"{base[:-1]}{base[-1].upper()}" if len(base) <= 2 else base
        return Symbol(base, (), symbol.above, symbol.mark, bold=True)

    def lifted(self, expression: Expression, weight: WeightName) -> Expression:
        """What is written for a weight, written for the matrix or vector that it is in: of Δw_{1,1} it is ΔW."""
        w = self.weight(weight)
        if weight.source is None:
            whole = self.bias_vector(weight.layer)
        else:
            whole = self.weight_matrix(weight.layer, weight.source)
        told = () if weight.source is not None or self.tells_bias(weight.layer, whole) else (whole.base,)

        def of(part: Expression) -> Expression:
            if not isinstance(part, Symbol):
                return rebuilt(part, map(of, parts(part)))
            marks = part.above[len(w.above) :]
            if (part.below, part.above[: len(w.above)]) != (w.below, w.above) or not {*marks} <= _MARKS:
                return part
            before = part.base.removesuffix(w.base)
            base = f"{before}{whole.base}" if before != part.base else before
            below = whole.below if before != part.base else (*whole.below, *told)
            return Symbol(base, below, (*whole.above, *marks), part.mark, bold=True)

        return of(expression)

    def tells_bias(self, layer: str, bias: Symbol) -> bool:
        """Whether the indices of a layer's biases are those of none of its matrices, so that m of both differs."""
        sources = next(one.sources for one in self.net.layers if one.name == layer) or ()
        matrices = (self.weight_matrix(layer, source) for source in sources)
        return all((matrix.below, matrix.above) != (bias.below, bias.above) for matrix in matrices)

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


NOTATIONS: Notations[Notation] = Notations("notation", Notation)
"""The one list of notations."""

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
