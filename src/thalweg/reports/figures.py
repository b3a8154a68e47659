"""The figures of a training on a table, as files: what `thalweg train --plots` draws."""

from __future__ import annotations

import functools
import io
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .. import plots
from ..core.checked import gradient
from ..data.numeric import NumericColumn
from ..errors import ArgumentError, DataError
from ..files import Prediction
from ..plots.training_state import state_names
from ..system import Content
from ..tables.arguments import parts
from ..tables.score import there
from ..tables.scores import ClassificationScores, RegressionScores
from ..tables.several_scores import SeveralScores

if TYPE_CHECKING:
    import os

    from matplotlib.figure import Figure

    from ..plots.parts import Pairs
    from ..tables.training import Trained

FIGURES = (
    "learning_curves", "network", "weights", "gradients", "confusion_matrix", "roc", "precision_recall", "calibration",
    "decision_regions", "predicted_against_actual", "error_histogram", "errors_by_part", "regression", "training_state",
)  # fmt: skip
"""Every figure that a training can have."""
_OF_ALL = ("learning_curves", "network", "weights", "gradients", "decision_regions", "regression", "training_state")
"""The figures that are not of a target."""
_DOTS_PER_INCH = 150
_MOST_ROWS = 10_000
"""Of more training rows the first so many make the gradient that is drawn."""


def training_figures(trained: Trained) -> dict[str, Callable[[], Figure]]:
    """The figures that fit a training's task, by name, each drawn when it is called.

    Always the learning curves, the network, and the weights and gradients of its layers; of the test part, for
    classes, the confusion matrix, ROC, precision-recall and calibration, and for a regression the predicted values and
    the errors; of all parts of a regression the outputs over the targets, and the errors by part; the decision regions
    of a classifier of two numeric columns; the training state, where more than losses was recorded.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(4,), epochs=2))
    >>> list(training_figures(trained))
    ['learning_curves', 'network', 'weights', 'gradients', 'predicted_against_actual', 'error_histogram', 'regression',
     'errors_by_part']
    """
    run, prediction, actual = trained.run, trained.prediction, trained.actual
    figures: dict[str, Callable[[], Figure]] = {
        "learning_curves": lambda: plots.learning_curves(run),
        "network": lambda: plots.network_diagram(run),
        "weights": lambda: plots.weight_histograms(run.network, run.params),
        "gradients": lambda: _gradients(trained),
    }
    if prediction is not None and actual is not None and isinstance(trained.scores, SeveralScores):
        ends = _ends(trained.scores.names)
        for place, (end, scores, one) in enumerate(zip(ends, trained.scores.each, prediction.each, strict=True)):
            values, of_those, _ = there(actual[:, place], one)
            for name, draw in _of_target(scores, of_those, values).items():
                figures[f"{name}{end}"] = draw
    elif prediction is not None and actual is not None and trained.scores is not None:
        assert not isinstance(trained.scores, SeveralScores)
        figures |= _of_target(trained.scores, prediction, actual)
    if trained.prepared.encoding.task == "regression":
        figures |= _by_part(trained)
    if trained.ensemble is None and state_names(run.history):
        figures["training_state"] = lambda: plots.training_state(run)
    if trained.prepared.encoding.task == "classification" and _two_numbers(trained) is not None:
        regions: dict[str, Callable[[], Figure]] = {"decision_regions": lambda: _regions(trained)}
        figures |= {} if trained.prepared.encoding.several else regions
    return figures


def _by_part(trained: Trained) -> dict[str, Callable[[], Figure]]:
    """The figures of a regression's training, validation and test part, in the targets' own units."""
    names = list(trained.prepared.encoding.target_names)
    pairs = functools.cache(lambda: _targets_and_outputs(trained))
    figures: dict[str, Callable[[], Figure]] = {
        "regression": lambda: plots.regression(pairs(), names=names if len(names) > 1 else None)
    }
    for place, end in enumerate(_ends(names) if len(names) > 1 else [""], start=1):
        figures[f"errors_by_part{end}"] = functools.partial(_errors_by_part, pairs, place)
    return figures


def _errors_by_part(pairs: Callable[[], Pairs], place: int) -> Figure:
    return plots.error_histogram_by_part(pairs(), output=place)


def _targets_and_outputs(trained: Trained) -> Pairs:
    """Targets and outputs of each part, (rows, targets)."""
    found = {}
    for name, part in parts(trained.prepared).items():
        if part is not None and len(part.P):
            predicted = trained.model.predict_rows(part.P)
            each = [one.values for one in predicted.each] or [predicted.values]
            targets = np.asarray(part.labels, dtype=np.float64).reshape(len(part.P), -1)
            found["training" if name == "train" else name] = (targets, np.column_stack(each))
    return found


