"""An exercise in a form of output: sheets or key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.kinds import check_count
from ...errors import ArgumentError, unknown
from .sheet import sheet_of

if TYPE_CHECKING:
    from .exercise import Exercise

FORMS = ("markdown", "latex", "html")


def rendered(exercise: Exercise, form: str, *, per_page: int, hints: bool, key: bool) -> str:
    """The sheets of all students, or their keys; raises ArgumentError for an unknown form."""
    if form not in FORMS:
        raise ArgumentError(unknown("form", form, FORMS))
    check_count("per_page", per_page)
    sheets = [sheet_of(exercise, task, hints=hints, key=key) for task in exercise.tasks]
    if form == "markdown":
        from .sheet_markdown import markdown

        return markdown(sheets)
    if form == "latex":
        from .sheet_latex import latex

        return latex(sheets, per_page)
    from .judged_page import page_data
    from .sheet_html import html

    return html(sheets, per_page, data=None if key else page_data(exercise))
