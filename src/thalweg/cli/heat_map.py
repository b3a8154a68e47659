"""A grid of learning rates and momenta on a terminal: a heat map in colour that reads without it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from ..learning_rates import RatesGrid

_SHADES = ("#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725")
"""Viridis, which colour-blind readers read as others do."""
_BARS = "▁▂▃▄▅▆▇█"
_CROSS, _ARROW = "×", "↑"


def print_grid(out: Console, grid: RatesGrid) -> None:
    """The errors of a grid, the highest momentum first; in a narrow terminal their bars alone."""
    from rich.table import Table
    from rich.text import Text

    from ..learning_rates.levels import levels_of, scale_of

    levels = levels_of(grid, len(_BARS))
    rates = [f"{rate:.3g}" for rate in grid.learning_rates]
    wide = _width(grid, rates) <= out.width
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("momentum" if grid.momenta is not None else "", justify="right", no_wrap=True)
    for rate in rates:
        table.add_column(rate if wide else Text("\n".join(rate)), justify="right" if wide else "left", no_wrap=wide)
    if grid.stable_rate is not None and wide:
        table.add_column("stable up to", justify="right", no_wrap=True, style="dim")
    for row in range(len(grid.errors) - 1, -1, -1):
        name = "" if grid.momenta is None else f"{grid.momenta[row]:g}"
        cells = [_cell(grid, levels, row, column, wide) for column in range(len(rates))]
        bound = [] if grid.stable_rate is None or not wide else [f"{grid.stable_rate[row]:.3g}"]
        table.add_row(name, *cells, *bound)
    out.print(table, soft_wrap=False)
    low, top = scale_of(grid)
    told = [f"{_BARS[0]} {low:.3g} or less to {_BARS[-1]} {top:.3g} or more" if math.isfinite(low) else ""]
    told += [f"{_CROSS} diverged"] if grid.diverged.any() else []
    told += [f"{_ARROW} bounced (the training loss doubled on its way)"] if grid.bounced.any() else []
    told += ["* recommended"] if grid.best is not None else []
    what = "each learning rate" if grid.momenta is None else "learning rate × momentum"
    out.print(f"{grid.watched} at {what}: {', '.join(filter(None, told))}", style="dim", markup=False)


def _cell(grid: RatesGrid, levels: Any, row: int, column: int, wide: bool) -> Text:
    from rich.text import Text

    star = "*" if grid.best == (row, column) else _ARROW if grid.bounced[row, column] else " "
    level = levels[row][column]
    if level is None:
        return Text(f"{_CROSS}{star}", style="bold red")
    number = f"{grid.errors[row, column]:.3g}" if wide else ""
    if grid.bounced[row, column] and star != "*":
        return Text(f"{_BARS[level]}{number}{star}", style="dim")
    ink = "white" if level < 5 else "black"
    strong = "bold underline " if star == "*" else ""
    return Text(f"{_BARS[level]}{number}{star}", style=f"{strong}{ink} on {_SHADES[level]}")


def _width(grid: RatesGrid, rates: list[str]) -> int:
    """How wide the table with numbers is."""
    cells = [
        max(len(rate), *(len(f"{error:.3g}") + 2 for error in grid.errors[:, column])) + 1
        for column, rate in enumerate(rates)
    ]
    return 9 + sum(cells) + (13 if grid.stable_rate is not None else 0)