def _of_target(
    scores: ClassificationScores | RegressionScores, prediction: Prediction, actual: np.ndarray
) -> dict[str, Callable[[], Figure]]:
    """The figures of a target on the test part."""
    if isinstance(scores, ClassificationScores) and prediction.probabilities is not None:
        classes = [label for label in prediction.classes if not isinstance(label, tuple)]
        told = (actual, prediction.probabilities, classes)
        return {
            "confusion_matrix": lambda: _confusion(scores),
            "roc": lambda: plots.roc(*told),
            "precision_recall": lambda: plots.precision_recall(*told),
            "calibration": lambda: plots.calibration(*told),
        }
    return {
        "predicted_against_actual": lambda: plots.predicted_against_actual(actual, prediction.values),
        "error_histogram": lambda: plots.error_histogram(actual, prediction.values),
    }


def figure_paths(folder: str | os.PathLike[str], targets: Sequence[str] = ()) -> dict[str, Path]:
    """Where each figure that a training can have would be written; of several targets those of each end in its name.

    >>> figure_paths("plots", ["water", "fat %"])["roc_fat_"].name
    'roc_fat_.png'
    """
    names = list(FIGURES)
    if len(targets) > 1:
        names = [name for name in FIGURES if name in _OF_ALL]
        names += [f"{name}{end}" for end in _ends(targets) for name in FIGURES if name not in _OF_ALL]
    return {name: Path(folder) / f"{name}.png" for name in names}


def _ends(targets: Sequence[str]) -> list[str]:
    """What the names of figures of each target end in: its name, without what a file's name should not have."""
    plain = [re.sub(r"[^\w.-]+", "_", target)[:40] for target in targets]
    return [f"_{name}" if plain.count(name) == 1 else f"_{name}_{place}" for place, name in enumerate(plain, start=1)]


class Drawn(NamedTuple):
    """The content of each file, in the order of `FIGURES`, and notes on figures that could not be drawn."""

    contents: tuple[Content, ...]
    notes: tuple[str, ...]


def draw_figures(folder: str | os.PathLike[str], trained: Trained) -> Drawn:
    """All figures that fit, drawn as PNG files in the folder, which are not written.

    A figure that this training's numbers do not make is left out with a note.
    """
    contents = []
    notes = []
    paths = figure_paths(folder, trained.prepared.encoding.target_names)
    for name, draw in training_figures(trained).items():
        try:
            contents.append(Content(paths[name], _as_png(draw()), "plot"))
        except (ArgumentError, DataError) as error:
            notes.append(f"{name}.png is left out: {error}")
    return Drawn(tuple(contents), tuple(notes))


def _as_png(figure: Figure) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a letter that the font lacks is a box
        figure.savefig(file, format="png", dpi=_DOTS_PER_INCH)
    return file.getvalue()


def _gradients(trained: Trained) -> Figure:
    """The gradient of the loss over the training rows, at the parameters that the run left."""
    run, part = trained.run, trained.prepared.train
    P, T = (rows[:_MOST_ROWS].astype(trained.model.dtype) for rows in (part.P, part.T))
    _, found = gradient(run.network, run.loss, run.params, P, T, targets="ignore_nan")  # as the settings asked for
    return plots.gradient_histograms(run.network, found)


def _confusion(scores: ClassificationScores) -> Figure:
    if not scores.confusion:
        raise DataError(f"its {len(scores.classes):,} classes are too many to draw")
    return plots.confusion_matrix(scores.confusion, scores.classes)


def _two_numbers(trained: Trained) -> tuple[NumericColumn, NumericColumn] | None:
    """The two input columns, if there are two and both are numeric."""
    match trained.prepared.encoding.inputs:
        case (NumericColumn() as first, NumericColumn() as second):
            return first, second
    return None


def _regions(trained: Trained) -> Figure:
    """The regions over the two columns in their own units, with the rows of the test part, or else of the training."""
    import polars as pl

    columns = _two_numbers(trained)
    assert columns is not None
    part = trained.prepared.test or trained.prepared.train
    places = (0, len(columns[0].feature_names))
    points = [column.scale.undo(part.P[:, place]) for column, place in zip(columns, places, strict=True)]
    names = (columns[0].name, columns[1].name)

    def predict(places: np.ndarray) -> np.ndarray:
        return trained.model.predict_table(pl.DataFrame(dict(zip(names, places.T, strict=True)))).values

    return plots.decision_regions(
        predict, np.column_stack(points), part.labels, classes=trained.prepared.encoding.output_names, names=names
    )
