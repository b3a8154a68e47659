"""The report of a training on a table: what `thalweg train` writes beside the model."""

from __future__ import annotations

from ..core.activations import ACTIVATIONS
from ..core.losses import LOSSES
from ..core.network import Network
from ..files.model import Model
from ..tables.objects import build_rule
from ..tables.record import settings_of
from ..tables.training import Trained
from .report import Report


def training_report(trained: Trained, title: str) -> Report:
    """The report of a training on a table, for `thalweg.reports.report.write_report`."""
    run, net, record = trained.run, trained.model.network, trained.model.record
    regression = trained.prediction is not None and trained.prediction.probabilities is None
    return Report(
        title=title,
        subtitle=f"{record['task']} of {trained.prepared.encoding.target.name!r} from {record['table']['name']}",
        task=f"{record['task']}: {record['task_reason']}",
        scores=trained.scores,
        loss=run.history.loss.tolist(),
        validation_loss=None if run.history.validation_loss is None else run.history.validation_loss.tolist(),
        loss_name=LOSSES.name_of(run.loss),
        best_epoch=run.kept_epoch,
        epochs=run.epochs,
        stopped_because=run.explanation,
        seconds=run.seconds,
        engine=run.engine,
        columns=tuple(trained.prepared.encoding.summary()),
        notes=trained.prepared.notes,
        split=tuple(record["split"].items()),
        layers=_layers(net),
        settings=_settings(trained.model),
        actual=trained.actual,
        predicted=trained.prediction.values if trained.prediction is not None and regression else None,
        probabilities=None if trained.prediction is None else trained.prediction.probabilities,
        versions=tuple(record["versions"].items()),
    )


def _settings(model: Model) -> tuple[tuple[str, str], ...]:
    """The settings that are not empty, and the penalty that they make."""
    l2 = build_rule(settings_of(model))[1]
    told = [(name, str(value)) for name, value in model.record["settings"].items() if value not in (None, ())]
    return (*told, *([("l2 penalty", f"{l2:g}")] if l2 else []))


def _layers(net: Network) -> tuple[tuple[str, int, str, str, int], ...]:
    """Name, size, activation, sources and number of parameters of each layer."""
    rows = []
    for layer in net.layers:
        sources = layer.sources or ()
        parameters = layer.size * (sum(net.sizes[source] for source in sources) + layer.bias)
        rows.append((layer.name, layer.size, ACTIVATIONS.name_of(layer.activation), ", ".join(sources), parameters))
    return tuple(rows)
