"""What is plain of what a training came to: outputs that are dead, never vary, or are no better than a constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.activations import Elementwise, Sigmoid, Softmax
from ..core.network import Network, Parameters
from ..core.propagation import Forward, forward_phase
from .examples import Examples
from .finding import Finding
from .reach import targets_in_reach
from .scaling import scaled

if TYPE_CHECKING:
    from .run import Run

MOST_EXAMPLES = 20_000
"""Of more examples so many, spread over them, are looked at."""
_GLANCE = 200
"""So many are looked at first; where nothing is plain of these, the others are not."""
NO_BETTER = 0.01
"""A model that explains no more of the targets than this share is no better than a constant."""
POOR = 0.5
"""A model that explains less than this share may owe it to its inputs."""
HARDLY = 0.05
"""An output whose whole range is less than this share of its targets' deviation hardly varies."""
TRY = "tw.diagnose, or thalweg diagnose, tries what helps"
NEVER = 1e-3
"""One of several outputs whose range is less than this share never varies."""
_ROUNDING = 1e-5
"""By so much, as a share of a layer's largest weight, rounding may have parted copies."""
_STILL_FALLING = 0.05
_FEWEST_EPOCHS = 20
_AT_REST = ("goal", "min_gradient", "stalled", "patience", "generalization_loss")
"""The ends of a run that was done."""


@dataclass(frozen=True)
class Outcome:
    """What a network answers on examples, beside their targets and the constant answer, which is the targets' mean."""

    net: Network
    inputs: Mapping[str, np.ndarray]
    T: np.ndarray
    weight: np.ndarray | None
    passed: Forward

    @classmethod
    def of(cls, net: Network, params: Parameters, examples: Examples, rows: int = MOST_EXAMPLES) -> Outcome:
        """The outcome of parameters on examples, or on so many rows spread over them."""
        if len(examples.T) > rows:
            examples = examples.taken(np.linspace(0, len(examples.T) - 1, rows).round().astype(np.intp))
        with np.errstate(all="ignore"):
            passed = forward_phase(net, params, examples.inputs)
        return cls(net, examples.inputs, examples.T, examples.weight, passed)

    @cached_property
    def mean(self) -> np.ndarray:
        """The mean target of each output."""
        return self._average(self.T.astype(np.float64))

    @property
    def of_targets(self) -> np.ndarray | None:
        """The weights (examples, outputs) of the single targets, if these have their own."""
        return self.weight if self.weight is not None and self.weight.ndim == 2 else None

    @cached_property
    def spans(self) -> np.ndarray:
        """How far the targets of each output that count are apart, at most."""
        if self.of_targets is None:
            return np.ptp(self.T, axis=0)
        counted = self.of_targets > 0
        span = np.where(counted, self.T, -np.inf).max(axis=0) - np.where(counted, self.T, np.inf).min(axis=0)
        return np.maximum(span, 0.0)

    @cached_property
    def varies(self) -> bool:
        """Whether the targets are not all the same."""
        return bool(self.spans.any())

    def deviation(self, axis: int | None = None) -> np.ndarray:
        """The root of the mean square of what the targets that count are off their mean, of all or of each output."""
        if self.of_targets is None:
            return np.sqrt(np.mean((self.T - self.mean) ** 2)) if axis is None else self.T.std(axis=axis)
        counted = self.of_targets > 0
        squares = np.where(counted, (self.T - self.mean) ** 2, 0.0)
        return np.sqrt(squares.sum(axis=axis) / np.maximum(counted.sum(axis=axis), 1))

    def _average(self, values: np.ndarray) -> np.ndarray:
        """The mean over the examples, as they or their targets are weighed; 0 for an output without any target."""
        if self.of_targets is None:
            return np.average(values, axis=0, weights=self.weight)
        total = self.of_targets.sum(axis=0, dtype=np.float64)
        return (self.of_targets * values).sum(axis=0) / np.where(total > 0, total, 1.0)

    @cached_property
    def explained(self) -> float:
        """R² = 1 - Σ(t - a)² / Σ(t - mean)² over all outputs: 0 for the constant answer.

        -inf where it is not finite, as it is not for targets that are all the same.
        """
        with np.errstate(all="ignore"):
            errors = self._average((self.T - self.passed.output.astype(np.float64)) ** 2)
            constant = self._average((self.T - self.mean) ** 2)
            share = 1.0 - float(np.divide(errors.sum(), constant.sum()))
        return share if np.isfinite(share) else -np.inf

    @cached_property
    def explained_each(self) -> np.ndarray:
        """R² of each output; -inf where it is not finite."""
        with np.errstate(all="ignore"):
            errors = self._average((self.T - self.passed.output.astype(np.float64)) ** 2)
            shares = 1.0 - errors / self._average((self.T - self.mean) ** 2)
        return np.where(np.isfinite(shares), shares, -np.inf)

    @property
    def explained_told(self) -> str:
        """R² in words."""
        R2 = self.explained
        return f"R² {round(R2, 3) + 0.0:.3f}" if R2 > -100 else f"R² {R2:.2g}"

    @cached_property
    def classifies(self) -> bool:
        """Whether each target is a class: 0 or 1 for one sigmoid output, one-hot rows for several or a softmax.

        Those that have weights of their own, or are missing, are none.
        """
        activation, T = self.net.output.activation, self.T
        if (
            self.of_targets is not None
            or not isinstance(activation, Sigmoid | Softmax)
            or not ((T == 0) | (T == 1)).all()
        ):
            return False
        return T.shape[1] == 1 or bool((T.sum(axis=1) == 1).all())

    def chosen(self, values: np.ndarray) -> np.ndarray:
        """The number of the class that outputs or targets choose in each example."""
        return (values[:, 0] > 0.5).astype(int) if values.shape[1] == 1 else values.argmax(axis=1)

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return max(2, self.T.shape[1])

    def shares(self, chosen: np.ndarray) -> np.ndarray:
        """The share of each class among those chosen."""
        counts = np.bincount(chosen, weights=self.weight, minlength=self.classes)
        return counts / counts.sum()


