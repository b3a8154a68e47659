"""Runs that a page keeps, and saved models beside them: what each was made from, what came of it, and its curves."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ..core.activations import ACTIVATIONS
from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..data.prepared import Part
from ..errors import ArgumentError, shown
from ..files.model import Model
from ..optimizers import RULES
from ..optimizers.rule import Rule
from ..tables.score import score
from ..training.run import Run
from ..widgets.curves_data import RunCurves, curves_of
from .building import Built
from .known_runs import KNOWN, KnownRuns, new_id
from .links import query_of
from .models import model_file
from .session import Session

MOST_KEPT = 40
MOST_SHOWN = 8
_LONGEST_NAME = 60
_MOST_PARAMETERS, _MOST_CONTENT = 200_000, 4 << 20
"""Of a run whose model is kept with it, and bytes of a model's file that are."""

Fact: TypeAlias = "str | int | float | None"


@dataclass(frozen=True)
class KeptRun:
    """A run, or a saved model: its settings and results by what they are called, and its curves, if it has some."""

    name: str
    settings: Mapping[str, Fact]
    results: Mapping[str, Fact]
    curves: RunCurves | None = None
    link: str | None = None
    """What stands behind the ? of the training's address; None of a model."""
    id: str = ""
    """By which it is found again; given when it is kept."""
    content: bytes | None = None
    """Its model as a file; None of a large one."""

    def named(self, name: str) -> KeptRun:
        """The same by another name."""
        curves = None if self.curves is None else dataclasses.replace(self.curves, name=name)
        return dataclasses.replace(self, name=name, curves=curves)


@dataclass
class KeptRuns:
    """Those of one page, in the order in which they came, and which of them are drawn."""

    runs: list[KeptRun] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    known: KnownRuns = field(default_factory=lambda: KNOWN)
    _own: set[str] = field(default_factory=set)
    """The ids of those that this page entered among the known ones."""

    def add(self, run: KeptRun) -> KeptRun:
        """Keep one more, by a name that no other has; drawn, if there is room.

        Raises ArgumentError where there are many.
        """
        run = self._keep(dataclasses.replace(run, id=new_id()), drawn=True)
        self._own.add(run.id)
        self.known.enter(run)
        return run

    def find(self, id_: str, name: str, *, drawn: bool = True) -> bool:
        """Keep one that is known by its id, unless it is here, by a name; whether it is known.

        Raises ArgumentError where there are many.
        """
        if any(run.id == id_ for run in self.runs):
            return True
        run = self.known.get(id_)
        if run is None:
            return False
        self._keep(run.named(name.strip()[:_LONGEST_NAME] or run.name), drawn=drawn)
        return True

    def _keep(self, run: KeptRun, *, drawn: bool) -> KeptRun:
        if len(self.runs) >= MOST_KEPT:
            raise ArgumentError(f"{MOST_KEPT} runs are kept, the most that a page holds: remove one first")
        run = run.named(self._free(run.name))
        self.runs.append(run)
        if drawn and run.curves is not None and len(self.shown) < MOST_SHOWN:
            self.shown.add(run.name)
        return run

    def rename(self, old: str, new: str) -> KeptRun:
        """Call one otherwise; raises ArgumentError for a name that another has, and for none."""
        new = new.strip()
        if not new or len(new) > _LONGEST_NAME:
            raise ArgumentError(f"the name {shown(new)} has {len(new)} letters; it must have 1 to {_LONGEST_NAME}")
        if new != old and any(run.name == new for run in self.runs):
            raise ArgumentError(f"another run is called {new!r}: choose another name")
        place = next(k for k, run in enumerate(self.runs) if run.name == old)
        self.runs[place] = self.runs[place].named(new)
        if old in self.shown:
            self.shown = {new if name == old else name for name in self.shown}
        if self.runs[place].id in self._own:
            self.known.enter(self.runs[place])
        return self.runs[place]

    def remove(self, name: str) -> None:
        """Keep one no longer; what this page entered among the known ones is forgotten there, too."""
        for run in self.runs:
            if run.name == name and run.id in self._own:
                self.known.forget(run.id)
        self.runs = [run for run in self.runs if run.name != name]
        self.shown.discard(name)

    def draw(self, name: str, drawn: bool) -> None:
        """Draw one, or draw it no more; raises ArgumentError for more than can be told apart."""
        if drawn and name not in self.shown and len(self.shown) >= MOST_SHOWN:
            raise ArgumentError(f"{MOST_SHOWN} runs are drawn, the most that are told apart: take one away first")
        (self.shown.add if drawn else self.shown.discard)(name)

    def drawn(self) -> dict[str, RunCurves]:
        """The curves that are drawn."""
        return {run.name: run.curves for run in self.runs if run.name in self.shown and run.curves is not None}

    def _free(self, name: str) -> str:
        taken = {run.name for run in self.runs}
        name = name[: _LONGEST_NAME - 4]
        if name not in taken:
            return name
        return next(f"{name} {k}" for k in range(2, MOST_KEPT + 2) if f"{name} {k}" not in taken)


