"""The rule in use, as its equation for one weight with the numbers of the update that comes next."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from ..core.weight_names import WeightName, name_of
from ..errors import ThalwegError
from ..formulas.write_mathml import MathMLWriter
from ..formulas.writer import rounded
from ..registry import title_of
from ..training.replay import ReplayedUpdate
from ..worked.calculation import WorkedStep
from ..worked.replayed import step_of
from ..worked.sections.document import Line

_DIGITS = 4
_TOLD_IF_SO = ("stalled", "singular", "accelerated")
_SHOWN = ("Weight update", "The rule after the step", "Gradient of the step")


def equation(upcoming: ReplayedUpdate, weight: str | None = None, notation: str = "nnd") -> str:
    """Lines of MathML: each symbol = formula = formula with numbers = value."""
    net = upcoming.program.net
    last = net.output
    weight = weight or name_of(net, WeightName(last.name, 0, list(last.sources or ())[-1], 0))
    told = f"Update {upcoming.number:,} by {title_of(upcoming.rule)}, weight {weight}:"
    return f'<p class="faint">{escape(told)}</p>' + written_update(lambda: step_of(upcoming), weight, notation)


def written_update(
    opened: Callable[[], WorkedStep], weight: str, notation: str = "nnd", *, most: int = 9, examples: int = 1
) -> str:
    """The rule's lines of a weight in a step, the last `most` of them; where the step cannot be opened, why."""
    try:
        document = opened().document(notation, weight=weight, digits=_DIGITS, most_examples=examples)
    except ThalwegError as error:
        return f'<p class="faint">{escape(str(error))}</p>'
    lines = [
        item
        for section in document.sections
        if section.title in _SHOWN
        for item in section.items
        if isinstance(item, Line) and not (item.value == 0 and item.about.get("part") in _TOLD_IF_SO)
    ]
    return "".join(map(_written, lines[-most:]))


def _written(line: Line) -> str:
    writer = MathMLWriter(line.digits or _DIGITS)
    parts = [writer.write(line.symbol), *(writer.write(step) for step in line.steps)]
    if line.value is not None:
        value = MathMLWriter(_DIGITS).number(rounded(line.value, _DIGITS), 0)
        parts = [*parts, f"<mrow class='value'>{value}</mrow>"] if parts[-1] != value else parts
    signs = ["", *["="] * (len(parts) - 2), line.sign][: len(parts)]
    pieces = []
    for sign, part in zip(signs, parts, strict=True):
        start = f'<mo form="infix">{sign}</mo>' if sign else ""
        pieces.append(f"<math><mrow>{start}{part}</mrow></math>")
    return f'<div class="line">{" ".join(pieces)}</div>'
