"""Where the room Work stands, as plain data, so that an address can hold it; and back from an address."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ..core.kinds import check_count
from ..errors import ArgumentError, shown, unknown
from ..worked.exercises.blanks import words_of
from ..worked.exercises.choices import NUMBERS
from ..worked.grading.comparing import check_decimals
from ..worked.sections.forms import FORMS
from ..worked.sections.view import MOST_DIGITS
from .links import query_of, spec_from
from .spec import Spec

STEP, EXERCISE = "step", "exercise"
RUN, OWN_FILE = "run", "file"
"""What a step is of, beside an example of the gallery by its name: the page's training, or a file of one's own."""
AS_MADE, ONLINE, BATCH = "as-made", "online", "batch"
BATCHES = (AS_MADE, ONLINE, BATCH)
MOST_STUDENTS = 200
MOST_STEP = 100_000_000
_LONGEST = 8_000
_OF_THE_RUN = "run."
_PLACE = re.compile(r"[^\[\]]+(\[\d+(,\s*[^\[\]]+)?\])?")


@dataclass(frozen=True, kw_only=True)
class WorkState:
    """A place in the room: of what, which step, how it is shown, and the exercise that is made of it.

    Raises ArgumentError that names the field that cannot be.

    >>> WorkState(batch="onlin")
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: unknown batch 'onlin': did you mean 'online'? Known: as-made, online, batch
    """

    view: str = STEP
    of: str = RUN
    step: int | None = None
    """None: the one at which the training stands, or the first of a file."""
    batch: str = AS_MADE
    notation: str = ""
    """Empty: that of the file."""
    form: str = FORMS[0]
    only: str = ""
    """A layer, a unit or a weight, which is then shown whole."""
    examples: tuple[int, ...] = ()
    """Counted from 1; none: the first ones."""
    digits: int = 6
    phased: bool = True
    phase: str = ""
    line: int = 0
    place: int = 0
    """Of the steps that are here the one that is looked at, from 0."""
    blank: str = "sensitivities,updates"
    seed: int = 0
    student: int = 1
    round: int | None = None
    numbers: str = NUMBERS[0]
    hints: bool = False

    def __post_init__(self) -> None:
        for name, value, choices in (
            ("view", self.view, (STEP, EXERCISE)),
            ("batch", self.batch, BATCHES),
            ("form", self.form, FORMS),
            ("numbers", self.numbers, NUMBERS),
        ):
            if value not in choices:
                raise ArgumentError(unknown(name, value, choices))
        if self.step is not None:
            check_count("step", self.step, 1, MOST_STEP)
        check_count("digits", self.digits, 1, MOST_DIGITS)
        check_count("line", self.line, 0)
        check_count("place", self.place, 0)
        check_count("seed", self.seed, 0, 2**32 - 1)
        check_count("student", self.student, 1, MOST_STUDENTS)
        if self.round is not None:
            check_decimals("round", self.round)
        for number in self.examples:
            check_count("examples", number)
        words_of(self.blank)
        self.shown()

    def shown(self) -> dict[str, Any]:
        """The fields of `View` that say what is shown, whatever the form.

        >>> WorkState(only="layer1[2,0]", examples=(2,)).shown()
        {'digits': 6, 'weight': 'layer1[2,0]', 'examples': (1,)}
        """
        found: dict[str, Any] = {"digits": self.digits}
        only = self.only.strip()
        if only:
            if not _PLACE.fullmatch(only):
                raise ArgumentError(f"only is {shown(only)}; it must be a layer, a unit or a weight: layer1[2,0]")
            kind = "weight" if "," in only.partition("[")[2] else "neuron" if "[" in only else "layer"
            found[kind] = only
        if self.examples:
            found["examples"] = tuple(number - 1 for number in self.examples)
        return found

    def changed(self) -> dict[str, Any]:
        """The fields that are not the defaults."""
        return {
            one.name: value for one in dataclasses.fields(self) if (value := getattr(self, one.name)) != one.default
        }


def address_of(state: WorkState, spec: Spec) -> str:
    """What stands behind the ? of an address: the state, and of a step of a run all that the run is made from.

    >>> address_of(WorkState(of="mazur", notation="aifh"), Spec())
    'of=mazur&notation=aifh'
    >>> address_of(WorkState(step=17, examples=(1, 2)), Spec())
    'step=17&examples=1%2C2&run.data=xor'
    """
    pairs: list[tuple[str, str]] = []
    for name, value in state.changed().items():
        if isinstance(value, bool):
            pairs.append((name, "yes" if value else "no"))
        elif isinstance(value, tuple):
            pairs.append((name, ",".join(map(str, value))))
        else:
            pairs.append((name, str(value)))
    if state.of == RUN:
        of_run = dict(parse_qsl(query_of(spec), keep_blank_values=True))
        pairs += [(f"{_OF_THE_RUN}{name}", value) for name, value in {"data": spec.data, **of_run}.items()]
    return urlencode(pairs)


def state_from(query: Mapping[str, str]) -> tuple[WorkState, Spec | None]:
    """The state that an address holds, and the training that it is of (None: it says none).

    Raises ArgumentError, which says what of the address is broken.

    >>> state_from({"step": "17", "run.data": "circle"})[1].data
    'circle'
    >>> state_from({"step": "last"})
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: the address is broken: step is 'last'; it must be a whole number
    """
    of_run = {name.removeprefix(_OF_THE_RUN): text for name, text in query.items() if name.startswith(_OF_THE_RUN)}
    spec = spec_from(of_run) if of_run else None
    try:
        return _state({name: text for name, text in query.items() if not name.startswith(_OF_THE_RUN)}), spec
    except ArgumentError as error:
        raise ArgumentError(f"the address is broken: {error}") from None


def _state(query: Mapping[str, str]) -> WorkState:
    if sum(len(name) + len(value) for name, value in query.items()) > _LONGEST:
        raise ArgumentError(f"it has more than {_LONGEST:,} letters")
    kinds = {one.name: str(one.type) for one in dataclasses.fields(WorkState)}
    given: dict[str, Any] = {}
    for name, text in query.items():
        if name not in kinds:
            raise ArgumentError(unknown("name", name, list(kinds)))
        given[name] = _read(name, text, kinds[name])
    return WorkState(**given)


def _read(name: str, text: str, kind: str) -> Any:
    if kind == "str":
        return text
    if kind == "bool":
        if text not in ("yes", "no"):
            raise ArgumentError(f"{name} is {shown(text)}; it must be yes or no")
        return text == "yes"
    if kind.startswith("tuple"):
        return numbers_in(name, text)
    if not (text.isdecimal() and text.isascii() and len(text) < 12):
        raise ArgumentError(f"{name} is {shown(text)}; it must be a whole number")
    return int(text)


def numbers_in(name: str, text: str) -> tuple[int, ...]:
    """Numbers with commas between; raises ArgumentError for what is none.

    >>> numbers_in("examples", "1, 3")
    (1, 3)
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and part.isascii() and len(part) < 10 for part in parts):
        raise ArgumentError(f"{name} is {shown(text)}; it must be whole numbers with commas between, such as 1,3")
    return tuple(map(int, parts))
