"""How well a training does at a moment: the confusion of its classes, or its values beside the true ones."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from ..core.network import Parameters
from ..data.prepared import Part
from ..files.model import Model
from ..tables.score import score
from ..tables.scores import ClassificationScores, RegressionScores
from .building import Built

_MOST_CLASSES = 12
_MOST_ROWS = 4_000
_MOST_POINTS = 400


def parts_of(built: Built) -> dict[str, Part]:
    """The parts of a table that have rows, the one that says most first."""
    prepared = built.prepared
    found = {"test": prepared.test, "validation": prepared.validation, "training": prepared.train}
    return {name: part for name, part in found.items() if part is not None and len(part.T)}


def judged(built: Built, params: Parameters, part: Part) -> tuple[Any, Any]:
    """The scores of parameters on a part, and the prediction; None for outputs that are not finite."""
    model = Model(built.network, params, built.recipe.program.loss, built.prepared.encoding)
    rows = slice(None) if len(part.T) <= _MOST_ROWS else slice(0, _MOST_ROWS)
    with np.errstate(all="ignore"):
        try:
            prediction = model.predict_rows(part.P[rows])
            return score(built.prepared.encoding, part.labels[rows], prediction), prediction
        except (ValueError, FloatingPointError):
            return None, None


def headline(scores: Any) -> str:
    """The scores in a line."""
    return "  ·  ".join(f"{name} {value}" for name, value in scores.lines()[:4])


def confusion(scores: ClassificationScores) -> str:
    """The confusion as a table of HTML: a row a class, a column what it was taken for."""
    classes = [str(name) for name in scores.classes]
    if not scores.confusion or len(classes) > _MOST_CLASSES:
        return '<p class="faint">Too many classes for a table.</p>'
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in classes)
    rows = []
    for name, counts in zip(classes, scores.confusion, strict=True):
        total = max(1, sum(counts))
        cells = "".join(
            f'<td class="{"right" if classes[k] == name else "wrong"}" style="--share:{count / total:.2f}">{count}</td>'
            for k, count in enumerate(counts)
        )
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return f'<table class="confusion"><tr><th>actual \\ said</th>{heads}</tr>{"".join(rows)}</table>'


def regression_points(scores: RegressionScores | None, part: Part, prediction: Any) -> list[list[float]]:
    """Pairs of the true value and what the network says, for a plot."""
    actual = np.asarray(part.labels, float)[: len(prediction.values)]
    said = np.asarray(prediction.values, float)
    if actual.ndim > 1:
        actual, said = actual[:, 0], said[:, 0]
    kept = np.linspace(0, len(actual) - 1, min(len(actual), _MOST_POINTS)).astype(int)
    pairs = np.stack([actual[kept], said[kept]], axis=1)
    return pairs[np.isfinite(pairs).all(axis=1)].tolist()
