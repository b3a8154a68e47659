"""A gradient laid beside the slopes of F: which entries are right, wrong, at a kink or not to be told, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .differences import Slopes, Values, slopes
from .entries import Block
from .explanation import Evidence, diagnose, merged, told_places
from .findings import Finding, counted
from .returned import Returned, fit_shape, left_out
from .verdict import CheckedPart, GradientCheck, Verdict

TOLERANCE = 1e-6
"""The relative error that is allowed."""
_SINGLE = 1e-12
"""A relative rounding error above this is that of single precision, or coarser."""


class Question(NamedTuple):
    """What a gradient is judged by: F beside x, and the entries to look at."""

    values: Values
    x: np.ndarray
    F: float
    noise: float
    """The size of F's rounding error."""
    blocks: Sequence[Block]
    indices: np.ndarray
    scale: np.ndarray
    """How far each entry of x may be thought to move."""
    tolerance: float = TOLERANCE
    examples: int | None = None

    def slopes(self, which: np.ndarray, thorough: bool = False) -> Slopes:
        """∂F/∂x by differences, of some entries."""
        at = self.values, self.x, which, self.scale[which], self.F, self.noise, self.tolerance
        return slopes(*at, thorough=thorough)


class _Laid(NamedTuple):
    """A gradient in the order of x."""

    given: np.ndarray
    absent: np.ndarray
    grain: np.ndarray
    """Its rounding errors; 0 in double precision, which differences cannot see."""
    findings: tuple[Finding, ...]


def judge(question: Question, returned: Returned, findings: Sequence[Finding] = ()) -> GradientCheck:
    """Lay a gradient beside the slopes of F, and say what is wrong with it; `findings` are what is known already."""
    x, blocks, indices = question.x, question.blocks, question.indices
    found = question.slopes(indices)
    laid = _lay(question, returned, found)
    tolerance = max(question.tolerance, 64.0 * returned.precision if returned.precision > _SINGLE else 0.0)
    absent, grain = laid.absent[indices], laid.grain[indices]
    analytic = np.where(absent, np.nan, laid.given[indices])
    error = _errors(analytic, found, grain, tolerance)
    again = np.flatnonzero((error > 0.1 * tolerance) & np.isfinite(analytic))
    if len(again):
        thorough = question.slopes(indices[again], thorough=True)
        found = Slopes(*(_put(whole, again, part) for whole, part in zip(found, thorough, strict=True)))
        error = _errors(analytic, found, grain, tolerance)
    differs = error > tolerance
    kinks = differs & _between(analytic, found)
    wrong = differs & ~kinks
    size = np.fmax(np.abs(analytic), np.abs(found.derivative))
    typical = float(np.sqrt(np.mean(np.nan_to_num(found.derivative) ** 2)))
    unclear = ~differs & (size != 0) & ~(found.uncertainty <= np.maximum(1e-2 * size, 1e-3 * typical))
    evidence = Evidence(
        blocks,
        laid.given,
        indices,
        found.derivative,
        found.uncertainty,
        x[indices],
        wrong & ~absent,
        kinks | unclear | absent | ~np.isfinite(found.derivative),
        grain,
        question.examples,
    )
    rough = unclear & ~(found.uncertainty * question.scale[indices] <= 1e-4 * abs(question.F))
    verdicts: tuple[Verdict, ...] = tuple(
        "wrong" if w else "kink" if k else "unclear" if u else "right"
        for w, k, u in zip(wrong, kinks, unclear, strict=True)
    )
    return GradientCheck(
        names=tuple(_name(blocks, int(index)) for index in indices),
        analytic=analytic,
        numeric=found.derivative,
        error=error,
        step=found.step,
        uncertainty=found.uncertainty,
        verdicts=verdicts,
        parts=tuple(part_of(block.name, block.size, _inside(indices, block), verdicts, error) for block in blocks),
        findings=(
            *merged([*findings, *returned.findings, *laid.findings]),
            *diagnose(evidence),
            *(_too_rough(question.noise, rough) if not wrong.any() else ()),
        ),
        notes=_notes(len(x), kinks, unclear, found.uncertainty, size, typical, tolerance, returned.precision),
        total=len(x),
        tolerance=tolerance,
    )


def draw(blocks: Sequence[Block], budget: int, seed: int) -> np.ndarray:
    """The entries to check: all up to the budget, else at random from each array in proportion, at least 8 of each.

    >>> draw([Block("W", (4, 5), 0), Block("b", (4,), 20)], 10, seed=0).size
    12
    """
    total = sum(block.size for block in blocks)
    if total <= budget:
        return np.arange(total)
    rng = np.random.default_rng(seed)
    drawn = []
    for block in blocks:
        share = min(block.size, max(8, round(budget * block.size / total)))
        drawn.append(block.start + np.sort(rng.choice(block.size, share, replace=False)))
    return np.concatenate(drawn)


def scales(x: np.ndarray, blocks: Sequence[Block]) -> np.ndarray:
    """How far an entry may be thought to move: its own size, or its array's where it is smaller; 1 where all is 0.

    >>> scales(np.array([3.0, -4.0, 0.0]), [Block("W", (2,), 0), Block("b", (1,), 2)]).round(3)
    array([3.536, 4.   , 2.887])
    """
    everywhere = float(np.sqrt(np.mean(x * x))) or 1.0
    found = np.empty_like(x)
    for block in blocks:
        part = x[block.part]
        typical = float(np.sqrt(np.mean(part * part))) if part.size else 0.0
        found[block.part] = np.maximum(np.abs(part), typical or everywhere)
    return found


