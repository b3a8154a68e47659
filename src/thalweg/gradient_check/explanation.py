"""From a gradient beside the right one to sentences: which arrays are wrong, and how each looks wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .arrangements import ARRANGEMENTS, JACOBIANS, Sheet, by_unit, line_factors, transposed_runs
from .entries import Block
from .findings import Finding, counted, listed
from .patterns import Region, pointwise


@dataclass(frozen=True)
class Evidence:
    """A gradient beside the right one.

    `given` is whole, in the order of the blocks; all else belongs to the entries that were looked at, `checked` saying
    where they stand. `wrong` are those that differ, `unknown` those that cannot be judged: kinks, absent ones.
    """

    blocks: Sequence[Block]
    given: np.ndarray
    checked: np.ndarray
    right: np.ndarray
    uncertainty: np.ndarray
    x: np.ndarray
    wrong: np.ndarray
    unknown: np.ndarray
    grain: np.ndarray
    examples: int | None = None
    by_differences: Finding | None = None
    """That all wrong entries are differences of F themselves."""

    def some(self, names: Sequence[str]) -> Evidence:
        """That of some arrays alone."""
        blocks = [block for block in self.blocks if block.name in names]
        inside = [np.flatnonzero((self.checked >= one.start) & (self.checked < one.start + one.size)) for one in blocks]
        wrong = np.zeros_like(self.wrong)
        for who in inside:
            wrong[who] = self.wrong[who]
        return replace(self, blocks=blocks, wrong=wrong, by_differences=None)

    def region(self, name: tuple[str, ...], who: np.ndarray) -> Region:
        """Some of the checked entries."""
        return Region(
            name,
            self.given[self.checked[who]],
            self.right[who],
            self.uncertainty[who],
            self.x[who],
            float(self.grain[who].max(initial=0.0)),
            self.examples,
        )

    def of(self, block: Block) -> np.ndarray:
        """The numbers of the checked entries of a block that can be judged."""
        inside = (self.checked >= block.start) & (self.checked < block.start + block.size)
        return np.flatnonzero(inside & ~self.unknown)

    def sheet(self, block: Block) -> Sheet:
        """The whole array of a block."""
        who = self.of(block)
        given = self.given[block.part].reshape(block.shape)
        return Sheet(block, given, self.checked[who] - block.start, self.region((block.name,), who))


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """What is wrong, the simplest words first: one pattern for all, then for each array, then for the wrong entries.

    Empty for a gradient without wrong entries.
    """
    infinite = _not_finite(evidence)
    if infinite or not evidence.wrong.any():
        return infinite
    wrong_blocks = [block for block in evidence.blocks if evidence.wrong[evidence.of(block)].any()]
    if evidence.by_differences is not None:
        return (replace(evidence.by_differences, where=tuple(block.name for block in wrong_blocks)),)
    if len(wrong_blocks) > 1:
        together = _together(evidence, wrong_blocks)
        if together is not None:
            return (together,)
    findings: list[Finding] = []
    for block in wrong_blocks:
        findings += _of_block(evidence, block)
    named = {block.name: block for block in wrong_blocks}
    found = _carried_over(evidence, named, _by_units(evidence, named, findings))
    return merged([_without_hint(one, evidence, named) for one in found])


def _without_hint(found: Finding, evidence: Evidence, wrong: dict[str, Block]) -> Finding:
    """A factor for each unit without a word on error terms where a bias of as many units is right, their sum."""
    rows = {wrong[name].shape[0] for name in found.where if name in wrong}
    right = {block.size for block in evidence.blocks if block.is_bias and block.name not in wrong}
    if found.kind != "by_row" or not rows <= right:
        return found
    return replace(found, text=found.text.partition("): ")[0] + ")")


def _together(evidence: Evidence, blocks: list[Block]) -> Finding | None:
    """One pattern for all entries of the wrong blocks, or for all wrong entries."""
    names = tuple(block.name for block in blocks)
    everywhere = np.concatenate([evidence.of(block) for block in blocks])
    found = pointwise(evidence.region(names, everywhere))
    return found if found is None else _as_bias(found, blocks)


def _of_block(evidence: Evidence, block: Block) -> tuple[Finding, ...]:
    """What is wrong with one array."""
    who = evidence.of(block)
    region = evidence.region((block.name,), who)
    wrong = evidence.wrong[who]
    sheet = evidence.sheet(block)
    found = pointwise(region) or _first(JACOBIANS, sheet)
    if found is not None:
        return (_as_bias(found, [block]),)
    part = _of_part(evidence, block, who, wrong)
    if part:
        return part
    if len(block.shape) == 1 and sheet.whole and wrong.sum() > 2:
        runs = transposed_runs(block.name, evidence.given[block.part], region, wrong)
        if runs:
            return runs
    found = _nearly(region) or _first(ARRANGEMENTS, sheet) or _exchanged(evidence, block, region)
    return (found or _no_pattern(evidence, block, who, wrong),)


def _first(patterns: Sequence[Callable[[Sheet], Finding | None]], sheet: Sheet) -> Finding | None:
    """What the first pattern says that explains a sheet."""
    return next(filter(None, (pattern(sheet) for pattern in patterns)), None)


def _of_part(evidence: Evidence, block: Block, who: np.ndarray, wrong: np.ndarray) -> tuple[Finding, ...]:
    """Patterns of the wrong entries alone, the others being right: together, or for each stretch of a vector."""
    if wrong.all():
        return ()
    places = evidence.checked[who[wrong]] - block.start
    found = pointwise(evidence.region((told_places(block, places),), who[wrong]))
    if found is not None:
        return (found,)
    if len(block.shape) != 1:
        return ()
    findings: list[Finding] = []
    for stretch in np.split(np.flatnonzero(wrong), np.flatnonzero(np.diff(np.flatnonzero(wrong)) > 1) + 1):
        found = pointwise(
            evidence.region((told_places(block, evidence.checked[who[stretch]] - block.start),), who[stretch])
        )
        if found is None:
            return ()
        findings.append(found)
    return tuple(findings)


def _exchanged(evidence: Evidence, block: Block, region: Region) -> Finding | None:
    """The gradient of another array of the same shape."""
    if region.telling.sum() < 2:
        return None
    for other in evidence.blocks:
        who = evidence.of(other)
        if other is block or other.shape != block.shape or len(who) != len(region.right):
            continue
        beside = replace(region, right=evidence.right[who], uncertainty=evidence.uncertainty[who])
        if beside.agrees(beside.right) and beside.off <= 0.05 * region.off:
            return region.finding("exchanged", f"the gradient of {other.name} stands in its place")
    return None


def _by_units(evidence: Evidence, named: dict[str, Block], findings: list[Finding]) -> list[Finding]:
    """A matrix of parallel lines, as of one example, and the bias of its units: by the same factors, unit by unit.

    The matrix alone would be explained by any numbers; it takes the bias to bear them out.
    """
    found = list(findings)
    none = {one.where[0]: place for place, one in enumerate(findings) if one.kind == "none" and one.where[0] in named}
    for name, place in none.items():
        for axis, line in ((1, "row"), (0, "column")):
            factors = line_factors(evidence.sheet(named[name]), axis)
            for other, beside in none.items():
                region = evidence.region((other,), evidence.of(named[other]))
                if other == name or factors is None or region.right.shape != factors.shape:
                    continue
                if region.explains(factors * region.right, factors):
                    found[place], found[beside] = (by_unit((one,), factors, line) for one in (name, other))
    return found


def _carried_over(evidence: Evidence, named: dict[str, Block], findings: list[Finding]) -> list[Finding]:
    """An array too small for a pattern of its own, such as a bias, takes the one of another if that explains it."""
    known = [found for found in findings if found.kind in ("factor", "by_row") and found.where[0] in named]
    found = list(findings)
    for place, one in enumerate(findings):
        block = named.get(one.where[0])
        if one.kind != "none" or block is None:
            continue
        region = evidence.region(one.where, evidence.of(block))
        for other in known:
            factor = other.number if other.kind == "factor" else line_factors(evidence.sheet(named[other.where[0]]), 1)
            if factor is None or np.size(factor) not in (1, len(region.x)):
                continue
            if region.explains(factor * region.right, factor):
                found[place] = replace(other, where=one.where)
                break
    return found


def _not_finite(evidence: Evidence) -> tuple[Finding, ...]:
    """The entries of the whole gradient that are NaN or infinite."""
    findings = []
    for block in evidence.blocks:
        part = evidence.given[block.part]
        inside = evidence.of(block)
        bad = np.flatnonzero(~np.isfinite(part))
        if len(bad) == 0 or len(inside) == 0:
            continue
        told = listed([f"{block.name_of(int(place))} is {part[place]}" for place in bad[:3]])
        more = f", {len(bad)} of {part.size} entries are not finite" if len(bad) > 3 else ""
        findings.append(Finding("not_finite", (block.name,), told + more))
    return tuple(findings)


def merged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The same finding about several arrays as one."""
    merged: list[Finding] = []
    for found in findings:
        for place, other in enumerate(merged):
            if (other.kind, other.text) == (found.kind, found.text):
                merged[place] = replace(other, where=other.where + found.where)
                break
        else:
            merged.append(found)
    return tuple(merged)


