"""The curves of a training as options of ECharts: losses, and whatever else was recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .curve import Curve

COLOURS = {
    "loss": "#1f88c9",
    "validation_loss": "#d55e00",
    "test_loss": "#009e73",
    "gradient_norm": "#1f88c9",
    "learning_rate": "#cc79a7",
    "mu": "#cc79a7",
    "validation_checks": "#d55e00",
}
"""Of Okabe and Ito, which the colour-blind can tell apart; each curve has a dash of its own besides."""
_DASHES = {"validation_loss": "dashed", "test_loss": "dotted"}
_TITLES = {"loss": "training", "validation_loss": "validation", "test_loss": "test"}
LOSSES = ("loss", "validation_loss", "test_loss")


def title_of_curve(name: str) -> str:
    """What a curve is called.

    >>> title_of_curve("validation_loss"), title_of_curve("gradient_norm")
    ('validation', 'gradient norm')
    """
    return _TITLES.get(name, name.replace("_", " "))


INK, LINE = "#5a6572", "#d9dee4"
"""Of texts and lines; the page's style has others for a dark one."""


def options(*, log: bool = True) -> dict[str, Any]:
    """An empty chart of curves over the epochs."""
    axis = {"axisLabel": {"color": INK}, "splitLine": {"lineStyle": {"color": LINE}}, "nameTextStyle": {"color": INK}}
    return {
        "animation": False,
        "grid": {"left": 62, "right": 16, "top": 46, "bottom": 40},
        "legend": {"top": 2, "textStyle": {"color": INK}, "itemWidth": 26},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 24, "min": 0, **axis,
                  "axisLine": {"lineStyle": {"color": INK}}, "minInterval": 1},
        "yAxis": {"type": "log" if log else "value", "scale": True, **axis},
        "series": [],
        "aria": {"enabled": True},
    }  # fmt: skip


def scatter(series: list[dict[str, Any]], x: str, y: str) -> dict[str, Any]:
    """A chart of points and lines over two values."""
    axis = {"type": "value", "scale": True, "axisLabel": {"color": INK}, "nameTextStyle": {"color": INK},
            "splitLine": {"lineStyle": {"color": LINE}}, "axisLine": {"lineStyle": {"color": INK}}}  # fmt: skip
    return {
        "animation": False,
        "grid": {"left": 62, "right": 16, "top": 34, "bottom": 40},
        "legend": {"top": 2, "textStyle": {"color": INK}},
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": {**axis, "name": x, "nameLocation": "middle", "nameGap": 24},
        "yAxis": {**axis, "name": y, "nameLocation": "middle", "nameGap": 44},
        "series": series,
        "aria": {"enabled": True},
    }


def series(
    curves: Mapping[str, Curve], names: Sequence[str], *, log: bool, stopped: int | None
) -> list[dict[str, Any]]:
    """The curves that are there, and a line where the kept parameters are from."""
    found: list[dict[str, Any]] = []
    for name in names:
        if name not in curves:
            continue
        epochs, values = curves[name].points()
        points = [
            [epoch, float(f"{value:.6g}")]
            for epoch, value in zip(epochs, values, strict=True)
            if math.isfinite(value) and not (log and value <= 0)
        ]
        found.append(
            {
                "type": "line",
                "name": title_of_curve(name),
                "data": points,
                "showSymbol": len(points) == 1,
                "symbolSize": 5,
                "color": COLOURS.get(name, "#56b4e9"),
                "lineStyle": {"width": 2, "type": _DASHES.get(name, "solid")},
                "emphasis": {"disabled": True},
            }
        )
    if found and stopped:
        found[0]["markLine"] = {
            "silent": True,
            "symbol": "none",
            "label": {"formatter": f"kept: {stopped:,}", "color": "#808890"},
            "lineStyle": {"color": "#808890", "type": "dashed"},
            "data": [{"xAxis": stopped}],
        }
    return found


def others_of(curves: Mapping[str, Curve]) -> list[str]:
    """The names of the curves beside the losses."""
    return [name for name in curves if name not in LOSSES]
