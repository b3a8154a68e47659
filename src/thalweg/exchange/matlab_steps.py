"""MATLAB's processing of inputs and outputs: mapminmax, mapstd, removeconstantrows, processpca, fixunknowns.

A step is known by its settings: xoffset and gain scale, keep chooses rows, transform mixes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.activations import ACTIVATIONS, Activation
from ..data.scale import Scale
from ..errors import ArgumentError, shown, unknown
from .assembly import Assembly, Value, numbers

TRANSFERS = (
    "tansig", "logsig", "purelin", "poslin", "satlin", "satlins", "elliotsig", "radbas", "tribas", "softmax",
    "hardlim", "hardlims",
)  # fmt: skip
"""MATLAB's names of the functions that a layer's units may have."""
_SHIFTS = ("ymin", "ymean", "yoffset")


def transfer(name: Any, place: str) -> Activation:
    """The activation that a MATLAB name stands for; raises ArgumentError, beginning with the place, for another.

    >>> transfer("tansig", "layer 1")
    Tanh()
    """
    if not isinstance(name, str) or name not in TRANSFERS:
        raise ArgumentError(f"{place}: {unknown('transfer function', name, TRANSFERS)}")
    return ACTIVATIONS.get(name)


def steps_size(steps: Sequence[Mapping[str, Any]]) -> int | None:
    """How many rows the steps are given, as far as they say it."""
    for step in steps:
        for name in ("xoffset", "gain", "xmin", "xmean"):
            if (name in step and np.size(step[name]) > 1) or (name == "xoffset" and name in step):
                return int(np.size(step[name]))
        if "transform" in step:
            return int(np.shape(step["transform"])[-1])
        if "xrows" in step:
            return int(np.ravel(step["xrows"])[0])
        if np.size(step.get("keep", ())):
            kept, removed = np.ravel(step["keep"]), np.ravel(step.get("remove", ()))
            return int(max(kept.max(), len(kept) + len(removed)))
    return None


def applied(made: Assembly, value: Value, step: Mapping[str, Any], place: str) -> Value:
    """The value after a step, as its NAME_apply makes it; raises ArgumentError for one that is no linear one."""
    if _idle(step, place):
        return value
    if "keep" in step:
        return made.pick(value, numbers(place, step["keep"]).ravel().astype(np.int64) - 1, place)
    if "transform" in step:
        return made.mix(value, step["transform"], f"{place}.transform")
    offset, gain, shift = _affine(step, place)
    return made.scale(made.shift(value, -offset, place), gain, shift, place)


def reversed_step(made: Assembly, value: Value, step: Mapping[str, Any], place: str) -> Value:
    """The value before a step, as its NAME_reverse makes it again."""
    if _idle(step, place):
        return value
    if "keep" in step:
        return _put_back(made, value, step, place)
    if "inverseTransform" in step:
        return made.mix(value, step["inverseTransform"], f"{place}.inverseTransform")
    if "transform" in step:
        raise ArgumentError(f"{place}: processpca without its inverseTransform, which brings outputs back")
    offset, gain, shift = _affine(step, place)
    if (gain == 0).any():
        raise ArgumentError(f"{place}: a gain of 0, which cannot be undone")
    return made.scale(made.shift(value, -shift, place), 1.0 / gain, offset, place)


def scales_of(steps: Sequence[Mapping[str, Any]], size: int, place: str) -> tuple[Scale, ...]:
    """The scaling of each row by the steps, z = (x - mean) / deviation; raises ArgumentError if they do more."""
    scales = [Scale(0.0, 1.0)] * size
    busy = [step for step in steps if not _idle(step, place)]
    if len(busy) > 1 or any("keep" in step or "transform" in step for step in busy):
        raise ArgumentError(
            f"{place}: scaling='kept' needs mapminmax or mapstd alone; leave it out, which folds all in"
        )
    for step in busy:
        parts = [np.broadcast_to(one.ravel(), (size,)) for one in _sized(_affine(step, place), size, place)]
        offset, gain, shift = parts
        if not (gain > 0).all():
            raise ArgumentError(f"{place}: a gain that is not above 0: leave scaling='kept' out, which folds all in")
        scales = [Scale(float(x - y / g), float(1.0 / g)) for x, g, y in zip(offset, gain, shift, strict=True)]
    return tuple(scales)


def _sized(parts: tuple[np.ndarray, ...], size: int, place: str) -> tuple[np.ndarray, ...]:
    for one in parts:
        if one.size not in (1, size):
            raise ArgumentError(f"{place}: settings of {one.size} numbers for {size} rows")
    return parts


def _affine(step: Mapping[str, Any], place: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offset, gain and shift of y = (x - offset) gain + shift."""
    if "xoffset" not in step or "gain" not in step:
        raise ArgumentError(
            f"{place}: {', '.join(map(str, step)) or 'nothing'}; known are xoffset and gain with ymin (mapminmax) "
            "or ymean (mapstd), keep (removeconstantrows), transform (processpca)"
        )
    shift = next((step[name] for name in _SHIFTS if name in step), None)
    if shift is None:
        raise ArgumentError(f"{place}: {', '.join(map(str, step))} without ymin (mapminmax) or ymean (mapstd)")
    return (
        numbers(f"{place}.xoffset", step["xoffset"]),
        numbers(f"{place}.gain", step["gain"]),
        numbers(f"{place}.ymin", shift),
    )


def _idle(step: Mapping[str, Any], place: str) -> bool:
    """Whether a step changes nothing; raises ArgumentError for marks of missing values, which no weights make."""
    if "unknown" in step or "known" in step:
        if np.size(step.get("unknown", ())):
            raise ArgumentError(
                f"{place}: fixunknowns of rows that may be missing, which no layer can do: read it without, and fill in"
            )
        return True
    change = step.get("no_change")
    return change is not None and "xoffset" not in step and "keep" not in step and bool(np.all(change))


def _put_back(made: Assembly, value: Value, step: Mapping[str, Any], place: str) -> Value:
    """Rows that were removed as constant, with their constants again."""
    keep = numbers(f"{place}.keep", step["keep"]).ravel().astype(np.int64) - 1
    remove = numbers(f"{place}.remove", step.get("remove", ())).ravel().astype(np.int64) - 1
    if not remove.size:
        return made.pick(value, keep, place)
    constants = next((step[name] for name in ("constants", "value") if name in step), None)
    rows = len(keep) + len(remove)
    if constants is None or np.size(constants) != len(remove) or sorted([*keep, *remove]) != list(range(rows)):
        raise ArgumentError(f"{place}: {shown(list(step))} do not say what the removed rows are")
    matrix, offset = np.zeros((rows, len(keep))), np.zeros(rows)
    matrix[keep, np.arange(len(keep))] = 1.0
    offset[remove] = numbers(f"{place}.constants", constants).ravel()
    return made.shift(made.mix(value, matrix, place), offset, place)
