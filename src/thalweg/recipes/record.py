"""What the file of a model says of the recipe that made it."""

from __future__ import annotations

import dataclasses
from numbers import Real
from typing import Any

import numpy as np

from ..core.initializers import INITIALIZERS
from ..optimizers import RULES
from ..registry import Registry, title_of
from ..training.run import Run
from .choices import Choices


def choices_told(choices: Choices, run: Run) -> dict[str, Any]:
    """The choices as a record keeps them, for people and for `replayed`: names and numbers, and parts as plain data.

    What a file cannot hold (arrays, schedules, parts of one's own) is named as `not_in_file`.
    """
    kept: dict[str, Any] = {}
    for field in dataclasses.fields(choices):
        value = getattr(choices, field.name)
        if field.name not in ("indices", "options"):
            value = list(value) if isinstance(value, list | tuple | np.ndarray) and _is_plain(list(value)) else value
            kept[field.name] = value if isinstance(value, list) or _is_plain(value) else title_of(value)
    rule, initializer = _described(RULES, run.optimizer.at(0)), None
    if not isinstance(choices.initializer, str):
        initializer = _described(INITIALIZERS, INITIALIZERS.get(choices.initializer))
    options = {
        name: value
        for name, value in choices.options.items()
        if isinstance(value, str | bool | Real) and name != "checkpoint"
    }
    options |= {} if run.recipe is None else {"dtype": run.recipe.dtype}
    away = [name for name in ("params", "sample_weight", "target_weight") if choices.options.get(name) is not None]
    away += ["order"] if "order" in choices.options and "order" not in options else []
    away += ["train"] if rule is None or run.optimizer.at(0) is not run.optimizer else []
    away += ["initializer"] if initializer is None and not isinstance(choices.initializer, str) else []
    return {
        **kept,
        "initializer": initializer or kept["initializer"],
        "rule": rule,
        "penalties": list(run.recipe.penalties) if run.recipe else [0.0, 0.0],
        "indices": None if choices.indices is None else [np.asarray(part).tolist() for part in choices.indices],
        "options": options,
        "not_in_file": away,
    }


def _described(registry: Registry[Any], part: Any) -> dict[str, Any] | None:
    """A part as plain data; None for one that is not registered, or has settings that a file cannot hold."""
    told = registry.describe(part) if registry.has(part) else None
    if told is None or not all(_is_plain(value) for value in told.values()):
        return None
    return told


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | bool | Real)