def kept_of(session: Session) -> KeptRun:
    """The run of a session as it stands; raises ArgumentError while it is at work, and before its first update."""
    if session.busy:
        raise ArgumentError("the run is at work: pause it, and keep it then")
    run = session.finished()
    if run is None:
        raise ArgumentError("there is no run to keep yet: make an update in the room Train first")
    built = session.built
    stem = built.name.rpartition(".")[0] or built.name
    name = f"{stem} {built.spec.optimizer}"
    small = built.network.parameter_count <= _MOST_PARAMETERS
    return KeptRun(
        name, _settings_of_run(built), _results_of_run(built, run), curves_of(name, run), query_of(built.spec),
        content=model_file(built, run) if small else None,
    )  # fmt: skip


def model_kept(name: str, model: Model, content: bytes | None = None) -> KeptRun:
    """A saved model: what its record tells of its training, as far as it does; `content` is its file."""
    if content is not None and len(content) > _MOST_CONTENT:
        content = None
    record = model.record
    curves = None
    if isinstance(record.get("history"), dict):
        curves = curves_of(name, model.history)
        curves.ended = str(record.get("explanation") or "").split("; ")[0]
        curves.loss = _loss_name(model.loss)
    return KeptRun(name, _settings_of_model(model), _results_of_model(model), curves, content=content)


def _settings_of_run(built: Built) -> dict[str, Fact]:
    recipe, spec = built.recipe, built.spec
    prepared = built.prepared
    return {
        "data": built.name,
        "target": ", ".join(built.target),
        "split": _split({name: len(part.T) for name, part in _parts(built).items()}),
        **_of_network(built.network),
        "initial weights": spec.initializer,
        "loss": _loss_name(recipe.program.loss),
        **_of_rule(spec.made_rule()),
        "schedule": spec.schedule,
        "batch size": recipe.batch_order.batch_size,
        "order": spec.order,
        "l1": spec.l1,
        "l2": spec.l2,
        "epochs at most": spec.epochs,
        "patience": spec.patience,
        "seed": spec.seed,
        "task": prepared.task,
        "type": str(recipe.dtype),
        "engine": recipe.engine,
    }


def _settings_of_model(model: Model) -> dict[str, Fact]:
    record = model.record
    settings = record.get("settings")
    settings = settings if isinstance(settings, dict) else {}
    table, split = record.get("table"), record.get("split")
    found: dict[str, Fact] = {
        "data": _fact(table.get("name")) if isinstance(table, dict) else None,
        "target": None if model.encoding is None else ", ".join(model.encoding.target_names),
        "split": _split(split) if isinstance(split, dict) else None,
        **_of_network(model.network),
        "initial weights": _fact(settings.get("initializer")),
        "loss": _loss_name(model.loss),
        **_rule_of_settings(settings),
        "schedule": _fact(settings.get("schedule")),
        "batch size": _fact(settings.get("batch_size")),
        "order": _fact(settings.get("order")),
        "l1": None,
        "l2": _fact(settings.get("weight_decay")),
        "epochs at most": _fact(settings.get("epochs")),
        "patience": _fact(settings.get("patience")),
        "seed": _fact(record.get("seed")),
        "task": _fact(record.get("task")),
        "type": _fact(settings.get("dtype")),
        "engine": _fact(record.get("engine")),
    }
    if model.members:
        found["network"] = f"{len(model.members)} networks, the first {found['network']}"
    return found


def _loss_name(loss: Loss) -> str:
    return LOSSES.name_of(loss) if LOSSES.has(loss) else type(loss).__name__


def _of_network(net: Network) -> dict[str, Fact]:
    hidden = [ACTIVATIONS.name_of(layer.activation) for layer in net.layers if ACTIVATIONS.has(layer.activation)]
    dropout = [layer.dropout for layer in net.layers if layer.dropout]
    return {
        "network": " - ".join(str(size) for size in net.sizes.values()),
        "activations": ", ".join(hidden),
        "parameters": net.parameter_count,
        "dropout": ", ".join(f"{share:g}" for share in dropout) or 0,
    }