def part_of(name: str, total: int, inside: np.ndarray, verdicts: Sequence[Verdict], error: np.ndarray) -> CheckedPart:
    """How the entries at some numbers came out."""
    kinds = [verdicts[k] for k in inside]
    return CheckedPart(
        name,
        total,
        len(kinds),
        wrong=kinds.count("wrong"),
        kinks=kinds.count("kink"),
        unclear=kinds.count("unclear"),
        worst=float(error[inside].max(initial=0.0)),
    )


def _lay(question: Question, returned: Returned, found: Slopes) -> _Laid:
    """The arrays that were returned in the order of x, as far as their shapes allow."""
    given, grain = np.zeros(len(question.x)), np.zeros(len(question.x))
    absent = np.ones(len(question.x), bool)
    findings: list[Finding] = []
    for block in question.blocks:
        array = returned.arrays.get(block.name)
        if array is None:
            continue
        inside = _inside(question.indices, block)
        places, right = question.indices[inside] - block.start, found.derivative[inside]
        near = 1e-4 * np.abs(right).max(initial=0.0) + found.uncertainty[inside]

        def agrees(
            array: np.ndarray, places: np.ndarray = places, right: np.ndarray = right, near: np.ndarray = near
        ) -> bool:
            return bool((np.abs(array.reshape(-1)[places] - right) <= near).all())

        laid, wrong_shape = fit_shape(block, array, agrees)
        lacking = np.zeros(block.shape, bool)
        if laid is None and array.ndim == len(block.shape) == 1 and len(inside) == block.size:
            shorter = left_out(array, right, near)
            if shorter is not None:
                lacking, laid = shorter, np.zeros(block.size)
                laid[~lacking] = array
                text = f"absent: the gradient has {array.size} entries, those of the others"
                wrong_shape = Finding("missing", (told_places(block, np.flatnonzero(lacking)),), text)
        findings += [wrong_shape] if wrong_shape else []
        if laid is not None:
            given[block.part], absent[block.part] = laid.reshape(-1), lacking.reshape(-1)
            if returned.precision > _SINGLE:
                grain[block.part] = 16.0 * returned.precision * np.abs(laid[np.isfinite(laid)]).max(initial=0.0)
    return _Laid(given, absent, grain, tuple(findings))


def _errors(analytic: np.ndarray, found: Slopes, grain: np.ndarray, tolerance: float) -> np.ndarray:
    """|a - d| / max(|a|, |d|, u / tolerance); infinite for what is not finite in the gradient alone."""
    floor = (found.uncertainty + grain) / tolerance
    size = np.maximum(np.maximum(np.abs(analytic), np.abs(found.derivative)), floor)
    with np.errstate(all="ignore"):
        error = np.where(size > 0, np.abs(analytic - found.derivative) / size, 0.0)
    error = np.where(np.isinf(floor), 0.0, error)  # F has no value beside x
    return np.where(np.isfinite(analytic), error, np.inf)


def _between(analytic: np.ndarray, found: Slopes) -> np.ndarray:
    """Whether the gradient lies between the slopes on the two sides of a kink."""
    low, high = np.minimum(found.before, found.after), np.maximum(found.before, found.after)
    room = 0.05 * (high - low)
    return (analytic >= low - room) & (analytic <= high + room)


def _put(whole: np.ndarray, places: np.ndarray, part: np.ndarray) -> np.ndarray:
    found = whole.copy()
    found[places] = part
    return found


def _inside(indices: np.ndarray, block: Block) -> np.ndarray:
    """The numbers of the entries that belong to a block."""
    return np.flatnonzero((indices >= block.start) & (indices < block.start + block.size))


def _name(blocks: Sequence[Block], index: int) -> str:
    block = next(block for block in blocks if index < block.start + block.size)
    return block.name_of(index - block.start)


def _too_rough(noise: float, rough: np.ndarray) -> tuple[Finding, ...]:
    """What is wrong if most slopes cannot be told because of F itself."""
    if 2 * rough.sum() <= len(rough):
        return ()
    text = (
        f"too rough for differences: its own values are off by {noise:.1e}, and {int(rough.sum())} of {len(rough)} "
        "slopes cannot be told"
    )
    return (Finding("rough", ("function",), text),)


def _notes(
    total: int,
    kinks: np.ndarray,
    unclear: np.ndarray,
    uncertainty: np.ndarray,
    size: np.ndarray,
    typical: float,
    tolerance: float,
    precision: float,
) -> tuple[str, ...]:
    """What is to be known of the check."""
    notes = []
    if len(kinks) < total:
        notes.append(f"{len(kinks):,} of {total:,} were checked, drawn at random from each array")
    if kinks.any():
        notes.append(
            f"{counted(int(kinks.sum()), 'entry lies', 'entries lie')} at a kink, where F has no derivative (a ReLU "
            "at 0, an absolute value of 0): the gradient is between the slopes of the two sides, as it may be"
        )
    if unclear.any():
        notes.append(f"{counted(int(unclear.sum()), 'slope', 'slopes')} could not be told from F's own rounding")
    weighty = size > 1e-3 * typical
    coarse = float(np.median(uncertainty[weighty] / size[weighty])) if weighty.any() else 0.0
    if 10.0 * tolerance < coarse < 0.1:
        notes.append(f"F's own rounding lets the check see relative errors of about {coarse:.0e} and larger (float32?)")
    elif precision > _SINGLE:
        notes.append("the gradient is in single precision, and is judged as such")
    return tuple(notes)
