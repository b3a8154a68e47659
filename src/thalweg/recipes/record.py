"""What the file of a model says of the recipe that made it."""

from __future__ import annotations

import dataclasses
from numbers import Real
from typing import Any

import numpy as np

from ..core.initializers import INITIALIZERS
from ..optimizers import RULES
from ..registry import title_of
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
            kept[field.name] = _plain(list(value) if isinstance(value, list | tuple | np.ndarray) else value)
    rule, initializer = run.optimizer.at(0), INITIALIZERS.get(choices.initializer)
    options = {name: value for name, value in choices.options.items() if isinstance(value, str | bool | Real)}
    options |= {} if run.recipe is None else {"dtype": run.recipe.dtype}
    away = [name for name in ("params", "sample_weight", "target_weight") if choices.options.get(name) is not None]
    away += ["order"] if "order" in choices.options and "order" not in options else []
    away += ["train"] if rule is not run.optimizer or not RULES.has(rule) else []
    away += [] if INITIALIZERS.has(initializer) else ["initializer"]
    by_name = isinstance(choices.initializer, str) or "initializer" in away
    return {
        **kept,
        "initializer": kept["initializer"] if by_name else INITIALIZERS.describe(initializer),
        "rule": RULES.describe(rule) if RULES.has(rule) else None,
        "penalties": list(run.recipe.penalties) if run.recipe else [0.0, 0.0],
        "indices": None if choices.indices is None else [np.asarray(part).tolist() for part in choices.indices],
        "options": options,
        "not_in_file": away,
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | list | None) else title_of(value)
