"""Several networks on one table: what is tried, on which folds, and the model of what is kept."""

from __future__ import annotations

import dataclasses
import functools
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.kinds import check_count
from ..core.network import Network
from ..data import Prepared
from ..data.folds import Folds, make_folds, most_folds
from ..data.notes import Importance, Note
from ..data.values import counted
from ..ensembles.candidates import Candidate, Tried, train_candidates, tried
from ..ensembles.ensemble import Ensemble, combine
from ..ensembles.portfolio import portfolio_of
from ..errors import ArgumentError, DataError, ThalwegError
from ..files.model import Model
from ..training.arguments import default_batch_size
from ..training.checkpoints import Checkpoints
from ..training.fingerprint import Fingerprint, digest_of
from ..training.options import SharedOptions
from ..training.recipe import numpy_overhead
from ..training.several_saver import saving_several
from .arguments import LARGEST_SEED, start_parameters, targets_setting, test_set
from .objects import build_network, build_rule, schedule_numbers
from .pieces import LAYER, frozen_pieces
from .settings import OF_EXAMPLES, Settings

FOLDS = 5
"""So many, if nothing else is asked for."""
FEWEST_ROWS = 30
"""Of fewer rows to train on no settings are chosen: the choice would be luck."""
MOST_PIECES = 1000
"""More units for numbers in pieces are not tried unasked."""
_OPERATIONS_A_SECOND = 2e10
_MOST_SECONDS_IN_TURN = 2.0
"""Networks that NumPy trains one after another in less, for each network of another form, are not compiled for."""


@dataclass(frozen=True)
class Plan:
    """What is to be trained: settings by name, so many members of each, and the folds that validate them."""

    settings: dict[str, Settings]
    members: int
    folds: Folds
    notes: tuple[str, ...] = ()


def plan_of(prepared: Prepared, settings: Settings) -> Plan | None:
    """The plan that settings ask for; None, where `best` alone asks for it, if the rows are too few.

    Raises ArgumentError and DataError for folds and members that cannot be had.
    """
    if settings.max_seconds is not None:
        raise ArgumentError(
            "max_seconds ends one network, not several that train together: leave it out, or use epochs"
        )
    folds = None if settings.folds is None else check_count("folds", settings.folds, 2, 1000)
    members = None if settings.members is None else check_count("members", settings.members, 2, 1000)
    if folds is not None and members is not None and members < folds:
        raise ArgumentError(f"members is {members} and folds {folds}: give a member to each fold at least")
    notes: tuple[str, ...] = ()
    if folds is None and members is None:
        if len(prepared.train.T) < FEWEST_ROWS:
            return None
        folds = min(FOLDS, most_folds(prepared.train))
        if folds < 2:
            return None
        if folds < FOLDS:
            notes = (Note(f"{folds} folds, as there are no more groups of rows", Importance.ASIDE),)
    most = most_folds(prepared.train)
    if folds is None and members is not None and members > most:
        raise DataError(f"members is {members}, each with its fold, and there are at most {most} folds: give folds too")
    folds = folds or members or FOLDS
    dealt = make_folds(prepared.train, folds, settings.seed, prepared.task == "classification")
    weight = prepared.train.weight
    if weight is not None and not all(weight[rows].any() for rows in dealt.validation):
        raise DataError(
            f"all rows of one of {folds} folds have the weight 0, which leaves nothing to validate by: leave rows of "
            "the weight 0 out of the table, or give fewer folds"
        )
    tries = portfolio_of(settings, Settings()) if settings.best else {"as given": settings}
    return Plan(tries, members or folds, dealt, (*notes, *dealt.notes))


def would_train(prepared: Prepared, settings: Settings) -> int:
    """How many networks `best` would train on the table; 0 where it would not, or cannot."""
    if settings.max_seconds is not None or prepared.validation is None or len(prepared.train.T) < FEWEST_ROWS:
        return 0
    folds, tries = min(FOLDS, most_folds(prepared.train)), 0
    for one in portfolio_of(settings, Settings()).values():
        with suppress(ThalwegError):
            _network(prepared, one, settings)
            tries += 1
    return folds * tries if folds > 1 else 0


