"""What each epoch records in the history by name: who has it, and whether a run does."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from ..core.kinds import is_number
from ..errors import ArgumentError, nearest, shown, unknown
from ..optimizers import RULES
from ..optimizers.interop import OptaxRule
from ..optimizers.rule import Rule
from ..registry import title_of
from .choices import EVERYTHING, LOSSES, OF_EVERY_RULE, known_names, names_of
from .epoch import EpochRecord

_RESERVED = ("epoch", *LOSSES, *OF_EVERY_RULE)


def check_record(name: str, record: Any) -> tuple[str, ...]:
    """The names to record, each once, from a sequence of them or a text with commas; ArgumentError for anything else.

    >>> check_record("record", "mu, gradient_norm, mu")
    ('mu', 'gradient_norm')
    """
    names = [part.strip() for part in record.split(",")] if isinstance(record, str) else list(record)
    for one in names:
        if not isinstance(one, str) or not one:
            raise ArgumentError(f"{name} has {shown(one)}; it must hold names such as 'mu', or be 'all'")
    return tuple(dict.fromkeys(names))


def recorded_names(asked: Sequence[str], rule: Rule, *, validated: bool, tested: bool) -> tuple[str, ...]:
    """What a run records beside its losses, in the order in which frames have it, with everything for "all".

    Raises ArgumentError for names that are unknown, that the rule has not, and that need a set which is not given.

    >>> recorded_names(("all",), RULES.get("lm"), validated=True, tested=False)
    ('gradient_norm', 'mu', 'validation_checks', 'seconds')
    """
    of_rule = names_of(rule)
    _check_parts(rule)
    there = ("gradient_norm", *of_rule, *("validation_checks",) * validated, "seconds")
    for name in asked:
        if name == EVERYTHING or name in there or name == "loss":
            continue
        if name == "test_loss":
            if not tested:
                raise ArgumentError("test_loss needs a test set: give test=(P, T); of a table, a test part")
        elif name in ("validation_loss", "validation_checks"):
            if not validated:
                raise ArgumentError(f"{name} needs a validation set: give validation=(P, T); of a table, its part")
        else:
            raise ArgumentError(_not_there(name, rule, of_rule))
    return there if EVERYTHING in asked else tuple(name for name in there if name in asked)


def with_seconds(records: EpochRecord, began: float, ended: float) -> EpochRecord:
    """The records of epochs that ran one after another, with the time at which each ended, as if all took as long.

    >>> with_seconds(EpochRecord(np.ones(2), None, None), 1.0, 2.0).recorded
    (array([1.5, 2. ]),)
    """
    times = np.linspace(began, ended, len(records.loss) + 1)[1:]
    return records._replace(recorded=(*records.recorded, times))


def _not_there(name: str, rule: Rule, of_rule: Sequence[str]) -> str:
    """Whose a name is, if it is some rule's, or that it is nobody's."""
    own = "a rule of optax" if isinstance(rule, OptaxRule) else _called(rule)
    others = [other for other in RULES if name in names_of(RULES[other])]
    if others:
        return f"{name} is recorded by {_listed(others)}, not by {own}: leave it out, or record 'all' that there is"
    there = [*LOSSES, *of_rule, *OF_EVERY_RULE, EVERYTHING]
    near = nearest(name, known_names())
    told = unknown("name in record", name, there)
    return told if near is None or near in there else f"{told}; {near} is another rule's"


def _called(rule: Rule) -> str:
    return RULES.name_of(rule) if RULES.has(rule) else type(rule).__name__


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _check_parts(rule: Rule) -> None:
    """Raise ArgumentError for a rule of one's own that names what its state does not hold, or what is no number."""
    taken = next((name for name in rule.recorded if name in _RESERVED), None)
    if taken is not None:
        raise ArgumentError(f"{title_of(rule)}: recorded names {taken!r}, which every run has: give another name")
    if not rule.recorded:
        return
    state = rule.init(np.zeros(1))
    for name, part in rule.recorded.items():
        try:
            value = attrgetter(part)(state)
        except AttributeError:
            value = None
        if not is_number(value):
            raise ArgumentError(
                f"{title_of(rule)}: recorded says that {name!r} is {part!r} of its state, where there is no one "
                "number: name a part that is"
            )
