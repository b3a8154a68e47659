"""A gradient laid beside the slopes of F: which entries are right, wrong, at a kink or not to be told, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .differences import Slopes, Values
from .entries import Block
from .explanation import Evidence, diagnose, merged, told_places
from .findings import Finding, counted
from .kinks import contradicted, on_kinks, tell_kinks
from .lines import EntryLines, Landscape, between, errors
from .own_differences import by_differences
from .returned import Returned, fit_shape, left_out
from .unseen import DIRECTIONS, NOTHING_UNSEEN, Unseen, look_at
from .verdict import CheckedPart, GradientCheck, Verdict

TOLERANCE = 1e-6
"""The relative error that is allowed."""
_SINGLE = 1e-12
"""A relative rounding error above this is that of single precision, or coarser."""
_SMOOTH = 1e-6
"""F whose own rounding is a smaller share of what it changes by is not rough: kinks are why slopes cannot be told."""
_DOUBLE = float(np.finfo(np.float64).eps)


class Question(NamedTuple):
    """What a gradient is judged by: F and the gradient at x and beside it, and the entries to look at."""

    F_at: Callable[[np.ndarray], float]
    moved: Callable[[np.ndarray], Values]
    """F with one entry of a vector moved."""
    gradient_at: Callable[[np.ndarray], Returned]
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
    seed: int = 0
    tell_kinks: Callable[[Sequence[str], int], tuple[str, ...]] = tell_kinks
    """How entries at kinks are told: of their names, and of how many the gradient is no slope of F at x."""
    name: Callable[[np.ndarray], tuple[tuple[Finding, ...], tuple[str, ...]]] | None = None
    """What a wrong gradient, NaN where it is absent, is called by who knows more than F; and arrays without a name."""


class _Laid(NamedTuple):
    """A gradient in the order of x."""

    given: np.ndarray
    absent: np.ndarray
    grain: np.ndarray
    """Its rounding errors; 0 in double precision, which differences cannot see."""
    findings: tuple[Finding, ...]


class _Compared(NamedTuple):
    """A gradient beside the slopes of F at the entries looked at."""

    laid: _Laid
    land: Landscape
    found: Slopes
    analytic: np.ndarray
    error: np.ndarray
    wrong: np.ndarray
    kinks: np.ndarray
    beside: np.ndarray
    """Of the kinks, those where the gradient is no slope of F at x, but agrees beside x."""
    unclear: np.ndarray
    size: np.ndarray
    typical: float


def judge(question: Question, returned: Returned, findings: Sequence[Finding] = ()) -> GradientCheck:
    """Lay a gradient beside the slopes of F, and say what is wrong with it; `findings` are what is known already.

    Entries that are not among those to look at are looked at together; where some of them are wrong, these are added.
    """
    compared = _compare(question, returned)
    unseen = _unseen(question, compared)
    for _ in range(2):
        if len(unseen.wrong):
            question = question._replace(indices=np.union1d(question.indices, unseen.wrong))
            compared = _compare(question, returned)
            unseen = _unseen(question, compared)
    return _told(question, returned, findings, compared, unseen)


def _compare(question: Question, returned: Returned) -> _Compared:
    x, indices = question.x, question.indices
    precision = returned.precision if returned.precision > _SINGLE else 0.0
    tolerance = max(question.tolerance, 64.0 * precision)

    def gradient(at: np.ndarray) -> np.ndarray:
        return in_order(question.blocks, question.gradient_at(at), len(x))

    relative = question.noise / abs(question.F) if question.F else _DOUBLE
    land = Landscape(
        question.F_at, question.moved, gradient, question.scale, question.noise, relative, tolerance, precision
    )
    lines = EntryLines(indices)
    found = lines.slopes(land, x, question.F, thorough=False)
    land = land._replace(terms=float((found.wide * question.scale[indices]).max(initial=0.0)))
    laid = _lay(question, returned, found)
    absent, grain = laid.absent[indices], laid.grain[indices]
    analytic = np.where(absent, np.nan, laid.given[indices])

    def error_of(found: Slopes) -> np.ndarray:
        return errors(analytic, found, np.abs(analytic), grain, tolerance)

    error = error_of(found)
    again = np.flatnonzero((error > 0.1 * tolerance) & np.isfinite(analytic))
    if len(again):
        thorough = lines.some(again).slopes(land, x, question.F, thorough=True)
        found = Slopes(*(_put(whole, again, part) for whole, part in zip(found, thorough, strict=True)))
        error = error_of(found)
    differs = error > tolerance
    kinks = differs & between(analytic, found)
    if kinks.any():
        kinks[kinks] = ~contradicted(land, x, laid.given, indices[kinks], question.seed)
    beside = np.zeros(len(indices), bool)
    left = np.flatnonzero(differs & ~kinks & np.isfinite(analytic))
    if len(left):
        off = np.abs(analytic - found.derivative)[left]
        beside[left] = on_kinks(land, x, laid.given, lines.some(left), off, question.seed)
    size = np.fmax(np.abs(analytic), np.abs(found.derivative))
    typical = float(np.sqrt(np.mean(np.nan_to_num(found.derivative) ** 2)))
    unclear = ~differs & (size != 0) & ~(found.uncertainty <= np.maximum(1e-2 * size, 1e-3 * typical))
    wrong = differs & ~kinks & ~beside
    return _Compared(laid, land, found, analytic, error, wrong, kinks | beside, beside, unclear, size, typical)


def _unseen(question: Question, compared: _Compared) -> Unseen:
    """What can be said of the entries that are not looked at one by one, in the arrays that seem right."""
    laid = compared.laid
    rest = np.isfinite(laid.given) & ~laid.absent
    rest[question.indices] = False
    for block in question.blocks:
        if compared.wrong[_inside(question.indices, block)].any():
            rest[block.part] = False
    if not rest.any():
        return NOTHING_UNSEEN
    return look_at(compared.land, question.x, laid.given, np.flatnonzero(rest), question.seed)


def _told(
    question: Question, returned: Returned, findings: Sequence[Finding], compared: _Compared, unseen: Unseen
) -> GradientCheck:
    """The comparison as verdicts, findings and notes."""
    x, blocks, indices = question.x, question.blocks, question.indices
    laid, found, analytic, error = compared.laid, compared.found, compared.analytic, compared.error
    wrong, kinks, unclear = compared.wrong, compared.kinks, compared.unclear
    absent = laid.absent[indices]
    judged = np.flatnonzero(wrong & ~absent & np.isfinite(analytic))
    evidence = Evidence(
        blocks,
        laid.given,
        indices,
        found.derivative,
        found.uncertainty,
        x[indices],
        wrong & ~absent,
        kinks | unclear | absent | ~np.isfinite(found.derivative),
        laid.grain[indices],
        question.examples,
        by_differences(
            question.moved(x),
            x,
            indices[judged],
            analytic[judged],
            found.derivative[judged],
            found.uncertainty[judged],
            question.F,
            question.noise,
        ),
    )
    named: tuple[Finding, ...] = ()
    left: tuple[str, ...] = ()
    if question.name is not None and wrong.any():
        named, left = question.name(np.where(laid.absent, np.nan, laid.given))
    scale = question.scale[indices]
    change = np.maximum(abs(question.F), found.wide * scale)
    smooth = (question.noise <= _SMOOTH * change) & np.isfinite(found.uncertainty)
    rough = unclear & ~(found.uncertainty * scale <= 1e-4 * change) & ~smooth
    verdicts: tuple[Verdict, ...] = tuple(
        "wrong" if w else "kink" if k else "unclear" if u else "right"
        for w, k, u in zip(wrong, kinks, unclear, strict=True)
    )
    names = tuple(_name(blocks, int(index)) for index in indices)
    at_kinks = [name for name, kink in zip(names, kinks, strict=True) if kink]
    return GradientCheck(
        names=names,
        analytic=analytic,
        numeric=found.derivative,
        error=error,
        step=found.step,
        uncertainty=found.uncertainty,
        verdicts=verdicts,
        parts=tuple(part_of(block.name, block.size, _inside(indices, block), verdicts, error) for block in blocks),
        findings=(
            *merged([*findings, *returned.findings, *laid.findings]),
            *named,
            *(diagnose(evidence if not named else evidence.some(left)) if left or not named else ()),
            *_wrong_unseen(unseen),
            *(_too_rough(question.noise, rough) if not wrong.any() else ()),
        ),
        notes=(
            *_seen(len(indices), len(x), unseen),
            *(question.tell_kinks(at_kinks, int(compared.beside.sum())) if at_kinks else ()),
            *_notes(compared, returned.precision),
        ),
        total=len(x),
        tolerance=compared.land.tolerance,
    )


def in_order(blocks: Sequence[Block], returned: Returned, size: int) -> np.ndarray:
    """The arrays of a gradient in the order of x; NaN where an array is absent or of another size."""
    found = np.full(size, np.nan)
    for block in blocks:
        array = returned.arrays.get(block.name)
        if array is not None and array.size == block.size:
            found[block.part] = array.reshape(-1)
    return found


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


def _wrong_unseen(unseen: Unseen) -> tuple[Finding, ...]:
    """That some of the entries not looked at are wrong, which were not found."""
    if len(unseen.wrong) == 0:
        return ()
    given, right = unseen.slope
    text = (
        f"wrong among the {unseen.number:,} entries that were not looked at one by one: along a random direction "
        f"the slope is {given:.6g} by the gradient, and {right:.6g} by F: check them all"
    )
    return (Finding("unseen", (), text),)


def _seen(checked: int, total: int, unseen: Unseen) -> tuple[str, ...]:
    """What was looked at, if not all entries one by one."""
    if checked == total:
        return ()
    text = f"{checked:,} of {total:,} were checked, drawn at random from each array"
    if unseen.number and len(unseen.wrong) == 0:
        text += (
            f"; {unseen.number:,} others were looked at together along {DIRECTIONS} random directions, where they "
            f"agree to {unseen.error:.0e} of the sum of their sizes"
        )
    return (text,)


def _notes(compared: _Compared, precision: float) -> tuple[str, ...]:
    """What is to be known of the check's own errors."""
    unclear, size, uncertainty = compared.unclear, compared.size, compared.found.uncertainty
    notes = []
    if unclear.any():
        notes.append(f"{counted(int(unclear.sum()), 'slope', 'slopes')} could not be told from F's own rounding")
    weighty = size > 1e-3 * compared.typical
    coarse = float(np.median(uncertainty[weighty] / size[weighty])) if weighty.any() else 0.0
    if 10.0 * compared.land.tolerance < coarse < 0.1:
        notes.append(f"F's own rounding lets the check see relative errors of about {coarse:.0e} and larger (float32?)")
    elif precision > _SINGLE:
        notes.append("the gradient is in single precision, and is judged as such")
    return tuple(notes)
