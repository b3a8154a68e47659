"""The picture of the room Work: its steps change in place, and a notation is written when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..widgets.formula_data import Json
from ..widgets.picture_data import offered_notations, steps_data
from ..widgets.worked_picture import Worked
from ..worked.calculation import WorkedStep
from ..worked.notations import AnyNotation

KEPT = ("notation", "form", "line", "step", "phased", "phase")
"""What of the picture stands in the address."""
SET_BY_PERSON = (*KEPT, "wanted", "beyond")
"""What a person changes in it."""


class WorkPicture(Worked):
    """Steps in the page; `asked` is called with the name of a notation that is to be written, `left` with -1 or 1.

    Nothing of it works longer than a moment but what is made by `rewritten`, which may be called in a thread.
    """

    def __init__(
        self,
        steps: Sequence[WorkedStep],
        notation: AnyNotation | None,
        notations: Sequence[AnyNotation] | None,
        asked: Callable[[str], None],
        left: Callable[[int], None],
        begins: dict[str, Any],
        view: dict[str, Any],
    ) -> None:
        self._called, self._begins = asked, begins
        super().__init__(list(steps), notation, notations=notations, on_demand=True, **view)
        self.observe(lambda change: left(1 if change["new"] > 0 else -1), "beyond")

    def _begin(self, data: dict[str, Json], **values: Any) -> None:
        super()._begin(data, **{**values, "everywhere": True, "roams": True, "beyond": 0, **self._begins})

    def _asked(self, name: str) -> None:
        self._called(name)

    def kind_of(self, name: str) -> AnyNotation | None:
        """The notation of a name in its menu; None for another."""
        return dict(offered_notations(self._steps, self._notations)).get(name)

    def rewritten(
        self, steps: Sequence[WorkedStep], notation: AnyNotation | None, view: dict[str, Any], place: int
    ) -> Callable[[], None]:
        """Other steps, or the same in another notation, made ready; what it gives shows them."""
        data = steps_data(list(steps), [], notation=notation, offered=self._notations, offers=True, **view)

        def show() -> None:
            self._steps, self._view = list(steps), view
            self.data = {**data, "place": place}

        return show
