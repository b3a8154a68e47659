"""How the room that compares runs shows them, and how its address says it: runs by ids that the server knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from ..errors import ArgumentError, shown, unknown
from .kept_runs import MOST_KEPT
from .known_runs import is_id

_LONGEST = 1_000
_RUN = "run."
"""Before the id of a run, in an address."""


@dataclass(frozen=True, kw_only=True)
class CompareState:
    """The column that the table is sorted by (-column: from the greatest on), and whether it shows differences alone;
    whether the scale of the curves is logarithmic (None: as they ask for), and which panels are shown; the ids of the
    runs with their names, and the ids of those that are not drawn.
    """

    sort: str = ""
    differing: bool = False
    log: bool | None = None
    panels: tuple[str, ...] = ()
    runs: tuple[tuple[str, str], ...] = ()
    undrawn: tuple[str, ...] = ()


def query_of(state: CompareState) -> str:
    """What stands behind the ? of an address.

    >>> query_of(CompareState(runs=(("Zx3k_0aQ", "circle adam"),)))
    'run.Zx3k_0aQ=circle+adam'
    >>> query_of(CompareState(sort="-test loss", log=True, panels=("losses", "mu")))
    'sort=-test+loss&log=1&panels=losses%2Cmu'
    """
    pairs = [("sort", state.sort)] if state.sort else []
    pairs += [("differing", "1")] if state.differing else []
    pairs += [] if state.log is None else [("log", str(int(state.log)))]
    pairs += [("panels", ",".join(state.panels))] if state.panels else []
    pairs += [(f"{_RUN}{id_}", name) for id_, name in state.runs]
    pairs += [("undrawn", ",".join(state.undrawn))] if state.undrawn else []
    return urlencode(pairs)


def state_from(query: Mapping[str, str]) -> CompareState:
    """What an address says; raises ArgumentError, which tells what of it is broken.

    >>> state_from({"log": "yes"})
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: the address is broken: log is 'yes'; it must be 0 or 1
    """
    known = [one.name for one in dataclasses.fields(CompareState) if one.name != "runs"]
    found = CompareState()
    runs = [(name.removeprefix(_RUN), text) for name, text in query.items() if name.startswith(_RUN)]
    for id_, _ in runs:
        if not is_id(id_):
            raise ArgumentError(f"the address is broken: {shown(_RUN + id_)} names no run")
    if len(runs) > MOST_KEPT:
        raise ArgumentError(f"the address is broken: it has {len(runs)} runs, and a page holds at most {MOST_KEPT}")
    for name, text in query.items():
        if name.startswith(_RUN):
            continue
        if name not in known:
            raise ArgumentError(f"the address is broken: {unknown('name', name, known)}")
        if len(text) > _LONGEST:
            raise ArgumentError(f"the address is broken: {name} has more than {_LONGEST:,} letters")
        if name in ("differing", "log"):
            if text not in ("0", "1"):
                raise ArgumentError(f"the address is broken: {name} is {shown(text)}; it must be 0 or 1")
            found = dataclasses.replace(found, **{name: text == "1"})
        else:
            several = name in ("panels", "undrawn")
            found = dataclasses.replace(found, **{name: tuple(text.split(",")) if several else text})
    return dataclasses.replace(found, runs=tuple(runs))
