"""A chart in the page whose data are sent as one text: element by element they would be watched, which takes long."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui

SCRIPT = """
window.showChart = (id, options, tries = 200) => {
  const found = getElement(id);
  if (found?.chart) found.chart.setOption(options, {replaceMerge: ['series']});
  else if (tries) setTimeout(() => window.showChart(id, options, tries - 1), 25);
};
"""
"""What a page that has charts needs in its head."""


INK, LINE = "#5a6572", "#d9dee4"
"""Of texts and lines; the page's style has others for a dark one."""


class Chart:
    """A chart of ECharts, drawn as SVG, that begins empty."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._element = ui.echart(options, renderer="svg").classes("studio-chart")

    def show(self, **options: Any) -> None:
        """Show other series, and other settings besides."""
        text = json.dumps(options, ensure_ascii=True, allow_nan=False)
        self._element.client.run_javascript(f"showChart({self._element.id}, {text})")

    def set_visibility(self, visible: bool) -> None:
        """Whether it is seen."""
        self._element.set_visibility(visible)


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
