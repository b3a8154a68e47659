"""What is kept of a run that goes on for its pictures: its curves, its parameters now and then, how it stands."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping

import numpy as np

from ..core.network import Network
from ..plots.thinned import Thinned
from ..registry import title_of
from ..training.progress import clock_time
from ..training.recipe import Recipe
from ..training.replay import ReplayedUpdate, upcoming
from ..training.segments import SegmentResult
from ..training.watcher import Going, Watcher, recorded_by_name
from ..training.waypoints import Waypoint
from .curves_data import RunCurves

SECONDS_BETWEEN = 0.25
_log = logging.getLogger("thalweg")
_SHARE = 20
"""A look may take a twentieth of the time."""
_SECONDS_BETWEEN_UPDATES, _SECONDS_LOOKED_AT = 1.0, 3.0
_MOST_KEPT = 60
_MOST_HELD = 200_000
"""Parameters of a network of which more than the latest moment is kept."""


class Onlooker(Watcher):
    """Looks on while a run goes, so often that it takes no more than a twentieth of the run's time.

    The run's thread writes, another one may read. The parameters are kept at some moments, evenly apart, for the run to
    be gone through when it has ended. The next update is opened, once a second, while somebody `asked` for it of late.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = self._next_update = 0.0
        self._looks, self._every = 0, 1
        self._kept: list[Waypoint] = []
        self.curves = RunCurves("run")
        self.asked = float("-inf")
        """When the next update was asked for last, on the clock of `time.monotonic`."""
        self.upcoming: ReplayedUpdate | None = None
        self.epochs = self.updates = 0
        self.seconds = 0.0
        self.version = 0
        """Grows with each look."""

    @property
    def recipe(self) -> Recipe:
        """What the run is made from."""
        return self.going.recipe

    @property
    def network(self) -> Network:
        """The network that learns."""
        return self.recipe.program.net

    def watch(self, going: Going) -> None:
        """The run begins."""
        super().watch(going)
        if going.before is not None:
            self._add(going.before.columns())
            self.epochs = len(going.before.loss)
        self._keep(Waypoint(0, self.epochs, self.recipe.params))
        self.version = 1

    def saw(self, result: SegmentResult, seconds: float) -> None:
        """Keep what a stretch left; look at the parameters if it is time to."""
        if result.epochs:
            self._add(recorded_by_name(self.recipe, result.records))
        self.epochs, self.updates, self.seconds = self.epochs + result.epochs, result.updates, seconds
        now = time.monotonic()
        if now < self._next:
            return
        try:
            self._look(now)
        except Exception as error:
            _log.warning(f"who looked on failed, and the training goes on without: {error!r}")
            self._next = float("inf")

    def _look(self, now: float) -> None:
        self._keep(Waypoint(self.updates, self.epochs, self.going.parameters()))
        if now - self.asked < _SECONDS_LOOKED_AT and now >= self._next_update:
            self.upcoming = upcoming(self.going)
            took = time.monotonic() - now
            self._next_update = now + max(_SECONDS_BETWEEN_UPDATES, 2 * _SHARE * took)
        self.version += 1
        self.looked()
        took = time.monotonic() - now
        self._next = time.monotonic() + max(SECONDS_BETWEEN, _SHARE * took)

    def looked(self) -> None:
        """Called after a look, in the run's thread."""

    def latest(self) -> Waypoint:
        """The moment that was kept last."""
        with self._lock:
            return self._latest

    def kept(self) -> list[Waypoint]:
        """The moments that are kept: the beginning, some between, and the latest."""
        with self._lock:
            last = bool(self._kept) and self._kept[-1] is self._latest
            return list(self._kept) if last else [*self._kept, self._latest]

    def losses(self) -> list[str]:
        """The losses of the last epoch."""
        return [
            f"{title} {curve.last:.4g}"
            for name, title in (("loss", "loss"), ("validation_loss", "validation"), ("test_loss", "test"))
            if (curve := self.curves.curves.get(name)) is not None
        ]

    def lines(self) -> list[str]:
        """How the run stands."""
        rate = f"{self.updates / self.seconds:,.0f} updates/s" if self.seconds > 0.05 else ""
        told = [f"epoch {self.epochs:,} of {self.recipe.epochs:,}", *self.losses(), clock_time(self.seconds), rate]
        return [one for one in told if one]

    def title(self) -> str:
        """What learns, and how."""
        return f"{title_of(self.recipe.rule)} on {self.network.parameter_count:,} parameters"

    @property
    def share(self) -> float:
        """How much of the run is done, if nothing ends it before."""
        return min(1.0, self.updates / max(1, self.recipe.epochs * self.recipe.batch_order.steps))

    def _add(self, values: Mapping[str, np.ndarray]) -> None:
        there = self.curves.curves
        new = {name: Thinned() for name in values if name not in there and name not in ("epoch", "seconds")}
        if new:
            self.curves.curves = {**there, **new}  # whoever reads has the one or the other
        self.curves.add(values)

    def _keep(self, moment: Waypoint) -> None:
        with self._lock:
            self._latest = moment
            if self._looks % self._every == 0 and self.network.parameter_count <= _MOST_HELD:
                self._kept.append(moment)
            self._looks += 1
            if len(self._kept) > _MOST_KEPT:
                del self._kept[1::2]
                self._every *= 2
