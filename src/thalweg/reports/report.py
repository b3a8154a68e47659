"""The report of a training: one HTML page that needs nothing else, for reading, sending and printing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .. import plots
from ..plots.training_state import state_names
from ..system import write_atomically
from ..tables.scores import ClassificationScores, RegressionScores
from ..tables.several_scores import SeveralScores
from .page import PageFigure, drawn, render_page

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import ArrayLike

    from ..training.history import History

MOST_CLASSES = 50
"""Of more classes, so many are listed."""
MOST_MEMBERS = 5
"""Of more members, the losses of the first so many are drawn."""
MOST_COLUMNS = 200
"""Of a table with more columns, the first so many are listed."""
MOST_TARGETS = 12
"""Of more targets, the first so many have figures."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Report:
    """What a report tells, as plain data; every text may be a user's own and is shown as it is written.

    `columns` holds (name, kind, number of features, detail); `split` (part, rows); `layers` (name, size, activation,
    sources, parameters); `settings` and `versions` (name, value). `loss` and `validation_loss` hold one value for each
    epoch; `best_epoch` counts from 1, 0 being the parameters before training. `scores` are those of the part
    `scores_part`, None where there is no such part, or `unscored` says why it has none; `actual` are its values or
    labels, `predicted` the values of a regression, `probabilities` those that a classifier gives to the classes of the
    scores.
    Of several targets `actual` and `predicted` are (rows, targets), `probabilities` those of the second class of each.
    Of several networks `tried` holds (setting, number of networks, loss out of the folds, whether it is kept),
    `fold_scores` (score, mean, spread, of all rows), `members` those that are kept, and `loss` nothing.
    """

    title: str
    subtitle: str
    task: str
    scores: ClassificationScores | RegressionScores | SeveralScores | None
    loss: Sequence[float]
    validation_loss: Sequence[float] | None
    loss_name: str
    best_epoch: int | None
    epochs: int
    stopped_because: str
    seconds: float
    engine: str
    scores_part: str = "test"
    columns: tuple[tuple[str, str, int, str], ...] = ()
    notes: tuple[str, ...] = ()
    split: tuple[tuple[str, int], ...] = ()
    layers: tuple[tuple[str, int, str, str, int], ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    actual: ArrayLike | None = None
    predicted: ArrayLike | None = None
    probabilities: ArrayLike | None = None
    versions: tuple[tuple[str, str], ...] = ()
    tried: tuple[tuple[str, int, str, str], ...] = ()
    fold_scores: tuple[tuple[str, str, str, str], ...] = ()
    members: tuple[MemberOfReport, ...] = ()
    history: History | None = None
    unscored: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class MemberOfReport:
    """One of several networks: its setting, the fold that it was validated on, from 1, and how its run went."""

    setting: str
    fold: int
    epochs: int
    best_epoch: int | None
    stopped_because: str
    loss: Sequence[float]
    validation_loss: Sequence[float] | None


def write_report(path: str | os.PathLike[str], report: Report) -> None:
    """Write the report to `path` as one HTML file; raises FileError if that fails, the old file then unharmed."""
    write_atomically(path, render_report(report).encode("utf-8", errors="replace"), purpose="report")


def render_report(report: Report) -> str:
    """The report as one HTML page: no script, nothing from the network, and the same page for the same report.

    >>> page = render_report(Report(
    ...     title="wine", subtitle="wine.csv", task="classification", scores=None, loss=[1.0, 0.5],
    ...     validation_loss=None, loss_name="mse", best_epoch=2, epochs=2, stopped_because="2 epochs",
    ...     seconds=0.1, engine="numpy",
    ... ))
    >>> page.count("<svg"), "There is no test part" in page
    (1, True)
    """
    return render_page(
        "report",
        title=report.title,
        kind="training report",
        subtitle=report.subtitle,
        versions=report.versions,
        report=report,
        targets=report.scores.table() if isinstance(report.scores, SeveralScores) else None,
        per_class=_per_class(report.scores),
        more_classes=_more_classes(report.scores),
        figures=list(_figures(report)),
        training=_training(report),
        columns=report.columns[:MOST_COLUMNS],
        more_columns=max(0, len(report.columns) - MOST_COLUMNS),
        rows=sum(rows for _, rows in report.split),
        features=sum(features for _, _, features, _ in report.columns),
        parameters=sum(layer[4] for layer in report.layers),
    )


class _Judged(NamedTuple):
    """A target of a part: its name (None of a single one), its scores, and what they are made from."""

    name: str | None
    scores: ClassificationScores | RegressionScores
    actual: np.ndarray | None
    predicted: np.ndarray | None
    probabilities: np.ndarray | None


def _judged(report: Report) -> list[_Judged]:
    """The targets of the page."""
    actual, predicted, chances = (
        None if given is None else np.asarray(given)
        for given in (report.actual, report.predicted, report.probabilities)
    )
    if report.scores is None:
        return []
    if not isinstance(report.scores, SeveralScores):
        return [_Judged(None, report.scores, actual, predicted, chances)]
    each = list(enumerate(zip(report.scores.names, report.scores.each, strict=True)))
    return [
        _Judged(
            name,
            scores,
            None if actual is None else actual[:, place],
            None if predicted is None else predicted[:, place],
            None if chances is None else np.column_stack([1 - chances[:, place], chances[:, place]]),
        )
        for place, (name, scores) in each[:MOST_TARGETS]
    ]


def _figures(report: Report) -> Iterator[PageFigure]:
    """The figures of the page, those of the scores first."""
    for place, judged in enumerate(_judged(report)):
        yield from _of_target(judged, report.scores_part, place)
    if len(report.loss):
        tested = None if report.history is None else report.history.test_loss
        curves = plots.learning_curves(
            report.loss,
            report.validation_loss,
            None if tested is None else tested.tolist(),
            best_epoch=report.best_epoch or None,
            stopped_because=report.stopped_because,
            loss_name=report.loss_name,
        )
        yield drawn(curves, "curves", f"{report.loss_name} against epoch", _stopping(report))
    if report.history is not None and state_names(report.history):
        state = plots.training_state(report.history)
        yield drawn(state, "state", "What each epoch recorded", "The last value at the right.")
    for number, member in enumerate(report.members[:MOST_MEMBERS], start=1):
        if len(member.loss):
            curves = plots.learning_curves(
                member.loss, member.validation_loss, best_epoch=member.best_epoch or None, loss_name=report.loss_name
            )
            title = f"Member {number}: {report.loss_name} against epoch"
            yield drawn(curves, f"curves{number}", title, f"{member.setting}; validated on fold {member.fold}.")


def _of_target(judged: _Judged, scores_part: str, place: int) -> Iterator[PageFigure]:
    """The figures of a target's scores; `place` makes their names differ."""
    number = "" if judged.name is None else f"-{place}"
    part = f"the {scores_part} part" if judged.name is None else f"{judged.name!r}, {scores_part} part"
    said = "" if judged.name is None else f"{judged.name}: "
    match judged.scores:
        case ClassificationScores() as scores:
            if scores.confusion:
                yield drawn(
                    plots.confusion_matrix(scores.confusion, scores.classes),
                    f"confusion{number}",
                    f"Confusion matrix of {part}",
                    f"{said}Rows are actual classes, columns predicted ones. {_confused(scores)}",
                )
            if len(scores.classes) == 2 and judged.actual is not None and judged.probabilities is not None:
                yield from _ranked(scores, judged.actual, judged.probabilities, (number, part, said))
        case RegressionScores() if judged.actual is not None and judged.predicted is not None:
            known = ~np.isnan(judged.actual)  # what is missing is ignored
            actual, predicted = judged.actual[known], judged.predicted[known]
            yield drawn(
                plots.predicted_against_actual(actual, predicted),
                f"agreement{number}",
                f"Predicted against actual values of {part}",
                f"{said}Each point is an example; on the dashed line the prediction is right.",
            )
            yield drawn(
                plots.error_histogram(actual, predicted),
                f"errors{number}",
                f"Errors of {part}",
                f"{said}How often errors of each size come; a mean away from 0 is a bias of the model.",
            )


def _ranked(
    scores: ClassificationScores, actual: np.ndarray, probabilities: np.ndarray, told: tuple[str, str, str]
) -> Iterator[PageFigure]:
    """How well the probabilities of two classes rank the examples, and whether they can be believed."""
    number, part, said = told
    if all(scores.support):
        chance = f"the chance that an example of {scores.classes[1]} is given a higher probability of it than another"
        yield drawn(
            plots.roc(actual, probabilities, scores.classes),
            f"roc{number}",
            f"ROC curve of {part}",
            f"{said}Each point is a threshold. The area (AUC) is {chance} example.",
        )
    yield drawn(
        plots.calibration(actual, probabilities, scores.classes),
        f"calibration{number}",
        f"Calibration of {part}",
        f"{said}Where the dots lie on the dashed line the probabilities can be taken at their word.",
    )


def _per_class(scores: ClassificationScores | RegressionScores | SeveralScores | None) -> list[tuple[object, ...]]:
    """The rows of the table of classes: class, precision, recall, f1, support; a share that there is not is "none"."""
    if isinstance(scores, SeveralScores):
        each = zip(scores.names, scores.each, strict=True)
        rows = [(f"{name}: {of_class[0]}", *of_class[1:]) for name, one in each for of_class in _per_class(one)]
        return rows[:MOST_CLASSES]
    if not isinstance(scores, ClassificationScores):
        return []
    shares = (
        ["none" if share is None else f"{share:.3f}" for share in each]
        for each in (scores.precision, scores.recall, scores.f1)
    )
    rows = list(zip(scores.classes, *shares, scores.support, strict=True))
    return [rows[place] for place in scores.worst_classes(MOST_CLASSES)]


def _more_classes(scores: ClassificationScores | RegressionScores | SeveralScores | None) -> str:
    """What is said of the classes that the table does not show; empty if it shows all."""
    more = len(scores.classes) - MOST_CLASSES if isinstance(scores, ClassificationScores) else 0
    if more <= 0 or not isinstance(scores, ClassificationScores):
        return ""
    confused = "" if scores.confusion else f" {_confused(scores, 10)}"
    return f"The classes of the lowest F1, the frequent ones first among equals; and {more:,} more.{confused}"


def _confused(scores: ClassificationScores, most: int = 3) -> str:
    """Which classes are most often taken for which others."""
    worst = scores.most_mistaken(most)
    if not worst:
        return "None was taken for another."
    named = (f"{actual} for {said} ({count})" for actual, said, count in worst)
    return f"Most often taken for another: {', '.join(named)}."


def _stopping(report: Report) -> str:
    """How long training went on, and which epoch was best."""
    epochs = f"{report.epochs:,} epoch{'' if report.epochs == 1 else 's'} in {_duration(report.seconds)}"
    best = {None: "", 0: "; the parameters before training were the best"}.get(
        report.best_epoch, f"; epoch {report.best_epoch} was the best"
    )
    penalty = "; the training loss has the l2 penalty, the validation loss has not"
    both = report.validation_loss is not None and any(name == "l2 penalty" for name, _ in report.settings)
    return f"{epochs}{best}{penalty if both else ''}."


def _training(report: Report) -> list[tuple[str, str]]:
    """The facts of the training, each a name and a value."""
    facts = [
        ("Stopped", report.stopped_because),
        ("Epochs", f"{report.epochs:,}"),
        ("Time", _duration(report.seconds)),
        ("Engine", report.engine),
        ("Loss", report.loss_name),
    ]
    best = report.best_epoch
    if best == 0:
        facts.insert(1, ("Best epoch", "none: the parameters before training were the best"))
    elif best is not None:
        part = "training" if report.validation_loss is None else "validation"
        curve = report.loss if report.validation_loss is None else report.validation_loss
        facts.insert(1, ("Best epoch", f"{best:,} ({part} loss {curve[best - 1]:.4g})"))
    return facts


def _duration(seconds: float) -> str:
    """A time as people say it.

    >>> _duration(0.1234), _duration(75), _duration(7384)
    ('0.12 s', '1 min 15 s', '2 h 3 min')
    """
    if seconds < 59.5:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
