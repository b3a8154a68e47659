"""The pictures of the room: curves, regions, the network, the rule and figures, shown anew from a sample."""

from __future__ import annotations

import time

from nicegui import ui

from ..plots.section import Section
from ..plots.table_section import section_of_table
from ..training.history import kept_update
from ..widgets import Curves, Network, Regions
from ..widgets.curves_data import RunCurves, best_of
from ..widgets.weights_data import MAP_CELLS
from .building import Built
from .chart_element import Chart, scatter
from .equation import equation
from .figures import confusion, headline, judged, parts_of, regression_points
from .picture_element import PictureElement
from .session import RUNNING, Sample, Session
from .workspace import OPEN

_SECONDS_BETWEEN_EQUATIONS = 1.0
_NO_PLANE = "A picture of what the network says is of columns of numbers; this table has none."


class TrainPictures:
    """The cards of the pictures; `light` draws what costs little, `heavy` the rest."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._written = 0.0
        self._curves = Curves(log=True, title="")
        self._network = Network(session.built.network, title="")
        self._regions: Regions | None = None
        self._section: Section | None = None
        self._target = 0
        """Which of several targets is drawn."""
        self._show_all()  # before they are in the page, which begins with what they show then
        with _card("losses", "Losses, and what else is recorded").classes("studio-tall"):
            PictureElement(self._curves, "log", "panels", "hidden", "epoch")
        with _card("what the network says", "What the network says"):
            self._which = ui.select({0: ""}, value=0, label="Target", on_change=self._choose_target)
            self._which.props("dense outlined options-dense").style("max-width: 18rem")
            self._says = ui.element("div")
            self._none = ui.label(_NO_PLANE).classes("faint")
        with _card("network", "Network"):
            PictureElement(self._network, "frame")
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
            self._regression = Chart(scatter([], "", ""))
        self._settle()

    def begin(self) -> None:
        """Show another training, from its start."""
        self._show_all()
        self._settle()

    def _show_all(self) -> None:
        """Let the pictures show the training that there is now."""
        built, sample = self._session.built, self._session.sample()
        self._target = min(self._target, len(built.prepared.encoding.targets) - 1)
        self._section, maps = sections_of(built, self._target)
        if self._section is not None and self._regions is None:
            self._regions = Regions(self._section, title="")
        elif self._section is not None and self._regions is not None:
            self._regions.begin(self._section)
        self._network.begin(built.network, maps, tuple(map(str, built.prepared.encoding.feature_names)))
        self.light(sample)
        self._show_parameters(sample)

    def _choose_target(self) -> None:
        """Draw another of several targets."""
        which = self._which.value
        if not isinstance(which, int) or which == self._target or which >= len(self._which.options):
            return
        self._target = which
        self._section, _ = sections_of(self._session.built, which)
        if self._section is not None and self._regions is not None:
            self._regions.begin(self._section)
            self._show_parameters(self._session.sample())

    def _settle(self) -> None:
        """Bring the cards to the training that there is now."""
        targets = self._session.built.prepared.encoding.targets
        self._which.set_options({k: one.name for k, one in enumerate(targets)}, value=self._target)
        self._which.set_visibility(len(targets) > 1 and self._section is not None)
        if self._regions is not None and not self._says.default_slot.children:
            with self._says:
                PictureElement(self._regions, "frame")
        self._says.set_visibility(self._section is not None)
        self._none.set_visibility(self._section is None)
        parts = list(parts_of(self._session.built))
        self._part.set_options(parts, value=parts[0])
        self._tell(self._session.sample())

    def light(self, sample: Sample) -> None:
        """The curves."""
        session = self._session
        run = session.ending
        shown = self._curves.runs.get("run")
        if shown is None or shown.curves is not session.curves:
            self._curves.replace({"run": RunCurves("run", session.curves, loss=name_of_loss(session.built))})
            shown = self._curves.runs["run"]
        shown.best = None if run is None else best_of(run)
        shown.ended = "" if run is None else run.explanation.split(". ")[0].rstrip(".")
        self._curves.refresh()

    def heavy(self, sample: Sample) -> None:
        """The pictures of the parameters."""
        self._show_parameters(sample)
        self._tell(sample)

    def _show_parameters(self, sample: Sample) -> None:
        params = sample.parameters
        if params is None:
            return
        moment = moment_of(self._session, sample)
        self._network.show(params, *moment)
        if self._regions is not None and self._section is not None:
            self._regions.show(params, *moment)

    def _tell(self, sample: Sample) -> None:
        """The rule's equation, and the figures."""
        if sample.parameters is None:
            return
        if sample.upcoming is not None:
            now = time.monotonic()
            if sample.status != RUNNING or now - self._written > _SECONDS_BETWEEN_EQUATIONS * (1 + len(OPEN) / 5):
                self._equation.set_content(equation(sample.upcoming))
                self._written = now
        elif sample.stopped == "diverged":
            self._equation.set_content('<p class="faint">The run diverged: no update comes next.</p>')
        elif sample.updates == 0:
            self._equation.set_content('<p class="faint">One step, and its numbers stand here.</p>')
        else:
            self._equation.set_content(
                '<p class="faint">The network or its batch is too large to be opened while it learns.</p>'
            )
        self._figures(sample)

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
            self._regression.show(**scatter(series, "actual", "said"))


def moment_of(session: Session, sample: Sample) -> tuple[int, int]:
    """The epoch and the update whose parameters a sample has: of a run that has ended those that it keeps."""
    run, steps = session.ending, session.built.recipe.batch_order.steps
    if run is None or sample.stopped is None or run.kept_epoch is None:
        return sample.epochs, sample.updates
    validated = run.history.validation_loss is not None
    update = kept_update(validated, run.stopped_because, run.best_epoch, steps=steps, updates=run.updates)
    return update // steps, update


def sections_of(built: Built, which: int = 0) -> tuple[Section | None, Section | None]:
    """The plane or the line that is shown, and the one that the units answer, where it is that of all inputs.

    Of several targets the one `which` is shown.
    """
    encoding, prepared = built.prepared.encoding, built.prepared
    of_all = {"training": prepared.train, "validation": prepared.validation, "test": prepared.test}
    parts = {name: (part.rows, part.labels) for name, part in of_all.items() if part is not None and len(part.rows)}
    of = encoding, built.frame, parts, built.network
    section = section_of_table(*of, which=which)
    few = section is not None and not section.held
    return section, section_of_table(*of, cells=MAP_CELLS) if few else None


def name_of_loss(built: Built) -> str:
    """The name of the loss of a training."""
    from ..core.losses import LOSSES

    loss = built.recipe.program.loss
    return LOSSES.name_of(loss) if LOSSES.has(loss) else type(loss).__name__


def _card(label: str, title: str) -> ui.element:
    card = ui.element("section").classes("studio-card").props(f'aria-label="{label}"')
    with card:
        ui.html(f"<h2>{title}</h2>", sanitize=False)
    return card
