"""A section of what a network says as the plain data of a picture: what stands still, and a frame for each moment."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .curves_data import tidy
from .formula_data import Json

if TYPE_CHECKING:
    from ..plots.section import Said, Section

_LEVELS = 256
_DIGITS = 4


def still_data(section: Section, title: str, scale: tuple[float, float]) -> dict[str, Json]:
    """What stands still: axes, classes, examples. `scale` is that of values, from the least to the greatest."""
    one = len(section.ends) == 1
    classes = section.classes
    return {
        "title": title,
        "kind": "curve" if one else "values" if classes is None else "classes",
        "names": list(section.names),
        "ranges": [[tidy(low), tidy(high)] for low, high in section.ends.tolist()],
        "shape": list(section.shape),
        "classes": None if classes is None else list(classes),
        "levels": _LEVELS // max(1, len(classes or ())),
        "target": section.target,
        "scale": [tidy(end) for end in scale],
        "held": [list(pair) for pair in section.held],
        "parts": list(section.part_names),
        "examples": {
            "places": [[tidy(x) for x in place] for place in section.places.tolist()],
            "targets": [_value(one) for one in section.targets.tolist()],
            "parts": section.parts.tolist(),
            "all": section.examples,
        },
    }


def scale_of(section: Section, said: Sequence[Said]) -> tuple[float, float]:
    """From the least to the greatest of targets and answers: of these, no further beyond the targets than they span."""
    if section.classes is not None:
        return 0.0, 1.0
    known = section.targets[np.isfinite(section.targets)]
    answers = np.concatenate([one.grid.ravel() for one in said]) if said else np.zeros(0)
    answers = answers[np.isfinite(answers)]
    known = known if known.size else answers if answers.size else np.zeros(1)
    low, high = float(known.min()), float(known.max())
    span = (high - low) or max(abs(high), 1.0)
    if answers.size:
        low, high = max(low - span, min(low, answers.min())), min(high + span, max(high, answers.max()))
    return (float(low), float(high)) if high > low else (low - 0.5, high + 0.5)


def frame_data(
    section: Section, said: Said, epoch: int, update: int | None, scale: tuple[float, float]
) -> dict[str, Json]:
    """What a network says at a moment: of the grid in bytes, or as curves; of the examples in numbers."""
    finite = bool(np.isfinite(said.grid).all())
    frame: dict[str, Json] = {"epoch": epoch, "update": update, "finite": finite}
    if section.classes is not None:
        shares = np.nan_to_num(said.examples, nan=-np.inf)
        frame["said"] = shares.argmax(axis=1).tolist() if finite else []
        frame["wrong"] = int((shares.argmax(axis=1) != section.targets).sum()) if finite else None
    else:
        frame["said"] = [_value(one) for one in said.examples.tolist()]
    if len(section.ends) == 1:
        curves = said.grid.T if section.classes is not None else said.grid[None]
        drawn = curves[1:] if section.classes is not None and len(section.classes) == 2 else curves
        frame["curves"] = [[_value(one, _DIGITS) for one in curve] for curve in drawn.tolist()]
    elif not finite:
        frame["cells"] = ""
    elif section.classes is not None:
        frame["cells"] = packed(_classes(said.grid, len(section.classes)))
    else:
        share = (said.grid - scale[0]) / (scale[1] - scale[0])
        frame["cells"] = packed(np.rint(np.clip(share, 0, 1) * (_LEVELS - 1)))
    return frame


def _classes(shares: np.ndarray, count: int) -> np.ndarray:
    """The class of each cell, and by how much it is ahead of the next, in one byte."""
    levels = _LEVELS // count
    ordered = np.sort(np.clip(shares, 0, None), axis=-1)
    whole = ordered.sum(axis=-1)
    ahead = (ordered[..., -1] - ordered[..., -2]) / np.where(whole > 0, whole, 1)
    return shares.argmax(axis=-1) * levels + np.rint(np.clip(ahead, 0, 1) * (levels - 1))


def packed(values: np.ndarray) -> str:
    """Whole numbers below 256, row by row, in base 64."""
    return base64.b64encode(values.astype(np.uint8).tobytes()).decode("ascii")


def _value(value: float, digits: int = 6) -> Json:
    if isinstance(value, int):
        return value
    return float(f"{value:.{digits}g}") if np.isfinite(value) else None
