"""The pictures of the room: curves, regions, diagram, rule and figures, drawn anew from a sample."""

from __future__ import annotations

import time
from typing import Any

from nicegui import ui

from . import charts
from .building import Built
from .chart_element import Chart
from .diagram import diagram
from .equation import equation
from .figures import confusion, headline, judged, parts_of, regression_points
from .plane import Grid, fit_series, grid_of, plane
from .session import RUNNING, Sample, Session
from .workspace import OPEN

_SECONDS_BETWEEN_EQUATIONS = 1.0
_WORDS = {"train": "training", "validation": "validation", "test": "test"}


class TrainPictures:
    """The cards of the pictures; `light` draws what costs little, `heavy` the rest."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._log = True
        self._other: str | None = None
        self._names: list[str] = []
        self._grid: Grid | None = None
        self._written = 0.0
        with ui.element("section").classes("studio-card").props('aria-label="losses"'):
            with ui.row().classes("items-center justify-between").style("width: 100%"):
                ui.html("<h2>Loss</h2>", sanitize=False)
                ui.switch("log scale", value=True, on_change=lambda event: self._scale(bool(event.value))).props(
                    "dense"
                )
            self._losses = Chart(charts.options())
        with ui.element("section").classes("studio-card").props('aria-label="what the network says"'):
            self._plane_title = ui.html("<h2>What the network says</h2>", sanitize=False)
            self._plane = ui.html("", sanitize=False)
            self._fit = Chart(charts.scatter([], "", ""))
            self._none = ui.label(
                "A picture of the plane is of one or two columns of numbers; this table has others."
            ).classes("faint")
        with ui.element("section").classes("studio-card").props('aria-label="network"'):
            ui.html("<h2>Network</h2>", sanitize=False)
            self._diagram = ui.html("", sanitize=False)
            ui.label("blue: positive weights; orange, dashed: negative; wide: large").classes("faint")
        with ui.element("section").classes("studio-card").props('aria-label="recorded"'):
            with ui.row().classes("items-center justify-between").style("width: 100%"):
                ui.html("<h2>Recorded</h2>", sanitize=False)
                self._choice = ui.select([], on_change=lambda event: self._choose(event.value)).props(
                    "dense outlined options-dense"
                )
                self._choice.props["aria-label"] = "what is shown"
            self._others = Chart(charts.options())
        with ui.element("section").classes("studio-card studio-wide").props('aria-label="rule"'):
            ui.html("<h2>The rule in use, with the numbers of the next update</h2>", sanitize=False)
            self._equation = ui.html("", sanitize=False).classes("studio-equation")
        with ui.element("section").classes("studio-card studio-wide").props('aria-label="figures"'):
            with ui.row().classes("items-center"):
                ui.html("<h2>How well it does</h2>", sanitize=False)
                self._part = ui.toggle(["training"], value="training", on_change=lambda: self._figures(None)).props(
                    "dense no-caps unelevated toggle-color=blue-9"
                )
            self._headline = ui.label().classes("studio-numbers")
            self._confusion = ui.html("", sanitize=False)
            self._regression = Chart(charts.scatter([], "", ""))
        self.begin()

    def begin(self) -> None:
        """Show another training, from its start."""
        built = self._session.built
        self._grid = grid_of(built)
        two = self._grid is not None and len(self._grid.names) == 2
        one = self._grid is not None and len(self._grid.names) == 1
        self._plane.set_visibility(two)
        self._fit.set_visibility(one)
        self._none.set_visibility(not two and not one)
        parts = list(parts_of(built))
        self._part.set_options(parts, value=parts[0])
        self._names = []
        sample = self._session.sample()
        self.light(sample)
        self.heavy(sample)

    def light(self, sample: Sample) -> None:
        """The curves."""
        session = self._session
        kept = None
        run = session.ending
        if run is not None:
            kept = run.kept_epoch
        losses = charts.series(session.curves, charts.LOSSES, log=self._log, stopped=kept)
        self._losses.show(series=losses, yAxis={"type": "log" if self._log else "value"})
        names = charts.others_of(session.curves)
        if names != self._names:
            self._names = names
            if self._other not in names:
                self._other = names[0] if names else None
            self._choice.set_options({name: charts.title_of_curve(name) for name in names}, value=self._other)
        shown = [] if self._other is None else [self._other]
        log = self._log and self._other != "validation_checks"
        others = charts.series(session.curves, shown, log=log, stopped=None)
        self._others.show(series=others, yAxis={"type": "log" if log else "value"})

    def heavy(self, sample: Sample) -> None:
        """The pictures of the parameters."""
        built, params = self._session.built, sample.parameters
        if params is None:
            return
        names = built.prepared.encoding.feature_names
        self._diagram.set_content(diagram(built.network, params, tuple(map(str, names))))
        if self._grid is not None and len(self._grid.names) == 2:
            self._plane.set_content(plane(built, self._grid, params))
        elif self._grid is not None:
            self._show_fit(built, self._grid, params)
        if sample.upcoming is not None:
            now = time.monotonic()
            if sample.status != RUNNING or now - self._written > _SECONDS_BETWEEN_EQUATIONS * (1 + len(OPEN) / 5):
                self._equation.set_content(equation(sample.upcoming))
                self._written = now
        elif sample.updates == 0:
            self._equation.set_content('<p class="faint">One step, and its numbers stand here.</p>')
        else:
            self._equation.set_content(
                '<p class="faint">The network or its batch is too large to be opened while it learns.</p>'
            )
        self._figures(sample)

    def _show_fit(self, built: Built, grid: Grid, params: Any) -> None:
        found = fit_series(built, grid, params)
        series: list[dict[str, Any]] = [
            {"type": "scatter", "name": _WORDS[part], "data": rows, "symbolSize": 6, "color": colour, "symbol": symbol}
            for (part, rows), colour, symbol in zip(
                found["rows"].items(), ("#56b4e9", "#d55e00", "#009e73"), ("circle", "diamond", "rect"), strict=False
            )
        ]
        series.append({"type": "line", "name": "network", "data": found["fitted"], "showSymbol": False,
                       "color": "#cc79a7", "lineStyle": {"width": 3}})  # fmt: skip
        self._fit.show(**charts.scatter(series, found["name"], found["target"]))

    def _figures(self, sample: Sample | None) -> None:
        sample = sample or self._session.sample()
        built = self._session.built
        parts = parts_of(built)
        name = self._part.value if self._part.value in parts else next(iter(parts))
        if sample.parameters is None:
            return
        scores, prediction = judged(built, sample.parameters, parts[name])
        classifies = built.prepared.task == "classification" and not built.prepared.encoding.several
        self._confusion.set_visibility(classifies)
        measures = built.prepared.task == "regression" and not built.prepared.encoding.several
        self._regression.set_visibility(measures)
        if scores is None:
            self._headline.set_text("The outputs are not finite any more.")
            return
        self._headline.set_text(f"{name} part: {headline(scores)}")
        if classifies:
            self._confusion.set_content(confusion(scores))
        elif measures:
            pairs = regression_points(scores, parts[name], prediction)
            ends = [min(map(min, pairs), default=0.0), max(map(max, pairs), default=1.0)]
            series = [
                {"type": "scatter", "name": "rows", "data": pairs, "symbolSize": 6, "color": "#1f88c9"},
                {"type": "line", "name": "right", "data": [[end, end] for end in ends], "showSymbol": False,
                 "color": "#999999", "lineStyle": {"type": "dashed"}},
            ]  # fmt: skip
            self._regression.show(**charts.scatter(series, "actual", "said"))

    def _scale(self, log: bool) -> None:
        self._log = log
        self.light(self._session.sample())

    def _choose(self, name: str | None) -> None:
        if name != self._other:
            self._other = name
            self.light(self._session.sample())
