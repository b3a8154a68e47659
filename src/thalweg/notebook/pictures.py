"""Small pictures as SVG: curves over epochs, and grids of numbers as shades."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .pieces import BLUE, COLOURS, RULE, text

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 420, 130, 64, 8, 20
_MOST_POINTS = 160
_SHADES = 8
_MOST_CELLS = 28
_CELL = 9
_FEW_ROWS = 8


def curves(lines: Mapping[str, Sequence[float]], first: float = 1, last: float | None = None, across: str = "epoch",
           marks: Mapping[str, float] | None = None) -> str:  # fmt: skip
    """Curves of equally many numbers each, from `first` to `last`; non-finite numbers are left out.

    The scale is logarithmic where all are positive and span two decades; `marks` are places along with their names.
    """
    count = max(map(len, lines.values()), default=0)
    last = first + count - 1 if last is None else last
    numbers = [value for values in lines.values() for value in values if math.isfinite(value)]
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    logarithmic = low > 0 and high > 100 * low

    def down(value: float) -> float:
        at, lowest, highest = (math.log(v) if logarithmic else v for v in (value, low, high))
        share = 0.5 if highest == lowest else (at - lowest) / (highest - lowest)
        return _TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM)

    def along(share: float) -> float:
        return _LEFT + share * (_WIDTH - _LEFT - 8)

    floor = _HEIGHT - _BOTTOM
    parts = [f'<path d="M{_LEFT} {_TOP}V{floor}H{_WIDTH - 8}" fill="none" stroke="{RULE}"/>']
    for value in {low, high}:
        parts.append(f'<text x="{_LEFT - 6}" y="{down(value) + 4:.0f}" text-anchor="end">{value:.3g}</text>')
    parts.append(f'<text x="{_LEFT}" y="{_HEIGHT - 5}">{_place(first)}</text>')
    parts.append(f'<text x="{_WIDTH - 8}" y="{_HEIGHT - 5}" text-anchor="end">{text(across)} {_place(last)}</text>')
    for name, place in (marks or {}).items():
        x = along((place - first) / (last - first) if last > first else 0.5)
        anchor = "end" if x > _WIDTH / 2 else "start"
        parts.append(f'<path d="M{x:.1f} {_TOP}V{floor}" stroke="currentColor" opacity=".6" stroke-dasharray="2 3"/>')
        parts.append(f'<text x="{x + (-4 if anchor == "end" else 4):.1f}" y="{_TOP + 10}" '
                     f'text-anchor="{anchor}">{text(name)}</text>')  # fmt: skip
    names = []
    for number, (name, values) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        at = [(along(i / (count - 1) if count > 1 else 0.5), down(v)) for i, v in _few(values)]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        dash = ' stroke-dasharray="5 2"' if number % 2 else ""
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>')
        if len(at) == 1:
            parts.append(f'<circle cx="{at[0][0]:.1f}" cy="{at[0][1]:.1f}" r="2.5" fill="{colour}"/>')
        left = 90 * number + _LEFT
        names.append(f'<path d="M{left} {_HEIGHT + 10}h18" stroke="{colour}" stroke-width="2"{dash}/>'
                     f'<text x="{left + 23}" y="{_HEIGHT + 14}">{text(name)}</text>')  # fmt: skip
    told = ", ".join(
        f"{name} from {values[0]:.4g} to {values[-1]:.4g}" for name, values in lines.items() if len(values)
    )
    return picture(_WIDTH, _HEIGHT + 20, told, [*parts, *names])


def loss_curves(history: Mapping[str, Any], kept_epoch: int | None) -> str:
    """The losses of a run by the epoch, and the epoch whose parameters are kept; nothing of a run without epochs."""
    losses, judged = (history.get(name) for name in ("loss", "validation_loss"))
    lines = {"training": losses, "validation": judged}
    given = {name: [float(value) for value in values] for name, values in lines.items() if values is not None}
    if not given.get("training"):
        return ""
    return curves(given, marks={"kept": kept_epoch} if kept_epoch else None)


def _place(value: float) -> str:
    """A place along the axis: an epoch in full, another number to three digits."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def _few(values: Sequence[float]) -> list[tuple[int, float]]:
    """The finite numbers and their places, or of many the extremes of each stretch."""
    finite = [(i, float(value)) for i, value in enumerate(values) if math.isfinite(value)]
    if len(finite) <= _MOST_POINTS:
        return finite
    size = 2 * len(finite) / _MOST_POINTS
    kept = {0, len(finite) - 1}
    for k in range(_MOST_POINTS // 2):
        stretch = range(int(k * size), min(int((k + 1) * size), len(finite)))
        kept |= {min(stretch, key=lambda i: finite[i][1]), max(stretch, key=lambda i: finite[i][1])}
    return [finite[i] for i in sorted(kept)]


def shades(
    grid: Sequence[Sequence[float]],
    across: str,
    down: str,
    ranges: tuple[tuple[float, float], tuple[float, float]],
    mark: tuple[float, float] | None = None,
    wide: int = 1,
) -> str:
    """A grid of numbers, its first row at the bottom: the lower a number, the darker or brighter its cell.

    Cells without a finite number stay empty. Of a large grid some rows and columns are shown. `ranges` are those of the
    columns and of the rows, `mark` a place in shares of them, and `wide` makes cells wider than high.
    """
    rows = [list(row) for row in _some(grid)]
    rows = [_some(row) for row in rows]
    ranked = sorted({value for row in rows for value in row if math.isfinite(value)})
    shade = {
        value: 1 + (_SHADES - 1) * (len(ranked) - 1 - k) // max(1, len(ranked) - 1) for k, value in enumerate(ranked)
    }
    high = _CELL if len(rows) > _FEW_ROWS else 2 * _CELL
    width, height = _CELL * wide * len(rows[0]), high * len(rows)
    paths: dict[int, list[str]] = {}
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value in shade:
                cell = f"M{j * _CELL * wide} {height - (i + 1) * high}h{_CELL * wide}v{high}h-{_CELL * wide}z"
                paths.setdefault(shade[value], []).append(cell)
    left = 80
    parts = [f'<g transform="translate({left},4)"><path d="M0 0H{width}V{height}H0z" fill="none" stroke="{RULE}"/>']
    parts += [
        f'<path d="{"".join(cells)}" fill="{BLUE}" fill-opacity="{k / _SHADES:.3g}"/>' for k, cells in paths.items()
    ]
    if mark is not None:
        x, y = mark[0] * width, (1 - mark[1]) * height
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="none" stroke="currentColor" stroke-width="2"/>')
    (left_end, right_end), (bottom, top) = ranges
    parts += [
        f'<text x="-6" y="{height}" text-anchor="end">{bottom:.3g}</text>',
        f'<text x="-6" y="10" text-anchor="end">{top:.3g}</text>',
        f'<text x="-6" y="{height / 2 + 6:.0f}" text-anchor="end">{short(down, 13)}</text>',
        f'<text x="0" y="{height + 14}">{left_end:.3g}</text>',
        f'<text x="{width}" y="{height + 14}" text-anchor="end">{right_end:.3g}</text>',
        f'<text x="{width / 2:.0f}" y="{height + 28}" text-anchor="middle">{short(across, 30)}</text></g>',
    ]
    return picture(left + max(width, 150) + 10, height + 38, f"{down} by {across}", parts)


def _some(values: Sequence[float] | Sequence[Sequence[float]]) -> list:
    """All of the values, or some of many, spread over them."""
    count = min(len(values), _MOST_CELLS)
    return [values[round(k * (len(values) - 1) / max(1, count - 1))] for k in range(count)]


def short(name: str, most: int) -> str:
    """A name, escaped, its end left out if it is longer."""
    return text(name if len(name) <= most else f"{name[: most - 1]}…")


def picture(width: float, height: float, told: str, parts: Sequence[str]) -> str:
    """An SVG of parts, with words for those who do not see it."""
    head = f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" aria-label="{text(told)}">'
    return f"{head}{''.join(parts)}</svg>"
