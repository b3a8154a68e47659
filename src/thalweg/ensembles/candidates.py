"""Settings that are tried: each trains one network or more for every fold, all in compiled programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.blocks import output_in_blocks
from ..core.network import Network
from ..training.checkpoints import Checkpoints, within
from ..training.interruption import Interruption, interruption
from ..training.loop import train
from ..training.many import train_many
from ..training.run import Run
from .loss import output_loss

_OF_EACH = ("optimizer", "params", "l2", "seed", "sample_weight", "validation", "test")
"""The options of which each network has its own."""
_OF_ONE = ("max_seconds", "engine", "callbacks")
"""Those that networks which train together have not."""


@dataclass(frozen=True)
class Candidate:
    """A setting to try: its network, and for each member the options of `train` and the fold that validates it."""

    name: str
    net: Network
    options: tuple[dict[str, Any], ...]
    folds: tuple[int, ...]


@dataclass(frozen=True)
class Tried:
    """A setting that was tried: its runs, the fold that validated each, and what they say of the rows of their folds.

    `outputs` (rows, outputs) are the mean of the members that a row's fold validated, NaN for a row in no fold; `loss`
    is theirs beside the targets, infinite if they are not finite.
    """

    name: str
    runs: tuple[Run, ...]
    folds: tuple[int, ...]
    outputs: np.ndarray
    loss: float


def train_candidates(
    P: np.ndarray,
    T: np.ndarray,
    candidates: Sequence[Candidate],
    *,
    together: bool,
    checkpoints: Checkpoints | None = None,
) -> Iterator[tuple[Candidate, tuple[Run, ...]]]:
    """The runs of each candidate, one candidate after another; none after one that Ctrl-C ended.

    Those of one network are trained at once if `together`, else each network after another by `train`. With
    `checkpoints` each call has a folder of its own in that folder, and goes on, or is as it had ended, if these say so.
    """
    with interruption() as interrupted:
        groups = _alike(candidates) if together else [[candidate] for candidate in candidates]
        for number, group in enumerate(groups, 1):
            own: list[Run] = []
            each = [options for candidate in group for options in candidate.options]
            if together:
                runs = _at_once(P, T, group[0].net, each, within(checkpoints, f"group{number}"))
            else:
                places = [within(checkpoints, f"setting{number}-network{k}") for k in range(1, len(each) + 1)]
                runs = _in_turn(P, T, group[0].net, each, places, interrupted)
            for candidate in group:
                own, runs = runs[: len(candidate.options)], runs[len(candidate.options) :]
                if own:
                    yield candidate, tuple(own)
            if any(run.stopped_because == "interrupted" for run in own):
                return
            if group is not groups[-1] and interrupted.pressed():
                return


def tried(
    candidate: Candidate,
    runs: Sequence[Run],
    P: np.ndarray,
    T: np.ndarray,
    validation: Sequence[np.ndarray],
    weight: np.ndarray | None = None,
) -> Tried:
    """What a candidate's runs are worth out of their folds, whose rows `validation` has; runs that lack were not made.

    The rows of folds that no run was validated by are those of no fold.
    """
    folds = candidate.folds[: len(runs)]
    total, counts = np.zeros(T.shape), np.zeros(len(T))
    for fold, run in zip(folds, runs, strict=True):
        rows = validation[fold]
        with np.errstate(all="ignore"):
            dtype = run.network.ravel(run.params).dtype
            total[rows] += output_in_blocks(
                run.network, run.params, {next(iter(run.network.inputs)): P[rows].astype(dtype)}
            )
        counts[rows] += 1
    known = counts > 0
    outputs = np.full(T.shape, np.nan)
    outputs[known] = total[known] / counts[known, None]
    loss = np.inf
    if np.isfinite(outputs[known]).all():
        own = None if weight is None else weight[known]
        loss = output_loss(candidate.net.output.activation, outputs[known], T[known], own)
    return Tried(candidate.name, tuple(runs), tuple(folds), outputs, loss)


def _at_once(
    P: np.ndarray, T: np.ndarray, net: Network, each: Sequence[dict[str, Any]], place: Checkpoints | None
) -> list[Run]:
    shared = {name: value for name, value in each[0].items() if name not in (*_OF_EACH, *_OF_ONE)}
    own: dict[str, Any] = {name: [options.get(name) for options in each] for name in _OF_EACH}
    own["sample_weight"] = np.array(own["sample_weight"])
    return train_many(net, P, T, **shared, **own, checkpoint=place)


def _in_turn(
    P: np.ndarray,
    T: np.ndarray,
    net: Network,
    each: Sequence[dict[str, Any]],
    places: Sequence[Checkpoints | None],
    interrupted: Interruption,
) -> list[Run]:
    from threadpoolctl import threadpool_limits

    runs: list[Run] = []
    with threadpool_limits(1):  # threads for such small matrices cost more than they bring: ten times on a busy machine
        for options, place in zip(each, places, strict=True):
            if runs and interrupted.pressed():
                break
            given = dict(options)
            if runs and given.get("engine", "auto") == "auto":  # as the first, which may go on from a checkpoint
                given["engine"] = runs[0].engine
            runs.append(train(net, P, T, **given, verbose=False, checkpoint=place))
            if runs[-1].stopped_because == "interrupted":
                break
    return runs


def _alike(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """The candidates that `train_many` can train in one call: those of one network and of the same shared options."""
    groups: list[list[Candidate]] = []
    for candidate in candidates:
        group = next((group for group in groups if _shared(group[0]) == _shared(candidate)), None)
        if group is None:
            groups.append([candidate])
        else:
            group.append(candidate)
    return groups


def _shared(candidate: Candidate) -> tuple[Any, ...]:
    """What the runs of one call have in common: the network, the kind of rule, and the options that are not of each."""
    options = candidate.options[0]
    common = {name: value for name, value in options.items() if name not in _OF_EACH}
    return candidate.net, common, type(options["optimizer"])
