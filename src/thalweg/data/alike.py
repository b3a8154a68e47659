"""Classes and categories that differ by case or spaces alone, and may be meant as one."""

from __future__ import annotations

from collections.abc import Iterable

from .notes import Importance, Note
from .values import shown

_SHOWN = 3


def alike_note(place: str, names: Iterable[object]) -> tuple[str, ...]:
    """A note on texts that are equal but for case and spaces; they are taken as they stand.

    >>> alike_note("target 'ripe'", ["No", "Yes", "no", "yes "])
    ("target 'ripe': 'No' and 'no', 'Yes' and 'yes ' differ by case or spaces alone and are taken apart: write them \
alike if they are the same",)
    >>> alike_note("target 'ripe'", ["no", "yes", None, 3])
    ()
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        if isinstance(name, str):
            groups.setdefault("".join(name.split()).casefold(), []).append(name)
    told = [" and ".join(map(shown, group)) for group in groups.values() if len(group) > 1]
    if not told:
        return ()
    more = ", ..." if len(told) > _SHOWN else ""
    text = (
        f"{place}: {', '.join(told[:_SHOWN])}{more} differ by case or spaces alone and are taken apart: write them "
        "alike if they are the same"
    )
    return (Note(text, Importance.MAY_BE_WRONG),)
