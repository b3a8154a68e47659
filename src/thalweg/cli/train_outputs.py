"""What a training writes, and where it may not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import ArgumentError
from .options import check_ending

_NO_MODELS = (".html", ".htm", ".pdf", ".png", ".svg", ".csv", ".tsv", ".txt", ".json", ".parquet", ".arrow", ".toml")
"""Endings of other things, under which nobody looks for a model."""


def check_endings(model: Path, report: Path) -> None:
    """Raise ArgumentError for a report that is no page by its name, and a model that is something else by its."""
    check_ending(report, (".html", ".htm"))
    if model.suffix.lower() in _NO_MODELS:
        raise ArgumentError(f"output {str(model)!r} ends in {model.suffix!r}; it is a model: end it in .thalweg")


class Outputs(NamedTuple):
    """What is written: two files, and figures into a folder if they are wanted."""

    model: Path
    report: Path
    plots: Path | None


def places(plots: Path | None, targets: Sequence[str]) -> dict[str, Path]:
    """The folder of the plots and each file that may be written into it, by what it is."""
    if plots is None:
        return {}
    from ..reports.figures import figure_paths

    return {"folder of plots": plots, **{f"plot {name}": path for name, path in figure_paths(plots, targets).items()}}
