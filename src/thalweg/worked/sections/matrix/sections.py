"""All sections of a worked calculation in matrix form, and what their letters stand for."""

from __future__ import annotations

from ....formulas.expression import Expression
from ..document import Line, Section
from ..writing import Writing
from .backward import backward_sections
from .error import error_sections
from .forward import forward_sections
from .gradient import gradient_sections
from .heading import symbols
from .input_gradient import input_gradient_sections
from .update import update_sections
from .writing import MatrixWriting


def matrix_sections(w: Writing) -> tuple[list[Section], tuple[tuple[Expression, str], ...]]:
    """The sections, and the letters with their meanings; raises ArgumentError for a view of one unit or weight."""
    m = MatrixWriting.of(w)
    sections = [
        *forward_sections(m),
        *error_sections(m),
        *backward_sections(m),
        *input_gradient_sections(m),
        *gradient_sections(m),
        *update_sections(m),
    ]
    lines = [item for section in sections for item in section.items if isinstance(item, Line)]
    return sections, symbols(m, lines)
