"""Remedies that are told only where they were tried on the very network and seen to help."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..core.activations import Elementwise, LeakyReLU, Linear, Sigmoid, Softmax, Tanh
from ..core.losses import LOSSES
from ..core.network import Layer, Network
from ..data.far_values import far_values
from ..training.examples import Examples
from ..training.outcome import Outcome
from ..training.reach import reach
from .trials import Trial

SEEDS = 3
"""So many other seeds are tried."""
_SEED = 1_000
HELPS = 0.8
"""A remedy leaves unexplained at most this share of what was, ..."""
LEAST_EXPLAINED = 0.1
"""... and explains so much of the targets at least."""
_UNITS = 8


class Attempt(NamedTuple):
    """Something to try: what it is called, and the training with it."""

    words: str
    trial: Trial


def tried(
    before: Outcome, attempts: Sequence[Attempt], *, left: float = HELPS, seeds: Trial | None = None
) -> tuple[str, bool]:
    """What helped of these attempts, and first of all of other seeds of a trial; or that nothing did.

    `left` is the share of what was unexplained that may remain. The second is whether something helped.
    """

    def helps(after: Outcome | None) -> bool:
        least = max(LEAST_EXPLAINED, 1.0 - left * (1.0 - before.explained))
        return after is not None and after.explained >= least

    helped, failed = [], []
    if seeds is not None:
        found = [seeds.tried(_SEED + number) for number in range(SEEDS)]
        better = [after for after in found if helps(after)]
        words = f"another seed ({len(better)} of {SEEDS} that were tried{seeds.told}: {_explains(better)})"
        helped, failed = ([words], []) if better else ([], [f"{SEEDS} other seeds"])
    for words, trial in attempts:
        if not trial.affordable:
            continue
        after = trial.tried()
        if helps(after):
            helped.append(f"{words} (tried{trial.told}: {_explains([after])})")
        else:
            failed.append(words)
    if helped:
        return f"{'; or '.join(helped)}, where this has {before.explained_told}", True
    if failed:
        return (
            f"none is known: {', '.join(failed)} did not help; perhaps the inputs do not tell the targets",
            False,
        )
    return "none was tried, since a few hundred epochs of this training take long", False


def other_outputs(trial: Trial) -> Iterator[Attempt]:
    """Outputs that can give the targets: a sigmoid for those from 0 to 1 where there is none, and a linear one."""
    T = trial.examples.counting_targets
    if T.min() >= 0 and T.max() <= 1 and not isinstance(trial.net.output.activation, Sigmoid):
        yield Attempt("a sigmoid output", _with_output(trial, Sigmoid()))
    yield Attempt("a linear output", _with_output(trial, Linear()))


def scaled_targets(trial: Trial) -> Iterator[Attempt]:
    """Targets put into the middle of what the output function can give."""
    low, high = reach(trial.net.output.activation)
    if isinstance(trial.net.output.activation, Softmax) or not np.isfinite([low, high]).any():
        return
    low, high = (low, low + 1.0) if high == np.inf else (high - 1.0, high) if low == -np.inf else (low, high)
    T = trial.examples.counting_targets
    least, span = float(T.min()), float(np.ptp(T)) or 1.0

    def into(examples: Examples) -> Examples:
        share = 0.1 + 0.8 * (examples.T - least) / span
        scaled = (low + (high - low) * share).astype(T.dtype)
        weight = examples.weight
        return examples._replace(T=scaled if weight is None or weight.ndim == 1 else np.where(weight > 0, scaled, 0))

    changed = trial.changed(examples=into(trial.examples), held=into(trial.held))
    yield Attempt(f"targets scaled into {low:g} to {high:g}", changed)


def scaled_inputs(trial: Trial) -> Iterator[Attempt]:
    """Inputs with a mean of 0 and a deviation of 1, values far from all others taken as the nearest of these."""
    examples, held, clips = dict(trial.examples.inputs), dict(trial.held.inputs), False
    for name, P in trial.examples.inputs.items():
        columns, others = np.array(P, np.float64), np.array(held[name], np.float64)
        for column in range(columns.shape[1]):
            far = far_values(columns[:, column])
            if far is not None:
                clips = True
                columns[:, column] = far.others.clip(columns[:, column])
                others[:, column] = far.others.clip(others[:, column])
        mean, deviation = columns.mean(axis=0), columns.std(axis=0)
        deviation[deviation == 0] = 1.0
        examples[name] = ((columns - mean) / deviation).astype(P.dtype)
        held[name] = ((others - mean) / deviation).astype(P.dtype)
    changed = trial.changed(examples=trial.examples._replace(inputs=examples), held=trial.held._replace(inputs=held))
    words = "inputs scaled to a mean of 0 and a deviation of 1"
    yield Attempt(f"far values taken as the nearest of the others, and {words}" if clips else words, changed)


def without_penalty(trial: Trial) -> Iterator[Attempt]:
    """No penalty on the weights."""
    if trial.l1 or trial.l2:
        name, size = ("l2", trial.l2) if trial.l2 else ("l1", trial.l1)
        words = f"a smaller {name} penalty than {size:g}, such as 0"
        yield Attempt(words, trial.changed(l1=0.0, l2=0.0))


def non_linear(trial: Trial) -> Iterator[Attempt]:
    """A hidden layer that bends, where there is none."""
    net = trial.net
    if any(not isinstance(layer.activation, Linear) for layer in net.layers[:-1]):
        return
    if len(net.layers) > 1:
        layers = [dataclasses.replace(layer, activation=Tanh()) for layer in net.layers[:-1]]
        yield Attempt("tanh in the hidden layers", _with_layers(trial, [*layers, net.output]))
        return
    hidden = Layer(_free_name(net), _UNITS, Tanh(), net.output.sources)
    last = dataclasses.replace(net.output, sources=(hidden.name,))
    yield Attempt(f"a hidden layer of {_UNITS} tanh units", _with_layers(trial, [hidden, last]))


def more_units(trial: Trial) -> Iterator[Attempt]:
    """Twice as many hidden units."""
    *hidden, last = trial.net.layers
    if hidden:
        layers = [dataclasses.replace(layer, size=2 * layer.size) for layer in hidden]
        was, now = (", ".join(str(factor * layer.size) for layer in hidden) for factor in (1, 2))
        yield Attempt(f"{now} hidden units instead of {was}", _with_layers(trial, [*layers, last]))


def leaky(trial: Trial) -> Iterator[Attempt]:
    """Leaky ReLU in the hidden layers, where they have an activation whose units die or saturate."""
    *hidden, last = trial.net.layers
    flat = [not isinstance(layer.activation, Linear | LeakyReLU) for layer in hidden]
    if any(flat):
        new = [
            dataclasses.replace(layer, activation=LeakyReLU()) if goes else layer
            for layer, goes in zip(hidden, flat, strict=True)
        ]
        yield Attempt("leaky_relu in the hidden layers", _with_layers(trial, [*new, last]))


def at_random(trial: Trial) -> Iterator[Attempt]:
    """Initial weights as the network draws them."""
    yield Attempt("initial weights drawn at random, as net.init(seed) draws them", trial)


def all_of(trial: Trial, *kinds: Callable[[Trial], Iterator[Attempt]]) -> list[Attempt]:
    """The attempts of several kinds on a trial."""
    return [attempt for kind in kinds for attempt in kind(trial)]


def rare_class(outcome: Outcome, trial: Trial, names: Sequence[object]) -> str:
    """What finds the rare classes of a classifier that always says the same, of a threshold and of weights."""
    truth, before = outcome.chosen(outcome.T), 1.0 / outcome.classes
    helped = []
    if outcome.classes == 2:
        a = outcome.passed.output
        p = (a[:, 0] if a.shape[1] == 1 else a[:, 1]).astype(np.float64)
        best, threshold = _best_threshold(truth, p)
        if best >= before + LEAST_EXPLAINED:
            helped.append(
                f"look at the probabilities: said from {threshold} on, {names[1]} makes the balanced accuracy "
                f"{100 * best:.0f} % where it is {100 * before:.0f} %"
            )
    if trial.affordable:
        chosen = outcome.chosen(trial.examples.T)
        counts = np.bincount(chosen, minlength=outcome.classes)
        weight = (len(chosen) / (outcome.classes * np.maximum(counts, 1)))[chosen].astype(trial.examples.T.dtype)
        weighed = trial.changed(examples=trial.examples._replace(weight=weight)).tried()
        found = None if weighed is None else _balanced(weighed.chosen(weighed.T), weighed.chosen(weighed.passed.output))
        if found is not None and found >= before + LEAST_EXPLAINED:
            how = "--class-weight balanced; sample_weight of tw.train"
            words = f"weigh the rare class ({how}, so that the classes weigh the same): tried, the"
            helped.append(f"{words} balanced accuracy is {100 * found:.0f} %")
    if helped:
        return "; or ".join(helped)
    return (
        "none is known: weights that make the classes weigh the same did not help"
        if trial.affordable
        else ("none was tried, since a few hundred epochs of this training take long")
    )


def _best_threshold(truth: np.ndarray, p: np.ndarray) -> tuple[float, str]:
    """The largest balanced accuracy that a threshold of the probability gives, and the threshold in digits enough."""
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(truth[order] == 1) / max(1, int(np.sum(truth == 1)))
    alarms = np.cumsum(truth[order] == 0) / max(1, int(np.sum(truth == 0)))
    ends = np.flatnonzero(np.r_[np.diff(p[order]) < 0, True])
    at = ends[int(np.argmax((hits - alarms)[ends]))]
    best, at = float(0.5 * (1.0 + hits[at] - alarms[at])), float(p[order][at])

    def says_so(threshold: str) -> bool:
        return f"{_balanced(truth, (p >= float(threshold)).astype(int)):.2f}" == f"{best:.2f}"

    return best, next(filter(says_so, (f"{at:.{digits}g}" for digits in range(2, 18))), repr(at))


def _balanced(truth: np.ndarray, guess: np.ndarray) -> float:
    """The mean over the classes of the share of each that was found."""
    return float(np.mean([np.mean(guess[truth == kind] == kind) for kind in np.unique(truth)]))


def _with_output(trial: Trial, activation: Elementwise) -> Trial:
    *layers, last = trial.net.layers
    linear = isinstance(activation, Linear) and trial.loss.probabilities
    changed = _with_layers(trial, [*layers, dataclasses.replace(last, activation=activation)])
    return changed.changed(loss=LOSSES.get("mse") if linear else trial.loss)


def _with_layers(trial: Trial, layers: Sequence[Layer]) -> Trial:
    return trial.changed(net=Network(trial.net.inputs, layers))


def _free_name(net: Network) -> str:
    name = "hidden"
    while name in net.sizes:
        name += "_"
    return name


def _explains(found: Sequence[Outcome | None]) -> str:
    best = [outcome for outcome in found if outcome is not None]
    return max(best, key=lambda outcome: outcome.explained).explained_told if best else "none"
