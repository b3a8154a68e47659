"""How the gradient of a whole array may look wrong: transposed, its entries elsewhere, rows by factors of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .entries import Block
from .findings import Finding
from .patterns import Region, any_factor, known_factor


@dataclass(frozen=True)
class Sheet:
    """One array of a gradient, whole, and which of its entries a region has looked at."""

    block: Block
    given: np.ndarray
    """All entries of the gradient to be judged, in the block's shape."""
    checked: np.ndarray
    """The places, in the block's own vector, of the region's entries."""
    region: Region

    @property
    def whole(self) -> bool:
        """Whether every entry has been looked at."""
        return len(self.checked) == self.block.size

    def mends(self, given: np.ndarray) -> bool:
        """Whether the gradient would have been right, had it been `given`."""
        region = self.rearranged(given)
        return region.agrees(region.right) and region.off <= 0.05 * self.region.off

    def rearranged(self, given: np.ndarray) -> Region:
        """The region, had the gradient been `given` (in the block's shape)."""
        return replace(self.region, given=given.reshape(-1)[self.checked])

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Values of the region's entries in the block's shape; only for a sheet that is whole."""
        found = np.empty(self.block.size)
        found[self.checked] = values
        return found.reshape(self.block.shape)


def transposed(sheet: Sheet) -> Finding | None:
    """The transposed matrix, as it stands or laid out column by column, perhaps by a factor too."""
    shape = sheet.block.shape
    if len(shape) != 2 or min(shape) < 2 or sheet.region.telling.sum() < 3:
        return None
    given = sheet.given
    candidates = [given.T] if shape[0] == shape[1] else []
    candidates += [given.reshape(shape[::-1]).T, given.reshape(-1, order="F").reshape(shape)]
    for candidate in candidates:
        region = sheet.rearranged(candidate)
        if np.array_equal(region.given, sheet.region.given):
            continue
        how = (
            "transposed"
            if shape[0] == shape[1]
            else f"transposed: filled as the {shape[1]} × {shape[0]} matrix would be"
        )
        if sheet.mends(candidate):
            return sheet.region.finding("transposed", how)
        more = known_factor(region) or any_factor(region)
        if more is not None:
            return sheet.region.finding("transposed", f"{how}; and {more.text}", more.number)
    return None


def rearranged(sheet: Sheet) -> Finding | None:
    """The right numbers in the wrong places."""
    region = sheet.region
    if not sheet.whole or region.independent < 2:
        return None
    order_given, order_right = np.argsort(region.given), np.argsort(region.right)
    placed = np.empty_like(region.right)
    placed[order_given] = region.right[order_right]
    loosest = replace(region, uncertainty=np.full_like(region.uncertainty, region.uncertainty.max()))
    if not loosest.explains(placed):  # which right one a given one is, is told by its value
        return None
    return region.finding("rearranged", f"the right numbers in the wrong places: {_how(sheet)}")


def by_row_or_column(sheet: Sheet) -> Finding | None:
    """Each row, or each column, by a factor of its own.

    Only where these point in more than one direction: else each is a multiple of each other one, and the factors
    explain no more numbers than they are.
    """
    for axis, what in ((1, "row"), (0, "column")):
        factors = line_factors(sheet, axis)
        if factors is None or _parallel(sheet, axis):
            continue
        if what == "row":
            return by_unit(sheet.region.where, factors, what)
        text = f"each column by a factor of its own ({_told(factors)}): something that belongs to the source is wrong"
        return sheet.region.finding("by_column", text)
    return None


def line_factors(sheet: Sheet, axis: int) -> np.ndarray | None:
    """The factors of a matrix's rows (axis 1) or columns (axis 0) that make the right ones the given; None if none do.

    Factors that are all nearly the same are no lines' own.
    """
    if not sheet.whole or len(sheet.block.shape) != 2 or min(sheet.block.shape) < 2:
        return None
    given, right = sheet.spread(sheet.region.given), sheet.spread(sheet.region.right)
    telling = sheet.spread(sheet.region.telling.astype(np.float64)) > 0
    if not (telling.sum(axis=axis) >= 2).all():
        return None
    factors = (given * right).sum(axis=axis, keepdims=True) / (right * right).sum(axis=axis, keepdims=True)
    spread = np.broadcast_to(factors, given.shape).reshape(-1)[sheet.checked]
    if np.ptp(factors) <= 1e-3 or not sheet.region.explains(spread * sheet.region.right, spread):
        return None
    return factors.reshape(-1)


def by_unit(where: tuple[str, ...], factors: np.ndarray, line: str) -> Finding:
    """The finding that each unit, a row or a column of the weights, has a factor of its own."""
    return Finding(
        "by_row", where, f"each unit ({line}) by a factor of its own ({_told(factors)}){_unit_hint(factors)}"
    )


def _told(factors: np.ndarray) -> str:
    return ", ".join(f"{factor:.4g}" for factor in factors[:5]) + (", ..." if factors.size > 5 else "")


def _parallel(sheet: Sheet, axis: int) -> bool:
    """Whether the rows (columns) of both gradients are multiples of one vector."""
    lines = np.concatenate([sheet.spread(values) for values in (sheet.region.given, sheet.region.right)], axis=1 - axis)
    lines = lines if axis == 1 else lines.T
    lines = lines / np.linalg.norm(lines, axis=1, keepdims=True)
    sizes = np.linalg.svd(lines, compute_uv=False)
    return bool(sizes[1] <= 1e-3 * sizes[0])


def softmax_diagonal(sheet: Sheet) -> Finding | None:
    """∂F/∂n with n = x the net inputs of a softmax, by the diagonal a (1 - a) of its Jacobian alone.

    With v = ∂F/∂a the right one is g = a (v - Σ a v), which adds up to 0, and the diagonal's is s = a (1 - a) v; so
    s / (a (1 - a)) - g / a is the same Σ a v for all outputs of an example.
    """
    shape = sheet.block.shape
    if not sheet.whole or not shape or shape[-1] < 2 or sheet.region.telling.sum() < 2:
        return None
    region = sheet.region
    n, g, s, u = (
        sheet.spread(values).reshape(-1, shape[-1])
        for values in (region.x, region.right, region.given, region.uncertainty)
    )
    if not (np.abs(g.sum(axis=1)) <= u.sum(axis=1) + 1e-12 * np.abs(g).sum(axis=1)).all():
        return None
    a = np.exp(n - n.max(axis=1, keepdims=True))
    a = a / a.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        mean = (s / (a * (1.0 - a)) - g / a).mean(axis=1, keepdims=True)
        model = a * (1.0 - a) * (g / a + mean)
    if shape[-1] * len(n) < 3 or not np.isfinite(model).all():
        return None
    if not region.explains(model.reshape(-1)[sheet.checked], 1.0):
        return None
    return region.finding("softmax_diagonal", f"only the diagonal a (1 - a) of softmax's Jacobian: {_SOFTMAX}")


def softmax_one_row(sheet: Sheet) -> Finding | None:
    """The weights or bias of a softmax layer with cross-entropy, one example, by the diagonal alone.

    Then only the target's unit learns: its row is right, the others are 0, where the right columns add up to 0.
    """
    if not sheet.whole or not sheet.block.shape or sheet.block.shape[0] < 3:
        return None
    shape = (sheet.block.shape[0], -1)
    g, s, u = (
        sheet.spread(values).reshape(shape)
        for values in (sheet.region.right, sheet.region.given, sheet.region.uncertainty)
    )
    rows = np.flatnonzero(s.any(axis=1))
    if len(rows) != 1 or not (np.abs(g.sum(axis=0)) <= u.sum(axis=0) + 1e-12 * np.abs(g).sum(axis=0)).all():
        return None
    near = 1e-5 * np.abs(g[rows]) + u[rows]
    if not (np.abs(s[rows] - g[rows]) <= near).all() or not (np.abs(g) > 1e3 * u).any(axis=1).all():
        return None
    text = f"0 but for unit {rows[0]}, as by the diagonal a (1 - a) of softmax's Jacobian alone: {_SOFTMAX}"
    return sheet.region.finding("softmax_diagonal", text)


_SOFTMAX = "∂a_i/∂n_j is -a_i a_j for i ≠ j"

ARRANGEMENTS: tuple[Callable[[Sheet], Finding | None], ...] = (transposed, rearranged, by_row_or_column)
JACOBIANS: tuple[Callable[[Sheet], Finding | None], ...] = (softmax_diagonal, softmax_one_row)
"""What may look like entries left out, and so comes first."""


def transposed_runs(name: str, given: np.ndarray, region: Region, wrong: np.ndarray) -> tuple[Finding, ...]:
    """The stretches of a flat vector that are matrices laid out by columns where x has them by rows.

    The first entry of a matrix is also the first of its transposed one; so a stretch begins before a wrong entry.
    Empty unless such stretches explain all that is wrong.
    """
    findings: list[Finding] = []
    left = wrong.copy()
    while left.any():
        first = int(np.argmax(left)) - 1
        stretch = _matrix_at(first, region) if first >= 0 else None
        if stretch is None:
            return ()
        rows, columns = stretch
        stop = first + rows * columns
        text = f"transposed: the {rows} × {columns} matrix that begins at {name}[{first}] is laid out by columns"
        findings.append(Finding("transposed", (f"{name}[{first}] to {name}[{stop - 1}]",), text))
        left[first:stop] = False
    return tuple(findings)


def _matrix_at(first: int, region: Region) -> tuple[int, int] | None:
    """Rows and columns of the smallest matrix that begins there and is transposed in the given vector."""
    for size in range(4, len(region.given) - first + 1):
        part = slice(first, first + size)
        stretch = replace(
            region,
            given=region.given[part],
            right=region.right[part],
            uncertainty=region.uncertainty[part],
            x=region.x[part],
        )
        if stretch.agrees(stretch.right):
            continue
        for rows in range(2, size // 2 + 1):
            if size % rows == 0:
                columns = size // rows
                candidate = replace(stretch, given=stretch.given.reshape(columns, rows).T.reshape(-1))
                if candidate.agrees(candidate.right) and candidate.off <= 0.05 * stretch.off:
                    return rows, columns
    return None


def _how(sheet: Sheet) -> str:
    """How entries were moved, if in a way that has a name: whole rows or columns before single entries."""
    region, shape = sheet.region, sheet.block.shape
    given, right = sheet.spread(region.given), sheet.spread(region.right)
    flat_given, flat_right = given.reshape(-1), right.reshape(-1)

    if len(shape) == 2:
        for axis, what in ((0, "row"), (1, "column")):
            order = _order(given, right, axis)
            if order is not None and sheet.mends(np.take(given, order, axis=axis)):
                return lines_moved(what, np.argsort(order))
    moved = np.flatnonzero(~np.isclose(flat_given, flat_right, rtol=1e-5, atol=0.0))
    if len(moved) == 2:
        a, b = (sheet.block.name_of(int(i)) for i in moved)
        return f"{a} and {b} are exchanged"
    if sheet.mends(flat_given[::-1]):
        return "in reverse order"
    for by in range(1, min(flat_given.size, 50)):
        if sheet.mends(np.roll(flat_given, -by)):
            return f"moved by {by} to the right, the last at the front"
    return f"{len(moved)} entries of {flat_given.size}"


def lines_moved(what: str, held: np.ndarray) -> str:
    """How rows or columns were moved, of which one stands at each place.

    >>> lines_moved("row", np.array([1, 0])), lines_moved("column", np.array([2, 0, 1]))
    ('rows 0 and 1 are exchanged', 'the columns are moved by 1 to the right, the last at the front')
    """
    moved = np.flatnonzero(held != np.arange(len(held)))
    if len(moved) == 2:
        return f"{what}s {moved[0]} and {moved[1]} are exchanged"
    if np.array_equal(held, np.arange(len(held))[::-1]):
        return f"the {what}s stand in reverse order"
    by = int(np.flatnonzero(held == 0)[0])
    if np.array_equal(held, np.roll(np.arange(len(held)), by)):
        down, up = ("down", "up") if what == "row" else ("to the right", "to the left")
        how = (
            f"{by} {down}, the last at the front"
            if 2 * by <= len(held)
            else f"{len(held) - by} {up}, the first at the end"
        )
        return f"the {what}s are moved by {how}"
    return f"the {what}s stand in the order {', '.join(map(str, held[:6]))}" + (", ..." if len(held) > 6 else "")


def _order(given: np.ndarray, right: np.ndarray, axis: int) -> np.ndarray | None:
    """For each right row (column), which of the given ones is nearest; None unless each is some one's."""
    given, right = (given, right) if axis == 0 else (given.T, right.T)
    order = np.array([int(np.argmin(np.abs(given - row).sum(axis=1))) for row in right])
    return order if len(np.unique(order)) == len(order) else None


def _unit_hint(factors: np.ndarray) -> str:
    """What a factor for each unit may come from."""
    if (factors >= 4.0 - 1e-9).all():
        return ": as if the derivative of its activation were left out (1 / (a (1 - a)) is at least 4)"
    if (factors >= 1.0 - 1e-9).all():
        return ": as if the derivative of its activation were left out, or that of another one taken"
    if ((factors > 0) & (factors <= 1.0 + 1e-9)).all():
        return ": as if the derivative of its activation were taken twice, or that of another one"
    return ": something that belongs to the unit is wrong"
