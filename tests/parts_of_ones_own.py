"""Parts as someone outside writes them: some say how they are shown, some do not, one inherits what is not true."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from thalweg.core.activations import ACTIVATIONS, Activation, Elementwise, Sigmoid, Softmax
from thalweg.core.arrays import namespace, tree_map
from thalweg.core.losses import LOSSES, CrossEntropy, PointwiseLoss
from thalweg.core.weight_names import WeightName
from thalweg.formulas.expression import Symbol
from thalweg.optimizers import RULES, Rule
from thalweg.optimizers.gradient_descent import zeros_like
from thalweg.optimizers.rule import Number, number
from thalweg.optimizers.shown import ShownRule
from thalweg.worked.notations import NOTATIONS
from thalweg.worked.notations.nnd import NND


@dataclass(frozen=True)
class SilentBent(Elementwise):
    """a = n/√(1 + steep n²); a' = (1 + steep n²)^(-3/2)."""

    steep: float = 2.0
    reads: ClassVar = "net_input"

    def __call__(self, n):
        return n / namespace(n).sqrt(1.0 + self.steep * n * n)

    def derivative(self, x):
        return (1.0 + self.steep * x * x) ** -1.5

    def second_derivative(self, n, a):
        return -3.0 * self.steep * n * (1.0 + self.steep * n * n) ** -2.5


@dataclass(frozen=True)
class Bent(SilentBent):
    """The same; says so."""

    value_text: ClassVar = "n/sqrt(1 + steep*n**2)"
    derivative_text: ClassVar = "1/(1 + steep*n**2)**1.5"
    closing_lines: ClassVar = (
        ("not true", "1 - steep*a**2"),
        ("write with a: 1 - steep a² = 1/(1 + steep n²)", "(1 - steep*a**2)**1.5"),
        ("no formula", "(1 - steep*b"),
    )
    derivation_notes: ClassVar = ("At n = 0 it is 1.",)


@dataclass(frozen=True)
class FlatBent(Bent):
    """Half of it: what it inherits of closing lines and notes is not true of it."""

    value_text: ClassVar = "n/sqrt(1 + steep*n**2)/2"

    def __call__(self, n):
        return 0.5 * super().__call__(n)

    def derivative(self, x):
        return 0.5 * super().derivative(x)

    def second_derivative(self, n, a):
        return 0.5 * super().second_derivative(n, a)


@dataclass(frozen=True)
class SilentDirection(Activation):
    """a = n/|n| of a layer; ∂a/∂n = (I - a aᵀ)/|n|."""

    def __call__(self, n):
        return n / self._length(n)

    def backpropagate(self, n, a, v):
        return (v - a * namespace(n).sum(a * v, axis=-1, keepdims=True)) / self._length(n)

    def push(self, n, a, n_dot):
        return self.backpropagate(n, a, n_dot)

    def backpropagate_dot(self, n, a, v, n_dot, v_dot):
        add = namespace(n).sum
        length, a_dot = self._length(n), self.push(n, a, n_dot)
        along = add(a_dot * v + a * v_dot, axis=-1, keepdims=True)
        turned = v_dot - a_dot * add(a * v, axis=-1, keepdims=True) - a * along
        return (turned - add(a * n_dot, axis=-1, keepdims=True) * self.backpropagate(n, a, v)) / length

    def _length(self, n):
        xp = namespace(n)
        return xp.sqrt(xp.sum(n * n, axis=-1, keepdims=True))


@dataclass(frozen=True)
class Direction(SilentDirection):
    """The same; says so."""

    value_text: ClassVar = "n/sqrt(sum(n**2))"
    backpropagate_text: ClassVar = "(v - a*sum(a*v))/sqrt(sum(n**2))"


@dataclass(frozen=True)
class Tempered(Softmax):
    """softmax(n/2): what it inherits of being softmax is not true of it."""

    def __call__(self, n):
        return super().__call__(0.5 * n)

    def backpropagate(self, n, a, v):
        return 0.5 * super().backpropagate(n, a, v)


@dataclass(frozen=True)
class Steep(Sigmoid):
    """σ(2n), the same of the sigmoid."""

    def __call__(self, n):
        return super().__call__(2.0 * n)

    def derivative(self, x):
        return 2.0 * super().derivative(x)


@dataclass(frozen=True)
class SilentLogCosh(PointwiseLoss):
    """ℓ = Σ ln cosh(t - a)."""

    def value(self, a, t):
        xp = namespace(a, t)
        return xp.log(xp.cosh(a - t))

    def derivative(self, a, t):
        return namespace(a, t).tanh(a - t)

    def second_derivative(self, a, t):
        return 1.0 - namespace(a, t).tanh(a - t) ** 2