def findings_of(run: Run, classes: Sequence[object] | None = None) -> tuple[Finding, ...]:
    """What is plain of a run, the gravest first; `classes` are the names of the classes, if not their numbers, or of
    the outputs where these are targets of their own.

    That a model is no better than a constant is told once its loss has settled.
    """
    recipe, params = run.recipe, run.params
    if recipe is None or run.stopped_because == "diverged":
        return ()
    net, examples = recipe.program.net, recipe.examples
    found = targets_in_reach(net, examples.T, examples.weight) or _untaught(net, examples)
    if found:
        return found
    rests = run.stopped_because in _AT_REST or settled(run.history.loss)
    told: dict[str, Any] = {"started": copies(net, recipe.params), "settled": rests, "classes": classes}
    found = plain(Outcome.of(net, params, examples, _GLANCE), params, **told)
    if not found or len(examples.T) <= _GLANCE:
        return found
    return plain(Outcome.of(net, params, examples), params, **told)


def _untaught(net: Network, examples: Examples) -> tuple[Finding, ...]:
    """A finding if outputs have no target that counts, so that nothing teaches them."""
    if examples.weight is None or examples.weight.ndim == 1:
        return ()
    untaught = np.flatnonzero(~(examples.weight > 0).any(axis=0))
    if not len(untaught):
        return ()
    which, lack = ("output", "has") if len(untaught) == 1 else ("outputs", "have")
    places = ", ".join(map(str, untaught.tolist()))
    text = f"{which} {places} of {net.output.size}, counted from 0, {lack} no target that counts, and learnt nothing"
    return (Finding("no targets", (net.output.name,), text, "targets for each output, or a network without it"),)


