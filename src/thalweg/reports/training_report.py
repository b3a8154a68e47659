"""What a training on a table tells its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.activations import ACTIVATIONS
from ..core.losses import LOSSES
from ..files.record import count_at, ending_in, object_at, text_at
from ..tables.objects import build_rule
from ..tables.record import settings_of
from .report import MemberOfReport, Report

if TYPE_CHECKING:
    import numpy as np

    from ..core.network import Network
    from ..ensembles.ensemble import Ensemble, EnsembleMember
    from ..files.model import Model
    from ..tables.training import Trained


def training_report(trained: Trained, title: str) -> Report:
    """The report of a training on a table, for `write_report`."""
    run, net, record = trained.run, trained.model.network, trained.model.record
    ending, task = ending_in(record), text_at(record, "task")
    several = trained.ensemble
    validated = several is None and run.history.validation_loss is not None
    regression = trained.prediction is not None and trained.prediction.probabilities is None
    return Report(
        title=title,
        subtitle=f"{task} of {trained.prepared.encoding.targets_told} from {text_at(record, 'table', 'name')}",
        task=f"{task}: {text_at(record, 'task_reason')}",
        scores=trained.scores,
        loss=() if several else run.history.loss.tolist(),
        validation_loss=_values(run.history.validation_loss) if validated else None,
        loss_name=LOSSES.name_of(run.loss),
        best_epoch=None if several else run.kept_epoch,
        epochs=sum(one.epochs for each in several.tried for one in each.runs) if several else run.epochs,
        stopped_because=ending.explanation,
        seconds=ending.seconds,
        engine=ending.engine,
        columns=tuple(trained.prepared.encoding.summary()),
        notes=trained.prepared.notes,
        split=tuple((part, count_at(record, "split", part)) for part in object_at(record, "split")),
        layers=_layers(net),
        settings=_settings(trained.model),
        actual=trained.actual,
        predicted=trained.prediction.values if trained.prediction is not None and regression else None,
        probabilities=None if trained.prediction is None else trained.prediction.probabilities,
        versions=tuple((name, text_at(record, "versions", name)) for name in object_at(record, "versions")),
        tried=() if several is None else _tried(several),
        fold_scores=() if trained.fold_scores is None else tuple(trained.fold_scores.lines()),
        members=() if several is None else tuple(map(_member, several.members)),
        history=None if several else run.history,
        unscored=trained.unscored,
    )


def _tried(ensemble: Ensemble) -> tuple[tuple[str, int, str, str], ...]:
    """The settings that were tried, if there were several."""
    if len(ensemble.tried) < 2:
        return ()
    return tuple(
        (one.name, len(one.runs), f"{one.loss:.4g}", "kept" if weight else "")
        for one, weight in zip(ensemble.tried, ensemble.weights, strict=True)
    )


def _member(member: EnsembleMember) -> MemberOfReport:
    run = member.run
    return MemberOfReport(
        setting=member.name,
        fold=member.fold + 1,
        epochs=run.epochs,
        best_epoch=run.kept_epoch,
        stopped_because=run.stopped_because,
        loss=run.history.loss.tolist(),
        validation_loss=_values(run.history.validation_loss),
    )


def _values(losses: np.ndarray | None) -> list[float] | None:
    return None if losses is None else losses.tolist()


def _settings(model: Model) -> tuple[tuple[str, str], ...]:
    """The settings that are not empty, and the penalty that they make."""
    l2 = build_rule(settings_of(model))[1]
    told = [
        (name, str(value)) for name, value in object_at(model.record, "settings").items() if value not in (None, ())
    ]
    return (*told, *([("l2 penalty", f"{l2:g}")] if l2 else []))


def _layers(net: Network) -> tuple[tuple[str, int, str, str, int], ...]:
    """Name, size, activation, sources and number of parameters of each layer."""
    rows = []
    for layer in net.layers:
        sources = layer.sources or ()
        parameters = layer.size * (sum(net.sizes[source] for source in sources) + layer.bias)
        rows.append((layer.name, layer.size, ACTIVATIONS.name_of(layer.activation), ", ".join(sources), parameters))
    return tuple(rows)