@dataclass(frozen=True)
class LogCosh(SilentLogCosh):
    """The same; says so."""

    value_text: ClassVar = "ln(cosh(e))"
    derivative_text: ClassVar = "-tanh(e)"
    together_text: ClassVar = "ln(cosh(e)) + logs"
    others: ClassVar = {"logs": "log_cosh(e)"}
    closing_lines: ClassVar = (("not true", "tanh(t - a)"), ("take the sign into the difference", "tanh(a - t)"))


@dataclass(frozen=True)
class Smoothed(CrossEntropy):
    """Cross-entropy with targets 0.8 t + 0.1: what it inherits of texts is not true of it."""

    def terms(self, activation, n, a, t):
        return super().terms(activation, n, a, 0.8 * t + 0.1)

    def sensitivity(self, activation, n, a, t):
        return super().sensitivity(activation, n, a, 0.8 * t + 0.1)


@dataclass(frozen=True)
class Asymmetric(PointwiseLoss):
    """ℓ = (1/S) Σ (steep e² if e > 0 else e²), e = t - a."""

    steep: float = 3.0
    averages_outputs: ClassVar = True
    value_text: ClassVar = "steep*e**2 if e > 0 else e**2"
    derivative_text: ClassVar = "-2*steep*e if e > 0 else -2*e"

    def value(self, a, t):
        return self._factor(a, t) * (t - a) ** 2

    def derivative(self, a, t):
        return -2.0 * self._factor(a, t) * (t - a)

    def second_derivative(self, a, t):
        return 2.0 * self._factor(a, t)

    def _factor(self, a, t):
        xp = namespace(a, t)
        return xp.where(t > a, self.steep * xp.ones_like(a), xp.ones_like(a))


@dataclass(frozen=True)
class Triple(PointwiseLoss):
    """ℓ = 3 Σ e²."""

    squares: ClassVar = True

    def value(self, a, t):
        return 3.0 * (t - a) ** 2

    def derivative(self, a, t):
        return 6.0 * (a - t)

    def second_derivative(self, a, t):
        return 6.0 * namespace(a).ones_like(a)


@dataclass(frozen=True)
class NoSquares(Triple):
    """ℓ = 3 Σ |e|³: what it inherits of being a squared error is not true of it."""

    def value(self, a, t):
        return 3.0 * abs(t - a) ** 3


class MeanState(NamedTuple):
    step: Any
    m: Any


@dataclass(frozen=True)
class SilentMean(ShownRule):
    """m ← ρ m + (1 - ρ) g; Δx = -α m."""

    learning_rate: Number = number(0.05)
    decay: Number = number(0.5, below=1.0)

    def init(self, params):
        return MeanState(0, zeros_like(params))

    def equations(self, gradient, state, params, value=None):
        m = tree_map(lambda g, m: self.decay * m + (1.0 - self.decay) * g, gradient, state.m)
        return {"m": m, "delta": tree_map(lambda m: -self.learning_rate * m, m)}


@dataclass(frozen=True)
class Mean(SilentMean):
    """The same; says so."""

    def texts(self):
        return ("m", "decay*m_last + (1 - decay)*g"), ("delta", "-learning_rate*m")


class SignState(NamedTuple):
    step: Any


@dataclass(frozen=True)
class Sign(Rule):
    """Δx = -α sign(g), without a state of its own."""

    learning_rate: Number = number(0.02)

    def init(self, params):
        return SignState(0)

    def apply(self, gradient, state, params, value=None):
        return tree_map(lambda g: -self.learning_rate * namespace(g).sign(g), gradient), SignState(state.step + 1)

    def texts(self):
        return (("delta", "-learning_rate*sign(g)"),)


class Blackboard(NND):
    """NND with z for a net input, y for an output, and errors a - t."""

    title: ClassVar = "The blackboard"
    subtracts_output: ClassVar = False

    def net_input(self, layer, i):
        return Symbol("z", (self.number(i),), self._above(layer))

    def output(self, layer, i):
        return Symbol("y", (self.number(i),), self._above(layer))

    def weight(self, place: WeightName):
        w = super().weight(place)
        return Symbol({"w": "W", "b": "c"}[w.base], w.below, w.above)


PARTS = (
    (
        ACTIVATIONS,
        {"bent": Bent, "silent_bent": SilentBent, "direction": Direction, "silent_direction": SilentDirection},
    ),
    (ACTIVATIONS, {"tempered": Tempered, "steep": Steep, "flat_bent": FlatBent}),
    (LOSSES, {"log_cosh": LogCosh, "silent_log_cosh": SilentLogCosh, "smoothed": Smoothed, "asymmetric": Asymmetric}),
    (LOSSES, {"triple": Triple, "no_squares": NoSquares}),
    (RULES, {"mean": Mean, "silent_mean": SilentMean, "sign": Sign}),
    (NOTATIONS, {"blackboard": Blackboard}),
)


def enter():
    """Enter all of them."""
    for table, parts in PARTS:
        for name, part in parts.items():
            table.register(name)(part)


def leave():
    """Take them out again, so that what other tests see is as before."""
    for table, parts in PARTS:
        for name in parts:
            table._parts.pop(name, None)
