"""From a step to the document of its worked calculation: the sections in their order."""

from __future__ import annotations

from .document import Document, Line
from .sections.backward import backward_sections
from .sections.error import error_sections
from .sections.forward import forward_sections
from .sections.gradient import gradient_sections
from .sections.heading import introduction, name_of_step, symbols
from .sections.update import update_sections
from .sections.view import View
from .sections.writing import Writing
from .step.values import StepValues


def write_document(
    step: StepValues, notation: str, view: View, title: str = "", notes: tuple[str, ...] = ()
) -> Document:
    """The worked calculation of a step in a notation; raises ArgumentError for what the step has not."""
    w = Writing.of(step, notation, view)
    sections = [
        *forward_sections(w),
        *error_sections(w),
        *backward_sections(w),
        *gradient_sections(w),
        *update_sections(w),
    ]
    return Document(
        title=title or name_of_step(step),
        notation=notation,
        text=w.notation.title,
        introduction=introduction(w),
        symbols=symbols(w, (item for section in sections for item in section.items if isinstance(item, Line))),
        sections=tuple(section for section in sections if section.items),
        notes=(*notes, *w.notation.notes(step.network, step.loss, step.rule)),
        digits=view.digits,
        facts={"step": step.number, "error_before": step.value, "error_after": step.value_after},
    )
