"""What the room Landscape asks for: the case, its weights, the rules, the steps, and data of a linear network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from ..errors import ThalwegError
from ..optimizers import RULES
from ..widgets.contour_following import numbered
from .fields import rules as rules_told
from .landscape_case import Case, names_of, offered_rules
from .landscape_state import ADAM, CASES, DESCENT, MOST_RULES, MOST_STEPS, NETWORK, Chosen, chosen_of, rows_of

_PAIRS = ("W1(1,1), W2(1,1)", "W1(1,1), b1(1)", "b1(1), b1(2)")
"""The pairs of dl3aa, as NND writes its weights."""
_MOMENTA = (0.5, 0.0, 0.95, 0.8, 0.99)
"""Which a rule takes that is chosen again, one after another."""
_LIVELY = 0.1
"""The learning rate of a rule that is chosen anew, where the curvature does not bound it."""


class LandscapeForm:
    """The fields; `choose` is called with what of the state changes, `follow` with rules and steps alone.

    `now` gives the rules as the sliders of the picture stand: a rule is added to these, or taken from them.
    """

    def __init__(
        self,
        choose: Callable[..., None],
        follow: Callable[[tuple[Chosen, ...], int], None],
        now: Callable[[], list[Chosen]],
    ) -> None:
        self._choose, self._follow, self._now = choose, follow, now
        self._steps = 1
        self._stable: float | None = None
        with ui.element("section").classes("studio-card studio-settings").props('aria-label="settings"'):
            self._place = ui.column().classes("gap-2").style("width: 100%")
        self._error: ui.label | None = None

    def show(self, case: Case, stable: float | None = None) -> None:
        """Show the fields of a case; `stable` is the largest stable rate of gradient descent there."""
        self._steps, self._stable = case.steps, stable
        self._place.clear()
        with self._place:
            self._fields(case)

    def complain(self, text: str) -> None:
        """Tell what cannot be, beside the fields; "" for nothing."""
        if self._error is not None:
            self._error.set_text(text)
            self._error.set_visibility(bool(text))

    def _fields(self, case: Case) -> None:
        state = case.state
        _select(CASES, state.case, "case", lambda value: self._choose(case=value))
        ui.label(f"{case.about}; loss {case.loss}").classes("faint")
        if state.case == ADAM:
            pairs = {k + 1: text for k, text in enumerate(_PAIRS)}
            _select(pairs, state.pair, "pair of parameters", lambda value: self._choose(pair=value))
        if state.case == NETWORK:
            self._of_network(case)
        self._rules(case)
        if state.case == DESCENT:
            self._data(case)
        self._error = ui.label().classes("studio-error").props('role="alert"')
        self._error.set_visibility(False)

    def _of_network(self, case: Case) -> None:
        names = {name: name for name in [*names_of(case.net), *case.weights]}
        for k, which in enumerate(("first weight", "second weight")):

            def take(value: str, k: int = k) -> None:
                weights = list(case.weights)
                weights[k] = value
                self._choose(weights=tuple(weights))

            _select(names, case.weights[k], which, take, with_input=True)
        ui.switch(
            "train these two alone", value=case.alone,
            on_change=lambda event: self._choose(alone=bool(event.value)),
        ).tooltip("the paths stay in the picture; else all weights move, and it shows their shadows")  # fmt: skip

    def _rules(self, case: Case) -> None:
        told = rules_told()
        offered = {name: told[name] for name in offered_rules(case)}
        self._chips = ui.row().classes("gap-1").props('role="group" aria-label="rules"')
        self._show_chips([one.name for one in case.rules])
        adding = _select(offered, None, f"add a rule, up to {MOST_RULES}", lambda value: self._add(value, adding))
        number = ui.number(
            "steps", value=self._steps, min=1, max=MOST_STEPS, step=1,
            on_change=lambda event: self._count(event.value),
        ).props('dense outlined debounce=400 aria-label="steps"')  # fmt: skip
        number.tooltip("updates of each rule")

    def _show_chips(self, names: list[str]) -> None:
        """A chip for each rule, which takes it away."""
        self._chips.clear()
        with self._chips:
            for place, name in enumerate(numbered(names)):
                button = ui.button(name, icon="close", on_click=partial(self._remove, place))
                button.props(f'no-caps outline dense rounded size=sm padding="1px 8px" aria-label="remove {name}"')

    def _add(self, name: str | None, field: ui.select) -> None:
        if name is None:
            return
        field.set_value(None)
        here = self._now()
        if len(here) >= MOST_RULES:
            self.complain(f"{MOST_RULES} rules are shown, the most that can be told apart: take one away first.")
            return
        self._take([*here, unlike(self._begun(name), here)])

    def _remove(self, place: int) -> None:
        here = self._now()
        if len(here) == 1:
            self.complain("One rule at least is shown.")
            return
        self._take([*here[:place], *here[place + 1 :]])

    def _take(self, rules: list[Chosen]) -> None:
        self.complain("")
        self._show_chips([one.name for one in rules])
        self._follow(tuple(rules), self._steps)

    def _begun(self, name: str) -> Chosen:
        """A rule at a learning rate that shows something: a fifth of the largest stable one, if there is one."""
        usual = chosen_of(name, RULES.get(name))
        if usual.learning_rate is None or name in ("newton", "gauss_newton", "adadelta"):
            return usual
        bounded = RULES.get(name).stability() is not None and self._stable is not None
        rate = float(f"{0.2 * self._stable:.2g}") if bounded and self._stable is not None else _LIVELY
        return usual._replace(learning_rate=rate)

    def _count(self, value: Any) -> None:
        if not isinstance(value, int | float) or not 1 <= value <= MOST_STEPS or value != int(value):
            self.complain(f"steps must be a whole number from 1 to {MOST_STEPS:,}.")
            return
        self.complain("")
        self._steps = int(value)
        self._follow(tuple(self._now()), self._steps)

    def _data(self, case: Case) -> None:
        rows = [[*p, *t] for p, t in zip(case.P.tolist(), case.T.tolist(), strict=True)]
        text = "\n".join(", ".join(f"{x:g}" for x in row) for row in rows)
        field = ui.textarea("data: p1, p2, t in each line", value=text).props(
            'outlined dense autogrow aria-label="data"'
        )

        def use() -> None:
            try:
                data = rows_of(str(field.value or ""))
            except ThalwegError as error:
                self.complain(str(error))
                return
            self._choose(data=data)

        with ui.row().classes("gap-2"):
            ui.button("Use these data", on_click=use).props("no-caps outline dense padding=xs")
            if case.state.data:
                ui.button("NND's data", on_click=lambda: self._choose(data=())).props("no-caps flat dense padding=xs")


def unlike(one: Chosen, others: Sequence[Chosen]) -> Chosen:
    """A rule that is none of others: with another momentum, if it has one, or else with a smaller rate.

    >>> unlike(Chosen("momentum", 0.1, 0.9), [Chosen("momentum", 0.1, 0.9)])
    Chosen(name='momentum', learning_rate=0.1, momentum=0.5)
    >>> unlike(Chosen("gd", 0.1), [Chosen("gd", 0.1), Chosen("gd", 0.05)])
    Chosen(name='gd', learning_rate=0.025, momentum=None)
    """
    if one in others and one.momentum is not None:
        other = [one._replace(momentum=momentum) for momentum in _MOMENTA]
        one = next((another for another in other if another not in others), one)
    while one in others and one.learning_rate:
        one = one._replace(learning_rate=one.learning_rate / 2)
    return one


def _select(
    options: Any, value: Any, label: str, take: Callable[[Any], None], *, with_input: bool = False
) -> ui.select:
    field = ui.select(
        options, value=value, label=label, with_input=with_input, on_change=lambda event: take(event.value)
    )
    return field.props(f'dense outlined options-dense aria-label="{label}"')