def _as_bias(found: Finding, blocks: Sequence[Block]) -> Finding:
    """A bias that is all 0 is a bias that was forgotten."""
    if found.kind == "zero" and all(block.is_bias for block in blocks):
        return replace(found, kind="bias_missing", text="all 0: the gradient of the bias is missing")
    return found


def told_places(block: Block, places: np.ndarray) -> str:
    """The places of an array in words: rows, columns, stretches, or their names."""
    if len(block.shape) == 2:
        rows, columns = np.unravel_index(places, block.shape)
        for axis, numbers, what in ((1, rows, "row"), (0, columns, "column")):
            lines = np.unique(numbers)
            if len(places) == len(lines) * block.shape[axis] and block.shape[axis] > 1:
                several = "s" if len(lines) > 1 else ""
                return f"{what}{several} {listed([str(line) for line in lines])} of {block.name}"
    if len(block.shape) != 1:
        return listed([block.name_of(int(place)) for place in places], most=4)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    names = []
    for run in runs:
        first, last = (block.name_of(int(place)) for place in (run[0], run[-1]))
        names.append(first if len(run) == 1 else f"{first} to {last}")
    return listed(names, most=4)


def _nearly(region: Region) -> Finding | None:
    """Off by little beside the largest entry."""
    largest, off = (float(np.abs(values).max(initial=0.0)) for values in (region.right, region.given - region.right))
    if off > 1e-3 * largest:
        return None
    share = f"{off / largest:.0e} of the largest entry"
    text = f"nearly right, but off by up to {share}, as by differences or in single precision"
    return region.finding("imprecise", text)


def _no_pattern(evidence: Evidence, block: Block, who: np.ndarray, wrong: np.ndarray) -> Finding:
    """Wrong without a pattern: how many, how far, and the worst one."""
    given, right = evidence.given[evidence.checked[who]], evidence.right[who]
    worst = int(np.argmax(np.abs(given - right) * wrong))
    name = block.name_of(int(evidence.checked[who[worst]] - block.start))
    size = float(np.linalg.norm(given) * np.linalg.norm(right))
    angle = (
        f"; cosine of the angle to the right gradient {given @ right / size:.4f}" if size > 0 and len(who) > 2 else ""
    )
    text = (
        f"no simple pattern: {int(wrong.sum())} of {counted(len(who), 'entry', 'entries')} wrong, most of all {name}, "
        f"which is {given[worst]:.6g} and should be {right[worst]:.6g}{angle}"
    )
    return Finding("none", (block.name,), text)
