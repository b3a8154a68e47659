"""The page of a contour that one clicks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ..core.kinds import takes_kinds
from ..errors import visible
from ..formulas.writer import rounded
from ..surface import ErrorAlongWeight, Surface
from .contour_data import curvature_data, drawing_data, paths_data
from .formula_data import Json
from .picture_page import page

if TYPE_CHECKING:
    from ..core.network import Network

_MOST_ROWS = 200
"""Steps of a path that are written out for who reads the page without a program."""
_ENDED = {"steps": "", "diverged": ", then diverged", "stalled": ", then stalled"}


@takes_kinds
def contour_page(
    drawn: Surface | ErrorAlongWeight, *, command: str | None = None, network: Network | None = None
) -> str:
    """The page of an error surface, or of the error along one weight, with its paths step by step.

    A point that is clicked shows the weights there and the error, interpolated between the grid's. Without a program
    the page is the paths as tables.

    Args:
        drawn: What `tw.error_surface` or `tw.error_along_weight` gives, with its trajectories.
        command: The one that draws the paths from a point, {start} in it where its weights belong.
        network: For the weights at a point of a plane that is not one of two weights.

    Raises DataError where no error can be drawn.

    >>> import numpy as np, thalweg as tw
    >>> net, P, T = tw.mlp(1, 1), np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    >>> across = "layer1[0,0]", "layer1[0]"
    >>> contour_page(tw.error_surface(net, "mse", net.init(0), P, T, across)).startswith("<!doctype html>")
    True
    """
    data = {**drawing_data(drawn, network), **({} if command is None else {"command": command})}
    paths = paths_data(drawn.paths)
    values = {"data": data, "paths": paths, "start": data["start"], "step": last_step(paths)}
    if isinstance(drawn, Surface) and np.isfinite(drawn.curvature).all():
        values["curvature"] = [curvature_data(drawn.curvature, data["start"], "start")]
    return page_of(values)


def last_step(paths: Sequence[Mapping[str, Json]]) -> int:
    """The steps of the longest path."""
    return max((len(path["points"]) - 1 for path in paths), default=0)


def page_of(values: Mapping[str, Json]) -> str:
    """The page with the values that the picture reads."""
    data = values["data"]
    title = f"E{data['error'][1:]} over {' and '.join(data['names'])}"
    return page("contour", values, title, _as_read(title, data, values["paths"]))


def _as_read(title: str, data: Mapping[str, Json], paths: Sequence[Mapping[str, Json]]) -> str:
    """The paths as tables."""
    at = ", ".join(f"{name} = {_number(x)}" for name, x in zip(data["names"], data["minimum"], strict=True))
    low = "lowest shown" if data["at_edge"] else "minimum"
    return "\n".join(
        [
            f"<h1>{_text(title)}</h1>",
            f"<p>{low}: error {_number(data['F_minimum'])} at {_text(at)}</p>",
            *(_table(data["names"], path) for path in paths),
        ]
    )


def _table(names: Sequence[str], path: Mapping[str, Json]) -> str:
    steps = len(path["points"]) - 1
    head = "".join(f"<th>{_text(name)}</th>" for name in ("step", *names, "error"))
    shown = range(steps + 1) if steps < _MOST_ROWS else [*range(_MOST_ROWS - 1), steps]
    rows = [
        f"<tr><td>{k}</td>{''.join(f'<td>{_number(x)}</td>' for x in (*path['points'][k], path['F'][k]))}</tr>"
        for k in shown
    ]
    told = f"{path['name']}: {steps} steps{_ENDED[path['ended']]}"
    return (
        f"<table><caption>{_text(told)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _number(value: float | None) -> str:
    return "not finite" if value is None else rounded(value, 6)


def _text(text: str) -> str:
    return escape(visible(text))