def plain(
    outcome: Outcome, params: Parameters, *, started: Mapping[str, int] | None = None, settled: bool = True,
    classes: Sequence[object] | None = None, poor: float = POOR,
) -> tuple[Finding, ...]:  # fmt: skip
    """What is plain of an outcome at these parameters; `started` tells the copies there were before the training.

    Inputs are looked at where less than a share `poor` is explained.
    """
    if not outcome.varies:
        return ()
    found = _dead(outcome) or _copies(outcome.net, params, started)
    if found or not settled:
        return found
    told = no_better(outcome, classes)
    return (*scaled(outcome.inputs), *told) if told or outcome.explained < poor else ()


def settled(losses: np.ndarray) -> bool:
    """Whether losses have stopped falling: from the last tenth but one to the last by less than a twentieth.

    >>> settled(np.logspace(0, -3, 50)), settled(np.ones(50)), settled(np.ones(3))
    (False, True, False)
    """
    tenth = max(2, len(losses) // 10)
    if len(losses) < _FEWEST_EPOCHS:
        return False
    return bool(np.mean(losses[-tenth:]) >= (1.0 - _STILL_FALLING) * np.mean(losses[-2 * tenth : -tenth]))


def _dead(outcome: Outcome) -> tuple[Finding, ...]:
    """Output units whose slope is 0 for every example, though their targets vary."""
    last = outcome.net.output
    if not isinstance(last.activation, Elementwise):
        return ()
    n, a = outcome.passed.net_inputs[last.name], outcome.passed.output
    with np.errstate(all="ignore"):
        slopes = np.broadcast_to(last.activation.derivative(n if last.activation.reads == "net_input" else a), n.shape)
    dead = np.all(slopes == 0, axis=0) & (outcome.spans > 0)
    if not dead.any():
        return ()
    why = "negative for every example" if (n[:, dead] <= 0).all() else "where the function is flat, for every example"
    number, one = int(dead.sum()), n.shape[1] == 1
    which = "the output unit" if one else f"{number} of {len(dead)} output units"
    text = (
        f"{which} is dead: its net input is {why}" if number == 1 else f"{which} are dead: their net inputs are {why}"
    )
    values = np.unique(a[:, dead])
    text += f", so that it always answers {values[0]:.3g} and learns nothing" if one and len(values) == 1 else ""
    within = outcome.T.min() >= 0 and outcome.T.max() <= 1
    remedy = "a sigmoid or linear output" if within else "a linear output"
    return (Finding("dead output", (last.name,), text, remedy),)


def _copies(net: Network, params: Parameters, started: Mapping[str, int] | None) -> tuple[Finding, ...]:
    """Hidden units that are copies of each other; those that came to be so on the way are told nothing."""
    if started is not None and not started:
        return ()
    dropped = {layer.name for layer in net.layers if layer.dropout}
    found = copies(net, params)
    told = {name: number for name, number in found.items() if started is None or started.get(name) == number}
    if started is None:
        told = {layer.name: layer.size for layer in net.layers if told.get(layer.name) == layer.size}
    told = {name: number for name, number in told.items() if name not in dropped}
    if not told:
        return ()
    which = ", ".join(f"{number} of {net.sizes[name]} units of {name}" for name, number in told.items())
    text = f"{which} are copies of each other: units that start from equal weights stay equal, and count as one"
    remedy = "initial weights drawn at random, as net.init(seed) draws them"
    return (Finding("copies", tuple(told), text, remedy),)


def copies(net: Network, params: Parameters) -> dict[str, int]:
    """How many units of each hidden layer have the weights to and from all others that another unit has; 0 left out.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 3, 1)
    >>> copies(net, net.init(0, "zeros")), copies(net, net.init(0))
    ({'layer1': 3}, {})
    """
    found = {}
    for layer in net.layers[:-1]:
        if layer.size > 1:
            incoming = [np.asarray(W) for W in params[layer.name].weights.values()]
            bias = params[layer.name].bias
            incoming += [] if bias is None else [np.asarray(bias)[:, None]]
            outgoing = [np.asarray(params[fed].weights[layer.name]).T for fed in net.fed_by[layer.name]]
            number = _alike([*incoming, *outgoing])
            if number:
                found[layer.name] = number
    return found


def _alike(parts: list[np.ndarray]) -> int:
    """How many rows are equal in all parts (units, weights) to another row, of those whose sums are near each other."""
    scale = [max(float(np.abs(part).max(initial=0.0)), 1e-300) for part in parts]
    sums = np.zeros(len(parts[0]))
    for part, size in zip(parts, scale, strict=True):
        sums += part @ np.cos(np.arange(1.0, part.shape[1] + 1)) / size
    order = np.argsort(sums)
    near = np.flatnonzero(np.diff(sums[order]) <= 100 * _ROUNDING)
    if not len(near):
        return 0
    alike = set()
    for left, right in zip(order[near], order[near + 1], strict=True):
        if all(
            float(np.abs(part[left] - part[right]).max(initial=0.0)) <= _ROUNDING * size
            for part, size in zip(parts, scale, strict=True)
        ):
            alike |= {int(left), int(right)}
    return len(alike)


def no_better(outcome: Outcome, classes: Sequence[object] | None = None) -> tuple[Finding, ...]:
    """A finding if the answers are no better than one for every example: the mean, or the commonest class.

    Where outputs are targets of their own, whose names are the `classes`, each of them is looked at.
    """
    last, T, a = outcome.net.output, outcome.T, outcome.passed.output
    deviation = float(outcome.deviation())
    spread = float(np.ptp(a, axis=0).max())
    if outcome.explained <= NO_BETTER:
        if spread < HARDLY * deviation:
            text = "the answers hardly vary"
            if a.shape[1] == 1:
                low, high = (f"{value:.3g}" for value in (a.min(), a.max()))
                text = f"the output is {low} for every example" if low == high else f"the output is {low} to {high}"
        else:
            text = "the answers are far off"
        text += f": no better than always saying the mean ({outcome.explained_told})"
        return (Finding("no better than a constant", (last.name,), text, TRY),)
    if a.shape[1] > 1 and classes is not None and not outcome.classifies:
        found = _no_better_each(outcome, classes)
        if found:
            return found
    elif a.shape[1] > 1 and not isinstance(last.activation, Softmax):
        same = np.flatnonzero((np.ptp(a, axis=0) < NEVER * outcome.deviation(axis=0)) & (outcome.spans > 0))
        if len(same):
            which = "output" if len(same) == 1 else "outputs"
            text = f"{which} {', '.join(map(str, same))} of {a.shape[1]}, counted from 0, never vary"
            text = text.replace("never vary", "never varies") if len(same) == 1 else text
            return (Finding("no better than a constant", (last.name,), text, TRY),)
    if not outcome.classifies:
        return ()
    names = list(range(outcome.classes)) if classes is None else classes
    truth, guess = outcome.chosen(T), outcome.chosen(a)
    shares = outcome.shares(truth)
    if (guess == guess[0]).all():
        commonest = names[int(shares.argmax())]
        text = (
            f"predicts {names[guess[0]]} for every example: no better than always saying {commonest} "
            f"({100 * shares.max():.1f} %)"
        )
        return (Finding("no better than a constant", (last.name,), text, TRY),)
    return ()


def _no_better_each(outcome: Outcome, names: Sequence[object]) -> tuple[Finding, ...]:
    """A finding if the answers for some targets are no better than the mean of these."""
    poor = np.flatnonzero((outcome.explained_each <= NO_BETTER) & (outcome.spans > 0))
    if not len(poor):
        return ()
    shares = np.maximum(outcome.explained_each, -999.0)
    told = ", ".join(f"{names[k]!r} (R² {shares[k]:.3f})" for k in poor.tolist())
    text = f"the answers for {told} are no better than always saying the mean of {'it' if len(poor) == 1 else 'each'}"
    return (Finding("no better than a constant", (outcome.net.output.name,), text, TRY),)
