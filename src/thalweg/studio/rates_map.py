"""The errors of rates and momenta as a map of buttons, which is a table for who does not see it."""

from __future__ import annotations

import math
from html import escape

from ..learning_rates import RatesGrid
from ..learning_rates.levels import levels_of, scale_of

_SHADES = (
    "#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#bddf26",
    "#fde725",
)  # fmt: skip
"""Viridis, which colour-blind readers read as others do: dark is low."""
_DARK = 7
"""Shades that take white letters."""
_CROSS, _ARROW, _STAR = "×", "↑", "★"
CLICK = """(event) => {
  const cell = event.target.closest('[data-cell]');
  if (!cell) return;
  for (const other of event.currentTarget.querySelectorAll('[data-cell]')) {
    other.setAttribute('aria-pressed', String(other === cell));
    other.tabIndex = other === cell ? 0 : -1;
  }
  emit(cell.dataset.cell);
}"""  # fmt: skip
"""What a click on a cell does in the browser: it tells the cell."""
MOVE = """(event) => {
  const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [1, 0], ArrowDown: [-1, 0] }[event.key];
  const cell = event.target.closest('[data-cell]');
  if (!by || !cell) return;
  event.preventDefault();
  const [row, column] = cell.dataset.cell.split(',').map(Number);
  const next = event.currentTarget.querySelector(`[data-cell="${row + by[0]},${column + by[1]}"]`);
  if (next) { cell.tabIndex = -1; next.tabIndex = 0; next.focus(); }
}"""
"""What an arrow key does there: it goes to the next cell."""


def map_html(grid: RatesGrid, cell: tuple[int, int] | None = None) -> str:
    """The map, the highest momentum first; `cell` is the one that is looked at.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 8)[:, None]
    >>> grid = tw.rates_grid(tw.mlp(1, 2, 1), P, P**2, learning_rates=[0.1, 1e30], momenta=[0.5], epochs=2)
    >>> html = map_html(grid)
    >>> html.count("data-cell="), "diverged" in html
    (2, True)
    """
    levels = levels_of(grid, len(_SHADES))
    rows, columns = grid.errors.shape
    looked_at = cell or grid.best or (0, 0)
    heads = "".join(f'<th scope="col"><span>{rate:.3g}</span></th>' for rate in grid.learning_rates)
    body = []
    for row in range(rows - 1, -1, -1):
        named = "" if grid.momenta is None else f"{grid.momenta[row]:g}"
        cells = [_cell(grid, levels[row][column], row, column, cell, looked_at) for column in range(columns)]
        body.append(f'<tr><th scope="row">{named}</th>{"".join(cells)}</tr>')
    corner = "" if grid.momenta is None else "momentum"
    return (
        f'<div class="rates-scroll"><table class="rates-map" aria-label="{escape(grid.watched)} by learning rate and '
        f'momentum"><thead><tr><th class="corner">{corner}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>{_legend(grid)}"
    )


def told_of(grid: RatesGrid, row: int, column: int) -> str:
    """A cell in words.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 8)[:, None]
    >>> grid = tw.rates_grid(tw.mlp(1, 2, 1), P, P**2, learning_rates=[0.1, 1e30], momenta=[0.5], epochs=2)
    >>> told_of(grid, 0, 1)
    'learning rate 1e+30, momentum 0.5: diverged'
    """
    with_momentum = "" if grid.momenta is None else f", momentum {grid.momenta[row]:g}"
    begun = f"learning rate {grid.learning_rates[column]:.3g}{with_momentum}"
    if grid.diverged[row, column]:
        return f"{begun}: diverged"
    ended = f"{begun}: {grid.watched} {grid.errors[row, column]:.4g} in epoch {grid.epochs[row, column]}"
    return ended + (", bounced" if grid.bounced[row, column] else "")


def _cell(
    grid: RatesGrid,
    level: int | None,
    row: int,
    column: int,
    chosen: tuple[int, int] | None,
    looked_at: tuple[int, int],
) -> str:
    error = grid.errors[row, column]
    best = grid.best == (row, column)
    classes = ["diverged" if level is None else "bounced" if grid.bounced[row, column] and not best else ""]
    classes += ["best"] if best else []
    if grid.stable_rate is not None:
        rates, bound = grid.learning_rates, grid.stable_rate[row]
        classes += ["beyond"] if rates[column] > bound and (column == 0 or rates[column - 1] <= bound) else []
    ink = "" if level is None else f"--shade:{_SHADES[level]};--on-it:{'#fff' if level < _DARK else '#000'}"
    mark = _CROSS if level is None else _STAR if best else _ARROW if "bounced" in classes else ""
    number = "" if level is None else _short(error)
    told = escape(told_of(grid, row, column) + (", recommended" if best else ""))
    pressed = "true" if chosen == (row, column) else "false"
    focus = 0 if (row, column) == looked_at else -1
    return (
        f'<td class="{" ".join(filter(None, classes))}"><button type="button" data-cell="{row},{column}" style="{ink}" '
        f'aria-label="{told}" title="{told}" aria-pressed="{pressed}" tabindex="{focus}">{mark}'
        f"<span>{number}</span></button></td>"
    )


def _short(error: float) -> str:
    """An error in so few letters that a cell holds them.

    >>> [_short(one) for one in (0.693, 0.0884, 0.00017, 7.84e-12, 12.34, 51234.0)]
    ['0.69', '0.09', '2e-4', '8e-12', '12', '5e4']
    """
    if error == 0:
        return "0"
    if 0.01 <= error < 99.5:
        return f"{error:.2f}" if error < 1 else f"{error:.2g}"
    return f"{error:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def _legend(grid: RatesGrid) -> str:
    low, top = scale_of(grid)
    ramp = f"linear-gradient(90deg, {', '.join(_SHADES)})"
    told = []
    if math.isfinite(low):
        told.append(f'<span>{low:.3g} or less <i class="ramp" style="background:{ramp}"></i> {top:.3g} or more</span>')
    told += [f"<span>{_CROSS} diverged</span>"] if grid.diverged.any() else []
    told += [f"<span>{_ARROW} bounced: its training loss doubled on the way</span>"] if grid.bounced.any() else []
    told += [f"<span>{_STAR} recommended</span>"] if grid.best is not None else []
    if grid.stable_rate is not None:
        told.append('<span><i class="bound"></i> largest stable rate at the start</span>')
    return f'<div class="rates-legend">{escape(grid.watched)}: {"".join(told)}</div>'
