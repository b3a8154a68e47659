"""What an exercise is made from, and what one student has to work out."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core.activations import ACTIVATIONS
from ...core.kinds import settings
from ...core.losses import LOSSES
from ...registry import title_of
from ..calculation import WorkedStep
from ..grading.comparison import Comparison
from ..grading.held_numbers import Asked
from ..grading.judging import Book, judge
from ..grading.ledger import Ledger
from ..notations import AnyNotation
from ..sections.document import Document
from ..step_files.file import StepFile

DRAWING = 1
"""Of the way in which numbers are drawn: raised with it, so that answers to other numbers are refused."""


@dataclass(frozen=True)
class Settings:
    """All that an exercise is made from, besides its step file."""

    blank: tuple[str, ...]
    seed: int
    decimals: int
    step: int
    numbers: str
    notation: AnyNotation | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """What one student has to work out. `flaws` are what could not be had: answers too small, or that tell little."""

    number: int
    name: str
    step: WorkedStep
    document: Document
    ledger: Ledger
    asked: Asked
    flaws: tuple[str, ...]

    @cached_property
    def key(self) -> dict[str, float]:
        """The right numbers, each line rounded before it is gone on with."""
        return self.ledger.rounded(self.asked.decimals)

    def judge(self, answers: Mapping[str, float], book: Book | None = None) -> Comparison:
        """Judge a student's answers, by the ids of the lines."""
        return judge(self.ledger, self.asked, answers, book)


def exactly(file: StepFile) -> StepFile:
    """The file without its rounding: an exercise rounds by itself."""
    return dataclasses.replace(file, conventions=dataclasses.replace(file.conventions, decimals=None))


def code_of(settings: Settings, students: int, file: StepFile) -> str:
    """Settings as one line, with a sum of it at the end."""
    s = settings
    found = {"seed": s.seed, "round": s.decimals, "step": s.step, "numbers": s.numbers, "students": students}
    words = [f"{name}={value}" for name, value in found.items()]
    code = " ".join([*words, f"blank={','.join(s.blank)}", f"file={sum_of(file)}"])
    return f"{code} check={check_of(code)}"


def check_of(code: str) -> str:
    """A short sum of a line of settings, by which one sees that somebody wrote into it: fewer decimals."""
    return hashlib.sha256(code.encode()).hexdigest()[:6]


def sum_of(file: StepFile) -> str:
    """A short sum of all numbers and parts of a step file: another file has another one."""
    net, rule = file.network, file.rule.at(0)
    parts = [f"drawing {DRAWING}", f"{net.inputs}", LOSSES.name_of(file.loss), str(file.loss.reduction)]
    for layer in net.layers:
        activation = f"{ACTIVATIONS.name_of(layer.activation)} {settings(layer.activation)}"
        parts.append(f"{layer.name} {layer.size} {activation} {layer.sources} {layer.bias}")
    numbers = {field.name: getattr(rule, field.name) for field in rule.numbers()}
    parts += [title_of(file.rule), f"{numbers}", f"{file.batch_size} {file.l1} {file.l2} {file.fixed}"]
    shared = file.conventions.shared_bias, file.conventions.penalize, file.conventions.penalty_over
    parts += [f"{shared}", f"{file.conventions.learning_rates}"]
    arrays = [net.ravel(file.params), file.targets, file.sample_weight, file.target_weight, *file.inputs.values()]
    parts += [np.asarray([] if array is None else array, float).tobytes().hex() for array in arrays]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]
