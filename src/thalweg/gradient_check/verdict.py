"""How the check of a gradient came out: entry by entry, part by part, and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple

import numpy as np

from ..core.kinds import check_count
from ..core.plain_data import JsonObject
from ..notebook import InWords
from ..notebook.pieces import GREEN, ORANGE, RED, beside, marked, points, table
from .findings import Finding, counted, listed

Verdict = Literal["right", "wrong", "kink", "unclear"]


_RIGHT_IS = "  Right is "


class CheckedEntry(NamedTuple):
    """One entry of a gradient beside the difference that judges it."""

    name: str
    analytic: float
    numeric: float
    error: float
    step: float
    verdict: Verdict


class CheckedPart(NamedTuple):
    """The entries of a layer or of an array: how many there are, how many were checked, and how they came out."""

    name: str
    total: int
    checked: int
    wrong: int
    kinks: int
    unclear: int
    worst: float


@dataclass(frozen=True, eq=False, repr=False)
class GradientCheck(InWords):
    """A gradient beside central differences, entry by entry; arrays are (checked,).

    The error is |analytic - numeric| / max(|analytic|, |numeric|, u / tolerance), u being the uncertainty of the
    difference by truncation and rounding: an entry is right if it agrees to the relative tolerance, or to within what
    a difference can tell.
    """

    names: tuple[str, ...]
    analytic: np.ndarray
    numeric: np.ndarray
    error: np.ndarray
    step: np.ndarray
    uncertainty: np.ndarray
    verdicts: tuple[Verdict, ...]
    parts: tuple[CheckedPart, ...]
    findings: tuple[Finding, ...]
    """What is wrong, each with its kind and in words."""
    notes: tuple[str, ...]
    total: int
    """The number of entries, of which `len(names)` were checked."""
    tolerance: float
    unit: tuple[str, str] = ("entry", "entries")
    before: tuple[str, ...] = ()
    """What is to be known before the findings: that F is not the loss of the network it was given with."""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def in_words(self) -> str:
        """The explanation."""
        return self.explanation

    def in_html(self) -> str:
        """The verdict, part by part, and the entries of the largest errors."""
        title, *more = self.explanation.replace(f"\n{_RIGHT_IS}", f" {_RIGHT_IS.strip()}").splitlines()
        colour = RED if not self.passed else GREEN if "right" in self.verdicts else ORANGE
        parts = [[part.name, part.total, part.checked, part.wrong, f"{part.worst:.1e}"] for part in self.parts]
        heads = ["part", "entries", "checked", "wrong", "largest error"]
        rows = [
            [entry.name, f"{entry.analytic:.6g}", f"{entry.numeric:.6g}", f"{entry.error:.1e}", entry.verdict]
            for entry in (self.worst(8) if self.names else ())
        ]
        mine = "yours" if self.unit[0] == "entry" else "gradient"
        entries = table([self.unit[0], mine, "difference", "error", ""], rows) if rows else ""
        return marked(title, colour) + points(more) + beside(table(heads, parts) if parts else "", entries)

    def worst(self, count: int = 10) -> tuple[CheckedEntry, ...]:
        """The entries of the largest errors."""
        order = np.argsort(-np.nan_to_num(self.error, nan=np.inf), kind="stable")[: check_count("count", count)]
        return tuple(
            CheckedEntry(
                self.names[i],
                float(self.analytic[i]),
                float(self.numeric[i]),
                float(self.error[i]),
                float(self.step[i]),
                self.verdicts[i],
            )
            for i in order
        )

    def to_dict(self) -> JsonObject:
        """All of it as plain data, the entries as columns."""
        return {
            "passed": self.passed,
            "explanation": self.explanation,
            "tolerance": self.tolerance,
            "total": self.total,
            "checked": len(self.names),
            "findings": [asdict(found) for found in self.findings],
            "before": list(self.before),
            "notes": list(self.notes),
            "parts": [part._asdict() for part in self.parts],
            "worst": [entry._asdict() for entry in self.worst()],
            "entries": {
                "name": list(self.names),
                "analytic": self.analytic.tolist(),
                "numeric": self.numeric.tolist(),
                "error": self.error.tolist(),
                "step": self.step.tolist(),
                "uncertainty": self.uncertainty.tolist(),
                "verdict": list(self.verdicts),
            },
        }

    @property
    def explanation(self) -> str:
        """The verdict, what is wrong, and what is to be known of the check, a sentence a line."""
        checked = counted(len(self.names), *self.unit)
        count = {verdict: self.verdicts.count(verdict) for verdict in ("right", "wrong", "kink", "unclear")}
        if self.passed and not count["right"]:
            why = "every entry lies at a kink" if count["kink"] else "no slope of F stands out of F's own rounding"
            lines = [f"Nothing speaks against the gradient, but {why}."]
        elif self.passed:
            error = float(self.error[[verdict == "right" for verdict in self.verdicts]].max(initial=0.0))
            seen = "" if len(self.names) == self.total else " as far as looked at"
            lines = [
                f"The gradient is right{seen}: {count['right']:,} of {checked} agree with central differences "
                f"(largest relative error {error:.1e}, tolerance {self.tolerance:.0e})."
            ]
        elif count["wrong"]:
            lines = [f"The gradient is wrong in {count['wrong']:,} of {checked}."]
        elif self.names:
            lines = [f"The numbers are right ({checked} checked), but not all is:"]
        else:
            lines = ["The gradient cannot be judged."]
        lines += [told if told.endswith("?") else f"{told}." for told in self.before]
        for found in self.findings:
            lines += [f"{found}.", *([f"{_RIGHT_IS}{found.equation}."] if found.equation else [])]
        right = [part.name for part in self.parts if part.checked and not part.wrong]
        if count["wrong"] and right and len(self.parts) > 1:
            lines.append(f"Right: {listed(right)}.")
        return "\n".join(lines + [f"{_capital(note)}." for note in self.notes])

    def __str__(self) -> str:
        """The explanation and the ten worst entries."""
        rows = [("", "yours" if self.unit[0] == "entry" else "gradient", "difference", "error", "step", "")]
        rows += [
            (
                entry.name,
                f"{entry.analytic:.9g}",
                f"{entry.numeric:.9g}",
                f"{entry.error:.1e}",
                f"{entry.step:.0e}",
                entry.verdict,
            )
            for entry in (self.worst() if self.names else ())
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(6)]
        table = [
            "  ".join([row[0].ljust(widths[0]), *(row[c].rjust(widths[c]) for c in range(1, 5)), row[5]]).rstrip()
            for row in rows
        ]
        return "\n".join([self.explanation, *(["", *table] if self.names else [])])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