def _of_rule(rule: Rule) -> dict[str, Fact]:
    """A rule's name, its rate and momentum, and its other settings where they are not the usual ones."""
    described = RULES.describe(rule)
    name = described.pop("name")
    usual = RULES.describe(RULES.get(name))
    rate, momentum = described.pop("learning_rate", None), described.pop("momentum", None)
    others = [f"{key} {_short(value)}" for key, value in described.items() if value != usual[key]]
    return _rule_facts(name, rate, momentum, ", ".join(others))


def _rule_facts(name: Any, rate: Any = None, momentum: Any = None, others: str = "") -> dict[str, Fact]:
    told = {"rule": name, "learning rate": rate, "momentum": momentum, "of the rule": others or None}
    return {key: _fact(value) for key, value in told.items()}


def _rule_of_settings(settings: Mapping[str, Any]) -> dict[str, Fact]:
    """The same from the settings of a record, in which the usual numbers may be left out."""
    said = settings.get("optimizer")
    given = dict(said) if isinstance(said, dict) else {"name": said}
    given |= {key: settings[key] for key in ("learning_rate", "momentum") if settings.get(key) is not None}
    try:
        return _of_rule(RULES.build(given))
    except ArgumentError:
        return _rule_facts(said if isinstance(said, str) else None)


def _results_of_run(built: Built, run: Run) -> dict[str, Fact]:
    history = run.history
    found: dict[str, Fact] = {"epochs": run.epochs, "updates": run.updates, "ended": run.explanation.split("; ")[0]}
    found |= _losses({name: history[name] for name in history.names()}, run.kept_epoch)
    part, rows = list(_parts(built).items())[-1]
    return {**found, **_scores(_judged(built, run, rows), part), "seconds": _rounded(run.seconds)}


def _parts(built: Built) -> dict[str, Part]:
    """The parts of the table that have rows; the last one says the most of how good a network is."""
    prepared = built.prepared
    found = {"training": prepared.train, "validation": prepared.validation, "test": prepared.test}
    return {name: part for name, part in found.items() if part is not None and len(part.T)}


def _judged(built: Built, run: Run, part: Part) -> dict[str, Any]:
    """The scores on a part; none where the outputs are not finite."""
    encoding = built.prepared.encoding
    with np.errstate(all="ignore"):
        try:
            prediction = Model.from_run(run, encoding).predict_rows(part.P)
            return score(encoding, part.labels, prediction).to_dict()
        except (ValueError, FloatingPointError):
            return {}


def _results_of_model(model: Model) -> dict[str, Fact]:
    record = model.record
    found: dict[str, Fact] = {
        "epochs": _fact(record.get("epochs")),
        "updates": _fact(record.get("updates")),
        "ended": _fact(str(record.get("explanation") or "").split("; ")[0] or None),
    }
    history = record.get("history")
    if isinstance(history, dict):
        told = model.history
        best = record.get("best_epoch")
        found |= _losses({name: told[name] for name in told.names()}, best if isinstance(best, int) else None)
    scores = record.get("scores")
    found |= _scores(scores if isinstance(scores, dict) else {}, "test")
    return {**found, "seconds": _rounded(record.get("seconds"))}


def _losses(named: Mapping[str, Any], kept: int | None) -> dict[str, Fact]:
    """The losses of the epoch that is kept; the last one's, if it is not told which."""
    at = (kept or 0) - 1
    found: dict[str, Fact] = {"kept epoch": kept}
    for name, title in (("loss", "training loss"), ("validation_loss", "validation loss"), ("test_loss", "test loss")):
        values = named.get(name)
        found[title] = None if values is None or not -len(values) <= at < len(values) else _rounded(values[at])
    return found


def _scores(told: Mapping[str, Any], part: str) -> dict[str, Fact]:
    """The scores that are there, and on which rows."""
    names = (("accuracy", "accuracy"), ("balanced_accuracy", "balanced accuracy"), ("log_loss", "log loss"),
             ("r2", "R²"), ("rmse", "RMSE"), ("mae", "MAE"))  # fmt: skip
    found = {title: _rounded(told[name]) for name, title in names if isinstance(told.get(name), int | float)}
    return {"scored on": part if found else None, **found}


def _split(rows: Mapping[str, Any]) -> str:
    names = {"train": "training"}
    return ", ".join(f"{names.get(name, name)} {count}" for name, count in rows.items() if count)


def _rounded(value: Any) -> Fact:
    if not isinstance(value, int | float) and not hasattr(value, "dtype"):
        return None
    number = float(value)
    return float(f"{number:.6g}") if math.isfinite(number) else None


def _fact(value: Any) -> Fact:
    """A value of a record as the table tells it."""
    if value is None or isinstance(value, str | int | float):
        return value
    return _short(value)


def _short(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