def train_several(
    prepared: Prepared,
    plan: Plan,
    on_tried: Callable[[Tried], object] = lambda one: None,
    checkpoints: Checkpoints | None = None,
) -> tuple[Ensemble, tuple[str, ...]]:
    """Train what the plan has, choose and calibrate; and notes on settings that could not be tried.

    `on_tried` is called with each setting as soon as its networks are trained. With `checkpoints` those that had ended
    when the process did are not trained again, and the one that was under way goes on.
    """
    began = time.perf_counter()
    part, candidates, notes = prepared.train, [], list(plan.notes)
    for name, settings in plan.settings.items():
        try:
            candidates.append(_candidate(prepared, plan, name, settings))
        except ThalwegError as error:
            if not candidates:
                raise
            notes.append(Note(f"setting {name!r} was not tried: {error}", Importance.LEFT_OUT))
    found: list[Tried] = []
    given = next(iter(plan.settings.values()))
    kept = {"together": _together(candidates, plan, given)}
    follows = functools.partial(_follows, given)
    with saving_several(checkpoints, _fingerprint(prepared, plan), kept, follows) as kept:
        together = bool(kept.get("together"))
        for candidate, runs in train_candidates(part.P, part.T, candidates, together=together, checkpoints=checkpoints):
            found.append(tried(candidate, runs, part.P, part.T, plan.folds.validation, part.weight))
            on_tried(found[-1])
    order = list(plan.settings)
    found.sort(key=lambda one: order.index(one.name))
    seconds = time.perf_counter() - began
    if checkpoints is not None:  # those of processes that ended count; networks that train at once have one clock
        seconds = max(seconds, sum({run.seconds for one in found for run in one.runs}))
    ensemble = combine(
        found,
        candidates[0].net.output.activation,
        part.T,
        plan.folds.validation,
        weight=part.weight,
        seconds=seconds,
        cut_short=sum(len(one.runs) for one in found) < sum(len(one.options) for one in candidates),
    )
    return ensemble, tuple(notes)


def _fingerprint(prepared: Prepared, plan: Plan) -> Fingerprint:
    """What the networks of a plan are made from, as a checkpoint holds it."""
    part, folds = prepared.train, plan.folds
    settings = {
        **dataclasses.asdict(next(iter(plan.settings.values()))),
        "folds": len(folds),
        "members": plan.members,
        "settings tried": [", ".join(plan.settings)],
    }
    digests = {"inputs": digest_of(part.P), "targets": digest_of(part.T)}
    if part.weight is not None:
        digests["weights"] = digest_of(part.weight)
    dealt = {"rows of the folds": digest_of(*folds.train, *folds.validation)}
    return Fingerprint(json.loads(json.dumps(settings, default=str)), digests | dealt)


def _follows(given: Settings, was: Mapping[str, Any]) -> dict[str, Collection[str]]:
    """What differs from settings that `was` has only because others do, by names of `_fingerprint`."""
    arrays = ("inputs", "targets", "weights")
    found: dict[str, Collection[str]] = dict.fromkeys(arrays, OF_EXAMPLES)
    found["rows of the folds"] = [*OF_EXAMPLES, *arrays, "folds", "members"]
    found["settings tried"] = [option.name for option in dataclasses.fields(Settings)]
    if was.get("folds") == was.get("members"):  # the one was as many as the other
        if given.members is None:
            found["members"] = ["folds"]
        elif given.folds is None:
            found["folds"] = ["members"]
    return found


def member_options(prepared: Prepared, folds: Folds, net: Network, settings: Settings, number: int) -> dict[str, Any]:
    """The options of `train` for member `number` of a setting, from 0: member k is validated on fold k mod folds."""
    part = prepared.train
    fold = number % len(folds)
    rule, l2 = build_rule(settings)
    seed = (settings.seed + number) % (LARGEST_SEED + 1)
    trains, validates = folds.train[fold], folds.validation[fold]
    weight = np.zeros(len(part.T))
    weight[trains] = 1.0 if part.weight is None else part.weight[trains]
    judged = (part.P[validates], part.T[validates])
    least = min(len(rows) for rows in folds.train)
    return {
        **{option.name: getattr(settings, option.name) for option in dataclasses.fields(SharedOptions)},
        "optimizer": schedule_numbers(rule, settings, len(trains)),
        "batch_size": default_batch_size(rule, least) if settings.batch_size is None else settings.batch_size,
        "params": start_parameters(net, prepared, settings, seed),
        "frozen": frozen_pieces(net),
        "l2": l2,
        "seed": seed,
        "sample_weight": weight,
        "targets": targets_setting(settings),
        "test": test_set(prepared, settings),
        "validation": judged if part.weight is None else (*judged, part.weight[validates]),
        "patience": settings.patience or None,
    }


def _candidate(prepared: Prepared, plan: Plan, name: str, settings: Settings) -> Candidate:
    net = _network(prepared, settings, next(iter(plan.settings.values())))
    options = [member_options(prepared, plan.folds, net, settings, number) for number in range(plan.members)]
    return Candidate(name, net, tuple(options), tuple(number % len(plan.folds) for number in range(plan.members)))


def _network(prepared: Prepared, settings: Settings, given: Settings) -> Network:
    """The network of a setting; raises ArgumentError if the table has none, or too large a one to try it unasked."""
    net = build_network(prepared.encoding, settings)
    units = net.sizes.get(LAYER, 0)
    if units > MOST_PIECES and settings.pieces != given.pieces:
        raise ArgumentError(f"{units:,} pieces for all columns of numbers would take long")
    return net


def _together(candidates: Sequence[Candidate], plan: Plan, settings: Settings) -> bool:
    """Whether the networks are trained at once by XLA: if so it is said, or where NumPy would take longer."""
    if settings.engine != "auto":
        return settings.engine == "xla"
    if any(layer.dropout for one in candidates for layer in one.net.layers) and settings.batch_size == "all":
        return False
    rows = max(len(trains) for trains in plan.folds.train)
    seconds = 0.0
    for candidate in candidates:
        size = candidate.options[0]["batch_size"]
        batch = rows if size == "all" else int(size)
        updates = settings.epochs * -(-rows // batch)
        seconds += len(candidate.options) * (
            numpy_overhead(candidate.net, updates)
            + updates * 6.0 * candidate.net.parameter_count * batch / _OPERATIONS_A_SECOND
        )
    return seconds > _MOST_SECONDS_IN_TURN * len({candidate.net for candidate in candidates})


def ensemble_model(ensemble: Ensemble, prepared: Prepared, plan: Plan) -> Model:
    """The model of what is kept; its members' records have what theirs are beside the model's own."""
    members, weights = [], []
    for one in ensemble.members:
        record = {
            "settings": dataclasses.asdict(plan.settings[one.name]),
            "member": {"setting": one.name, "number": one.number, "fold": one.fold, "folds": len(plan.folds)},
        }
        members.append(Model.from_run(one.run, prepared.encoding, record, folders=2))
        weights.append(one.weight)
    first, runs = members[0], [one.run for one in ensemble.members]
    record = {
        "updates": sum(run.updates for each in ensemble.tried for run in each.runs),
        "stopped_because": "interrupted" if ensemble.interrupted else runs[0].stopped_because,
        "explanation": explanation(ensemble, plan),
        "engine": runs[0].engine,
        "seconds": ensemble.seconds,
        "seed": next(iter(plan.settings.values())).seed,
        "loss": first.record["loss"],
        "ensemble": described(ensemble, plan),
    }
    return Model(
        first.network, first.params, first.loss, prepared.encoding, record, tuple(members), tuple(weights),
        ensemble.calibration,
    )  # fmt: skip


def explanation(ensemble: Ensemble, plan: Plan) -> str:
    """What was trained and what is kept, in a sentence."""
    trained = sum(len(one.runs) for one in ensemble.tried)
    kept = [repr(one.name) for one, weight in zip(ensemble.tried, ensemble.weights, strict=True) if weight]
    told = f"{trained} networks on {len(plan.folds)} folds"
    if len(ensemble.tried) > 1:
        told += f", {counted(len(ensemble.tried), 'setting')}"
    told = f"interrupted: {told}" if ensemble.interrupted else told
    which = f" of {', '.join(kept)}" if len(ensemble.tried) > 1 else ""
    calibrated = "" if ensemble.calibration is None else f", calibrated ({ensemble.calibration.told})"
    return f"{told}; kept: the mean of the {len(ensemble.members)}{which}{calibrated}"


def described(ensemble: Ensemble, plan: Plan) -> dict[str, Any]:
    """The record of an ensemble: every setting and every member."""
    return {
        "folds": len(plan.folds),
        "fold_rows": [len(rows) for rows in plan.folds.validation],
        "loss": ensemble.loss,
        "loss_before_calibration": ensemble.plain_loss,
        "calibration": None if ensemble.calibration is None else ensemble.calibration.to_dict(),
        "settings": [
            {
                "name": one.name,
                "loss": one.loss,
                "weight": weight,
                "members": [_member(fold, run) for fold, run in zip(one.folds, one.runs, strict=True)],
            }
            for one, weight in zip(ensemble.tried, ensemble.weights, strict=True)
        ],
    }


def _member(fold: int, run: Any) -> dict[str, Any]:
    losses = run.history.validation_loss
    return {
        "fold": fold,
        "seed": run.seed,
        "epochs": run.epochs,
        "best_epoch": run.best_epoch,
        "validation_loss": None if losses is None or not len(losses) else float(np.nanmin(losses)),
        "stopped_because": run.stopped_because,
    }
